"""What a board printed is what the decoder tells, for every grammar and both wires."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biofeedback.drivers.protocols.text_lines import TextLines
from firmware_sim.scenarios import scenario
from firmware_sim.sensors import BeltForce, InertialSensor
from firmware_sim.text_lines import BleTextBoard, SerialTextBoard
from tests.twin.talk import Talk, talk

SECONDS = 20
BODY = scenario("quiet", SECONDS, 1)
BOARDS = Path(__file__).parents[2] / "examples/boards"
TWO_BELTS = """
name = "Two belts"
transport = "serial"
address = "/dev/ttyUSB0"
rate_hz = 50.0

[line]
grammar = "{grammar}"

[time]
from = "{time}"
unit = "{unit}"

[[belt]]
stream = "chest"
from = "chest"
unit = "count"
site = "chest"

[[belt]]
stream = "abdomen"
from = "abdomen"
unit = "count"
site = "abdomen"
"""


def assert_belts(told: Talk, first_s: float) -> None:
    """Counts are those of the forces of the body at the printed times."""
    for stream_id in ("chest", "abdomen"):
        counts = told.values(stream_id)[:, 0]
        device_s = told.device_s(stream_id)
        np.testing.assert_allclose(np.diff(device_s), 0.02, atol=1e-9)
        t_s = first_s + np.arange(len(counts)) / 50.0
        before_s = np.arange(first_s % 0.02 or 0.02, first_s - 1e-9, 0.02)
        belt = BeltForce(BODY, stream_id, 0, noise_n=0.0)
        force_n = belt.sample_n(np.concatenate([before_s, t_s]))[len(before_s) :]
        assert np.abs(counts * 50.0 / 4095 - force_n).max() < 0.08
        assert len(counts) > 800


@pytest.mark.parametrize("grammar", ["columns", "labels", "teleplot", "json"])
@pytest.mark.parametrize("unit", ["ms", "us"])
def test_two_belts_in_every_grammar(grammar, unit) -> None:
    time = "stamp" if grammar == "teleplot" else "t"
    scale = "ms" if grammar == "teleplot" else unit
    board = SerialTextBoard(BODY, grammar=grammar, time_unit=scale, resets=False)
    file = TWO_BELTS.format(grammar=grammar, time=time, unit=scale)
    told = talk(TextLines(file if grammar != "columns" else columns(file)), board, SECONDS)
    assert [stream.info.stream_id for stream in told.ready.streams] == ["chest", "abdomen"]
    assert set(told.garbage) <= {"first line, may be cut", "fields missing"}
    assert_belts(told, first_s_of(told))


def columns(file: str) -> str:
    return file.replace('grammar = "columns"', 'columns = ["t", "chest", "abdomen"]')


def first_s_of(told: Talk) -> float:
    """A board that does not reset counts its time from 0."""
    return float(told.device_s("chest")[0])


def test_the_example_board_file_reads_the_recommended_sketch() -> None:
    board = SerialTextBoard(BODY)
    told = talk(TextLines((BOARDS / "two_belts.toml").read_text()), board, SECONDS)
    assert told.garbage[0] == "first line, may be cut"
    assert told.garbage[1:] == ["text", "comment", "header"]
    assert_belts(told, 1.5 + first_s_of(told))


def test_without_a_board_file_there_are_belts_in_arbitrary_units() -> None:
    told = talk(TextLines(), SerialTextBoard(BODY), SECONDS)
    assert [stream.kind for stream in told.ready.streams] == ["belt"] * 3
    assert {channel.unit for s in told.ready.streams for channel in s.info.channels} == {"a.u."}


def test_a_motion_chip_over_bluetooth_is_in_our_units() -> None:
    board = BleTextBoard(BODY, (), "pelvis", time_unit="")
    board.mtu = 23
    file = (BOARDS / "imu_over_bluetooth.toml").read_text()
    told = talk(TextLines(file), board, SECONDS)
    values = told.values("imu")
    assert len(values) > 900
    t_s = np.arange(1, 50 * SECONDS + 1) / 50.0
    sample = InertialSensor(BODY, "pelvis", 0).sample(t_s)
    acc = np.round(sample.acc_counts * 16.0 * InertialSensor.GRAVITY_MPS2 / 32768.0, 2)
    gyro = np.round(np.deg2rad(sample.gyro_counts * 2000.0 / 32768.0), 2)
    expected = np.hstack([acc, np.rad2deg(gyro)])
    (start,) = [
        first
        for first in range(len(expected) - len(values) + 1)
        if np.allclose(values[:20], expected[first : first + 20], atol=1e-6)
    ]
    np.testing.assert_allclose(values, expected[start : start + len(values)], atol=1e-6)


def test_a_turn_of_the_clock_is_no_gap() -> None:
    board = SerialTextBoard(BODY, first_time=2**32 - 10_000, resets=False)
    told = talk(TextLines((BOARDS / "two_belts.toml").read_text()), board, SECONDS)
    np.testing.assert_allclose(np.diff(told.device_s("chest")), 0.02, atol=1e-9)
    assert "time out of range" not in told.garbage


def test_a_board_that_restarts_is_read_on() -> None:
    told = talk(
        TextLines((BOARDS / "two_belts.toml").read_text()),
        _Restarted(SerialTextBoard(BODY, resets=False)),
        SECONDS,
    )
    steps_s = np.diff(told.device_s("chest"))
    assert (steps_s < 0).sum() == 1
    assert np.sum(np.abs(steps_s - 0.02) < 1e-9) == len(steps_s) - 1


class _Restarted:
    """A board that is switched off and on after ten seconds."""

    def __init__(self, inner: SerialTextBoard) -> None:
        self.inner, self.name, self._done = inner, inner.name, False

    def __getattr__(self, name: str):
        return getattr(self.inner, name)

    def advance(self, now_us: int):
        if now_us >= 10_000_000 and not self._done:
            self._done = True
            self.inner.power_cycle(now_us)
        return self.inner.advance(now_us)
