"""What a session finds about holds: how long low support lasts, and how it tires.

Re-exported by :mod:`biofeedback.core.results`. NaN means "not known", never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from biofeedback.core.stream import Event

__all__ = ["HoldEnd", "HoldEnded", "HoldProblem", "HoldProgress"]

HoldEnd = Literal["drift", "breath_holds", "pain", "stopped", "longest", "lost"]
"""Why a hold is over: the trunk or the belly left its start; the breath was held twice for more
than 6 s; pain was marked; another task, or none; two minutes were full; neutral was set anew or
another sensor took over, so that the start is lost."""

HoldProblem = Literal["", "short", "start", "gaps"]
"""Why nothing is said about drift: over before the start was; start not seen; too little of the
rest seen to say there was none. Empty when it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldProgress(Event):
    """A hold that goes on, once a second.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of that second; when it was told.
    task : str
        As announced.
    held_s : float
        Since the task began, s.
    angle_deg : float
        Angle of the trunk to where it was in the first 10 s, degrees; NaN until those are over.
    limit_deg : float
        How far it may leave that, degrees; NaN with it.
    trunk_pct : float
        The first as a part of the second, per cent: beyond 100 is outside.
    belly_pct : float
        The same for the end-expiratory level of the abdominal belt; NaN without one.
    """

    task: str
    held_s: float
    angle_deg: float
    limit_deg: float
    trunk_pct: float
    belly_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded(Event):
    """A hold that is over.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When drift began, or the hold ended; when it was decided.
    task : str
        As announced.
    role : str
        The motion sensor it was watched with.
    start_s : float
        When the task began, s.
    held_s : float
        From there to the end, s.
    reason : {"drift", "breath_holds", "pain", "stopped", "longest", "lost"}
        Why it is over.
    drifted : {"", "trunk", "belly"}
        What left its start; empty when nothing did.
    time_to_drift_s : float
        From the start of the task to the first of two seconds beyond the limit, s; NaN when it
        was not reached, or not seen.
    earliest_s : float
        It came no earlier than this, s; less than `time_to_drift_s` when the seconds just before
        were not trusted. NaN with it.
    longest_before_s : float
        Longest time without drift of the same task earlier in the session, s; NaN for the first.
    limit_deg : float
        How far the trunk may leave its start, degrees.
    sway_deg : float
        Median RMS of sway in windows of 5 s, degrees.
    slope_deg_per_min : float
        Median slope of that between all pairs of windows, degrees per minute; NaN below six.
    low_deg_per_min, high_deg_per_min : float
        Its 95 % interval; NaN with it.
    windows : int
        How many were trusted.
    tremor_ratio : float
        Power of acceleration between 4 and 12 Hz in the last three windows over that in the
        first three; NaN when one of them is not known, or the hold had fewer than six.
    valid : float
        Part of the seconds that were trusted, 0 to 1.
    problem : {"", "short", "start", "gaps"}
        Why nothing is said about drift; empty when it is known.
    sure : bool
        An exact angle would have been outside from the same second on; False where it touched its
        limit, so that the time may be seconds away. True without a drift.
    """

    task: str
    role: str
    start_s: float
    held_s: float
    reason: HoldEnd
    drifted: Literal["", "trunk", "belly"]
    time_to_drift_s: float
    earliest_s: float
    longest_before_s: float
    limit_deg: float
    sway_deg: float
    slope_deg_per_min: float
    low_deg_per_min: float
    high_deg_per_min: float
    windows: int
    tremor_ratio: float
    valid: float
    problem: HoldProblem
    sure: bool = True
