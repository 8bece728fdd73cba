"""What a session finds about walking. Re-exported by :mod:`biofeedback.core.results`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from biofeedback.core.stream import Event

__all__ = ["Gait", "GaitProblem"]

GaitProblem = Literal["", "quality", "not_walking"]
"""Why nothing is known: too little of the window was trusted; no steps. Empty when it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gait(Event):
    """How one walked over the last ten seconds, from one motion sensor on the trunk.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the window; when it was complete.
    role : str
        Which sensor.
    start_s : float
        Start of the window, s.
    step_rate_per_min : float
        Steps of both feet per minute; NaN when not known.
    step_regularity, stride_regularity : float
        How alike one step is to the next, and one stride to the next: autocorrelation of the
        vertical acceleration, -1 to 1; NaN when not known.
    rms_ap_mps2, rms_ml_mps2, rms_up_mps2 : float
        RMS of acceleration forward, sideways and vertically, means taken off, m/s²; NaN when not
        walking.
    valid : float
        Part of the rows that were trusted, 0 to 1.
    problem : {"", "quality", "not_walking"}
        Why it is not known; empty when it is.
    """

    role: str
    start_s: float
    step_rate_per_min: float
    step_regularity: float
    stride_regularity: float
    rms_ap_mps2: float
    rms_ml_mps2: float
    rms_up_mps2: float
    valid: float
    problem: GaitProblem
