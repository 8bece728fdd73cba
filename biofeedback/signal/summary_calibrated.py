"""What a session holds of calibrated shares: the calibration, the belly's share, its companions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.donning import CalibrationDone, CalibrationEnded, CalibrationFailed
from biofeedback.core.results import BreathShare
from biofeedback.core.stream import Event

__all__ = ["calibrated_summary", "why_not_calibrated"]

LEAST_BREATHS = 10
"""A median of fewer breaths is that of these breaths, not of the person."""


def calibrated_summary(events: Sequence[Event]) -> dict[str, object]:
    """Put what needs a calibration into numbers.

    Parameters
    ----------
    events : sequence of Event
        Everything decided.

    Returns
    -------
    summary : dict
        Keys of the section ``share``, explained in docs/summary.md; NaN where not known.
    """
    shares = [event for event in events if isinstance(event, BreathShare)]
    known = [share for share in shares if math.isfinite(share.belly_share_pct)]
    enough = len(known) >= LEAST_BREATHS
    low, middle, high = (
        np.percentile([share.belly_share_pct for share in known], (25, 50, 75)).tolist()
        if enough
        else (math.nan,) * 3
    )
    errors = [share.belly_share_se_pct for share in known]
    return {
        "calibration": _calibration(events),
        "belly_share_breaths": len(known),
        "belly_share_pct": middle,
        "belly_share_se_pct": float(np.median(errors)) if enough else math.nan,
        "belly_share_iqr_pct": high - low,
        "phase_relation_pct": _median([share.phase_relation_pct for share in shares]),
        "labored_breathing_index": _median([share.labored_breathing_index for share in shares]),
    }


def _calibration(events: Sequence[Event]) -> dict[str, object] | None:
    """Return the last calibration that was finished, and when it ended; None without one."""
    done = next((e for e in reversed(events) if isinstance(e, CalibrationDone)), None)
    if done is None:
        return None
    later = (e for e in events if isinstance(e, CalibrationEnded) and e.decided_s > done.decided_s)
    ended = next(later, None)
    return {
        "posture": done.posture,
        "start_s": done.t_s,
        "end_s": math.nan if ended is None else ended.t_s,
        "ended_by": None if ended is None else ended.reason,
        "volume_ratio": done.volume_ratio,
        "ln_volume_ratio_se": done.ln_k_se,
    }


def why_not_calibrated(events: Sequence[Event]) -> str | None:
    """Say why there is no belly share, or None when there is one.

    Parameters
    ----------
    events : sequence of Event
        Everything decided.

    Returns
    -------
    words : str or None
    """
    shares = [event for event in events if isinstance(event, BreathShare)]
    if sum(math.isfinite(share.belly_share_pct) for share in shares) >= LEAST_BREATHS:
        return None
    if any(isinstance(event, CalibrationDone) for event in events):
        return f"fewer than {LEAST_BREATHS} breaths were in step while the belts were calibrated"
    failed = next((e for e in reversed(events) if isinstance(e, CalibrationFailed)), None)
    if failed is not None:
        return f"the calibration of the belts was not accepted: {failed.words}"
    return "the belts were not calibrated"


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else math.nan
