"""Lines as the protocol page shows them, and numbers as the body gives them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from firmware_sim.scenarios import scenario
from firmware_sim.sensors import BeltForce
from firmware_sim.text_lines import (
    SERIAL,
    UART_NOTIFY,
    UART_WRITE,
    BleTextBoard,
    SerialTextBoard,
    printed,
)

BODY = scenario("quiet", 60, 1)
SECOND_US = 1_000_000
BELTS = (("chest", "512"), ("abdomen", "498"))


def said(board, seconds, start_us=0):
    """Lines of a board that a host has just opened."""
    board.connect(start_us)
    emissions = board.advance(start_us + round(seconds * SECOND_US))
    return b"".join(e.payload for e in emissions).decode().splitlines(), emissions


@pytest.mark.parametrize(
    ("grammar", "expected"),
    [
        ("columns", "12345,512,498"),
        ("labels", "t:12345,chest:512,abdomen:498"),
        ("teleplot", ">chest:12345:512\r\n>abdomen:12345:498"),
        ("json", '{"t":12345,"chest":512,"abdomen":498}'),
    ],
)
def test_a_good_sketch_prints_as_the_page_says(grammar, expected):
    assert printed(grammar, "12345", BELTS) == expected


@pytest.mark.parametrize(
    ("grammar", "expected"),
    [
        ("columns", "512,498"),
        ("labels", "chest:512,abdomen:498"),
        ("teleplot", ">chest:512\r\n>abdomen:498"),
        ("json", '{"chest":512,"abdomen":498}'),
    ],
)
def test_time_may_be_left_out(grammar, expected):
    assert printed(grammar, "", BELTS) == expected


def test_a_board_that_is_opened_boots_and_says_what_it_prints():
    lines, emissions = said(SerialTextBoard(BODY), 10.0)
    assert lines[:5] == [
        "ets Jul 29 2019 12:21:46",
        "",
        "rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
        "# 2 fields",
        "t,chest,abdomen",
    ]
    assert emissions[0].time_us == 1_500_000
    assert {emission.endpoint for emission in emissions} == {SERIAL}
    rows = np.array([[int(field) for field in line.split(",")] for line in lines[5:]])
    np.testing.assert_array_equal(rows[:, 0], 20 * np.arange(1, 426))


def test_belts_are_printed_as_counts_of_their_force():
    lines, _ = said(SerialTextBoard(BODY, resets=False, seed=5), 20.0)
    rows = np.array([[int(field) for field in line.split(",")] for line in lines])
    t_s = rows[:, 0] / 1000.0
    for column, site in enumerate(("chest", "abdomen"), 1):
        force_n = BeltForce(BODY, site, 5).sample_n(t_s)
        np.testing.assert_allclose(rows[:, column] * 50.0 / 4095, force_n, atol=0.007)


def test_a_motion_chip_is_printed_in_metres_and_radians():
    board = SerialTextBoard(
        BODY, (), "pelvis", grammar="labels", time_unit="", resets=False, rate_hz=100.0
    )
    lines, _ = said(board, 5.0)
    assert len(lines) == 500
    rows = [dict(field.split(":") for field in line.split(",")) for line in lines]
    assert list(rows[0]) == ["AccelX", "AccelY", "AccelZ", "GyroX", "GyroY", "GyroZ"]
    acc = np.array([[float(row[f"Accel{axis}"]) for axis in "XYZ"] for row in rows])
    gyro = np.array([[float(row[f"Gyro{axis}"]) for axis in "XYZ"] for row in rows])
    assert np.sqrt((acc**2).sum(axis=1)).mean() == pytest.approx(9.8, abs=0.4)
    assert np.abs(gyro).max() < 0.1


def test_belts_and_chip_on_one_board():
    lines, _ = said(
        SerialTextBoard(BODY, ("abdomen",), "sternum", grammar="json", resets=False), 1.0
    )
    assert list(json.loads(lines[0])) == [
        "t", "abdomen", "AccelX", "AccelY", "AccelZ", "GyroX", "GyroY", "GyroZ",
    ]  # fmt: skip


@pytest.mark.parametrize("unit", ["ms", "us"])
def test_its_clock_runs_wrong_and_turns_over(unit):
    per_s = 1000 if unit == "ms" else 1_000_000
    board = SerialTextBoard(
        BODY, resets=False, time_unit=unit, first_time=2**32 - 5 * per_s, clock_error=0.01
    )
    lines, _ = said(board, 10.0)
    times = np.array([int(line.split(",")[0]) for line in lines])
    assert len(lines) == 505
    assert (np.diff(times) < 0).sum() == 1
    assert (times[-1] - times[0]) % 2**32 / per_s == pytest.approx(504 / 50, rel=1e-4)


def test_a_slow_port_loses_whole_measurements():
    lines, _ = said(SerialTextBoard(BODY, resets=False, baud=9600, rate_hz=200.0), 10.0)
    assert 9600 / 10 * 10.0 * 0.7 < sum(len(line) + 2 for line in lines) <= 9600
    assert all(line.count(",") == 2 for line in lines)


def test_switched_off_and_on_its_time_begins_anew():
    board = SerialTextBoard(BODY, resets=False)
    said(board, 5.0)
    board.power_cycle(5 * SECOND_US)
    (first, *_) = board.advance(6 * SECOND_US)
    assert first.payload.startswith(b"20,")


def test_opened_again_without_a_reset_it_goes_on():
    board = SerialTextBoard(BODY, resets=False)
    said(board, 5.0)
    board.disconnect(5 * SECOND_US)
    assert board.advance(8 * SECOND_US) == []
    lines, _ = said(board, 1.0, start_us=8 * SECOND_US)
    assert lines[0].startswith("8020,")


@pytest.mark.parametrize(("mtu", "longest"), [(23, 20), (185, 182)])
def test_over_bluetooth_lines_are_cut_to_what_the_link_carries(mtu, longest):
    board = BleTextBoard(BODY, (), "pelvis")
    board.connect(0)
    board.mtu = mtu
    emissions = board.advance(2 * SECOND_US)
    assert {e.endpoint for e in emissions} == {UART_NOTIFY}
    assert max(len(e.payload) for e in emissions) <= longest
    lines = b"".join(e.payload for e in emissions).decode().splitlines()
    assert len(lines) == 100
    assert all(line.count(":") == 7 for line in lines)


def test_it_takes_writes_and_answers_nothing():
    board = BleTextBoard(BODY)
    board.connect(0)
    assert board.write(UART_WRITE, b"hello", 0) == []
    with pytest.raises(KeyError):
        board.read(UART_NOTIFY, 0)


def test_a_board_with_nothing_connected_is_refused():
    with pytest.raises(ValueError, match="nothing is connected"):
        SerialTextBoard(BODY, ())
