"""What a session finds about control of the trunk beside breathing: rest, bracing, steadiness.

Re-exported by :mod:`biofeedback.core.results`. NaN means "not known", never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from biofeedback.core.stream import Event

__all__ = ["BracingAlert", "RestSet", "SteadinessScore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestSet(Event):
    """How one breathes and sways at rest: what effort is compared with.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the interval; when it was set.
    start_s, end_s : float
        Interval used, s.
    source : {"marked", "first_minute", "resumed", "dropped"}
        Asked for; found by itself; of a posture taken up again; no longer valid, all unknown.
    breaths : int
        Breaths it rests on.
    chest_amplitude, abdomen_amplitude : float
        Median excursion of each belt per breath, in its unit; NaN without that belt.
    angle_sd_deg : float
        Median over 10 s windows of the standard deviation of the trunk's tilt, both directions
        together, degrees; NaN without a motion sensor on the trunk.
    """

    start_s: float
    end_s: float
    source: Literal["marked", "first_minute", "resumed", "dropped"]
    breaths: int
    chest_amplitude: float
    abdomen_amplitude: float
    angle_sd_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BracingAlert(Event):
    """The trunk is held stiff while breathing is small, or the breath is held under load.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it was told; all of the same row.
    kind : {"stiff", "hold"}
        Both collapsed, or a breath held during a task.
    state : {"begun", "ended"}
        Which.
    angle_pct, breath_pct : float
        Spread of the angle and size of the breath as parts of those at rest, per cent.
    held_s : float
        How long the breath has been held, s; 0 when it is not.
    cue : str
        What to say to the person; empty when it ended.
    """

    kind: Literal["stiff", "hold"]
    state: Literal["begun", "ended"]
    angle_pct: float
    breath_pct: float
    held_s: float
    cue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadinessScore(Event):
    """Stability without rigidity: how steady the trunk was in a task, and how breathing went on.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the window; when it was told.
    task, side : str
        As announced.
    state : {"so_far", "whole"}
        The task goes on, or is over.
    start_s : float
        When the task began, s.
    deviation_deg : float
        Largest (leg moving) or RMS (hold) angle to where the trunk was at the start, degrees.
    steady_pct : float
        S: 100 within the own free band; NaN when unknown.
    breathing_pct : float
        B: size of the breath beside that at rest, less the time it was held; NaN when unknown.
    swr_pct : float
        Geometric mean of both; NaN when either is unknown.
    stiff : bool
        Angle and breath both fell below half of those at rest: S is unknown.
    weaker : {"", "steadiness", "breathing"}
        Which holds the other back; empty where neither does.
    cue : str
        In words.
    """

    task: str
    side: str
    state: Literal["so_far", "whole"]
    start_s: float
    deviation_deg: float
    steady_pct: float
    breathing_pct: float
    swr_pct: float
    stiff: bool
    weaker: Literal["", "steadiness", "breathing"]
    cue: str
