"""Firmware of Polar sensors: the H10 chest strap and the Verity Sense arm band."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from firmware_sim.battery import Battery
from firmware_sim.body import Body
from firmware_sim.gatt_table import information
from firmware_sim.heart_rate import BeatTeller
from firmware_sim.motions import FloatArray
from firmware_sim.polar_frames import FACTOR, IntArray, Measurement, Setting, settings_bytes
from firmware_sim.polar_pod import GRANTED_MTU, Offered, PolarPod
from firmware_sim.polar_streams import Compressor, FrameStream, acc_encoder, ecg_encoder
from firmware_sim.sensors import InertialSensor, noise_source

__all__ = ["PolarH10", "VeritySense"]

FULL_SCALE_G = 32.768
"""At which one count of a 16-bit converter is a thousandth of g."""
ECG_RATE_ERROR = 0.00035
ECG_NOISE_UV = 8.0
NEVER = (math.inf, math.inf)


class PolarH10(PolarPod):
    """A strap around the chest with its pod on the breast bone.

    Parameters
    ----------
    body : Body
        Who wears it.
    site : str
        Where the pod is; one of :data:`~.trunk.SITES`.
    serial : str
        Eight hexadecimal digits; the advertised name is ``Polar H10 <serial>``.
    seed : int
        Source of chance: noise, mounting, jitter.
    clock_error : float
        Rate error of its crystal; 0.01 runs 1 % fast.
    rate_error : float
        By how much the accelerometer runs fast beside that crystal.
    battery_pct : float
        Charge at time 0, %.
    drain_pct_per_h : float
        How fast it empties, %/h.
    jitter_us : int
        Largest random delay of a frame, µs.
    charging_s : tuple of float
        From when to when it will not measure, s.
    off_s : tuple of float
        From when to when no heart is felt, s.
    split_replies : bool
        Tells its settings in two indications.
    """

    MEASURES = (Measurement.ECG, Measurement.ACCELERATION)
    OFFERED: ClassVar[Offered] = {
        Measurement.ECG: {Setting.RATE: (130,), Setting.RESOLUTION: (14,)},
        Measurement.ACCELERATION: {
            Setting.RATE: (25, 50, 100, 200),
            Setting.RESOLUTION: (16,),
            Setting.RANGE: (2, 4, 8),
        },
    }
    FIRST_NS = 599_616_000 * 1_000_000_000  # 2019-01-01
    SHORT_REFUSALS = False
    ECG_LIMIT_UV = 20_000
    N_ECG, N_ACC = 73, 36

    def __init__(
        self,
        body: Body,
        site: str = "sternum",
        serial: str = "A1B2C3D4",
        seed: int = 0,
        clock_error: float = 0.0,
        *,
        rate_error: float = 0.0,
        battery_pct: float = 90.0,
        drain_pct_per_h: float = 0.25,
        jitter_us: int = 8_000,
        charging_s: tuple[float, float] = NEVER,
        off_s: tuple[float, float] = NEVER,
        split_replies: bool = False,
    ) -> None:
        self.name = f"Polar H10 {serial}"
        self._body = body
        self._ecg_noise = noise_source(seed, "polar ecg")
        super().__init__(
            InertialSensor(body, site, seed, acc_range_g=FULL_SCALE_G),
            BeatTeller(body, clock_error, off_s=off_s),
            Battery(battery_pct, drain_pct_per_h),
            information("Polar Electro Oy", "H10\0", f"{serial}\0", "5.0.0\0"),
            seed,
            clock_error,
            rate_error,
            jitter_us,
            charging_s,
            split_replies,
        )

    def _start(
        self, measurement: Measurement, settings: Mapping[Setting, float], now_us: int
    ) -> FrameStream:
        rate_hz = settings[Setting.RATE]
        if measurement == Measurement.ECG:
            return FrameStream(
                measurement,
                0x00,
                self._ecg_uv,
                ecg_encoder,
                self.N_ECG,
                self.sample_clock(now_us, rate_hz, ECG_RATE_ERROR),
                self._jitter_us,
                self._chance,
            )
        range_g = settings[Setting.RANGE]
        return FrameStream(
            measurement,
            0x01,
            lambda t_s: self.acceleration_mg(t_s, range_g),
            acc_encoder,
            self.N_ACC,
            self.sample_clock(now_us, rate_hz, self._rate_error),
            self._jitter_us,
            self._chance,
        )

    def _start_parameters(self, measurement: Measurement) -> bytes:
        return b"\x01" if measurement == Measurement.ACCELERATION else b"\x00"

    def _ecg_uv(self, t_s: FloatArray) -> IntArray:
        voltage = self._body.heart.ecg_uv(t_s)
        voltage = voltage + ECG_NOISE_UV * self._ecg_noise.standard_normal(len(t_s))
        limited = np.clip(np.round(voltage), -self.ECG_LIMIT_UV, self.ECG_LIMIT_UV)
        return np.asarray(limited.astype(np.int64))


class VeritySense(PolarPod):
    """An arm band, clipped to a waistband; it sends compressed frames.

    Parameters
    ----------
    body, site, serial, seed, clock_error : Body, str, str, int, float
        As of :class:`PolarH10`; the advertised name is ``Polar Sense <serial>``.
    rate_error, battery_pct, drain_pct_per_h, jitter_us : float, float, float, int
        As of :class:`PolarH10`.
    charging_s, split_replies : tuple of float, bool
        As of :class:`PolarH10`.
    older : bool
        Tells a factor when started and sends frames of type ``80``; else of type ``81``.
    """

    MEASURES = (
        Measurement.PPG,
        Measurement.ACCELERATION,
        Measurement.PULSE_INTERVALS,
        Measurement.ANGULAR_RATE,
        Measurement.MAGNETIC_FIELD,
    )
    OFFERED: ClassVar[Offered] = {
        Measurement.ACCELERATION: {
            Setting.RATE: (52,),
            Setting.RESOLUTION: (16,),
            Setting.RANGE: (8,),
            Setting.CHANNELS: (3,),
        }
    }
    FIRST_NS = 536_544_000 * 1_000_000_000  # 2017-01-01
    SHORT_REFUSALS = True
    N_ACC = 71

    def __init__(
        self,
        body: Body,
        site: str = "abdomen",
        serial: str = "B2C3D4E5",
        seed: int = 0,
        clock_error: float = 0.0,
        *,
        rate_error: float = 0.0,
        battery_pct: float = 50.0,
        drain_pct_per_h: float = 4.0,
        jitter_us: int = 8_000,
        charging_s: tuple[float, float] = NEVER,
        split_replies: bool = False,
        older: bool = False,
    ) -> None:
        self.name = f"Polar Sense {serial}"
        self._older = older
        super().__init__(
            InertialSensor(body, site, seed, acc_range_g=FULL_SCALE_G),
            BeatTeller(body, clock_error, tells_rr=False, tells_contact=True),
            Battery(battery_pct, drain_pct_per_h),
            information("Polar Electro Oy", "Polar Sense", serial, "2.1.0"),
            seed,
            clock_error,
            rate_error,
            jitter_us,
            charging_s,
            split_replies,
        )

    def _start(
        self, measurement: Measurement, settings: Mapping[Setting, float], now_us: int
    ) -> FrameStream:
        range_g = settings[Setting.RANGE]
        return FrameStream(
            measurement,
            0x80 if self._older else 0x81,
            lambda t_s: self.acceleration_mg(t_s, range_g),
            Compressor(GRANTED_MTU - 3, self._older, self._chance),
            self.N_ACC,
            self.sample_clock(now_us, settings[Setting.RATE], self._rate_error),
            self._jitter_us,
            self._chance,
        )

    def _start_parameters(self, measurement: Measurement) -> bytes:
        return settings_bytes({Setting.FACTOR: (FACTOR,)}) if self._older else b""
