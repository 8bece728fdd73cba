"""Vernier Go Direct Respiration Belt: handshake and decoding, from docs/protocols/godirect.md.

One command at a time; a reply belongs to the pending command when it echoes its id and counter.
Measurement frames may come at any moment, in any split. Frames carry no time, only the device's
rolling frame counter: missing numbers are missing frames.
"""

from __future__ import annotations

import math
import struct
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from biofeedback.core.entry import Packet
from biofeedback.core.errors import ProtocolError
from biofeedback.core.ports import (
    DeviceInfo,
    Garbage,
    Output,
    Ready,
    Refused,
    Samples,
    SampleStream,
    Send,
    Status,
)
from biofeedback.core.stream import Channel, FloatArray, StreamInfo
from biofeedback.drivers.framing import ByteBuffer, CounterUnwrap, sum_checksum

__all__ = ["COMMAND_UUID", "RESPONSE_UUID", "SERVICE_UUID", "GoDirect"]

SERVICE_UUID = "d91714ef-28b9-4f91-ba16-f0d9a604f112"
COMMAND_UUID = "f4bf14a6-c7d5-4b6d-8aa8-df1a7c83adcb"
RESPONSE_UUID = "b41e6675-a329-40e0-aa01-44d2f444babe"

_COMMAND, _MEASUREMENT = 0x58, 0x20
_GET_STATUS, _START, _STOP, _INIT, _SET_PERIOD = 0x10, 0x18, 0x19, 0x1A, 0x1B
_SENSOR_INFO, _SENSOR_MASK, _DISCONNECT, _DEVICE_INFO = 0x50, 0x51, 0x54, 0x55
_INIT_KEY = bytes.fromhex("a54a06490748084709460a450b440c430d420e41")
_NORMAL, _WIDE, _SINGLE_REAL, _SINGLE_INT, _APERIODIC_REAL, _APERIODIC_INT = range(0x06, 0x0C)
_START_TIME, _DROPPED, _PERIOD = 0x0C, 0x0D, 0x0E
# Header, length, counter, checksum and type. The length is one byte, so the buffer never holds
# more than 254 bytes of an unfinished frame.
SHORTEST_FRAME = 5
REPLY_TIMEOUT_NS = 5_000_000_000
MOST_TRIES = 3
BATTERY_EVERY_NS = 60_000_000_000
# "Behaviour below 50 ms on GDX-RB is unconfirmed"; the belt's own typical period is 100 ms.
PERIOD_LIMITS_S = (0.05, 10.0)
# "Gaps of 2-5 samples followed by catch-up frames", 0.5-0.6 s at 10 Hz.
LONGEST_PACKET_SAMPLES = 6
FORCE_SENSOR = 1


@dataclass(frozen=True, slots=True)
class _Pending:
    """The command whose reply is awaited."""

    command: int
    counter: int
    payload: bytes
    sent_ns: int
    tries: int


