"""Golden vectors of the protocol page, and the behaviour of both kinds of module."""

from __future__ import annotations

import json
import struct
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.scenarios import scenario
from firmware_sim.witmotion import (
    BLE_NOTIFY,
    BLE_WRITE,
    SERIAL,
    WitMotionBle,
    WitMotionSerial,
    ble_read_reply,
    ble_sample_frame,
    serial_frame,
)

BODY = scenario("coached", 60, 1)
SECOND_US = 1_000_000
UNLOCK = "ff aa 69 88 b5"
SAVE, RESTORE, REBOOT = "ff aa 00 00 00", "ff aa 00 01 00", "ff aa 00 ff 00"

VECTORS = Path(__file__).parents[2] / "vectors/witmotion"


def vectors(name):
    """Golden frames of the protocol page; see SOURCE.md beside them."""
    lines = (VECTORS / f"{name}.jsonl").read_text().splitlines()
    return [pytest.param(json.loads(line), id=json.loads(line)["name"]) for line in lines]


def counts(told):
    """Words of a sample: acceleration, angular rate, angles at their full scales."""
    scales = {"acc_g": 16.0, "gyro_dps": 2000.0, "angle_deg": 180.0, "quat_wxyz": 1.0}
    return [round(v / scales[k] * 32768.0) for k in scales if k in told for v in told[k]]


@pytest.mark.parametrize("vector", vectors("frames"))
def test_serial_frames_of_the_page_are_reproduced(vector):
    frame, told = bytes.fromhex(vector["hex"]), vector["decoded"]
    if "time" in told:
        at = datetime.fromisoformat(told["time"])
        day = (at.year - 2000, at.month, at.day, at.hour, at.minute, at.second)
        data = struct.pack("<6BH", *day, at.microsecond // 1000)
    else:
        known = told.get("registers") or counts(told)
        fourth = round(100 * told["temperature_degc"]) if "temperature_degc" in told else None
        undecoded = struct.unpack_from("<h", frame, 8)[0]
        data = struct.pack("<4h", *[*known, undecoded if fourth is None else fourth][:4])
    assert serial_frame(told["id"], data) == frame


@pytest.mark.parametrize("vector", vectors("ble_frames"))
def test_ble_frames_of_the_page_are_reproduced(vector):
    frame, told = bytes.fromhex(vector["hex"]), vector["decoded"]
    if told["id"] == 0x61:
        assert ble_sample_frame(counts(told)) == frame
    else:
        assert ble_read_reply(told["register"], told["values"]) == frame


def told(module, *commands, now_us=0):
    endpoint = SERIAL if isinstance(module, WitMotionSerial) else BLE_WRITE
    return [
        emission
        for command in commands
        for emission in module.write(endpoint, bytes.fromhex(command), now_us)
    ]


def make(kind=WitMotionSerial, *commands, **options):
    module = kind(BODY, **options)
    module.connect(0)
    told(module, *commands)
    return module


def serial_frames(emissions):
    """Frames of all emissions by id; fails on a wrong start or checksum."""
    data = b"".join(emission.payload for emission in emissions)
    found: dict[int, list[bytes]] = {}
    for at in range(0, len(data), 11):
        frame = data[at : at + 11]
        assert frame[0] == 0x55
        assert sum(frame[:10]) & 0xFF == frame[10]
        found.setdefault(frame[1], []).append(frame[2:10])
    return found


def words(data):
    """Four signed words of each frame, shape (n, 4)."""
    return np.array([struct.unpack("<4h", row) for row in data])


def test_by_default_it_sends_ten_times_a_second_what_the_maker_chose():
    frames = serial_frames(make().advance(10 * SECOND_US))
    assert {frame_id: len(data) for frame_id, data in frames.items()} == {
        0x51: 100,
        0x52: 100,
        0x53: 100,
        0x54: 100,
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (1, 2),
        (2, 5),
        (3, 10),
        (4, 20),
        (5, 50),
        (6, 100),
        (7, 200),
        (8, 500),
        (9, 1000),
        (11, 2000),
    ],
)
def test_the_rate_register(code, expected):
    module = make(WitMotionSerial, UNLOCK, f"ff aa 03 {code:02x} 00")
    assert len(module.advance(10 * SECOND_US)) == expected


