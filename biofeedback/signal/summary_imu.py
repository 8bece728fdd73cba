"""Breathing as motion sensors told it, in numbers; keys are documented in docs/summary.md."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from biofeedback.core.breathing_rate import BreathingRate
from biofeedback.core.stream import Event

__all__ = ["imu_breathing_summary"]


def imu_breathing_summary(events: Sequence[Event]) -> dict[str, object]:
    """Put the windows of the sensor that told most into numbers.

    Parameters
    ----------
    events : sequence of Event
        Everything decided.

    Returns
    -------
    summary : dict
        Zero windows, no role and NaN where no motion sensor was breathed from.
    """
    windows = [event for event in events if isinstance(event, BreathingRate)]
    told = Counter(event.role for event in windows if event.state == "known")
    roles = told or Counter(event.role for event in windows)
    role = roles.most_common(1)[0][0] if roles else None
    own = [event for event in windows if event.role == role]
    known = [event for event in own if event.state == "known"]

    def median(values: Sequence[float]) -> float:
        return float(np.median(values)) if values else math.nan

    return {
        "role": role,
        "windows": len(own),
        "windows_known": len(known),
        "rate_per_min": median([event.rate_per_min for event in known]),
        "quality_pct": median([event.quality_pct for event in own]),
        "size_deg": median([event.size_deg for event in known]),
        "direction": own[-1].direction if own else "unknown",
        "states": dict(Counter(event.state for event in own)),
    }