class GoDirect:
    """A respiration belt that streams its force.

    Parameters
    ----------
    period_s : float
        Time between samples asked for, s; 0.05 to 10.

    Raises
    ------
    ProtocolError
        If the period is outside the limits.
    """

    def __init__(self, period_s: float = 0.1) -> None:
        low_s, high_s = PERIOD_LIMITS_S
        if not low_s <= period_s <= high_s:
            raise ProtocolError(
                f"period_s is {period_s}; the belt is known to work from {low_s} to {high_s} s"
            )
        self._period_s = period_s
        self._buffer = ByteBuffer()
        self._frames = CounterUnwrap(256)
        self._begin()

    def _begin(self) -> None:
        self._buffer.clear()
        self._frames.reset()
        self._rolling = 0xFF
        self._queue: deque[tuple[int, bytes]] = deque()
        self._pending: _Pending | None = None
        self._now_ns = 0
        self._started = self._ready = self._refused = self._running_before = False
        self._mask = 0
        self._model, self._serial, self._firmware = "", "", ""
        self._units: dict[int, str] = {}
        self._next_sample = 0
        self._samples_per_frame = 1
        self._battery_ns = 0

    def start(self) -> Iterable[Output]:
        """Begin a new conversation: INIT first."""
        self._begin()
        self._started = True
        self._queue += [(_INIT, _INIT_KEY), (_GET_STATUS, b""), (_DEVICE_INFO, b"")]
        self._queue.append((_SENSOR_MASK, b""))
        return tuple(self._next())

    def stop(self) -> Iterable[Output]:
        """Stop measuring and say goodbye; no reply is awaited."""
        self._started = False
        self._pending = None
        self._queue.clear()
        return (
            self._command(_STOP, b"\xff\x00\xff\xff\xff\xff"),
            self._command(_DISCONNECT, b""),
        )

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Repeat a command that was not answered within 5 s, three times; ask for the battery.

        Parameters
        ----------
        now_ns : int
            Told, never asked.
        """
        self._now_ns = now_ns
        if not self._started or self._refused:
            return ()
        pending = self._pending
        if pending is not None:
            if not pending.sent_ns:
                # Sent by `start`, which is not told the time.
                self._pending = _Pending(
                    pending.command, pending.counter, pending.payload, now_ns, pending.tries
                )
            elif now_ns - pending.sent_ns > REPLY_TIMEOUT_NS:
                return tuple(self._again(pending))
            return ()
        if self._ready and now_ns - self._battery_ns > BATTERY_EVERY_NS:
            self._battery_ns = now_ns
            self._queue.append((_GET_STATUS, b""))
            return tuple(self._next())
        return ()

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take a notification: a fragment of a frame, one frame or several.

        Parameters
        ----------
        packet : Packet
            Any bytes.
        """
        self._now_ns = packet.host_time_ns
        self._buffer.add(packet.payload)
        outputs: list[Output] = []
        skipped = bytearray()
        while len(self._buffer) >= SHORTEST_FRAME:
            length = self._buffer[1]
            if not _is_header(self._buffer[0]) or length < SHORTEST_FRAME:
                skipped += self._buffer.take(1)
                continue
            if len(self._buffer) < length:
                break
            frame = self._buffer.peek(length)
            if sum_checksum(frame, skip=3) != frame[3]:
                # Somewhere in here the next frame may begin: give up one byte only.
                skipped += self._buffer.take(1)
                continue
            self._buffer.take(length)
            if skipped:
                outputs.append(Garbage(bytes(skipped), "no frame"))
                skipped.clear()
            outputs += self._frame(frame)
        if skipped:
            outputs.append(Garbage(bytes(skipped), "no frame"))
        return tuple(outputs)

    def _command(self, command: int, parameters: bytes) -> Send:
        self._rolling = (self._rolling - 1) & 0xFF
        length = 5 + len(parameters)
        frame = bytearray((_COMMAND, length, self._rolling, 0, command)) + parameters
        frame[3] = sum_checksum(bytes(frame), skip=3)
        return Send(COMMAND_UUID, bytes(frame))

    def _next(self) -> Iterator[Output]:
        """Send the next queued command, if none is pending."""
        if self._pending is None and self._queue:
            command, parameters = self._queue.popleft()
            send = self._command(command, parameters)
            self._pending = _Pending(command, self._rolling, parameters, self._now_ns, 1)
            yield send

    def _again(self, pending: _Pending) -> Iterator[Output]:
        if pending.tries >= MOST_TRIES:
            self._refused = True
            self._pending = None
            yield Refused(
                f"the belt did not answer command 0x{pending.command:02x} in {MOST_TRIES} tries "
                "of 5 s; switch it off and on and close other apps that use it",
                timed_out=True,
            )
            return
        send = self._command(pending.command, pending.payload)
        self._pending = _Pending(
            pending.command, self._rolling, pending.payload, self._now_ns, pending.tries + 1
        )
        yield send

    def _frame(self, frame: bytes) -> Iterator[Output]:
        lost_frames = self._count(frame)
        if frame[0] == _MEASUREMENT:
            yield from self._measurement(frame, lost_frames)
        elif (
            self._pending is not None
            and len(frame) >= 6
            and frame[4] == self._pending.command
            and frame[5] == self._pending.counter
        ):
            self._pending = None
            yield from self._reply(frame)
            yield from self._next()
        else:
            yield Garbage(frame, "reply to no command of ours")

    def _count(self, frame: bytes) -> int:
        """Return how many frames are missing before this one."""
        # While commands are answered frames come as fast as we ask; only a running stream has
        # a usual interval from which full turns of the counter could be told.
        interval_s = self._period_s * self._samples_per_frame if self._ready else math.inf
        return max(0, self._frames.step(frame[2], self._now_ns, interval_s) - 1)

    def _reply(self, frame: bytes) -> Iterator[Output]:
        command, payload = frame[4], frame[6:]
        try:
            match command:
                case 0x1A:
                    if self._running_before:
                        # Left streaming by whoever had it before us.
                        self._queue.appendleft((_STOP, b"\xff\x00\xff\xff\xff\xff"))
                case 0x10:
                    yield from self._status(payload)
                case 0x55:
                    self._model = _text(payload[0:16])
                    self._serial = _text(payload[16:32])
                    struct.unpack_from("<64s", payload, 88)
                case 0x51:
                    yield from self._sensors(payload)
                case 0x50:
                    yield from self._sensor(payload)
                case 0x18:
                    yield from self._streaming(payload)
                case _:
                    pass  # acknowledgements of STOP and SET_PERIOD hold nothing we need
        except struct.error:
            yield Garbage(frame, "reply too short")
            yield from self._give_up(f"its reply to command 0x{command:02x} is too short", 0)

    def _give_up(self, what: str, code: int) -> Iterator[Output]:
        if not self._ready:
            self._refused = True
            self._queue.clear()
            yield Refused(f"the belt cannot be used: {what}; switch it off and on", code)

    def _status(self, payload: bytes) -> Iterator[Output]:
        bits, _, major, minor, build, _, _, _, battery, charger = struct.unpack_from(
            "<BBBBHBBHBB", payload
        )
        self._firmware = f"{major}.{minor}.{build}"
        self._battery_ns = self._now_ns
        words = ("idle", "charging", "charged", "charger error")
        yield Status("battery_pct", float(battery), words[charger] if charger < 4 else "")
        if bits & 0x40:
            yield Status("fifo_overflow", 1.0, "the belt's own buffer overflowed")

    def _sensors(self, payload: bytes) -> Iterator[Output]:
        (self._mask,) = struct.unpack_from("<I", payload)
        if not self._mask >> FORCE_SENSOR & 1:
            yield from self._give_up(f"it has no force sensor (mask 0x{self._mask:x})", 0)
            return
        numbers = [number for number in range(32) if self._mask >> number & 1]
        self._queue += [(_SENSOR_INFO, bytes((number,))) for number in numbers]
        period_us = round(self._period_s * 1e6)
        self._queue.append((_SET_PERIOD, b"\xff\x00" + struct.pack("<Q", period_us)))
        start = struct.pack("<bBIq", -1, 1, 1 << FORCE_SENSOR, 0)
        self._queue.append((_START, start))

    def _sensor(self, payload: bytes) -> Iterator[Output]:
        number, _, sensor_id = struct.unpack_from("<bBI", payload)
        struct.unpack_from("<I", payload, 144)
        if sensor_id:
            self._units[number] = _text(payload[68:100])
        return iter(())

    def _streaming(self, payload: bytes) -> Iterator[Output]:
        if payload and payload[0] != 0:
            yield from self._give_up("it refused to start measuring", payload[0])
            return
        self._ready = True
        info = StreamInfo(
            "force",
            (Channel("force", self._units.get(FORCE_SENSOR) or "N"),),
            1.0 / self._period_s,
        )
        stream = SampleStream(info, "belt", "counter", LONGEST_PACKET_SAMPLES * self._period_s)
        yield Ready(DeviceInfo(self._model, self._serial, self._firmware), (stream,))

    def _measurement(self, frame: bytes, lost_frames: int) -> Iterator[Output]:
        kind = frame[4]
        if not self._ready:
            self._running_before = True
            return
        if lost_frames:
            lost = lost_frames * self._samples_per_frame
            self._next_sample += lost
            yield Status("lost", float(lost), f"{lost_frames} frames are missing")
        if kind in (_START_TIME, _PERIOD):
            return
        if kind == _DROPPED:
            # Its layout is not public: counted as one, its bytes kept for whoever learns it.
            yield Status("dropped", 1.0, "the belt says it dropped samples", frame)
            return
        values = _values(frame)
        if values is None:
            yield Garbage(frame, "count and length disagree")
        elif kind not in range(_NORMAL, _APERIODIC_INT + 1):
            yield Garbage(frame, f"unknown measurement type 0x{kind:02x}")
        elif FORCE_SENSOR in values:
            force = values[FORCE_SENSOR]
            first = self._next_sample
            self._next_sample += len(force)
            if kind in (_NORMAL, _WIDE) and len(force):
                self._samples_per_frame = len(force)
            yield Samples("force", first, None, force[:, None])