def test_stop_and_single_shot():
    module = make(WitMotionSerial, UNLOCK, "ff aa 03 0d 00")
    assert module.advance(10 * SECOND_US) == []
    for second in (11, 12):
        (emission,) = told(module, "ff aa 03 0c 00", now_us=second * SECOND_US)
        assert emission.time_us == second * SECOND_US
    assert module.advance(20 * SECOND_US) == []


def test_the_content_register_chooses_frames_in_order_of_id():
    module = make(WitMotionSerial, UNLOCK, "ff aa 02 ff 07")
    (first, *_) = module.advance(SECOND_US)
    assert [first.payload[at + 1] for at in range(0, len(first.payload), 11)] == list(
        range(0x50, 0x5B)
    )
    told(module, "ff aa 02 0e 02", now_us=SECOND_US)
    emissions = module.advance(2 * SECOND_US)
    assert list(serial_frames(emissions)) == [0x51, 0x52, 0x53, 0x59]


def test_the_chip_time_runs_on_its_own_clock():
    module = make(WitMotionSerial, UNLOCK, "ff aa 02 01 00", clock_error=0.007)
    stamps = [
        struct.unpack("<6BH", data) for data in serial_frames(module.advance(10 * SECOND_US))[0x50]
    ]
    assert stamps[0][:3] == (24, 1, 15)
    chip_s = [h * 3600 + m * 60 + s + ms / 1000 for _, _, _, h, m, s, ms in stamps]
    assert np.diff(chip_s).mean() == pytest.approx(0.1, abs=0.001)
    assert len(stamps) == 100  # 10.07 s of its own time


def test_a_wrong_clock_changes_the_number_of_samples():
    fast = make(WitMotionSerial, UNLOCK, "ff aa 03 09 00", clock_error=0.007)
    assert len(fast.advance(60 * SECOND_US)) == pytest.approx(6042, abs=1)


def test_acceleration_angle_and_quaternion_agree():
    module = make(WitMotionSerial, UNLOCK, "ff aa 02 0a 02")
    frames = serial_frames(module.advance(10 * SECOND_US))
    acc_g = words(frames[0x51])[:, :3] / 2048.0
    roll, pitch, yaw = np.deg2rad(words(frames[0x53])[:, :3] / 32768.0 * 180.0).T
    w, x, y, z = (words(frames[0x59]) / 32768.0).T
    up = [-np.sin(pitch), np.cos(pitch) * np.sin(roll), np.cos(pitch) * np.cos(roll)]
    np.testing.assert_allclose(acc_g.mean(axis=0), np.mean(up, axis=1), atol=0.06)
    np.testing.assert_allclose(w * w + x * x + y * y + z * z, 1.0, atol=1e-3)
    np.testing.assert_allclose(
        np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)), yaw, atol=0.01
    )


def test_at_a_low_baud_rate_whole_measurements_are_missing():
    module = make(WitMotionSerial, UNLOCK, "ff aa 03 09 00", "ff aa 04 02 00")
    emissions = module.advance(10 * SECOND_US)
    assert 190 <= len(emissions) <= 220  # four frames fit about 20 times a second at 9600
    assert all(len(emission.payload) == 44 for emission in emissions)


def test_without_unlock_writes_are_ignored_and_reads_work():
    module = make(WitMotionSerial, "ff aa 03 09 00")
    assert len(module.advance(SECOND_US)) == 10
    (reply,) = told(module, "ff aa 27 03 00", now_us=SECOND_US)
    assert serial_frames([reply])[0x5F] == [struct.pack("<4h", 6, 6, 0, 0)]


def test_older_firmware_needs_no_unlock():
    module = make(WitMotionSerial, "ff aa 03 09 00", needs_unlock=False)
    assert len(module.advance(SECOND_US)) == 100


def test_live_registers_are_those_of_the_last_sample():
    module = make()
    frames = serial_frames(module.advance(SECOND_US))
    (acc,) = serial_frames(told(module, "ff aa 27 34 00", now_us=SECOND_US))[0x5F]
    assert acc[:6] == frames[0x51][-1][:6]
    (angles,) = serial_frames(told(module, "ff aa 27 3d 00", now_us=SECOND_US))[0x5F]
    assert angles == frames[0x53][-1][:6] + struct.pack("<h", 2550)


def test_what_is_not_saved_is_forgotten_by_a_reboot():
    module = make(WitMotionSerial, UNLOCK, "ff aa 03 09 00", REBOOT)
    assert module.advance(499_000) == []
    assert len(module.advance(2 * SECOND_US)) == 15


