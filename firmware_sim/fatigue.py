"""How the simulated person tires in a hold: it sags, sways more and trembles, from a time on.

What is held against at first, D₀, the sway and the tremor all grow as 1 + γ·max(0, t − t_f).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from firmware_sim.motions import FloatArray, Ramps, SmoothNoise

__all__ = ["Fatigue", "Held", "Tiring", "drift_s"]

TAKES_S = 2.0
"""How long one takes into the hold, and out of it."""
TREMOR_HZ = (4.0, 12.0)
TREMOR_KNOT_S = 0.02
REPEATS_AFTER_S = 300.0
EPOCH_S, START_S, LEAST_DEG, LIMIT_SD, STAYS = 1.0, 10.0, 3.0, 3.0, 2
STEP_S = 0.02


@dataclass(frozen=True, slots=True)
class Fatigue:
    """One hold.

    Parameters
    ----------
    per_min : float
        γ: by how much everything grows in a minute, as a part of its start; 0 never tires.
    after_s : float
        t_f: when tiring begins, after the start of the phase, s.
    deviation_ap_deg, deviation_ml_deg : float
        D₀, forward and to the right, deg.
    tremor_deg : float
        RMS of the tremor, 4 to 12 Hz, deg.
    """

    per_min: float
    after_s: float = 20.0
    deviation_ap_deg: float = 4.0
    deviation_ml_deg: float = 0.0
    tremor_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """One hold as it really was.

    Parameters
    ----------
    start_s, end_s : float
        Of the phase, s.
    time_to_drift_s : dict of str to float
        By site: from the start to the first of two seconds whose mean tilt has left that of the
        first ten by more than the limit (3°, or 3 SD of those ten); NaN where it does not.
    """

    start_s: float
    end_s: float
    time_to_drift_s: dict[str, float]


def drift_s(tilt_deg: Callable[[FloatArray], FloatArray], start_s: float, end_s: float) -> float:
    """Return the time to drift of a tilt that is known without noise.

    Parameters
    ----------
    tilt_deg : callable
        From times, shape (n,), to forward and rightward tilt, shape (n, 2), deg.
    start_s, end_s : float
        Of the hold, s.

    Returns
    -------
    time : float
        From the start to the first of two seconds outside, s; NaN when there are none.
    """
    seconds = int(end_s - start_s)
    per_s = round(EPOCH_S / STEP_S)
    t_s = start_s + STEP_S * np.arange(seconds * per_s, dtype=np.float64)
    tilt = tilt_deg(t_s)
    first = tilt[: round(START_S / STEP_S)]
    limit_deg = max(LEAST_DEG, LIMIT_SD * float(np.sqrt(first.var(axis=0).sum())))
    means = tilt.reshape(seconds, per_s, 2).mean(axis=1) - first.mean(axis=0)
    outside = np.hypot(means[:, 0], means[:, 1]) > limit_deg
    outside[: round(START_S / EPOCH_S)] = False
    both = np.flatnonzero(outside[:-1] & outside[1:])
    return float(both[0]) * EPOCH_S if len(both) else float("nan")


def _tremor_gain(frequency_hz: FloatArray) -> FloatArray:
    """Let only the band of the tremor through."""
    inside = (frequency_hz >= TREMOR_HZ[0]) & (frequency_hz <= TREMOR_HZ[1])
    return np.asarray(inside, dtype=np.float64)


class Tiring:
    """All holds of a session, as functions of time.

    Parameters
    ----------
    holds : sequence of (float, float, Fatigue)
        Each with the time its phase begins and how long that lasts, s.
    rng : numpy.random.Generator
        Source of chance.
    """

    def __init__(
        self, holds: Sequence[tuple[float, float, Fatigue]], rng: np.random.Generator
    ) -> None:
        self._holds = holds
        self._within = [
            Ramps(0.0, [(begin_s - TAKES_S, TAKES_S, 1.0), (begin_s + lasts_s, TAKES_S, 0.0)])
            for begin_s, lasts_s, _ in holds
        ]
        self._tremor = [
            SmoothNoise(_tremor_gain, TREMOR_KNOT_S, REPEATS_AFTER_S, rng)
            for _ in range(2 if holds else 0)
        ]

    def growth(self, t_s: FloatArray) -> FloatArray:
        """Return how much larger everything is than at the start of its hold.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        growth : ndarray, shape (n,)
            Ratio; 1 outside holds.
        """
        growth: FloatArray = np.ones(t_s.shape)
        for hold, within in zip(self._holds, self._within, strict=True):
            growth = growth + within(t_s) * (_growth(hold, t_s) - 1.0)
        return growth

    def angle_deg(self, t_s: FloatArray) -> FloatArray:
        """Return deviation and tremor.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        deviation_deg : ndarray, shape (n, 2)
            Forward and to the right, deg.
        """
        deviation_deg: FloatArray = np.zeros((len(t_s), 2))
        for hold, within in zip(self._holds, self._within, strict=True):
            fatigue = hold[2]
            size = within(t_s) * _growth(hold, t_s)
            deviation_deg[:, 0] += size * fatigue.deviation_ap_deg
            deviation_deg[:, 1] += size * fatigue.deviation_ml_deg
            if fatigue.tremor_deg:
                for axis, noise in enumerate(self._tremor):
                    part_deg = fatigue.tremor_deg / np.sqrt(2.0)
                    deviation_deg[:, axis] += size * part_deg * noise(t_s)
        return deviation_deg


def _growth(hold: tuple[float, float, Fatigue], t_s: FloatArray) -> FloatArray:
    """Of one hold; it stays at what it was at the end."""
    begin_s, lasts_s, fatigue = hold
    tired_s = np.clip(t_s - begin_s, 0.0, lasts_s) - fatigue.after_s
    return np.asarray(1.0 + fatigue.per_min / 60.0 * np.maximum(tired_s, 0.0))
