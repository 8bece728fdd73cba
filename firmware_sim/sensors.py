"""What a real sensor makes of a body: noise, steps, limits, creep, bias and a clock of its own.

Samples are asked for in order of time; every draw of chance belongs to one sample, so the numbers
do not depend on how many samples are taken at once.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from firmware_sim.belly import STIFFNESS_N_PER_MM
from firmware_sim.body import BELT_SITES, Body
from firmware_sim.motions import FloatArray
from firmware_sim.trunk import SITES

__all__ = [
    "BeltForce",
    "ForceGauge",
    "InertialSample",
    "InertialSensor",
    "MotionSensor",
    "SensorClock",
    "noise_source",
]

IntArray = npt.NDArray[np.int64]


def noise_source(seed: int, name: str) -> np.random.Generator:
    """Return the chance of one part of one device, independent of every other part's.

    Parameters
    ----------
    seed : int
        Of the device.
    name : str
        Of the part.

    Returns
    -------
    source : numpy.random.Generator
    """
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


@dataclass(frozen=True, slots=True)
class SensorClock:
    """A crystal that runs wrong, ticking from `start_us`.

    Parameters
    ----------
    start_us : int
        True time of tick 0, µs.
    period_us : float
        What the device believes lies between two ticks, µs.
    error : float
        Rate error: 0.01 runs 1 % fast, so ticks come early.
    """

    start_us: int
    period_us: float
    error: float = 0.0

    def due_us(self, tick: int) -> int:
        """Return when a tick comes.

        Parameters
        ----------
        tick : int
            Its number, from 0.

        Returns
        -------
        time : int
            True time, µs.
        """
        return self.start_us + round(tick * self.period_us / (1.0 + self.error))

    def ticks_until(self, now_us: int) -> int:
        """Return how many ticks have come.

        Parameters
        ----------
        now_us : int
            True time, µs; a tick at that instant has come.

        Returns
        -------
        count : int
            Number of the next tick.
        """
        count = max(0, int((now_us - self.start_us) * (1.0 + self.error) / self.period_us))
        while self.due_us(count) <= now_us:
            count += 1
        while count and self.due_us(count - 1) > now_us:
            count -= 1
        return count


class ForceGauge(Protocol):
    """What a belt's firmware asks for force."""

    def sample_n(self, t_s: FloatArray) -> FloatArray:
        """Measure at `t_s`, later than all times before; N."""
        ...


class MotionSensor(Protocol):
    """What an inertial module's firmware asks for motion."""

    def sample(self, t_s: FloatArray) -> InertialSample:
        """Measure at `t_s`, later than all times before."""
        ...


class BeltForce:
    """A strain gauge in an elastic belt.

    Viscoelastic lag, a slightly curved spring, creep of the strap, white noise, steps of the
    converter, end stops.

    Parameters
    ----------
    body : Body
        Who wears it.
    site : str
        ``chest`` or ``abdomen``.
    seed : int
        Source of chance.
    pretension_n : float
        Force at rest when just put on, N.
    stiffness_n_per_mm : float
        Of belt and gauge together, N/mm.
    noise_n : float
        Standard deviation of one sample, N.

    Raises
    ------
    ValueError
        If no belt is worn there.
    """

    LOWEST_N, HIGHEST_N = -1.0, 50.0
    STEP_N = 0.0025
    HYSTERESIS = 0.08
    RELAXES_IN_S = 1.0
    CURVATURE_PER_MM = 0.004
    CREEP_N = 0.5
    CREEPS_IN_S = 240.0

    def __init__(
        self,
        body: Body,
        site: str,
        seed: int,
        pretension_n: float = 8.0,
        stiffness_n_per_mm: float = STIFFNESS_N_PER_MM,
        noise_n: float = 0.01,
    ) -> None:
        if site not in BELT_SITES:
            raise ValueError(f"a belt is not worn at {site!r}; choose from {', '.join(BELT_SITES)}")
        self._body = body
        self._site = site
        self._pretension_n = pretension_n
        self._stiffness_n_per_mm = stiffness_n_per_mm
        self._noise_n = noise_n
        self._chance = noise_source(seed, f"belt {site}")
        self._relaxed_mm: float | None = None
        self._last_s = 0.0

    def sample_n(self, t_s: FloatArray) -> FloatArray:
        """Measure at `t_s`, later than all times before.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Increasing times, s.

        Returns
        -------
        force : ndarray, shape (n,)
            N, as the converter gives it.
        """
        stretch_mm = self._body.belt_mm(self._site, t_s)
        lagging_mm = np.empty_like(stretch_mm)
        for i, (now_s, now_mm) in enumerate(zip(t_s.tolist(), stretch_mm.tolist(), strict=True)):
            if self._relaxed_mm is None:
                self._relaxed_mm = now_mm
            else:
                keeps = np.exp(-(now_s - self._last_s) / self.RELAXES_IN_S)
                self._relaxed_mm = float(now_mm + keeps * (self._relaxed_mm - now_mm))
            self._last_s = now_s
            lagging_mm[i] = self._relaxed_mm
        pull_mm = stretch_mm - self.HYSTERESIS * lagging_mm
        force_n = (
            self._pretension_n
            + self._stiffness_n_per_mm * (pull_mm + self.CURVATURE_PER_MM * pull_mm * pull_mm)
            + self._body.bracing_n(self._site, t_s)
            - self.CREEP_N * (1.0 - np.exp(-t_s / self.CREEPS_IN_S))
            + self._noise_n * self._chance.standard_normal(len(t_s))
        )
        limited = np.clip(force_n, self.LOWEST_N, self.HIGHEST_N)
        return np.asarray(np.round(limited / self.STEP_N) * self.STEP_N)


