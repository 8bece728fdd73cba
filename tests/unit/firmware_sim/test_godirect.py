from __future__ import annotations

import itertools
import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gatt_table import BATTERY_LEVEL, sig_uuid
from firmware_sim.godirect import COMMAND, RESPONSE, GoDirectBelt
from firmware_sim.scenarios import scenario

BODY = scenario("quiet", 60, 1)
SECOND_US = 1_000_000


class Host:
    """Builds commands as the page describes them, and keeps what the belt sends."""

    def __init__(self, belt, now_us=0):
        self.belt, self.counter, self.emissions = belt, 0xFF, []
        belt.connect(now_us)

    def say(self, command_id, parameters=b"", now_us=0):
        self.counter = (self.counter - 1) & 0xFF
        frame = bytearray([0x58, 5 + len(parameters), self.counter, 0, command_id]) + parameters
        frame[3] = sum(frame) & 0xFF
        answer = self.belt.write(COMMAND, bytes(frame), now_us)
        self.emissions += answer
        return b"".join(emission.payload for emission in answer)

    def start(self, mask=0x02, now_us=0):
        return self.say(0x18, struct.pack("<bBIq", -1, 1, mask, 0), now_us)

    def set_period(self, period_us, now_us=0):
        return self.say(0x1B, struct.pack("<bBQ", -1, 0, period_us), now_us)

    def run(self, until_us, step_us=10_000, from_us=0):
        now_us = from_us
        while now_us < until_us:
            now_us = min(now_us + step_us, until_us)
            self.emissions += self.belt.advance(now_us)

    def measurements(self):
        data = b"".join(emission.payload for emission in self.emissions)
        frames = []
        while data:
            assert sum(data[: data[1]]) - data[3] & 0xFF == data[3]
            frames.append(data[: data[1]])
            data = data[data[1] :]
        return [frame for frame in frames if frame[0] == 0x20]


def normal_values(frames, n_sensors=1):
    """Samples of NORMAL_REAL32 frames, shape (n, n_sensors)."""
    values = b"".join(frame[9:] for frame in frames if frame[4] == 0x06)
    return np.frombuffer(values, "<f4").reshape(-1, n_sensors)


def make(**options):
    return Host(GoDirectBelt(BODY, **options))


def test_the_session_of_the_page_is_answered_byte_for_byte():
    belt = GoDirectBelt(BODY)
    belt.connect(0)
    told = [
        belt.write(COMMAND, bytes.fromhex(text), 0)[0].payload.hex(" ")
        for text in (
            "58 19 fe 3f 1a a5 4a 06 49 07 48 08 47 09 46 0a 45 0b 44 0c 43 0d 42 0e 41",
            "58 05 fd 6a 10",
        )
    ]
    assert told == [
        "b8 1a 00 e0 1a fe 55 aa 56 a9 57 a8 58 a7 59 a6 5a a5 5b a4 5c a3 5d a2 5e a1",
        "98 12 01 38 10 fd 00 00 01 08 14 00 02 03 07 00 57 00",
    ]


def test_the_captured_mask_reply_is_reproduced():
    belt = GoDirectBelt(BODY)
    belt.connect(0)
    belt.write(COMMAND, bytes.fromhex("5819fe3f1aa54a06490748084709460a450b440c430d420e41"), 0)
    (answer,) = belt.write(COMMAND, bytes.fromhex("5805fdab51"), 0)
    assert answer.payload == bytes.fromhex("980a012751fd36000000")


