"""What a session finds about relative timing: when the belly moves beside a limb.

Re-exported by :mod:`biofeedback.core.results`. NaN means "not known", never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from biofeedback.core.stream import Event

__all__ = ["OnsetTrial", "RelativeTiming", "TrialProblem"]

TrialProblem = Literal["", "gap", "quality", "clock", "motion", "small", "no_ramp", "breath"]
"""Why a trial is not used: rows missing; a sensor not trusted, or belts that move as one; a clock
not settled; arm or trunk not still before; too small; no clear ramp near the arm's onset; a
breath, cough or sigh instead of a draw-in. Empty when it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnsetTrial(Event):
    """One arm raise, and what the belly did beside it.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When the arm began to move; when it was decided.
    task : str
        As announced.
    trial : int
        Number within the task, from 0.
    limb_s, belly_s : float
        Onset of the arm, and of the ramp of the abdominal belt, s; NaN when not known.
    delay_s : float
        Second minus first, a lag told by a tap check taken off, s; NaN when not used.
    rise_s : float
        How long the ramp rises, s.
    amplitude : float
        How high it is, in the unit of the belt; below 0 when the belly goes in.
    amplitude_ratio : float
        The same over that of the last breaths; NaN when no breath is known.
    explained : float
        Part of what a smooth background leaves that the ramp explains, 0 to 1.
    problem : {"", "gap", "quality", "clock", "motion", "small", "no_ramp", "breath"}
        Why it is not used; empty when it is.
    """

    task: str
    trial: int
    limb_s: float
    belly_s: float
    delay_s: float
    rise_s: float
    amplitude: float
    amplitude_ratio: float
    explained: float
    problem: TrialProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeTiming(Event):
    """Relative timing of belly and arm over the trials of a task so far; neither good nor bad.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When the last trial was decided.
    task : str
        As announced.
    trials, usable : int
        How many there were, and how many of them are used.
    delay_s : float
        Median time from the arm's onset to the belly's, s; NaN below five usable trials.
    low_s, high_s : float
        Its 95 % interval, of the scatter of trials and of `common_se_s`, s; NaN with it.
    common_se_s : float
        Standard error that all trials share, s: of the two clocks, of where between two samples of
        the belt an onset was, and of the tap check; NaN before the first usable trial.
    lag_checked : bool
        A tap check has compared the two sensors: without one, a constant lag of some 10 ms is
        possible that is in neither delay nor interval.
    reason : str
        Why there is no delay; empty when there is one.
    """

    task: str
    trials: int
    usable: int
    delay_s: float
    low_s: float
    high_s: float
    common_se_s: float
    lag_checked: bool
    reason: str
