"""Arm raises of the simulated person, and the belly that draws in around each: core latency.

Truth holds three times per trial: when the arm begins to move, when the wall of the belly begins
to tense, and when a belt begins to feel it. What lies between the last two is the lag of tissue
and belt, which no belt can take apart from the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from firmware_sim.motions import FloatArray, Ramps, smooth_step

__all__ = ["ArmRaised", "ArmRaises", "ArmRaising", "raised_cosine"]

SENSOR_LAG_S = (0.04, 0.08)
"""Between these the tissue and belt of a day lag behind tone, s."""
CHEST_PART = 0.2
"""Of what the belly gives way, the chest takes so much (isovolume coupling)."""
RELEASE_S = 0.5


def raised_cosine(x: FloatArray) -> FloatArray:
    """Half a cosine from 0 at x ≤ 0 to 1 at x ≥ 1.

    Parameters
    ----------
    x : ndarray
        Progress, ratio.

    Returns
    -------
    level : ndarray
        Same shape, ratio.
    """
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(x, 0.0, 1.0)))


FORMS: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "raised_cosine": raised_cosine,
    "minimum_jerk": smooth_step,
}


@dataclass(frozen=True, slots=True)
class ArmRaises:
    """One set of arm raises, each on a cue at the end of a breath out.

    Parameters
    ----------
    trials : int
        How many.
    period_s : float
        From one cue to the next, s.
    move_s : float
        How long the arm takes up, and down, s.
    hold_s : float
        How long it stays up, s.
    size_deg : float
        How far, deg.
    delay_s, delay_sd_s : float
        Mean and standard deviation of the time from the arm's onset to the onset of tone, s.
    rise_s : float
        How long the draw-in takes, s.
    draw_in_mm : float
        By how much the circumference of the belly falls, mm.
    form : {"raised_cosine", "minimum_jerk"}
        How the draw-in rises.
    reaction_sd_s : float
        Standard deviation of how far from the end of the breath out the arm begins, s.
    after_s : float
        Rest before the first cue, s.
    """

    trials: int
    period_s: float = 8.0
    move_s: float = 0.3
    hold_s: float = 2.5
    size_deg: float = 90.0
    delay_s: float = 0.02
    delay_sd_s: float = 0.015
    rise_s: float = 0.15
    draw_in_mm: float = 2.5
    form: Literal["raised_cosine", "minimum_jerk"] = "raised_cosine"
    reaction_sd_s: float = 0.1
    after_s: float = 3.0


@dataclass(frozen=True, slots=True)
class ArmRaised:
    """One trial as it really was.

    Parameters
    ----------
    limb_s, core_s, belt_s : float
        Onset of the arm, of tone, and of what a belt feels, s.
    rise_s : float
        How long the draw-in took, s.
    draw_in_mm : float
        How large it was, mm.
    """

    limb_s: float
    core_s: float
    belt_s: float
    rise_s: float
    draw_in_mm: float


class ArmRaising:
    """All sets of a session, as functions of time.

    Parameters
    ----------
    sets : iterable of (float, ArmRaises)
        Each with the time it begins, s.
    ready_s : ndarray, shape (n_breaths,)
        Ends of breaths out, s, in order: a raise follows the first one after its cue.
    rng : numpy.random.Generator
        Source of chance.

    Attributes
    ----------
    raised : list of ArmRaised
        What is done, in order.
    """

    def __init__(
        self,
        sets: Iterable[tuple[float, ArmRaises]],
        ready_s: FloatArray,
        rng: np.random.Generator,
    ) -> None:
        self.raised: list[ArmRaised] = []
        arm: list[tuple[float, float, float]] = []
        belly: dict[str, list[tuple[float, float, float]]] = {form: [] for form in FORMS}
        lag_s = float(rng.uniform(*SENSOR_LAG_S))
        for begin_s, one in sets:
            for number in range(one.trials):
                cue_s = begin_s + one.after_s + number * one.period_s
                late_s, scatter_s = rng.standard_normal(2).clip(-2.5, 2.5).tolist()
                row = min(int(np.searchsorted(ready_s, cue_s)), len(ready_s) - 1)
                limb_s = float(ready_s[row]) + one.reaction_sd_s * late_s
                core_s = limb_s + one.delay_s + one.delay_sd_s * scatter_s
                belt_s = core_s + lag_s
                down_s = limb_s + one.move_s + one.hold_s
                arm += [(limb_s, one.move_s, one.size_deg), (down_s, one.move_s, 0.0)]
                belly[one.form] += [(belt_s, one.rise_s, one.draw_in_mm), (down_s, RELEASE_S, 0.0)]
                done = ArmRaised(limb_s, core_s, belt_s, one.rise_s, one.draw_in_mm)
                self.raised.append(done)
        self._arm = Ramps(0.0, arm)
        self._belly = [Ramps(0.0, ramps, FORMS[form]) for form, ramps in belly.items() if ramps]

    def arm_deg(self, t_s: FloatArray) -> FloatArray:
        """Return how far the arm is raised.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        angle : ndarray, shape (n,)
            Forward and up from hanging, deg.
        """
        return self._arm(t_s)

    def stretch_mm(self, site: str, t_s: FloatArray) -> FloatArray:
        """Return what the draw-in does to a belt.

        Parameters
        ----------
        site : str
            ``chest`` or ``abdomen``.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        stretch : ndarray, shape (n,)
            mm; below 0 at the abdomen.
        """
        part = CHEST_PART if site == "chest" else -1.0
        stretch: FloatArray = np.zeros(t_s.shape)
        for belly in self._belly:
            stretch = stretch + part * belly(t_s)
        return stretch