@pytest.mark.parametrize(
    ("command_id", "parameters", "length"),
    [
        (0x1A, bytes(20), 26),
        (0x10, b"", 18),
        (0x55, b"", 158),
        (0x51, b"", 10),
        (0x56, b"", 10),
        (0x50, b"\x01", 154),
        (0x50, b"\x05", 154),
        (0x1B, bytes(10), 7),
        (0x18, struct.pack("<bBIq", -1, 1, 2, 0), 7),
        (0x19, bytes.fromhex("ff00ffffffff"), 7),
        (0x34, b"", 7),
        (0x54, b"", 7),
    ],
)
def test_every_command_is_answered_with_its_length_and_echo(command_id, parameters, length):
    host = make()
    reply = host.say(command_id, parameters)
    assert len(reply) == reply[1] == length
    assert reply[4:6] == bytes([command_id, host.counter])
    assert reply[0] == (0xB8 if command_id == 0x1A else 0x98)


def test_a_sensor_that_is_not_there_has_id_zero():
    assert make().say(0x50, b"\x03")[8:12] == bytes(4)


def test_an_unknown_command_is_told_in_the_status_until_cleared():
    host = make()
    assert host.say(0x77) == b""
    assert host.say(0x10)[6] == 0x01
    host.say(0x34)
    assert host.say(0x10)[6] == 0x00


@given(cuts=st.lists(st.integers(1, 43)))
@settings(max_examples=25)
def test_commands_cut_anywhere_get_the_same_answers(cuts):
    told = bytes.fromhex(
        "5819fe3f1aa54a06490748084709460a450b440c430d420e415813f37818ff01020000000000000000000000"
    )
    whole, cut = GoDirectBelt(BODY), GoDirectBelt(BODY)
    whole.connect(0)
    cut.connect(0)
    bounds = [0, *sorted(set(cuts)), len(told)]
    pieces = [told[a:b] for a, b in itertools.pairwise(bounds)]
    assert [e for p in pieces for e in cut.write(COMMAND, p, 0)] == whole.write(COMMAND, told, 0)


def test_replies_are_cut_to_the_mtu():
    host = make(mtu=23)
    reply = host.say(0x55)
    assert len(reply) == 158
    assert [len(emission.payload) for emission in host.emissions] == [20] * 7 + [18]
    assert {emission.endpoint for emission in host.emissions} == {RESPONSE}


@pytest.mark.parametrize("step_us", [1_000, 7_777, 100_000, 20 * SECOND_US])
def test_any_cut_of_time_gives_the_same_bytes(step_us):
    def run(step_us):
        host = make(seed=5, clock_error=0.01)
        host.start(mask=0x36)
        host.run(20 * SECOND_US, step_us)
        return host.emissions

    assert run(step_us) == run(10_000)


@pytest.mark.parametrize(("period_us", "expected"), [(100_000, 201), (50_000, 401), (1, 2001)])
def test_samples_come_at_the_commanded_period_but_no_faster_than_it_can(period_us, expected):
    host = make(samples_per_frame=1, jitter_us=0, stall_chance=0)
    host.set_period(period_us)
    host.start()
    host.run(20 * SECOND_US)
    assert len(normal_values(host.measurements())) == expected


@pytest.mark.parametrize("clock_error", [-0.015, 0.007])
def test_a_wrong_clock_sends_another_number_of_samples(clock_error):
    host = make(clock_error=clock_error, samples_per_frame=1, jitter_us=0, stall_chance=0)
    host.start()
    host.run(100 * SECOND_US, SECOND_US)
    assert len(host.measurements()) == pytest.approx(1000 * (1 + clock_error), abs=1.5)


def test_force_is_the_belt_of_the_body():
    host = make(jitter_us=0, stall_chance=0)
    host.start()
    host.run(60 * SECOND_US)
    force = normal_values(host.measurements())[:, 0]
    stretch = BODY.belt_mm("chest", np.arange(len(force)) * 0.1)
    assert np.corrcoef(force, stretch)[0, 1] > 0.98
    assert 1.0 < np.ptp(force) < 6.0


def test_frames_hold_one_to_three_samples_and_count_up():
    host = make()
    host.start()
    host.run(60 * SECOND_US)
    frames = host.measurements()
    assert {frame[7] for frame in frames} == {1, 2, 3}
    assert [frame[2] for frame in frames] == [(1 + i) & 0xFF for i in range(len(frames))]
    times_us = [emission.time_us for emission in host.emissions]
    assert times_us == sorted(times_us)


