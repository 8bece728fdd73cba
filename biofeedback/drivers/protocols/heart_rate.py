"""Heart-rate straps: the standard Bluetooth service, from docs/protocols/heart_rate.md.

Straps send no time. The beats are the clock: intervals are added up, and a lost notification
shows only as lateness that stays.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from biofeedback.core.entry import Packet
from biofeedback.core.ports import Garbage, Output, Ready, Refused, Samples, SampleStream, Status
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.drivers.protocols.gatt_services import Told, sig_uuid

__all__ = [
    "HEART_STREAM",
    "MEASUREMENT_UUID",
    "SERVICE_UUID",
    "HeartBeats",
    "HeartRate",
    "HeartRateMeasurement",
    "heart_rate_measurement",
]

SERVICE_UUID = sig_uuid(0x180D)
MEASUREMENT_UUID = sig_uuid(0x2A37)
ANSWER_TIMEOUT_NS = 10_000_000_000
HIGHEST_RATE_PER_MIN = 300
# Without a beat for so long there is none, rather than one that is still to come.
NO_BEAT_NS = 3_500_000_000
RR_PER_S = 1024
# Rows come with the beats; a hole is what the slowest heart would not leave.
SLOWEST_HEART_HZ = 0.5
LONGEST_PACKET_S = 3.0
_WIDE_RATE, _CONTACT, _CONTACT_MEASURED, _ENERGY, _RR = 1, 2, 4, 8, 16

HEART_STREAM = SampleStream(
    StreamInfo(
        "heart",
        (Channel("heart_rate_per_min", "1/min"), Channel("rr_s", "s")),
        SLOWEST_HEART_HZ,
    ),
    "other",
    "device",
    LONGEST_PACKET_S,
)
"""The stream of beats: one row each, or one per notification where none are told."""


@dataclass(frozen=True, slots=True)
class HeartRateMeasurement:
    """One notification of the heart rate service.

    Parameters
    ----------
    heart_rate_per_min : int
        Beats per minute; 0 when none is known.
    contact : bool or None
        Whether the skin is touched; None when that is not measured.
    energy_kj : int or None
        Energy expended so far, kJ; None when it is not told.
    rr_s : tuple of float
        Intervals between beats, oldest first, s.
    """

    heart_rate_per_min: int
    contact: bool | None
    energy_kj: int | None
    rr_s: tuple[float, ...]


def heart_rate_measurement(payload: bytes) -> HeartRateMeasurement | None:
    """Read a notification (Bluetooth SIG, Heart Rate Service 1.0, section 3.1).

    Parameters
    ----------
    payload : bytes
        Any bytes.

    Returns
    -------
    measurement : HeartRateMeasurement or None
        None if they are no measurement.
    """
    flags = payload[0] if payload else 0
    layout = f"<B{'H' if flags & _WIDE_RATE else 'B'}{'H' if flags & _ENERGY else ''}"
    size = struct.calcsize(layout)
    rest = len(payload) - size
    if rest < 0 or rest % 2 or (rest and not flags & _RR):
        return None
    _, rate, *energy = struct.unpack_from(layout, payload)
    contact = bool(flags & _CONTACT) if flags & _CONTACT_MEASURED else None
    if rate > HIGHEST_RATE_PER_MIN and contact is not False:
        return None
    intervals = struct.unpack_from(f"<{rest // 2}H", payload, size)
    rr_s = tuple(interval / RR_PER_S for interval in intervals if interval)
    return HeartRateMeasurement(rate, contact, energy[0] if energy else None, rr_s)


class HeartBeats:
    """Turns notifications into rows of :data:`HEART_STREAM`."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew: the next beat is the first one."""
        self._beat_ns = 0
        self._told_ns: int | None = None
        self._gave_beats = False
        self._contact: bool | None = None

    def receive(self, packet: Packet) -> Iterator[Output]:
        """Take a notification.

        Parameters
        ----------
        packet : Packet
            Any bytes; its time tells how long there was no beat.

        Yields
        ------
        output : Samples, Status or Garbage
            Rows; ``contact`` when it was lost or found.
        """
        told = heart_rate_measurement(packet.payload)
        if told is None:
            yield Garbage(packet.payload, "unreadable heart rate")
            return
        if told.contact not in (None, self._contact):
            self._contact = told.contact
            words = "skin contact found" if told.contact else "no skin contact; wet the electrodes"
            yield Status("contact", float(told.contact or False), words)
        passed_ns = 0 if self._told_ns is None else max(0, packet.host_time_ns - self._told_ns)
        if not told.rr_s and self._gave_beats and passed_ns <= NO_BEAT_NS:
            return
        self._told_ns = packet.host_time_ns
        self._gave_beats = bool(told.rr_s)
        steps_ns = [round(rr_s * 1e9) for rr_s in told.rr_s] or [passed_ns]
        times_ns = list(accumulate(steps_ns, initial=self._beat_ns))[1:]
        self._beat_ns = times_ns[-1]
        known = told.heart_rate_per_min > 0 and told.contact is not False
        values = np.empty((len(times_ns), 2))
        values[:, 0] = told.heart_rate_per_min if known else np.nan
        values[:, 1] = told.rr_s or np.nan
        yield Samples("heart", None, np.array(times_ns, dtype=np.int64), values)


class HeartRate:
    """A strap that tells heart rate and, mostly, intervals between beats."""

    def __init__(self) -> None:
        self._told = Told()
        self._beats = HeartBeats()
        self._begin()

    def _begin(self) -> None:
        self._beats.clear()
        self._open = self._ready = self._refused = False
        self._started_ns: int | None = None

    def start(self) -> Iterable[Output]:
        """Nothing to say: a strap notifies by itself."""
        self._begin()
        self._open = True
        return ()

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Give up when nothing readable came for 10 s.

        Parameters
        ----------
        now_ns : int
            Told, never asked.
        """
        if not self._open or self._ready or self._refused:
            return ()
        if self._started_ns is None:
            self._started_ns = now_ns
        if now_ns - self._started_ns <= ANSWER_TIMEOUT_NS:
            return ()
        self._refused = True
        words = "no heart rate came in 10 s; wet the electrodes, wear the strap, close other apps"
        return (Refused(words, timed_out=True),)

    def stop(self) -> Iterable[Output]:
        """Nothing to say."""
        self._open = False
        return ()

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take what was notified or read.

        Parameters
        ----------
        packet : Packet
            Any bytes; one whole message.
        """
        if packet.endpoint != MEASUREMENT_UUID:
            return self._told.receive(packet)
        outputs = tuple(self._beats.receive(packet))
        if not self._open:
            return tuple(output for output in outputs if isinstance(output, Garbage))
        if not self._ready and any(isinstance(output, Samples) for output in outputs):
            self._ready = True
            return (Ready(self._told.info("heart-rate strap"), (HEART_STREAM,)), *outputs)
        return outputs
