"""Belly tone of a session, in numbers; keys are documented in docs/summary.md."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import Tone, ToneReference
from biofeedback.core.stream import Event

__all__ = ["tone_summary"]


def tone_summary(events: Sequence[Event]) -> dict[str, object] | None:
    """Count patterns and sum up the manoeuvres.

    Parameters
    ----------
    events : sequence of Event
        Everything decided.

    Returns
    -------
    summary : dict or None
        Keys in docs/summary.md; None where nothing is compared with rest.
    """
    told = [event for event in events if isinstance(event, Tone)]
    breaths = [one for one in told if one.held_s == 0.0]
    known = [one for one in breaths if math.isfinite(one.tonic)]
    manoeuvres = {e.manoeuvre: e for e in events if isinstance(e, ToneReference)}
    if not known and not manoeuvres:
        return None
    return {
        "belt": told[-1].belt if told else "unknown",
        "breaths": len(breaths),
        "known": len(known),
        "patterns": dict(Counter(one.pattern for one in known)),
        "held_s": dict(Counter(one.pattern for one in told if one.held_s > 0.0)),
        "tonic": float(np.median([one.tonic for one in known])) if known else math.nan,
        "phasic": float(np.median([one.phasic for one in known])) if known else math.nan,
        "manoeuvres": {
            name: {"ok": one.ok, "tonic": one.tonic, "phasic": one.phasic, "problem": one.problem}
            for name, one in manoeuvres.items()
        },
    }
