from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.entry import Packet
from biofeedback.core.errors import ProtocolError
from biofeedback.core.ports import Garbage, Output, Ready, Refused, Samples, Send, Status
from biofeedback.drivers.conformance import Account, Step, read_conversation
from biofeedback.drivers.protocols.godirect import GoDirect
from biofeedback.drivers.protocols.godirect_frames import Command

VECTORS = Path(__file__).parents[3] / "vectors" / "godirect"
SESSION = read_conversation(VECTORS / "session.jsonl")
SECOND = 1_000_000_000


def fixed(frame: bytearray) -> bytes:
    frame[1] = len(frame)
    frame[3] = (sum(frame) - frame[3]) & 0xFF
    return bytes(frame)


class Belt:
    """Answers as the golden session does, with a counter of its own."""

    def __init__(self, protocol: GoDirect, step: int = 1) -> None:
        self.protocol = protocol
        self.step = step
        self.counter = 0
        self.now_ns = 0
        self.replies: dict[tuple[int, int], bytes] = {}
        for asked, answer in zip(SESSION.steps, SESSION.steps[1:], strict=False):
            if asked.direction == "tx" and answer.direction == "rx":
                self.replies[self.key(asked.payload)] = answer.payload
        self.account = Account()
        self.asked: list[Command] = []

    @staticmethod
    def key(command: bytes) -> tuple[int, int]:
        return command[4], command[5] if command[4] == Command.GET_SENSOR_INFO else 0

    def next_counter(self) -> int:
        counter = self.counter
        self.counter = (self.counter + self.step) & 0xFF
        return counter

    def reply(self, command: bytes, payload: bytes | None = None) -> bytes:
        known = self.replies.get(self.key(command), b"\x98\0\0\0\0\0\0")
        frame = bytearray(known if payload is None else known[:6] + payload)
        frame[2], frame[4], frame[5] = self.next_counter(), command[4], command[2]
        return fixed(frame)

    def measurement(self, *force: float) -> bytes:
        head = struct.pack("<BBBBBHBB", 0x20, 0, self.next_counter(), 0, 6, 2, len(force), 0xFC)
        return fixed(bytearray(head + struct.pack(f"<{len(force)}f", *force)))

    def receive(self, payload: bytes, after_s: float = 0.01) -> list[Output]:
        self.now_ns += round(after_s * SECOND)
        packet = Packet(self.now_ns, "godirect/1", "rx", "response", payload)
        outputs = list(self.protocol.receive(packet))
        self.account.add(outputs)
        return outputs

    def wake(self, after_s: float) -> list[Output]:
        self.now_ns += round(after_s * SECOND)
        outputs = list(self.protocol.wake(self.now_ns))
        self.account.add(outputs)
        return outputs

    def handshake(self) -> list[Output]:
        """Answer everything until no more is asked."""
        told: list[Output] = []
        outputs = list(self.protocol.start())
        while outputs:
            told += outputs
            sends = [output for output in outputs if isinstance(output, Send)]
            outputs = []
            for send in sends:
                self.asked.append(Command(send.payload[4]))
                outputs += self.receive(self.reply(send.payload))
        return told


def of(outputs: list[Output], kind: type[Any]) -> list[Any]:
    return [output for output in outputs if isinstance(output, kind)]


def ready_belt(step: int = 1) -> Belt:
    belt = Belt(GoDirect(), step)
    assert of(belt.handshake(), Ready)
    return belt


