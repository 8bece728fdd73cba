"""Walking of the simulated person: when each foot strikes, and how the trunk rides on it.

The trunk is lowest when a foot strikes and rises and falls once a step; it swings sideways, lists
and turns once every two. Sizes are those of comfortable walking (A. Zijlstra, A. L. Hof, Gait &
Posture 18 (2003) 1-10: vertical 4 cm from lowest to highest, sideways about as much).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from firmware_sim.motions import FloatArray, Ramps

__all__ = ["Walk", "Walking"]

UP_M, FORWARD_M, LEFT_M = 0.018, 0.010, 0.018
STRIKE_PART = 0.08
"""Second harmonic of the vertical: the jolt of the heel."""
LEAN_DEG, LIST_DEG, TURN_DEG = 1.5, 3.0, 4.0
RISE_S = 1.5
"""Steps grow and fade over this time at the start and the end, s."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One stretch of walking.

    Parameters
    ----------
    step_rate_per_min : float
        Steps per minute, both feet.
    cv : float
        Coefficient of variation of the time of a step.
    asymmetry : float
        Steps of one foot take longer by this part, those of the other shorter.
    size : float
        Of every movement, 1 for usual.
    after_s, before_s : float
        Standing before the first step, and after the last until the phase ends, s.
    """

    step_rate_per_min: float = 110.0
    cv: float = 0.025
    asymmetry: float = 0.02
    size: float = 1.0
    after_s: float = 3.0
    before_s: float = 3.0


class Walking:
    """All walking of a session, as functions of time.

    Parameters
    ----------
    walks : iterable of (float, float, Walk)
        Each with the time its phase begins and how long that lasts, s.
    rng : numpy.random.Generator
        Source of chance.

    Attributes
    ----------
    steps_s : list of float
        When a foot strikes, s.
    """

    def __init__(
        self, walks: Iterable[tuple[float, float, Walk]], rng: np.random.Generator
    ) -> None:
        self.steps_s: list[float] = []
        sizes: list[tuple[float, float, float]] = []
        for begin_s, length_s, walk in walks:
            first_s, last_s = begin_s + walk.after_s, begin_s + length_s - walk.before_s
            now_s, foot, begun = first_s, 1.0, len(self.steps_s)
            while now_s < last_s:
                self.steps_s.append(now_s)
                chance = 1.0 + walk.cv * float(np.clip(rng.standard_normal(), -2.5, 2.5))
                now_s += 60.0 / walk.step_rate_per_min * chance * (1.0 + foot * walk.asymmetry)
                foot = -foot
            if len(self.steps_s) - begun > 1:
                sizes += [(first_s, RISE_S, walk.size), (self.steps_s[-1] - RISE_S, RISE_S, 0.0)]
        numbers = np.arange(len(self.steps_s), dtype=np.float64)
        # From one walk to the next the count runs on slowly: its movements have no size there.
        self._number = CubicSpline(self.steps_s, numbers) if len(numbers) > 1 else None
        self._size = Ramps(0.0, sizes)

    def moved_m(self, t_s: FloatArray) -> FloatArray:
        """Return how far the trunk is from where it would be gliding.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        moved : ndarray, shape (n, 3)
            Forward, to the left, up, m.
        """
        step, size = self._steps(t_s)
        up = -np.cos(step) - STRIKE_PART * np.cos(2.0 * step)
        waves = (FORWARD_M * np.sin(step + 0.6), LEFT_M * np.sin(0.5 * step), UP_M * up)
        return size[:, None] * np.stack(waves, axis=-1)

    def tilt_deg(self, t_s: FloatArray) -> FloatArray:
        """Return how the pelvis turns.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        tilt : ndarray, shape (n, 3)
            ``ap``, ``ml``, ``turn``, deg.
        """
        step, size = self._steps(t_s)
        waves = (
            LEAN_DEG * np.cos(step + 0.4),
            LIST_DEG * np.cos(0.5 * step),
            TURN_DEG * np.sin(0.5 * step + 0.3),
        )
        return size[:, None] * np.stack(waves, axis=-1)

    def _steps(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Angle that turns once a step, rad, and the size of everything."""
        size = self._size(t_s)
        if self._number is None:
            return np.zeros(t_s.shape), size
        inside = np.clip(t_s, self.steps_s[0], self.steps_s[-1])
        return 2.0 * np.pi * self._number(inside), size
