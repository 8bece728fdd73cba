"""The two sockets in the wall: the wire (`Transport`) and the language spoken over it.

Only built-in types cross a `Transport`, so a simulator fits by shape without importing us.
A `DeviceProtocol` is sans-I/O: fed packets, it answers with `Output` objects; it never sleeps,
reads a clock or raises on bytes from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from biofeedback.core.entry import Packet
from biofeedback.core.stream import FloatArray, IntArray, StreamInfo

__all__ = [
    "Addressed",
    "Clocking",
    "DeviceInfo",
    "DeviceProtocol",
    "Garbage",
    "Output",
    "Ready",
    "Refused",
    "SampleStream",
    "Samples",
    "Send",
    "Status",
    "StreamKind",
    "Transport",
]

StreamKind = Literal["belt", "imu", "other"]
Clocking = Literal["counter", "count", "device", "given"]


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """Who the device says it is.

    Parameters
    ----------
    model, serial, firmware : str
        As read from the device; empty when it does not tell.
    """

    model: str
    serial: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class SampleStream:
    """A stream a device offers, and how its time can be rebuilt.

    Parameters
    ----------
    info : StreamInfo
        Device-side names (``force``, ``acc_x`` …) with units; roles rename them later.
    kind : StreamKind
        What it measures: decides which roles it may take.
    clocking : Clocking
        ``counter``: `Samples.counter` is the device's own sample number, gaps show;
        ``count``: no counter, samples are counted as received, losses show only as time;
        ``device``: `Samples.device_time_ns` runs on the device's clock;
        ``given``: `Samples.device_time_ns` already is session time (imported recordings).
    longest_packet_s : float
        Longest time one packet of this stream may span, s; sets how long rows wait for it.
    lag_s : float
        Constant lag from movement to arrival beyond the least delay of other streams, s, where a
        source states it; else 0. Taken off its times.
    """

    info: StreamInfo
    kind: StreamKind
    clocking: Clocking
    longest_packet_s: float
    lag_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes the protocol wants written.

    Parameters
    ----------
    endpoint : str
        GATT characteristic UUID or ``"serial"``.
    payload : bytes
        The bytes; the transport cuts them to what the wire carries.
    """

    endpoint: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Ready:
    """The handshake is done; these streams follow.

    Parameters
    ----------
    info : DeviceInfo
        Who answered.
    streams : tuple of SampleStream
        What it will send.
    """

    info: DeviceInfo
    streams: tuple[SampleStream, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Decoded samples in physical units.

    Parameters
    ----------
    stream_id : str
        One of the announced streams.
    counter : int or None
        Device's own number of the first sample, unwrapped; None when it has none.
    device_time_ns : ndarray of int64, shape (n_samples,), or None
        Time of each sample on the device's clock, or None.
    values : ndarray, shape (n_samples, n_channels)
        Values in the units of the stream's channels.
    """

    stream_id: str
    counter: int | None
    device_time_ns: IntArray | None
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Status:
    """Something the device told about itself.

    Parameters
    ----------
    name : str
        ``battery_pct``, ``dropped``, ``temperature_degc``, ``refused`` …
    value : float
        Its value; a count for things that happen (``dropped``: how many are known lost).
    detail : str
        In words.
    payload : bytes
        The bytes it was read from, where they are kept (dropped frames).
    """

    name: str
    value: float
    detail: str = ""
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Refused:
    """The handshake failed for good: the device said no, or never answered.

    Parameters
    ----------
    reason : str
        What happened and what to do, in words.
    code : int
        The device's own code, 0 when it never answered.
    timed_out : bool
        True when there was no answer in time.
    """

    reason: str
    code: int = 0
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that made no sense; counted and shown, never raised.

    Parameters
    ----------
    payload : bytes
        The bytes skipped.
    reason : str
        Why, in words, few distinct values so that they can be counted.
    """

    payload: bytes
    reason: str


Output = Send | Ready | Samples | Status | Refused | Garbage


class DeviceProtocol(Protocol):
    """Handshake, decoding and keep-alive of one device family; pure.

    ``start`` may be called again after ``stop`` or a lost link: it begins a new conversation
    and forgets half-received bytes, while counters of what was lost go on.
    """

    def start(self) -> Iterable[Output]:
        """Begin the conversation: the first bytes to send."""
        ...

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take any bytes in any split."""
        ...

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Time has passed: retry or give up. Called from ticks only; now is told, never asked."""
        ...

    def stop(self) -> Iterable[Output]:
        """End the conversation: the last bytes to send."""
        ...


class Transport(Protocol):
    """The wire. Stamps what it receives, because it is nearest the radio."""

    async def open(
        self, receive: Callable[[str, bytes, int], None], lost: Callable[[str], None]
    ) -> None:
        """Open the wire.

        ``receive(endpoint, payload, host_time_ns)`` is a plain function, called in order, never
        after ``close``; ``lost(reason)`` is called once when the wire breaks by itself.
        """
        ...

    async def send(self, endpoint: str, payload: bytes) -> None:
        """Write bytes; raise DeviceConnectionError when the wire is gone."""
        ...

    async def close(self) -> None:
        """Close the wire; closing twice is harmless."""
        ...


@dataclass(frozen=True, slots=True)
class Addressed:
    """A `Send` with the device it is for.

    Parameters
    ----------
    device_id : str
        Whom it is for.
    send : Send
        What to write.
    """

    device_id: str
    send: Send
