"""Firmware of a plain heart-rate strap: the Bluetooth heart rate service and little else."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

import numpy as np

from firmware_sim.battery import Battery
from firmware_sim.body import Body
from firmware_sim.firmware import Emission
from firmware_sim.gatt_table import (
    BATTERY_LEVEL,
    BATTERY_SERVICE,
    INFORMATION_SERVICE,
    Characteristic,
    Service,
    information,
    sig_uuid,
)
from firmware_sim.sensors import SensorClock

__all__ = [
    "HEART_RATE",
    "HEART_RATE_SERVICE",
    "HEART_RATE_CHARACTERISTICS",
    "BeatTeller",
    "HeartRateStrap",
    "measurement",
]

HEART_RATE_SERVICE, HEART_RATE = sig_uuid(0x180D), sig_uuid(0x2A37)
HEART_RATE_CHARACTERISTICS = Service(HEART_RATE_SERVICE, (Characteristic(HEART_RATE, ("notify",)),))
TELLS_EVERY_US = 1_000_000.0
SEES_A_BEAT_AFTER_S = 0.1
SMALLEST_MTU = 23
RR_PER_S = 1024
MEAN_OF = 4


def measurement(
    rate_per_min: int,
    rr: Sequence[int] = (),
    *,
    contact: bool | None = None,
    energy_kj: int | None = None,
    wide: bool = False,
) -> bytes:
    """Build a heart rate measurement.

    Parameters
    ----------
    rate_per_min : int
        Heart rate, 1/min.
    rr : sequence of int
        RR intervals, 1/1024 s, oldest first.
    contact : bool or None
        Whether skin contact is found; None where it is not measured.
    energy_kj : int or None
        Energy expended, kJ; None leaves it out.
    wide : bool
        Sends the rate in two bytes though one would do.

    Returns
    -------
    notification : bytes
    """
    wide = wide or rate_per_min > 0xFF
    flags = wide | (contact is True) << 1 | (contact is not None) << 2
    flags |= (energy_kj is not None) << 3 | bool(rr) << 4
    energy = b"" if energy_kj is None else struct.pack("<H", energy_kj)
    rate = struct.pack("<H" if wide else "<B", rate_per_min)
    return bytes([flags]) + rate + energy + struct.pack(f"<{len(rr)}H", *rr)


class BeatTeller:
    """Counts the beats of a body and tells of them once a second.

    Beats are counted on a clock of 1024 ticks per second, so that the intervals add up to the time
    between the beats they lie between, to one tick.

    Parameters
    ----------
    body : Body
        Who wears it.
    clock_error : float
        Rate error of its crystal; 0.01 runs 1 % fast.
    tells_rr : bool
        Sends RR intervals; a sensor that looks at light does not.
    tells_contact : bool
        Says whether it is worn.
    energy : bool
        Sends energy expended with every tenth measurement.
    wide : bool
        Sends the rate in two bytes.
    off_s : tuple of float
        From when to when it is not worn, s.
    """

    def __init__(
        self,
        body: Body,
        clock_error: float = 0.0,
        *,
        tells_rr: bool = True,
        tells_contact: bool = False,
        energy: bool = False,
        wide: bool = False,
        off_s: tuple[float, float] = (math.inf, math.inf),
    ) -> None:
        self.mtu = SMALLEST_MTU
        self._tells_rr, self._tells_contact = tells_rr, tells_contact
        self._energy, self._wide, self._off_s = energy, wide, off_s
        felt = body.heart.beats_s
        self._felt_s = felt[(felt < off_s[0]) | (felt >= off_s[1])]
        ticks = np.round(self._felt_s * (1.0 + clock_error) * RR_PER_S).astype(np.int64)
        self._rr = np.diff(ticks, prepend=ticks[:1])
        self._rr[1:][np.diff(self._felt_s >= off_s[1])] = 0  # put on again: none before it
        self._clock = SensorClock(0, TELLS_EVERY_US, clock_error)
        self._tick, self._n_told = 1, 0

    def connect(self, now_us: int) -> None:
        """Begin with the next beat; those before are not told.

        Parameters
        ----------
        now_us : int
            Time, µs.
        """
        self._tick = max(1, self._clock.ticks_until(now_us))
        self._n_told = self._n_seen(now_us)

    def advance(self, now_us: int) -> list[Emission]:
        """Return the measurements told until a time.

        Parameters
        ----------
        now_us : int
            Time, µs.

        Returns
        -------
        emissions : list of Emission
            One each second.
        """
        emissions = []
        while (due_us := self._clock.due_us(self._tick)) <= now_us:
            emissions.append(Emission(due_us, HEART_RATE, self._told(due_us)))
            self._tick += 1
        return emissions

    def _n_seen(self, now_us: int) -> int:
        return int(np.searchsorted(self._felt_s, now_us / 1e6 - SEES_A_BEAT_AFTER_S, side="right"))

    def _told(self, now_us: int) -> bytes:
        worn = not self._off_s[0] <= now_us / 1e6 < self._off_s[1]
        energy = self._tick // 10 if self._energy and self._tick % 10 == 0 else None
        room = (self.mtu - 3 - 2 - self._wide - 2 * (energy is not None)) // 2
        n_seen = self._n_seen(now_us)
        intervals = [int(rr) for rr in self._rr[self._n_told : n_seen] if rr]
        self._n_told = n_seen
        recent = [int(rr) for rr in self._rr[max(0, n_seen - MEAN_OF) : n_seen] if rr]
        rate = round(60.0 * RR_PER_S * len(recent) / sum(recent)) if recent and worn else 0
        return measurement(
            rate,
            intervals[-room:] if self._tells_rr else (),
            contact=worn if self._tells_contact else None,
            energy_kj=energy,
            wide=self._wide,
        )


class HeartRateStrap:
    """A strap that knows the heart rate service, its battery and its own name.

    Parameters
    ----------
    body : Body
        Who wears it.
    serial : str
        Printed number; the advertised name ends in it.
    clock_error : float
        Rate error of its crystal; 0.01 runs 1 % fast.
    battery_pct : float
        Charge at time 0, %.
    drain_pct_per_h : float
        How fast it empties, %/h.
    tells_rr, tells_contact, energy, wide : bool
        As of :class:`BeatTeller`.
    off_s : tuple of float
        From when to when it is not worn, s.
    """

    services: tuple[Service, ...] = (
        HEART_RATE_CHARACTERISTICS,
        BATTERY_SERVICE,
        INFORMATION_SERVICE,
    )
    advertised_service = HEART_RATE_SERVICE

    def __init__(
        self,
        body: Body,
        serial: str = "000123",
        clock_error: float = 0.0,
        *,
        battery_pct: float = 80.0,
        drain_pct_per_h: float = 0.2,
        tells_rr: bool = True,
        tells_contact: bool = True,
        energy: bool = False,
        wide: bool = False,
        off_s: tuple[float, float] = (math.inf, math.inf),
    ) -> None:
        self.name = f"HR strap {serial}"
        self.mtu = 247
        self._battery = Battery(battery_pct, drain_pct_per_h)
        self._beats = BeatTeller(
            body,
            clock_error,
            tells_rr=tells_rr,
            tells_contact=tells_contact,
            energy=energy,
            wide=wide,
            off_s=off_s,
        )
        self._texts = information("Simulated", "Strap 1", serial, "1.2")
        self._open = False

    def connect(self, now_us: int) -> None:
        """A host opened the link; notifications begin with the next beat."""
        self._open = True
        self._beats.connect(now_us)

    def disconnect(self, now_us: int) -> None:
        """The link is gone."""
        self._open = False

    def write(self, endpoint: str, data: bytes, now_us: int) -> list[Emission]:
        """Take nothing: there is nothing to write to."""
        return self.advance(now_us)

    def read(self, endpoint: str, now_us: int) -> bytes:
        """Answer a read of the battery or of the device information; KeyError for others."""
        if endpoint == BATTERY_LEVEL:
            return bytes([self._battery.level_pct(now_us)])
        return self._texts[endpoint]

    def advance(self, now_us: int) -> list[Emission]:
        """Let time pass; return what was told until `now_us`."""
        if not self._open:
            return []
        self._beats.mtu = self.mtu
        return self._beats.advance(now_us) + self._battery.advance(now_us)

    def power_cycle(self, now_us: int) -> None:
        """Start anew: the beats of the past are forgotten."""
        self._beats.connect(now_us)
