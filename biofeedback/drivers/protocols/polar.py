"""Polar H10, Verity Sense and OH1: the conversation, from docs/protocols/polar.md.

One request at a time; a reply belongs to it when it names it. Every notification is one whole
message. Samples carry the device's own time but no number: a lost notification is a hole in it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np

from biofeedback.core.entry import Packet
from biofeedback.core.errors import ProtocolError
from biofeedback.core.ports import (
    Garbage,
    Output,
    Ready,
    Refused,
    Samples,
    SampleStream,
    Send,
    Status,
)
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.drivers.protocols.gatt_services import Told
from biofeedback.drivers.protocols.heart_rate import HEART_STREAM, MEASUREMENT_UUID, HeartBeats
from biofeedback.drivers.protocols.polar_control import (
    ALREADY,
    MEASUREMENT_MASK,
    ControlReply,
    Measurement,
    Op,
    Setting,
    Settings,
    chosen,
    control_reply,
    features,
    refusal,
    request,
    settings,
)
from biofeedback.drivers.protocols.polar_frames import FrameClock, data_frame, scale_mps2

__all__ = ["CONTROL_UUID", "DATA_UUID", "SERVICE_UUID", "Polar"]

SERVICE_UUID = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL_UUID = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA_UUID = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

REPLY_TIMEOUT_NS = 5_000_000_000
MOST_TRIES = 3
ASK_AGAIN_NS = 10_000_000_000
RATE_LIMITS_HZ = (25.0, 416.0)
RANGE_LIMITS_G = (2.0, 16.0)
MOST_PARAMETERS = 512
LONGEST_FRAME_SAMPLES = {Measurement.ECG: 73, Measurement.ACCELERATION: 36}
# Devices that compress send when a frame is full, whatever that takes.
LONGEST_COMPRESSED_S = 2.0
SELF_STOPPED = 0x01
UNSUPPORTED = 3
NO_ANSWER = (
    "the device did not answer in 3 tries of 5 s; wear it, close other apps that use it, and pair "
    "it in the system's Bluetooth settings if it asks for that"
)
_STREAM_IDS = {Measurement.ECG: "ecg", Measurement.ACCELERATION: "imu"}


@dataclasses.dataclass(slots=True)
class _Stream:
    """A measurement that is wanted."""

    values: Settings = dataclasses.field(default_factory=dict)
    rate_hz: float = 0.0
    clock: FrameClock | None = None  # None: it does not run
    factor: float | None = None
    freed: bool = False  # stopped once, since it was streaming already


class Polar:
    """A chest strap or arm band that streams acceleration, beats and, if wanted, ECG.

    Parameters
    ----------
    rate_hz : float
        Rate of acceleration wished for, Hz; 25 to 416. The nearest offered one is taken.
    range_g : float
        Range of acceleration wished for, ± g; 2 to 16. The nearest offered one is taken.
    ecg : bool
        Stream the ECG as well.

    Raises
    ------
    ProtocolError
        If a wish is outside the limits.
    """

    def __init__(self, rate_hz: float = 100.0, range_g: float = 4.0, ecg: bool = False) -> None:
        for name, value, (low, high) in (
            ("rate_hz", rate_hz, RATE_LIMITS_HZ),
            ("range_g", range_g, RANGE_LIMITS_G),
        ):
            if not low <= value <= high:
                raise ProtocolError(f"{name} is {value}; choose {low:g} to {high:g}")
        self._wishes = {Setting.RATE: rate_hz, Setting.RANGE: range_g}
        self._wanted = [Measurement.ACCELERATION, *([Measurement.ECG] if ecg else [])]
        self._told = Told()
        self._measures: frozenset[int] | None = None  # what stays true of the device
        self._beats = HeartBeats()
        self._begin()

    def _begin(self) -> None:
        self._beats.clear()
        self._streams = {measurement: _Stream() for measurement in self._wanted}
        self._open = self._ready = False
        self._now_ns: int | None = None  # until told
        self._pending: tuple[Op, Measurement] | None = None
        self._payload = self._parameters = b""
        self._sent_ns: int | None = None
        self._tries = 0

    def start(self) -> Iterable[Output]:
        """Ask which settings of acceleration there are."""
        self._begin()
        self._open = True
        return tuple(self._next())

    def stop(self) -> Iterable[Output]:
        """Stop what was started; no reply is awaited."""
        if not self._open:
            return ()
        self._open, self._pending = False, None
        return tuple(
            Send(CONTROL_UUID, request(Op.STOP, measurement))
            for measurement, stream in self._streams.items()
            if stream.values
        )

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Repeat a request after 5 s, three times in all; ask again for what stopped by itself.

        Parameters
        ----------
        now_ns : int
            Told, never asked.
        """
        self._now_ns = now_ns
        if not self._open:
            return ()
        if self._sent_ns is None:  # sent by `start`, which is not told the time
            self._sent_ns = now_ns
        waited_ns = now_ns - self._sent_ns
        if self._pending is not None:
            return tuple(self._again()) if waited_ns > REPLY_TIMEOUT_NS else ()
        stopped = [
            measurement
            for measurement, stream in self._streams.items()
            if stream.values and stream.clock is None
        ]
        if stopped and waited_ns > ASK_AGAIN_NS:
            return (self._ask(Op.START, stopped[0]),)
        return ()

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take what was notified, indicated or read.

        Parameters
        ----------
        packet : Packet
            Any bytes; one whole message.
        """
        self._now_ns = packet.host_time_ns
        if packet.endpoint == DATA_UUID:
            return tuple(self._data(packet.payload))
        if packet.endpoint == CONTROL_UUID:
            return tuple(self._control(packet.payload))
        if packet.endpoint == MEASUREMENT_UUID:
            beats = self._beats.receive(packet)
            return tuple(beat for beat in beats if self._ready or isinstance(beat, Garbage))
        return self._told.receive(packet)

    def _ask(self, op: Op, measurement: Measurement) -> Send:
        values = self._streams[measurement].values if op is Op.START else None
        self._pending = (op, measurement)
        self._payload, self._parameters = request(op, measurement, values), b""
        self._sent_ns, self._tries = self._now_ns, 1
        return Send(CONTROL_UUID, self._payload)

    def _again(self) -> Iterator[Output]:
        if self._tries < MOST_TRIES:
            self._tries += 1
            self._sent_ns, self._parameters = self._now_ns, b""
            yield Send(CONTROL_UUID, self._payload)
        elif self._pending is not None:
            _, measurement = self._pending
            self._pending, self._sent_ns = None, self._now_ns
            yield from self._failed(measurement, 0, NO_ANSWER)

    def _control(self, payload: bytes) -> Iterator[Output]:
        reply = control_reply(payload)
        measures = features(payload)
        if measures is not None:
            self._measures = measures
            if self._open and not self._ready and Measurement.ACCELERATION not in measures:
                yield from self._failed(Measurement.ACCELERATION, UNSUPPORTED)
        elif reply is not None:
            yield from self._reply(reply, payload)
        elif len(payload) > 1 and payload[0] == SELF_STOPPED:
            yield from self._stopped({kind & MEASUREMENT_MASK for kind in payload[1:]})
        else:
            yield Garbage(payload, "unknown control packet")

    def _stopped(self, kinds: set[int]) -> Iterator[Output]:
        for measurement, stream in self._streams.items():
            if measurement in kinds and stream.clock is not None:
                stream.clock, stream.freed = None, False
                if self._pending is None:
                    self._sent_ns = self._now_ns
                what = measurement.name.lower()
                yield Status("stopped", 1.0, f"{what} stopped by itself; is it in the charger?")

    def _reply(self, reply: ControlReply, payload: bytes) -> Iterator[Output]:
        if not self._open:
            return  # it answers our goodbye
        if self._pending != (reply.op, reply.measurement):
            yield Garbage(payload, "reply to no request of ours")
            return
        op, measurement = self._pending
        self._parameters += reply.parameters
        if reply.status == 0 and reply.more and len(self._parameters) < MOST_PARAMETERS:
            return
        self._pending = None
        stream = self._streams[measurement]
        told = settings(self._parameters)
        if op is Op.STOP:  # whether it was running or not: now it may be started
            yield self._ask(Op.START, measurement)
        elif op is Op.START and reply.status == ALREADY and not stream.freed:
            stream.freed = True
            yield self._ask(Op.STOP, measurement)
        elif reply.status:
            yield from self._failed(measurement, reply.status)
        elif op is Op.SETTINGS:
            stream.values = chosen(told, self._wishes)
            (stream.rate_hz,) = stream.values.get(Setting.RATE, (0.0,))
            if stream.rate_hz > 0:
                yield self._ask(Op.START, measurement)
            else:
                yield from self._failed(measurement, 0, "the device offers no rate")
        else:
            (stream.factor, *_) = told.get(Setting.FACTOR, (None,))
            stream.clock = FrameClock(stream.rate_hz)
            yield from self._next()

    def _failed(self, measurement: Measurement, status: int, words: str = "") -> Iterator[Output]:
        """Give up on a measurement: for good, or until it is asked for again."""
        words = words or refusal(status)
        if self._ready:
            yield Status("refused", float(status), words)
        elif measurement is Measurement.ACCELERATION:
            self._open, self._pending = False, None
            yield Refused(words, status, timed_out=words == NO_ANSWER)
        else:
            del self._streams[measurement]
            yield Status("refused", float(status), f"no {measurement.name}: {words}")
            yield from self._next()

    def _next(self) -> Iterator[Output]:
        """Ask for what is still wanted; announce the streams when all of it was answered."""
        if self._ready:
            return
        for measurement, stream in self._streams.items():
            if stream.clock is None:
                if self._measures is None or measurement in self._measures:
                    yield self._ask(Op.SETTINGS, measurement)
                else:
                    yield from self._failed(measurement, UNSUPPORTED)
                return
        yield self._announced()

    def _announced(self) -> Ready:
        self._ready = True
        sources = [_source(kind, stream) for kind, stream in self._streams.items()]
        return Ready(self._told.info("Polar"), (*sources, HEART_STREAM))

    def _data(self, payload: bytes) -> Iterator[Output]:
        frame = data_frame(payload)
        if isinstance(frame, str):
            yield Garbage(payload, frame)
            return
        stream = self._streams.get(frame.measurement)
        if not self._ready or stream is None or stream.clock is None:
            return  # left streaming by whoever had the device before
        scale: float | None = 1e-3  # µV to mV
        if frame.measurement is Measurement.ACCELERATION:
            scale = scale_mps2(frame.frame_type, stream.factor)
        if scale is None:
            yield Garbage(payload, "scale unknown")
            return
        times_ns = stream.clock.times_ns(frame.stamp_ns, len(frame.counts))
        values = frame.counts.astype(np.float64) * scale
        yield Samples(_STREAM_IDS[frame.measurement], None, times_ns, values)


def _source(measurement: Measurement, stream: _Stream) -> SampleStream:
    """Describe a stream as it was started."""
    longest_s = LONGEST_FRAME_SAMPLES[measurement] / stream.rate_hz
    if Setting.CHANNELS in stream.values:
        longest_s = LONGEST_COMPRESSED_S
    if measurement is Measurement.ECG:
        info = StreamInfo("ecg", (Channel("ecg", "mV"),), stream.rate_hz)
        return SampleStream(info, "other", "device", longest_s)
    channels = tuple(Channel(f"acc_{axis}_mps2", "m/s2") for axis in "xyz")
    return SampleStream(StreamInfo("imu", channels, stream.rate_hz), "imu", "device", longest_s)