def _values(frame: bytes) -> dict[int, FloatArray] | None:
    """Return the values of each sensor of a measurement frame; None when lengths disagree."""
    kind = frame[4]
    try:
        if kind in (_NORMAL, _WIDE):
            mask, count = struct.unpack_from("<HB" if kind == _NORMAL else "<IB", frame, 5)
            start = 9 if kind == _NORMAL else 11
            numbers = [number for number in range(32) if mask >> number & 1]
        elif kind in range(_SINGLE_REAL, _APERIODIC_INT + 1):
            number, count = struct.unpack_from("<BB", frame, 6)
            start, numbers = 8, [number]
        else:
            return {}
    except struct.error:
        return None
    if len(frame) - start != 4 * count * len(numbers):
        return None
    whole = kind in (_SINGLE_INT, _APERIODIC_INT)
    flat = np.frombuffer(frame, "<i4" if whole else "<f4", offset=start).astype(np.float64)
    table = flat.reshape(count, len(numbers))
    return {number: table[:, column] for column, number in enumerate(numbers)}


def _is_header(byte: int) -> bool:
    """Tell whether a frame can begin so: measurement, or a reply (low five bits 0x18)."""
    return byte == _MEASUREMENT or byte & 0x1F == 0x18


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("utf-8", errors="replace").strip()
