"""Vernier Go Direct Respiration Belt: the conversation, from docs/protocols/godirect.md.

One command at a time; a reply belongs to the pending command when it echoes its id and counter.
Measurement frames may come at any moment, in any split. They carry no time and no sample number,
only the belt's frame counter: missing numbers are missing frames.
"""

from __future__ import annotations

import dataclasses
import struct
from collections import deque
from collections.abc import Iterable, Iterator

from biofeedback.core.entry import Packet
from biofeedback.core.errors import ProtocolError
from biofeedback.core.ports import (
    Clocking,
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
from biofeedback.core.units import BELT_UNITS
from biofeedback.drivers.framing import CounterUnwrap, FrameCutter, counting_direction, set_bits
from biofeedback.drivers.protocols.godirect_frames import (
    HEAD_BYTES,
    Command,
    MeasurementType,
    command_frame,
    device_reply,
    frame_length,
    is_complete_reply,
    is_intact,
    is_measurement,
    mask_reply,
    measurement_values,
    sensor_reply,
    status_reply,
)

__all__ = ["COMMAND_UUID", "RESPONSE_UUID", "SERVICE_UUID", "GoDirect"]

SERVICE_UUID = "d91714ef-28b9-4f91-ba16-f0d9a604f112"
COMMAND_UUID = "f4bf14a6-c7d5-4b6d-8aa8-df1a7c83adcb"
RESPONSE_UUID = "b41e6675-a329-40e0-aa01-44d2f444babe"

REPLY_TIMEOUT_NS = 5_000_000_000
MOST_TRIES = 3
BATTERY_EVERY_NS = 60_000_000_000
PERIOD_LIMITS_S = (0.05, 10.0)
# Gaps of 2 to 5 samples followed by catch-up frames were seen.
LONGEST_PACKET_SAMPLES = 6
FORCE_SENSOR = 1
OVERFLOW_BIT = 0x40

_INIT_KEY = bytes.fromhex("a54a06490748084709460a450b440c430d420e41")
_EVERYTHING = b"\xff\x00\xff\xff\xff\xff"


@dataclasses.dataclass(frozen=True, slots=True)
class _Pending:
    """The command whose reply is awaited."""

    command: Command
    parameters: bytes
    counter: int
    sent_ns: int | None
    tries: int = 1


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
                f"period_s is {period_s}; this belt is known to work from {low_s} to {high_s} s"
            )
        self._period_s = period_s
        self._cutter = FrameCutter(HEAD_BYTES, frame_length, is_intact, self._makes_sense)
        self._begin()

    def _begin(self) -> None:
        self._cutter.clear()
        self._rolling = 0xFF
        self._queue: deque[tuple[Command, bytes]] = deque()
        self._pending: _Pending | None = None
        self._now_ns: int | None = None  # until told
        self._open = self._ready = self._stopped_old = False
        self._device = DeviceInfo("")
        self._firmware = ""
        self._unit = "N"
        self._battery_ns = 0
        self._handshake_counters: list[int] = []
        self._frames: CounterUnwrap | None = None  # None: this belt's counter cannot be trusted
        self._last_frame = b""
        self._last_force_ns = 0
        self._samples = self._force_frames = self._next_sample = 0
        self._fewest, self._most = LONGEST_PACKET_SAMPLES, 1

    def start(self) -> Iterable[Output]:
        """Begin a new conversation: INIT first."""
        self._begin()
        self._open = True
        self._queue += [
            (Command.INIT, _INIT_KEY),
            (Command.GET_STATUS, b""),
            (Command.GET_DEVICE_INFO, b""),
            (Command.GET_AVAILABLE_SENSOR_MASK, b""),
        ]
        return tuple(self._next())

    def stop(self) -> Iterable[Output]:
        """Stop measuring and say goodbye; no reply is awaited."""
        if not self._open:
            return ()
        self._open = False
        self._pending = None
        self._queue.clear()
        return (
            self._send(Command.STOP_MEASUREMENTS, _EVERYTHING),
            self._send(Command.DISCONNECT, b""),
        )

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Repeat a command that was not answered within 5 s, three times; ask for the battery.

        Parameters
        ----------
        now_ns : int
            Told, never asked.
        """
        self._now_ns = now_ns
        pending = self._pending
        if not self._open:
            return ()
        if pending is None:
            if self._ready and now_ns - self._battery_ns > BATTERY_EVERY_NS:
                self._battery_ns = now_ns
                self._queue.append((Command.GET_STATUS, b""))
            return tuple(self._next())
        if pending.sent_ns is None:  # sent by `start`, which is not told the time
            self._pending = dataclasses.replace(pending, sent_ns=now_ns)
        elif now_ns - pending.sent_ns > REPLY_TIMEOUT_NS:
            return tuple(self._again(pending))
        return ()

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take a notification: a fragment of a frame, one frame or several.

        Parameters
        ----------
        packet : Packet
            Any bytes.
        """
        self._now_ns = packet.host_time_ns
        outputs: list[Output] = []
        for skipped, frame in self._cutter.cut(packet.payload):
            if skipped:
                outputs.append(Garbage(skipped, "no frame"))
            if frame:
                outputs += self._frame(frame, packet.host_time_ns)
        return tuple(outputs)

    def _makes_sense(self, frame: bytes) -> bool:
        """Tell whether a valid frame is surely one, not a part of another that looks so."""
        if is_measurement(frame):
            return bool(measurement_values(frame))
        return self._answers(frame)

    def _answers(self, frame: bytes) -> bool:
        pending = self._pending
        return (
            pending is not None
            and len(frame) > HEAD_BYTES
            and (frame[4], frame[5]) == (pending.command, pending.counter)
        )

    def _send(self, command: Command, parameters: bytes) -> Send:
        self._rolling = (self._rolling - 1) & 0xFF
        return Send(COMMAND_UUID, command_frame(self._rolling, command, parameters))

    def _next(self) -> Iterator[Output]:
        """Send the next queued command, if none is pending."""
        if self._pending is None and self._queue:
            command, parameters = self._queue.popleft()
            yield self._send(command, parameters)
            self._pending = _Pending(command, parameters, self._rolling, self._now_ns)

    def _again(self, pending: _Pending) -> Iterator[Output]:
        if pending.tries < MOST_TRIES:
            yield self._send(pending.command, pending.parameters)
            self._pending = dataclasses.replace(
                pending, counter=self._rolling, sent_ns=self._now_ns, tries=pending.tries + 1
            )
        elif self._ready:
            self._pending = None  # no battery level; the samples go on
        else:
            yield self._refuse(
                f"the belt did not answer {pending.command.name} in {MOST_TRIES} tries of 5 s; "
                "switch it off and on and close other apps that use it",
                timed_out=True,
            )

    def _refuse(self, reason: str, code: int = 0, *, timed_out: bool = False) -> Refused:
        self._open = False
        self._pending = None
        self._queue.clear()
        return Refused(reason, code, timed_out)

    def _frame(self, frame: bytes, now_ns: int) -> Iterator[Output]:
        lost_frames = self._missing_before(frame, now_ns)
        repeated = lost_frames < 0 and frame == self._last_frame
        self._last_frame = frame
        if repeated:
            yield self._once_more(frame)
        elif is_measurement(frame) and lost_frames < -1:
            yield Garbage(frame, "late frame")  # counted as lost already
        elif is_measurement(frame):
            yield from self._measurement(frame, max(0, lost_frames), now_ns)
        elif not self._answers(frame):
            yield Garbage(frame, "reply to no command of ours")
        elif not is_complete_reply(frame):
            yield Garbage(frame, "reply too short")  # asked again after the time-out
        else:
            self._pending = None
            yield from self._reply(frame)
            yield from self._next()

    def _missing_before(self, frame: bytes, now_ns: int) -> int:
        """Return how many frames are missing before this one; −1 if the counter stands still."""
        if not self._ready:
            self._handshake_counters.append(frame[2])
            return 0
        if self._frames is None:
            return 0
        per_frame = self._samples / self._force_frames if self._force_frames else 1.0
        return self._frames.step(frame[2], now_ns, self._period_s * per_frame) - 1

    def _reply(self, frame: bytes) -> Iterator[Output]:
        match Command(frame[4]):
            case Command.GET_STATUS:
                status = status_reply(frame)
                self._firmware = status.firmware
                self._battery_ns = self._now_ns or 0
                yield Status("battery_pct", float(status.battery_pct), status.charger)
                if status.bits & OVERFLOW_BIT:
                    yield Status("overflow", 1.0, "the belt's own buffer overflowed", frame)
            case Command.GET_DEVICE_INFO:
                device = device_reply(frame)
                self._device = DeviceInfo(device.order_code, device.serial, self._firmware)
            case Command.GET_AVAILABLE_SENSOR_MASK:
                yield from self._plan(set_bits(mask_reply(frame)))
            case Command.GET_SENSOR_INFO:
                sensor = sensor_reply(frame)
                if sensor.sensor == FORCE_SENSOR and sensor.sensor_id:
                    self._unit = sensor.unit if sensor.unit in BELT_UNITS else "a.u."
            case Command.START_MEASUREMENTS if frame[6] != 0 and not self._ready:
                yield self._refuse("the belt refused to measure; switch it off and on", frame[6])
            case Command.START_MEASUREMENTS:
                yield from self._begin_stream()
            case _:
                pass  # INIT and the acknowledgements hold nothing that is needed

    def _plan(self, sensors: list[int]) -> Iterator[Output]:
        """Queue what remains of the handshake once the sensors are known."""
        if FORCE_SENSOR not in sensors:
            yield self._refuse(f"the device has sensors {sensors}, but no force sensor (1)")
            return
        self._queue += [(Command.GET_SENSOR_INFO, bytes((sensor,))) for sensor in sensors]
        period = b"\xff\x00" + struct.pack("<Q", round(self._period_s * 1e6))
        self._queue.append((Command.SET_MEASUREMENT_PERIOD, period))
        start = struct.pack("<bBIq", -1, 1, 1 << FORCE_SENSOR, 0)
        self._queue.append((Command.START_MEASUREMENTS, start))

    def _begin_stream(self) -> Iterator[Output]:
        if self._ready:
            return
        self._ready = True
        direction = counting_direction(self._handshake_counters, 256)
        self._frames = CounterUnwrap(256, direction) if direction else None
        info = StreamInfo("force", (Channel("force", self._unit),), 1.0 / self._period_s)
        clocking: Clocking = "counter" if direction else "count"
        yield Ready(
            self._device,
            (SampleStream(info, "belt", clocking, LONGEST_PACKET_SAMPLES * self._period_s),),
        )

    def _measurement(self, frame: bytes, lost_frames: int, now_ns: int) -> Iterator[Output]:
        if not self._ready:
            starting = (
                self._pending is not None and self._pending.command is Command.START_MEASUREMENTS
            )
            if not starting:
                # Left streaming by whoever had the belt before.
                if self._open and not self._stopped_old:
                    self._stopped_old = True
                    self._queue.appendleft((Command.STOP_MEASUREMENTS, _EVERYTHING))
                return
            # The acknowledgement of START is late or lost, but the belt measures.
            yield from self._begin_stream()
        kind = frame[4]
        values = measurement_values(frame)
        force = None if values is None else values.get(FORCE_SENSOR)
        if lost_frames:
            lost = self._lost_samples(lost_frames, 0 if force is None else len(force), now_ns)
            self._next_sample += lost
            yield Status("lost", float(lost), f"{lost_frames} frames are missing")
        if values is None:
            yield Garbage(frame, "count and length disagree")
        elif force is not None and len(force):
            yield self._take(force, now_ns)
        elif kind == MeasurementType.DROPPED:
            # Its layout is not public: counted as one, its bytes kept for whoever learns it.
            yield Status("dropped", 1.0, "the belt says that it dropped samples", frame)
        elif kind not in set(MeasurementType):
            yield Garbage(frame, "unknown measurement type")

    def _take(self, force: FloatArray, now_ns: int) -> Samples:
        first = self._next_sample
        self._next_sample += len(force)
        self._samples += len(force)
        self._force_frames += 1
        self._fewest = min(self._fewest, len(force))
        self._most = max(self._most, len(force))
        self._last_force_ns = now_ns
        counter = None if self._frames is None else first
        return Samples("force", counter, None, force[:, None])

    def _once_more(self, frame: bytes) -> Output:
        """Give a frame's samples again, by the number they had: whoever counts drops them."""
        values = measurement_values(frame) if is_measurement(frame) else None
        force = (values or {}).get(FORCE_SENSOR)
        if force is None or not 0 < len(force) <= self._next_sample:
            return Garbage(frame, "repeated frame")
        return Samples("force", self._next_sample - len(force), None, force[:, None])

    def _lost_samples(self, lost_frames: int, received: int, now_ns: int) -> int:
        """Tell how many samples were in the missing frames, from the time that passed.

        Frames hold different numbers of samples, so time decides within what so many frames
        can hold.
        """
        passed = (now_ns - self._last_force_ns) / 1e9 / self._period_s
        fewest = min(self._fewest, self._most)
        return min(max(round(passed) - received, lost_frames * fewest), lost_frames * self._most)