@dataclass(frozen=True, slots=True, eq=False)
class InertialSample:
    """What an inertial module puts into its registers; rows are samples.

    Parameters
    ----------
    acc_counts, gyro_counts : ndarray of int, shape (n, 3)
        16-bit readings at the full scale of the sensor.
    angle_deg : ndarray, shape (n, 3)
        Roll, pitch, yaw (Z-Y-X order), deg.
    quaternion : ndarray, shape (n, 4)
        w, x, y, z of sensor in world axes.
    """

    acc_counts: IntArray
    gyro_counts: IntArray
    angle_deg: FloatArray
    quaternion: FloatArray


# Rows are the sensor's x, y, z in body axes: label outwards, y up, x level.
_ON_THE_BACK = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])
_ON_THE_FRONT = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
_MOUNTS = {"pelvis": _ON_THE_BACK, "back": _ON_THE_BACK}


class InertialSensor:
    """A cheap accelerometer and gyroscope with fusion, taped on not quite straight.

    The fused orientation is the true one with a slow wander of heading: six-axis fusion has no
    compass.

    Parameters
    ----------
    body : Body
        Who wears it.
    site : str
        One of :data:`~.trunk.SITES`.
    seed : int
        Source of chance.
    acc_range_g, gyro_range_dps : float
        Full scale, reached at 32768 counts.
    bandwidth_hz : float
        Of the anti-alias filter; sets the noise of one sample.
    crooked_deg : float
        Standard deviation of the mounting error about each axis, deg.

    Raises
    ------
    ValueError
        If there is no such place.
    """

    GRAVITY_MPS2 = 9.80665
    ACC_NOISE_MPS2_PER_RTHZ = 0.0015
    GYRO_NOISE_DPS_PER_RTHZ = 0.007
    ACC_OFFSET_MPS2 = 0.15
    ACC_SCALE = 0.005
    GYRO_BIAS_DPS = 0.4
    HEADING_DRIFT_DPS = 0.02

    def __init__(
        self,
        body: Body,
        site: str,
        seed: int,
        acc_range_g: float = 16.0,
        gyro_range_dps: float = 2000.0,
        bandwidth_hz: float = 42.0,
        crooked_deg: float = 5.0,
    ) -> None:
        if site not in SITES:
            raise ValueError(f"nothing is worn at {site!r}; choose from {', '.join(SITES)}")
        self._body = body
        self._site = site
        self._acc_per_mps2 = 32768.0 / (acc_range_g * self.GRAVITY_MPS2)
        self._gyro_per_dps = 32768.0 / gyro_range_dps
        self._chance = noise_source(seed, f"imu noise {site}")
        fixed = noise_source(seed, f"imu {site}")
        self.gyro_bias_dps: FloatArray = self.GYRO_BIAS_DPS * fixed.standard_normal(3)
        self._acc_offset_mps2 = self.ACC_OFFSET_MPS2 * fixed.standard_normal(3)
        self._acc_scale = 1.0 + self.ACC_SCALE * fixed.standard_normal(3)
        self._drift_dps = self.HEADING_DRIFT_DPS * fixed.standard_normal()
        crooked = _small_turn(np.deg2rad(crooked_deg * fixed.standard_normal(3)))
        self.mount: FloatArray = crooked @ _MOUNTS.get(site, _ON_THE_FRONT)
        self._acc_noise = self.ACC_NOISE_MPS2_PER_RTHZ * np.sqrt(bandwidth_hz)
        self._gyro_noise = self.GYRO_NOISE_DPS_PER_RTHZ * np.sqrt(bandwidth_hz)

    def sample(self, t_s: FloatArray) -> InertialSample:
        """Measure at `t_s`, later than all times before.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Increasing times, s.

        Returns
        -------
        sample : InertialSample
        """
        state = self._body.trunk(self._site, t_s)
        noise = self._chance.standard_normal((len(t_s), 6))
        acc = _turned(self.mount, state.force_mps2) * self._acc_scale + self._acc_offset_mps2
        acc = (acc + self._acc_noise * noise[:, :3]) * self._acc_per_mps2
        gyro = _turned(self.mount, state.rate_dps) + self.gyro_bias_dps
        gyro = (gyro + self._gyro_noise * noise[:, 3:]) * self._gyro_per_dps
        ap, ml, turn = np.deg2rad(state.tilt_deg).T
        angle = _sensor_angles(self.mount, ap, ml, turn + np.deg2rad(self._drift_dps * t_s))
        return InertialSample(
            _counts(acc), _counts(gyro), np.rad2deg(angle), _quaternion_from_angles(angle)
        )


