"""What goes wrong between a device and a host: wrappers around any firmware, to be nested.

``CorruptBit(Drop(belt, chance=0.01), chance=0.001)`` loses first, corrupts what is left. Chance is
drawn once for each emission, so a run does not depend on how time is cut. What a sensor itself
does wrong is in :mod:`~.sensor_faults`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import replace
from typing import Protocol, cast

from firmware_sim.firmware import Emission, Firmware
from firmware_sim.gatt_table import GattFirmware, Service
from firmware_sim.sensors import noise_source

__all__ = [
    "BatteryDeath",
    "CorruptBit",
    "Drop",
    "Duplicate",
    "Fault",
    "Garbage",
    "Merge",
    "PowerCycled",
    "Reboot",
    "Refuse",
    "Reorder",
    "Split",
    "Stall",
    "Vanish",
]


ALWAYS_S = (0.0, float("inf"))


class PowerCycled(Firmware, Protocol):
    """A firmware that can be switched off and on."""

    def power_cycle(self, now_us: int) -> None:
        """Forget everything that is not saved in the device."""
        ...


class Fault:
    """A firmware that passes everything through; its kinds change what comes out.

    Parameters
    ----------
    inner : Firmware
        The device, or another fault.
    """

    def __init__(self, inner: Firmware) -> None:
        self.inner = inner
        self.name = inner.name

    @property
    def services(self) -> tuple[Service, ...]:
        """What a host discovers."""
        return cast(GattFirmware, self.inner).services

    @property
    def advertised_service(self) -> str:
        """UUID in the advertisement."""
        return cast(GattFirmware, self.inner).advertised_service

    @property
    def mtu(self) -> int:
        """ATT MTU in force, bytes."""
        return cast(GattFirmware, self.inner).mtu

    @mtu.setter
    def mtu(self, mtu: int) -> None:
        """Tell the device what the host agreed to.

        Parameters
        ----------
        mtu : int
            Bytes.
        """
        cast(GattFirmware, self.inner).mtu = mtu

    def connect(self, now_us: int) -> None:
        """A host opened the link."""
        self.inner.connect(now_us)

    def disconnect(self, now_us: int) -> None:
        """The link is gone."""
        self.inner.disconnect(now_us)

    def write(self, endpoint: str, data: bytes, now_us: int) -> list[Emission]:
        """Take bytes from the host; answer, faults included."""
        return self._spoil(self.inner.write(endpoint, data, now_us), now_us)

    def read(self, endpoint: str, now_us: int) -> bytes:
        """Answer a GATT read."""
        return self.inner.read(endpoint, now_us)

    def advance(self, now_us: int) -> list[Emission]:
        """Let time pass; return what is sent until `now_us`, faults included."""
        return self._spoil(self.inner.advance(now_us), now_us)

    def power_cycle(self, now_us: int) -> None:
        """Switch the device off and on."""
        cast(PowerCycled, self.inner).power_cycle(now_us)

    def reachable(self, now_us: int) -> bool:
        """Whether the device can be heard at all."""
        return self.inner.reachable(now_us) if isinstance(self.inner, Fault) else True

    def _spoil(self, emissions: list[Emission], now_us: int) -> list[Emission]:
        return emissions


class _ByChance(Fault, ABC):
    """A fault that befalls single emissions.

    Parameters
    ----------
    inner : Firmware
        The device, or another fault.
    chance : float
        Probability for each emission, 0 to 1.
    seed : int
        Source of chance.
    burst : int
        How many emissions in a row it befalls each time; 256 is a full turn of an 8-bit counter.
    between_s : tuple of float
        From when to when it may strike, s.
    """

    def __init__(
        self,
        inner: Firmware,
        chance: float,
        seed: int = 0,
        *,
        burst: int = 1,
        between_s: tuple[float, float] = ALWAYS_S,
    ) -> None:
        super().__init__(inner)
        self._chance = chance
        self._random = noise_source(seed, type(self).__name__)
        self._burst = burst
        self._left = 0
        self._from_us, self._until_us = (at_s * 1e6 for at_s in between_s)
        self._is_on = False

    def _strikes(self) -> bool:
        if not self._left and self._is_on and self._random.random() < self._chance:
            self._left = self._burst
        if not self._left:
            return False
        self._left -= 1
        return True

    def _spoil(self, emissions: list[Emission], now_us: int) -> list[Emission]:
        spoilt = []
        for emission in emissions:
            self._is_on = self._from_us <= emission.time_us < self._until_us
            spoilt += self._spoil_one(emission)
        return spoilt

    @abstractmethod
    def _spoil_one(self, emission: Emission) -> list[Emission]: ...


class Drop(_ByChance):
    """Emissions are lost.

    Attributes
    ----------
    dropped : int
        Emissions lost so far.
    """

    dropped = 0

    def _spoil_one(self, emission: Emission) -> list[Emission]:
        if not self._strikes():
            return [emission]
        self.dropped += 1
        return []


class Duplicate(_ByChance):
    """Emissions come twice."""

    def _spoil_one(self, emission: Emission) -> list[Emission]:
        return [emission, emission] if self._strikes() else [emission]


class CorruptBit(_ByChance):
    """One bit of an emission is wrong."""

    def _spoil_one(self, emission: Emission) -> list[Emission]:
        if not emission.payload or not self._strikes():
            return [emission]
        payload = bytearray(emission.payload)
        bit = int(self._random.integers(len(payload) * 8))
        payload[bit // 8] ^= 1 << bit % 8
        return [replace(emission, payload=bytes(payload))]


class Split(_ByChance):
    """An emission comes in two pieces."""

    def _spoil_one(self, emission: Emission) -> list[Emission]:
        if len(emission.payload) < 2 or not self._strikes():
            return [emission]
        at = int(self._random.integers(1, len(emission.payload)))
        return [
            replace(emission, payload=emission.payload[:at]),
            replace(emission, payload=emission.payload[at:]),
        ]


class Garbage(_ByChance):
    """Random bytes come before an emission.

    Parameters
    ----------
    inner, chance, seed, burst, between_s : Firmware, float, int, int, tuple of float
        As of every fault by chance.
    length : int
        How many bytes.
    """

    def __init__(
        self,
        inner: Firmware,
        chance: float,
        seed: int = 0,
        *,
        length: int = 20,
        burst: int = 1,
        between_s: tuple[float, float] = ALWAYS_S,
    ) -> None:
        super().__init__(inner, chance, seed, burst=burst, between_s=between_s)
        self._length = length

    def _spoil_one(self, emission: Emission) -> list[Emission]:
        if not self._strikes():
            return [emission]
        return [replace(emission, payload=self._random.bytes(self._length)), emission]


class _HoldingBack(_ByChance):
    """A fault that needs the next emission before it can let one go."""

    _held: Emission | None = None

    def disconnect(self, now_us: int) -> None:
        """The link is gone, and what was held back with it."""
        self._held = None
        super().disconnect(now_us)

    def _spoil_one(self, emission: Emission) -> list[Emission]:
        held, self._held = self._held, None
        if held is not None:
            return self._join(held, emission)
        if self._strikes():
            self._held = emission
            return []
        return [emission]

    @abstractmethod
    def _join(self, held: Emission, emission: Emission) -> list[Emission]: ...


class Merge(_HoldingBack):
    """Two emissions of one endpoint come as one; over a radio they must fit the MTU."""

    def _join(self, held: Emission, emission: Emission) -> list[Emission]:
        if held.endpoint != emission.endpoint:
            return [held, emission]
        return [replace(emission, payload=held.payload + emission.payload)]


class Reorder(_HoldingBack):
    """An emission comes after the one that follows it."""

    def _join(self, held: Emission, emission: Emission) -> list[Emission]:
        return [emission, replace(held, time_us=emission.time_us)]


class Stall(Fault):
    """Nothing comes for a while; then everything at once, or what followed.

    Parameters
    ----------
    inner : Firmware
        The device, or another fault.
    at_s, for_s : float
        When and how long, s.
    keeps : bool
        What was sent meanwhile comes late, all at once; False loses it.
    """

    def __init__(self, inner: Firmware, at_s: float, for_s: float, *, keeps: bool = True) -> None:
        super().__init__(inner)
        self._from_us, self._until_us = int(at_s * 1e6), int((at_s + for_s) * 1e6)
        self._keeps = keeps
        self._kept: deque[Emission] = deque()

    def disconnect(self, now_us: int) -> None:
        """The link is gone, and what was kept with it."""
        self._kept.clear()
        super().disconnect(now_us)

    def _spoil(self, emissions: list[Emission], now_us: int) -> list[Emission]:
        if not self._keeps:
            return [e for e in emissions if not self._from_us <= e.time_us < self._until_us]
        self._kept.extend(emissions)
        sent = []
        while self._kept:
            emission = self._kept[0]
            if self._from_us <= emission.time_us < self._until_us:
                if now_us < self._until_us:
                    break
                emission = replace(emission, time_us=self._until_us)
            self._kept.popleft()
            sent.append(emission)
        return sent


class Vanish(Fault):
    """Out of reach for a while: link lost, writes lost; then within reach again.

    On a radio the host must connect anew; on a wire that stayed open the device is simply back.

    Parameters
    ----------
    inner : Firmware
        The device, or another fault.
    at_s, for_s : float
        When and how long, s; `for_s` may be infinite.
    """

    def __init__(self, inner: Firmware, at_s: float, for_s: float) -> None:
        super().__init__(inner)
        self._from_s, self._until_s = at_s, at_s + for_s
        self._open = False
        self._away = False
        self._over = False

    def connect(self, now_us: int) -> None:
        """A host opened the link."""
        self._pass_time(now_us)
        self._open = True
        if not self._away:
            super().connect(now_us)

    def disconnect(self, now_us: int) -> None:
        """The link is gone, if it was not gone already."""
        self._pass_time(now_us)
        if self._open and not self._away:
            super().disconnect(now_us)
        self._open = False

    def write(self, endpoint: str, data: bytes, now_us: int) -> list[Emission]:
        """Take bytes from the host; lost while out of reach."""
        emissions = self._pass_time(now_us)
        if not self._away:
            emissions += super().write(endpoint, data, now_us)
        return emissions

    def advance(self, now_us: int) -> list[Emission]:
        """Let time pass; nothing is sent while out of reach."""
        emissions = self._pass_time(now_us)
        return emissions if self._away else emissions + super().advance(now_us)

    def reachable(self, now_us: int) -> bool:
        """Whether the device can be heard at all."""
        away = self._from_s * 1e6 <= now_us < self._until_s * 1e6
        return not away and super().reachable(now_us)

    def _pass_time(self, now_us: int) -> list[Emission]:
        """Go and come back when it is time; return what was sent just before going."""
        emissions: list[Emission] = []
        if not self._away and not self._over and now_us >= self._from_s * 1e6:
            gone_us = int(self._from_s * 1e6)
            if self._open:
                emissions = super().advance(gone_us)
                super().disconnect(gone_us)
            self._away = True
        if self._away and now_us >= self._until_s * 1e6:
            self._away, self._over = False, True
            self._come_back(int(self._until_s * 1e6))
        return emissions

    def _come_back(self, now_us: int) -> None:
        if self._open:
            super().connect(now_us)


class Reboot(Vanish):
    """The device restarts by itself: away for a while, then as just switched on."""

    def _come_back(self, now_us: int) -> None:
        self.power_cycle(now_us)
        super()._come_back(now_us)


class Refuse(Vanish):
    """Busy with another app from the start: neither heard nor opened until that lets go.

    Parameters
    ----------
    inner : Firmware
        The device, or another fault.
    for_s : float
        How long, s.
    """

    def __init__(self, inner: Firmware, for_s: float) -> None:
        super().__init__(inner, 0.0, for_s)


class BatteryDeath(Vanish):
    """The battery is empty: away for good.

    Parameters
    ----------
    inner : Firmware
        The device, or another fault.
    at_s : float
        When, s.
    """

    def __init__(self, inner: Firmware, at_s: float) -> None:
        super().__init__(inner, at_s, float("inf"))