def test_delays_stall_and_catch_up_without_losing():
    host = make(samples_per_frame=1, stall_chance=0.02, seed=3)
    host.start()
    host.run(60 * SECOND_US)
    gaps_us = np.diff([emission.time_us for emission in host.emissions[1:]])
    assert gaps_us.max() > 250_000
    assert (gaps_us < 50_000).sum() >= 2
    assert len(host.measurements()) == pytest.approx(600, abs=6)


def test_its_own_rate_is_unknown_for_thirty_seconds_then_near_the_truth():
    host = make(samples_per_frame=1, jitter_us=0, stall_chance=0)
    host.start(mask=0x06)
    host.run(60 * SECOND_US)
    rate = normal_values(host.measurements(), 2)[:, 1]
    assert np.isnan(rate[:300]).all()
    assert len(np.unique(rate[300:])) <= 4
    truth = 60.0 / np.diff(BODY.truth.onset_s).mean()
    assert rate[-1] == pytest.approx(truth, abs=2.0)


def test_wide_frames():
    host = make(layout="wide", samples_per_frame=2)
    host.start(mask=0x36)
    host.run(2 * SECOND_US)
    frame = host.measurements()[0]
    assert (frame[4], frame[5:9], frame[9]) == (0x07, b"\x36\0\0\0", 2)
    assert len(frame) == 11 + 2 * 4 * 4


@pytest.mark.parametrize(("layout", "kind"), [("single", 0x08), ("single_int", 0x09)])
def test_single_channel_frames(layout, kind):
    host = make(layout=layout, samples_per_frame=2)
    host.start(mask=0x06)
    host.run(2 * SECOND_US)
    frames = host.measurements()
    assert {frame[4] for frame in frames} == {kind}
    assert [frame[6] for frame in frames[:4]] == [1, 2, 1, 2]
    (first,) = struct.unpack_from("<i" if layout == "single_int" else "<f", frames[0], 8)
    assert 5.0 < first < 15.0


def test_aperiodic_frames_come_when_a_value_changes():
    host = make(aperiodic=True)
    host.start(mask=0x36)
    host.run(55 * SECOND_US, 100_000)
    frames = host.measurements()
    slow = [(frame[4], frame[6]) for frame in frames if frame[4] != 0x06]
    assert slow == [(0x0A, 2), (0x0B, 4), (0x0A, 5)] * 3
    assert all(frame[5:7] == b"\x02\x00" for frame in frames if frame[4] == 0x06)


def test_announcements_frame_start_period_and_loss():
    host = make(announces=True, samples_per_frame=1, jitter_us=0, stall_chance=0)
    host.set_period(50_000)
    host.start()
    host.run(SECOND_US)
    host.belt.overflow(7)
    host.run(2 * SECOND_US, from_us=SECOND_US)
    frames = host.measurements()
    told = {frame[4]: frame[5:] for frame in frames if frame[4] >= 0x0C}
    assert told == {
        0x0E: struct.pack("<Q", 50_000),
        0x0C: struct.pack("<q", 0),
        0x0D: struct.pack("<I", 7),
    }
    assert len([frame for frame in frames if frame[4] == 0x06]) == 41 - 7
    assert host.say(0x10, now_us=2 * SECOND_US)[-12] == 0x40


def test_stop_ends_the_stream_and_a_new_start_begins_anew():
    host = make(jitter_us=0, stall_chance=0)
    host.start()
    host.run(SECOND_US)
    count = len(host.measurements())
    host.say(0x19, bytes.fromhex("ff00ffffffff"), SECOND_US)
    host.run(2 * SECOND_US, from_us=SECOND_US)
    assert len(host.measurements()) == count
    host.start(now_us=2 * SECOND_US)
    host.run(3 * SECOND_US, from_us=2 * SECOND_US)
    assert len(host.measurements()) > count


