"""What all Polar sensors have in common: control point, clock, heart and battery."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from firmware_sim.battery import Battery
from firmware_sim.firmware import Emission
from firmware_sim.gatt_table import (
    BATTERY_LEVEL,
    BATTERY_SERVICE,
    INFORMATION_SERVICE,
    Characteristic,
    Service,
)
from firmware_sim.heart_rate import HEART_RATE_CHARACTERISTICS, HEART_RATE_SERVICE, BeatTeller
from firmware_sim.motions import FloatArray
from firmware_sim.polar_frames import (
    IntArray,
    Measurement,
    Op,
    Request,
    Setting,
    Status,
    features,
    parse_request,
    reply,
    settings_bytes,
)
from firmware_sim.polar_streams import FrameStream, PodClock
from firmware_sim.sensors import MotionSensor, SensorClock, noise_source

__all__ = ["CONTROL", "DATA", "GRANTED_MTU", "PMD_SERVICE", "Offered", "PolarPod"]

PMD_SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

GRANTED_MTU = 232
GOES_ON_FOR_US = 30_000_000
_REFUSED_BY = {
    Setting.RATE: Status.BAD_RATE,
    Setting.RESOLUTION: Status.BAD_RESOLUTION,
    Setting.RANGE: Status.BAD_RANGE,
    Setting.CHANNELS: Status.BAD_CHANNELS,
}

Offered = Mapping[Measurement, Mapping[Setting, Sequence[int]]]
"""Values of each setting that may be chosen."""


class PolarPod(ABC):
    """Control point, clock, heart and battery, common to all models.

    Measurements go on for half a minute when the link is lost. A frame that the MTU in force does
    not carry is lost.

    Parameters
    ----------
    sensor : MotionSensor
        Its accelerometer.
    beats : BeatTeller
        Its heart rate service.
    battery : Battery
        Its cell.
    texts : mapping of str to bytes
        Its device information.
    seed : int
        Source of chance.
    clock_error : float
        Rate error of its crystal; 0.01 runs 1 % fast.
    rate_error : float
        By how much the accelerometer runs fast beside that crystal.
    jitter_us : int
        Largest random delay of a frame, µs.
    charging_s : tuple of float
        From when to when it will not measure, s.
    split_replies : bool
        Tells its settings in two indications.
    """

    MEASURES: ClassVar[tuple[Measurement, ...]]
    OFFERED: ClassVar[Offered]
    FIRST_NS: ClassVar[int]
    SHORT_REFUSALS: ClassVar[bool]
    services: tuple[Service, ...] = (
        HEART_RATE_CHARACTERISTICS,
        Service(
            PMD_SERVICE,
            (
                Characteristic(CONTROL, ("read", "write", "indicate")),
                Characteristic(DATA, ("notify",)),
            ),
        ),
        BATTERY_SERVICE,
        INFORMATION_SERVICE,
    )
    advertised_service = HEART_RATE_SERVICE

    def __init__(
        self,
        sensor: MotionSensor,
        beats: BeatTeller,
        battery: Battery,
        texts: Mapping[str, bytes],
        seed: int,
        clock_error: float,
        rate_error: float,
        jitter_us: int,
        charging_s: tuple[float, float],
        split_replies: bool,
    ) -> None:
        self.mtu = GRANTED_MTU
        self.sensor, self._beats, self._battery, self._texts = sensor, beats, battery, texts
        self._clock_error, self._rate_error, self._jitter_us = clock_error, rate_error, jitter_us
        self._charging_us = tuple(at_s * 1e6 for at_s in charging_s)
        self._split_replies = split_replies
        self._chance = noise_source(seed, "polar frames")
        self._pod = PodClock(0, self.FIRST_NS, clock_error)
        self._running: dict[Measurement, FrameStream] = {}
        self._open = False
        self._left_us: int | None = None

    def connect(self, now_us: int) -> None:
        """A host opened the link; what was measured before is lost."""
        self._open = True
        if self._left_us is not None and now_us - self._left_us > GOES_ON_FOR_US:
            self._running.clear()
        self._beats.connect(now_us)
        for stream in self._running.values():
            stream.skip_to(now_us)

    def disconnect(self, now_us: int) -> None:
        """The link is gone; measurements go on for a while."""
        self._open = False
        self._left_us = now_us

    def read(self, endpoint: str, now_us: int) -> bytes:
        """Answer a read of features, battery or device information; KeyError for others."""
        if endpoint == CONTROL:
            return features(self.MEASURES)
        if endpoint == BATTERY_LEVEL:
            return bytes([self._battery.level_pct(now_us)])
        return self._texts[endpoint]

    def advance(self, now_us: int) -> list[Emission]:
        """Let time pass; return what was sent until `now_us`."""
        emissions = []
        if self._running and self._in_charger(now_us):
            stopped = bytes([1, *self._running])
            emissions.append(Emission(now_us, CONTROL, stopped))
            self._running.clear()
        if not self._open:
            return []
        self._beats.mtu = self.mtu
        emissions += self._beats.advance(now_us) + self._battery.advance(now_us)
        for stream in self._running.values():
            for leaves_us, frame in stream.advance(now_us, self._pod):
                if len(frame) <= self.mtu - 3:
                    emissions.append(Emission(leaves_us, DATA, frame))
        return sorted(emissions, key=lambda emission: emission.time_us)

    def write(self, endpoint: str, data: bytes, now_us: int) -> list[Emission]:
        """Take one request to the control point; answer."""
        emissions = self.advance(now_us)
        request = parse_request(data)
        if endpoint != CONTROL or request is None:
            return emissions
        return emissions + [
            Emission(now_us, CONTROL, answer) for answer in self._answers(request, now_us)
        ]

    def power_cycle(self, now_us: int) -> None:
        """Start anew: nothing is measured, and the date is forgotten."""
        self._running.clear()
        self._pod = PodClock(now_us, self.FIRST_NS, self._clock_error)

    def _in_charger(self, now_us: int) -> bool:
        return self._charging_us[0] <= now_us < self._charging_us[1]

    def _answers(self, request: Request, now_us: int) -> list[bytes]:
        status = self._status(request, now_us)
        if status is not Status.DONE:
            refusal = reply(request.op, request.measurement, status)
            return [refusal[:-1] if self.SHORT_REFUSALS else refusal]
        measurement = Measurement(request.measurement)
        if request.op == Op.SETTINGS:
            return self._settings_replies(measurement)
        if request.op == Op.STOP:
            del self._running[measurement]
            return [reply(Op.STOP, measurement, Status.DONE)]
        assert request.settings is not None
        self._running[measurement] = self._start(measurement, request.settings, now_us)
        return [reply(Op.START, measurement, Status.DONE, self._start_parameters(measurement))]

    def _settings_replies(self, measurement: Measurement) -> list[bytes]:
        offered = self.OFFERED[measurement]
        if not self._split_replies:
            return [reply(Op.SETTINGS, measurement, Status.DONE, settings_bytes(offered))]
        first, *others = [settings_bytes({key: values}) for key, values in offered.items()]
        return [
            reply(Op.SETTINGS, measurement, Status.DONE, first, more=1),
            reply(Op.SETTINGS, measurement, Status.DONE, b"".join(others)),
        ]

    def _status(self, request: Request, now_us: int) -> Status:
        """Tell whether a request can be done, and if not, why."""
        if request.op not in list(Op):
            return Status.UNKNOWN_OP
        if request.measurement not in list(Measurement):
            return Status.UNKNOWN_MEASUREMENT
        measurement = Measurement(request.measurement)
        offered = self.OFFERED.get(measurement)
        if offered is None:
            return Status.NOT_SUPPORTED
        if request.op == Op.STOP:
            return Status.DONE if measurement in self._running else Status.ALREADY_IN_STATE
        if self.mtu < GRANTED_MTU:
            return Status.BAD_MTU
        if request.op == Op.SETTINGS:
            return Status.DONE
        if self._in_charger(now_us):
            return Status.IN_CHARGER
        if measurement in self._running:
            return Status.ALREADY_IN_STATE
        return self._status_of_settings(request.settings, offered)

    @staticmethod
    def _status_of_settings(
        chosen: Mapping[Setting, float] | None, offered: Mapping[Setting, Sequence[int]]
    ) -> Status:
        if chosen is None:
            return Status.BAD_LENGTH
        if set(offered) - {Setting.CHANNELS} - set(chosen):
            return Status.BAD_PARAMETER
        for setting, value in chosen.items():
            if value not in offered.get(setting, ()):
                return _REFUSED_BY.get(setting, Status.BAD_PARAMETER)
        return Status.DONE

    def acceleration_mg(self, t_s: FloatArray, range_g: float) -> IntArray:
        """Measure acceleration.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Increasing times, s.
        range_g : float
            Where it saturates, g.

        Returns
        -------
        acceleration : ndarray of int, shape (n, 3)
            Thousandths of g.
        """
        limit = round(1000.0 * range_g)
        return np.clip(self.sensor.sample(t_s).acc_counts, -limit, limit - 1)

    def sample_clock(self, now_us: int, rate_hz: float, rate_error: float) -> SensorClock:
        """Return when samples are taken, by a chip that runs beside the pod's crystal.

        Parameters
        ----------
        now_us : int
            When it is started, µs.
        rate_hz : float
            Nominal rate, Hz.
        rate_error : float
            By how much it runs fast beside the crystal.

        Returns
        -------
        clock : SensorClock
        """
        error = (1.0 + self._clock_error) * (1.0 + rate_error) - 1.0
        return SensorClock(now_us, 1e6 / rate_hz, error)

    @abstractmethod
    def _start(
        self, measurement: Measurement, settings: Mapping[Setting, float], now_us: int
    ) -> FrameStream: ...

    @abstractmethod
    def _start_parameters(self, measurement: Measurement) -> bytes: ...