def test_what_is_saved_survives_and_restore_brings_the_default_back():
    module = make(WitMotionSerial, UNLOCK, "ff aa 03 09 00", SAVE, REBOOT)
    assert len(module.advance(SECOND_US)) == 50
    told(module, UNLOCK, RESTORE, now_us=SECOND_US)
    assert len(module.advance(2 * SECOND_US)) == 10


def test_sleep_is_silent_until_a_rate_is_written():
    module = make(WitMotionSerial, UNLOCK, "ff aa 22 01 00")
    assert module.advance(5 * SECOND_US) == []
    told(module, "ff aa 03 08 00", now_us=5 * SECOND_US)
    assert len(module.advance(6 * SECOND_US)) == 50


def test_the_present_angle_becomes_zero():
    module = make()
    before = serial_frames(module.advance(SECOND_US))[0x53][-1]
    told(module, UNLOCK, "ff aa 01 08 00", now_us=SECOND_US)
    after = serial_frames(module.advance(2 * SECOND_US))[0x53][0]
    roll_before, roll, pitch = *struct.unpack("<h", before[:2]), *struct.unpack("<2h", after[:4])
    assert abs(roll_before) > 8192
    assert abs(roll) < 182
    assert abs(pitch) < 182


def test_commands_are_taken_in_any_split_and_after_junk():
    module = make()
    data = b"\x00\xff" + bytes.fromhex(UNLOCK + "ff aa 03 09 00")
    for byte in data:
        module.write(SERIAL, bytes([byte]), 0)
    assert len(module.advance(SECOND_US)) == 100


def test_who_connects_late_hears_only_what_comes():
    module = WitMotionSerial(BODY)
    assert module.advance(5 * SECOND_US) == []
    module.connect(10 * SECOND_US)
    emissions = module.advance(11 * SECOND_US)
    assert len(emissions) == 10
    assert emissions[0].time_us > 10 * SECOND_US


@pytest.mark.parametrize("kind", [WitMotionSerial, WitMotionBle])
@pytest.mark.parametrize("step_us", [1_000, 7_777, 100_000, 3 * SECOND_US])
def test_any_cut_of_time_gives_the_same_bytes(kind, step_us):
    def run(step_us):
        module = make(kind, UNLOCK, "ff aa 03 09 00", seed=5, clock_error=-0.01)
        emissions, now_us = [], 0
        while now_us < 3 * SECOND_US:
            now_us = min(now_us + step_us, 3 * SECOND_US)
            emissions += module.advance(now_us)
        return emissions

    assert run(step_us) == run(10_000)


def test_ble_streams_frames_of_twenty_bytes():
    module = make(WitMotionBle)
    emissions = module.advance(SECOND_US)
    assert len(emissions) == 10
    assert all(len(e.payload) == 20 and e.payload[:2] == b"\x55\x61" for e in emissions)
    assert {e.endpoint for e in emissions} == {BLE_NOTIFY}
    acc_g = np.array([struct.unpack_from("<3h", e.payload, 2) for e in emissions]) / 2048.0
    assert np.linalg.norm(acc_g, axis=1).mean() == pytest.approx(1.0, abs=0.05)


def test_ble_packs_two_frames_above_fifty_a_second_where_the_mtu_allows():
    module = make(WitMotionBle, UNLOCK, "ff aa 03 09 00")
    assert {len(e.payload) for e in module.advance(SECOND_US)} == {40}
    module.mtu = 23
    later = module.advance(2 * SECOND_US)
    assert {len(e.payload) for e in later} == {20}


def test_ble_answers_reads_with_eight_registers():
    module = make(WitMotionBle)
    module.advance(SECOND_US)
    (quaternion,) = told(module, "ff aa 27 51 00", now_us=SECOND_US)
    start, *words = struct.unpack("<2xH8h", quaternion.payload)
    assert start == 0x51
    assert np.linalg.norm(np.array(words[:4]) / 32768.0) == pytest.approx(1.0, abs=1e-3)
    (battery,) = told(module, "ff aa 27 64 00", now_us=SECOND_US)
    assert battery.payload[:6] == bytes.fromhex("557164008301")


def test_ble_firmware_with_long_replies():
    module = make(WitMotionBle, long_replies=True)
    (reply,) = told(module, "ff aa 27 64 00")
    assert len(reply.payload) == 22


def test_nothing_is_read_over_gatt():
    with pytest.raises(KeyError):
        make(WitMotionBle).read(BLE_NOTIFY, 0)