def test_measurements_due_come_before_the_reply_to_stop():
    host = make(samples_per_frame=1, jitter_us=0, stall_chance=0)
    host.start()
    answer = host.say(0x19, bytes.fromhex("ff00ffffffff"), 150_000)
    assert answer[0] == 0x20
    assert answer[-7] == 0x98


def test_a_start_without_sensors_fails():
    host = make()
    assert host.start(mask=0x08)[6] == 0x01
    host.run(SECOND_US)
    assert host.measurements() == []


def test_strict_firmware_ignores_start_before_init():
    host = make(strict=True)
    assert host.start() == b""
    assert host.say(0x10)[6] == 0x02
    host.say(0x1A, bytes(20))
    assert host.start()[6] == 0x00


def test_losing_the_link_ends_the_stream():
    host = make()
    host.start()
    host.belt.disconnect(SECOND_US)
    assert host.belt.advance(2 * SECOND_US) == []
    host.belt.connect(3 * SECOND_US)
    assert host.belt.advance(5 * SECOND_US) == []


def test_a_belt_that_keeps_streaming_greets_the_next_host_with_measurements():
    host = make(keeps_streaming=True, jitter_us=0, stall_chance=0)
    host.start()
    host.belt.disconnect(SECOND_US)
    assert host.belt.advance(4 * SECOND_US) == []
    host.belt.connect(5 * SECOND_US)
    emissions = host.belt.advance(6 * SECOND_US)
    assert emissions[0].time_us > 5 * SECOND_US
    assert sum(emission.payload[7] for emission in emissions) <= 10


def test_the_battery_falls_in_status_and_in_its_service():
    host = make(battery_pct=50, drain_pct_per_h=10)
    hour_us = 3600 * SECOND_US
    assert host.belt.read(BATTERY_LEVEL, 0) == bytes([50])
    assert host.belt.read(BATTERY_LEVEL, 2 * hour_us) == bytes([30])
    assert host.say(0x10, now_us=2 * hour_us)[16] == 30
    assert host.belt.read(BATTERY_LEVEL, 9 * hour_us) == bytes([0])


def test_device_information_and_what_cannot_be_read():
    belt = GoDirectBelt(BODY, serial="0K2001C1")
    assert belt.name == "GDX-RB 0K2001C1"
    assert belt.read(sig_uuid(0x2A25), 0) == b"0K2001C1"
    assert belt.read(sig_uuid(0x2A26), 0) == b"1.8.20"
    with pytest.raises(KeyError):
        belt.read(RESPONSE, 0)


def test_two_belts_of_one_body_differ_in_noise_and_agree_in_breath():
    hosts = [make(seed=n, jitter_us=0, stall_chance=0) for n in (1, 2)]
    forces = []
    for host in hosts:
        host.start()
        host.run(30 * SECOND_US)
        forces.append(normal_values(host.measurements())[:295, 0])
    assert not np.array_equal(*forces)
    assert np.corrcoef(*forces)[0, 1] > 0.99


def test_bytes_to_another_characteristic_are_not_commands():
    belt = GoDirectBelt(BODY)
    belt.connect(0)
    assert belt.write(RESPONSE, bytes.fromhex("5805fe6b10"), 0) == []


def test_power_cycling_forgets_the_session():
    host = make()
    host.set_period(50_000)
    host.start()
    host.belt.power_cycle(SECOND_US)
    host.run(2 * SECOND_US, from_us=SECOND_US)
    assert host.measurements() == []
    assert host.say(0x10, now_us=2 * SECOND_US)[2] == 0


def test_nan_travels_as_the_page_writes_it():
    host = make(samples_per_frame=1)
    host.start(mask=0x06)
    host.run(SECOND_US)
    frame = host.measurements()[0]
    assert frame[13:17] == bytes.fromhex("0000c07f")
    assert math.isnan(struct.unpack("<f", frame[13:17])[0])
