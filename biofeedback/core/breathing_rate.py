"""Breathing rate over a window, as motion sensors tell it: how good, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from biofeedback.core.stream import Event

__all__ = ["BreathingRate", "Direction", "RateState"]

RateState = Literal["known", "moving", "unclear", "not_separable", "unconfirmed", "missing"]
Direction = Literal["guided", "mounting", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreathingRate(Event):
    """Breaths per minute over the last 30 s from one motion sensor; every 5 s.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the window; when it was complete.
    role : str
        Which sensor.
    start_s : float
        Start of the window, s.
    rate_per_min : float
        Breaths per minute; NaN unless `state` is ``known``.
    quality_pct : float
        Quality index, 0 to 100; nothing is said below 50.
    state : {"known", "moving", "unclear", "not_separable", "unconfirmed", "missing"}
        Why there is a rate or none: the body moves; no one rhythm stands out; movement has the
        rhythm of breathing; none of the windows before agrees; data are missing.
    size_deg : float
        Typical turn of the sensor by a breath, peak to trough, deg; NaN when not known.
    direction : {"guided", "mounting", "unknown"}
        How it is known which way is breathing in: by a guided breath, by how sensors are worn,
        or not at all.
    reference : str
        Sensor whose movement was taken off; empty when none was.
    """

    role: str
    start_s: float
    rate_per_min: float
    quality_pct: float
    state: RateState
    size_deg: float
    direction: Direction
    reference: str