def _counts(value: FloatArray) -> IntArray:
    return np.clip(np.round(value), -32768, 32767).astype(np.int64)


def _small_turn(vector: FloatArray) -> FloatArray:
    """Rotation matrix of a rotation vector in rad (Rodrigues)."""
    angle = float(np.sqrt((vector**2).sum()))
    x, y, z = vector / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross))


def _turned(matrix: FloatArray, rows: FloatArray) -> FloatArray:
    """Apply a rotation to every row, one element at a time: a matrix product's bits vary."""
    x, y, z = rows.T
    return np.stack([m[0] * x + m[1] * y + m[2] * z for m in matrix], axis=-1)


def _sensor_angles(
    mount: FloatArray, ap: FloatArray, ml: FloatArray, turn: FloatArray
) -> FloatArray:
    """Roll, pitch and yaw of a sensor on a body turned by Rz(turn)·Ry(ap)·Rx(ml), rad."""
    c_ap, s_ap, c_ml, s_ml = np.cos(ap), np.sin(ap), np.cos(ml), np.sin(ml)
    up = [-s_ap * m[0] + c_ap * (s_ml * m[1] + c_ml * m[2]) for m in mount]
    m = mount[0]
    level_x = c_ap * m[0] + s_ap * (s_ml * m[1] + c_ml * m[2])
    level_y = c_ml * m[1] - s_ml * m[2]
    yaw = np.arctan2(level_y, level_x) + turn
    yaw = yaw - 2.0 * np.pi * np.round(yaw / (2.0 * np.pi))
    return np.stack([np.arctan2(up[1], up[2]), -np.arcsin(np.clip(up[0], -1.0, 1.0)), yaw], axis=-1)


def _quaternion_from_angles(angle_rad: FloatArray) -> FloatArray:
    """w, x, y, z of Rz(yaw)·Ry(pitch)·Rx(roll)."""
    (c_r, c_p, c_y), (s_r, s_p, s_y) = np.cos(angle_rad / 2.0).T, np.sin(angle_rad / 2.0).T
    return np.stack(
        [
            c_r * c_p * c_y + s_r * s_p * s_y,
            s_r * c_p * c_y - c_r * s_p * s_y,
            c_r * s_p * c_y + s_r * c_p * s_y,
            c_r * c_p * s_y - s_r * s_p * c_y,
        ],
        axis=-1,
    )
