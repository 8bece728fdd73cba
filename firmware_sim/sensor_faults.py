"""What a sensor does wrong before any byte is made: wrappers to put in a device's sensor's place.

``belt.sensor = SaturatedBelt(belt.sensor, 10.0)`` before time 0; they nest like the faults of the
path. A clock that runs wrong is the device's own parameter ``clock_error``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from firmware_sim.motions import FloatArray
from firmware_sim.sensors import BeltForce, ForceGauge, InertialSample, MotionSensor

__all__ = ["DeadAxis", "DeadBelt", "SaturatedBelt", "SaturatedMotion"]


class DeadAxis:
    """One axis of accelerometer and gyroscope says 0 for ever.

    Parameters
    ----------
    inner : MotionSensor
        The sensor, or another fault of it.
    from_s : float
        Since when, s.
    axis : int
        0, 1 or 2.
    """

    def __init__(self, inner: MotionSensor, from_s: float, axis: int = 1) -> None:
        self._inner = inner
        self._from_s = from_s
        self._axis = axis

    def sample(self, t_s: FloatArray) -> InertialSample:
        """Measure at `t_s`, fault included."""
        sample = self._inner.sample(t_s)
        acc, gyro = sample.acc_counts.copy(), sample.gyro_counts.copy()
        acc[t_s >= self._from_s, self._axis] = 0
        gyro[t_s >= self._from_s, self._axis] = 0
        return replace(sample, acc_counts=acc, gyro_counts=gyro)


class SaturatedMotion:
    """Every axis is at the end of its range, as at far too small a range.

    Parameters
    ----------
    inner : MotionSensor
        The sensor, or another fault of it.
    from_s : float
        Since when, s.
    """

    HIGHEST_COUNTS = 32767

    def __init__(self, inner: MotionSensor, from_s: float) -> None:
        self._inner = inner
        self._from_s = from_s

    def sample(self, t_s: FloatArray) -> InertialSample:
        """Measure at `t_s`, fault included."""
        sample = self._inner.sample(t_s)
        acc, gyro = sample.acc_counts.copy(), sample.gyro_counts.copy()
        acc[t_s >= self._from_s] = self.HIGHEST_COUNTS
        gyro[t_s >= self._from_s] = self.HIGHEST_COUNTS
        return replace(sample, acc_counts=acc, gyro_counts=gyro)


class DeadBelt:
    """A gauge that is torn off: no force for ever.

    Parameters
    ----------
    inner : ForceGauge
        The belt, or another fault of it.
    from_s : float
        Since when, s.
    """

    def __init__(self, inner: ForceGauge, from_s: float) -> None:
        self._inner = inner
        self._from_s = from_s

    def sample_n(self, t_s: FloatArray) -> FloatArray:
        """Measure at `t_s`, fault included; N."""
        return np.where(t_s >= self._from_s, 0.0, self._inner.sample_n(t_s))


class SaturatedBelt:
    """A strap far too tight: at the end of its range.

    Parameters
    ----------
    inner : ForceGauge
        The belt, or another fault of it.
    from_s : float
        Since when, s.
    """

    def __init__(self, inner: ForceGauge, from_s: float) -> None:
        self._inner = inner
        self._from_s = from_s

    def sample_n(self, t_s: FloatArray) -> FloatArray:
        """Measure at `t_s`, fault included; N."""
        return np.where(t_s >= self._from_s, BeltForce.HIGHEST_N, self._inner.sample_n(t_s))