def test_the_golden_session_gives_the_samples_written_beside_it() -> None:
    belt = Belt(GoDirect())
    outputs: list[Output] = list(belt.protocol.start())
    for step in SESSION.steps:
        if step.direction == "rx":
            outputs += belt.receive(step.payload)
    decoded = [
        json.loads(line).get("decoded")
        for line in (VECTORS / "session.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    expected = [item for item in decoded if item and "values" in item]
    samples = of(outputs, Samples)
    assert [item.counter for item in samples] == [item["counter"] for item in expected]
    for got, wanted in zip(samples, expected, strict=True):
        np.testing.assert_array_equal(got.values, wanted["values"])
    (ready,) = of(outputs, Ready)
    announced = next(item for item in decoded if item and "model" in item)
    assert ready.info.model == announced["model"]
    assert ready.info.serial == announced["serial"]
    assert ready.info.firmware == announced["firmware"]
    (stream,) = ready.streams
    assert (stream.kind, stream.clocking) == ("belt", "counter")
    assert stream.info.channels[0].unit == announced["unit"]
    assert stream.info.sample_rate_hz == announced["rate_hz"]
    assert of(outputs, Status)[0].value == 87.0


@pytest.mark.parametrize("period_s", [0.0, 0.049, 10.1, float("nan")])
def test_a_period_the_belt_is_not_known_for_is_refused(period_s: float) -> None:
    with pytest.raises(ProtocolError, match=r"period_s is .* 0\.05 to 10"):
        GoDirect(period_s)


def test_the_period_is_asked_for_in_microseconds() -> None:
    belt = Belt(GoDirect(0.05))
    sends = of(belt.handshake(), Send)
    (period,) = [s.payload for s in sends if s.payload[4] == Command.SET_MEASUREMENT_PERIOD]
    assert struct.unpack_from("<Q", period, 7) == (50_000,)


@pytest.mark.parametrize("row", (VECTORS / "broken.jsonl").read_text("utf-8").splitlines())
def test_a_broken_frame_is_garbage(row: str) -> None:
    vector = json.loads(row)
    belt = ready_belt()
    outputs = belt.receive(bytes.fromhex(vector["hex"]))
    outputs += belt.receive(belt.measurement(1.0))
    garbage = of(outputs, Garbage)
    assert garbage[0].reason == vector["garbage"]
    assert bytes.fromhex(vector["hex"]).startswith(garbage[0].payload[:1])
    (samples,) = of(outputs, Samples)
    assert samples.values.tolist() == [[1.0]]


@pytest.mark.parametrize("step", [1, -1])
def test_lost_frames_move_the_sample_counter(step: int) -> None:
    belt = ready_belt(step)
    belt.receive(belt.measurement(1.0, 2.0), 0.2)
    belt.receive(belt.measurement(3.0, 4.0), 0.2)
    for _ in range(3):
        belt.measurement(0.0, 0.0)
    outputs = belt.receive(belt.measurement(5.0, 6.0), 0.8)
    assert of(outputs, Samples)[0].counter == 4 + 6
    assert [(s.name, s.value) for s in of(outputs, Status)] == [("lost", 6.0)]


def test_samples_in_lost_frames_of_different_length_are_told_by_time() -> None:
    belt = ready_belt()
    belt.receive(belt.measurement(1.0), 0.1)
    belt.receive(belt.measurement(1.0, 2.0, 3.0), 0.3)
    belt.measurement(0.0)
    belt.measurement(0.0, 0.0)
    outputs = belt.receive(belt.measurement(7.0), 0.1 + 0.2 + 0.1)
    assert of(outputs, Samples)[0].counter == 4 + 3


def test_a_whole_turn_of_the_counter_is_seen() -> None:
    belt = ready_belt()
    belt.receive(belt.measurement(1.0, 2.0), 0.2)
    for _ in range(255):
        belt.measurement(0.0, 0.0)
    outputs = belt.receive(belt.measurement(5.0, 6.0), 256 * 0.2)
    assert of(outputs, Samples)[0].counter == 2 + 510


def test_a_counter_that_stands_still_is_not_believed() -> None:
    belt = Belt(GoDirect(), step=0)
    (ready,) = of(belt.handshake(), Ready)
    assert ready.streams[0].clocking == "count"
    for _ in range(2):
        outputs = belt.receive(belt.measurement(1.0), 0.1)
        assert [item.counter for item in of(outputs, Samples)] == [None]
        assert not of(outputs, Status)


def test_a_repeated_notification_is_told_as_the_same_samples() -> None:
    belt = ready_belt()
    belt.receive(belt.measurement(0.0))
    frame = belt.measurement(1.0, 2.0)
    assert of(belt.receive(frame), Samples)[0].counter == 1
    (again,) = belt.receive(frame)
    assert isinstance(again, Samples)
    assert (again.counter, again.values[:, 0].tolist()) == (1, [1.0, 2.0])
    assert of(belt.receive(belt.measurement(3.0), 0.2), Samples)[0].counter == 3


def test_a_repeated_frame_without_samples_is_garbage() -> None:
    belt = ready_belt()
    frame = fixed(bytearray((0x20, 0, belt.next_counter(), 0, 0x0D, 2, 0)))
    belt.receive(frame)
    assert [item.reason for item in of(belt.receive(frame), Garbage)] == ["repeated frame"]


def test_dropped_frames_are_counted_with_their_bytes() -> None:
    belt = ready_belt()
    frame = fixed(bytearray((0x20, 0, belt.next_counter(), 0, 0x0D, 2, 0)))
    (status,) = belt.receive(frame)
    assert isinstance(status, Status)
    assert (status.name, status.value, status.payload) == ("dropped", 1.0, frame)


@pytest.mark.parametrize("kind", [0x0C, 0x0E])
def test_frames_without_values_are_passed_over(kind: int) -> None:
    belt = ready_belt()
    assert belt.receive(fixed(bytearray((0x20, 0, belt.next_counter(), 0, kind, 1, 2)))) == []


def test_values_of_other_sensors_are_not_taken_for_force() -> None:
    belt = ready_belt()
    rate = struct.pack("<BBBBBBBBf", 0x20, 0, belt.next_counter(), 0, 0x0A, 0, 2, 1, 15.0)
    assert belt.receive(fixed(bytearray(rate))) == []


def test_a_measurement_between_command_and_reply_is_decoded() -> None:
    belt = ready_belt()
    (ask,) = of(belt.wake(61.0), Send)
    assert ask.payload[4] == Command.GET_STATUS
    assert of(belt.receive(belt.measurement(1.0)), Samples)
    (status,) = belt.receive(belt.reply(ask.payload))
    assert isinstance(status, Status)
    assert (status.name, status.value, status.detail) == ("battery_pct", 87.0, "idle")


def test_the_battery_is_asked_for_once_a_minute() -> None:
    belt = ready_belt()
    asked = 0
    for _ in range(4 * 300):
        for send in of(belt.wake(0.25), Send):
            asked += 1
            belt.receive(belt.reply(send.payload))
    assert asked in (4, 5)


def test_no_battery_level_does_not_stop_the_samples() -> None:
    belt = ready_belt()
    belt.wake(61.0)
    for _ in range(30):
        assert not of(belt.wake(1.0), Refused)
    assert of(belt.receive(belt.measurement(1.0)), Samples)


def test_an_overflow_is_told() -> None:
    belt = ready_belt()
    (ask,) = of(belt.wake(61.0), Send)
    payload = bytearray(belt.replies[Command.GET_STATUS, 0][6:])
    payload[0] = 0x40
    names = [
        item.name for item in of(belt.receive(belt.reply(ask.payload, bytes(payload))), Status)
    ]
    assert names == ["battery_pct", "overflow"]


def test_a_lost_reply_is_asked_for_again_with_a_new_counter() -> None:
    belt = Belt(GoDirect())
    (init,) = belt.protocol.start()
    belt.wake(0.25)
    assert belt.wake(4.9) == []
    (again,) = of(belt.wake(0.25), Send)
    assert isinstance(init, Send)
    assert (again.payload[4], again.payload[2]) == (Command.INIT, init.payload[2] - 1)
    late = belt.receive(belt.reply(init.payload))
    assert [item.reason for item in late] == ["reply to no command of ours"]
    assert of(belt.receive(belt.reply(again.payload)), Send)[0].payload[4] == Command.GET_STATUS


def test_silence_ends_in_a_refusal_after_three_tries() -> None:
    belt = Belt(GoDirect())
    sends, refused = len(list(belt.protocol.start())), []
    for _ in range(200):
        outputs = belt.wake(0.25)
        sends += len(of(outputs, Send))
        refused += of(outputs, Refused)
    assert sends == 3
    (refusal,) = refused
    assert refusal.timed_out
    assert "INIT" in refusal.reason


def test_a_refused_start_ends_in_a_refusal_with_its_code() -> None:
    belt = Belt(GoDirect())
    belt.replies[Command.START_MEASUREMENTS, 0] = bytes.fromhex("980706b018f303")
    belt.handshake()
    (refusal,) = belt.account.refused
    assert refusal.code == 3
    assert not belt.account.ready


def test_a_device_without_force_is_refused() -> None:
    belt = Belt(GoDirect())
    belt.replies[Command.GET_AVAILABLE_SENSOR_MASK, 0] = bytes.fromhex("980a0127510034000000")
    belt.handshake()
    (refusal,) = belt.account.refused
    assert "[2, 4, 5]" in refusal.reason


def test_a_reply_cut_short_is_asked_for_again() -> None:
    belt = Belt(GoDirect())
    (init,) = of(list(belt.protocol.start()), Send)
    (status,) = of(belt.receive(belt.reply(init.payload)), Send)
    short = belt.receive(belt.reply(status.payload, b"\0\0"))
    assert [item.reason for item in short] == ["reply too short"]
    assert of(belt.wake(5.1), Send)[0].payload[4] == Command.GET_STATUS


def test_a_belt_left_streaming_is_stopped_once_before_start() -> None:
    belt = Belt(GoDirect())
    (init,) = of(list(belt.protocol.start()), Send)
    for _ in range(3):
        assert belt.receive(belt.measurement(9.0)) == []
    outputs = belt.receive(belt.reply(init.payload))
    asked = []
    while sends := of(outputs, Send):
        asked.append(Command(sends[0].payload[4]))
        outputs = belt.receive(belt.measurement(9.0) + belt.reply(sends[0].payload))
        if asked[-1] is Command.START_MEASUREMENTS:
            break
    assert asked[0] is Command.STOP_MEASUREMENTS
    assert asked.count(Command.STOP_MEASUREMENTS) == 1
    assert of(outputs, Ready)


def test_samples_while_start_is_unanswered_count_as_its_answer() -> None:
    belt = Belt(GoDirect())
    outputs: list[Output] = list(belt.protocol.start())
    while (sends := of(outputs, Send)) and sends[0].payload[4] != Command.START_MEASUREMENTS:
        outputs = belt.receive(belt.reply(sends[0].payload))
    told = belt.receive(belt.measurement(1.0, 2.0))
    assert of(told, Ready)
    assert of(told, Samples)[0].counter == 0
    assert belt.receive(belt.reply(sends[0].payload)) == []


def test_a_unit_not_known_here_becomes_arbitrary() -> None:
    belt = Belt(GoDirect())
    info = bytearray(belt.replies[Command.GET_SENSOR_INFO, FORCE])
    info[74:76] = b"lb"
    belt.replies[Command.GET_SENSOR_INFO, FORCE] = bytes(info)
    (ready,) = of(belt.handshake(), Ready)
    assert ready.streams[0].info.channels[0].unit == "a.u."


def test_stop_says_stop_and_disconnect_once() -> None:
    belt = ready_belt()
    commands = [send.payload[4] for send in of(list(belt.protocol.stop()), Send)]
    assert commands == [Command.STOP_MEASUREMENTS, Command.DISCONNECT]
    assert list(belt.protocol.stop()) == []
    assert belt.wake(100.0) == []


def test_start_forgets_half_a_frame_and_counts_from_zero() -> None:
    belt = ready_belt()
    belt.receive(belt.measurement(1.0, 2.0), 0.2)
    belt.receive(belt.measurement(1.0, 2.0)[:7], 0.2)
    belt.counter = 0
    assert of(belt.handshake(), Ready)
    assert of(belt.receive(belt.measurement(5.0), 0.2), Samples)[0].counter == 0


FORCE = 1


@given(st.data())
def test_two_replays_of_the_same_packets_are_the_same(data: st.DataObject) -> None:
    received = [step for step in SESSION.steps if step.direction == "rx"]
    order = data.draw(st.lists(st.sampled_from(received), max_size=30))

    def play() -> str:
        belt = Belt(GoDirect())
        account = Account()
        account.add(belt.protocol.start())
        for number, step in enumerate(order):
            assert isinstance(step, Step)
            belt.receive(step.payload, 0.05 * number)
            belt.wake(0.1)
        return repr(belt.account)

    assert play() == play()
