"""Belly tone of a session, in numbers; keys are documented in docs/summary.md."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from biofeedback.core.results import Tone, ToneReference
from biofeedback.core.stream import Event
from biofeedback.core.tone_results import TONE_WORDS

__all__ = ["tone_summary", "tone_words"]


def tone_words(tone: Mapping[str, object]) -> str:
    """Say how the belly was held, in a line for a terminal; no muscle is named.

    Parameters
    ----------
    tone : mapping
        From `tone_summary`; numbers not known are NaN or None.

    Returns
    -------
    words : str
    """
    patterns = tone["patterns"]
    counts = patterns if isinstance(patterns, Mapping) else {}
    told = ", ".join(f"{TONE_WORDS[name]} {n}" for name, n in counts.items()) or "unknown"
    level = tone["tonic"]
    at = f"; at {level:+.1f} breaths from rest" if _finite(level) else ""
    return f"belly tone {tone['known']} of {tone['breaths']} breaths known: {told}{at}"


def _finite(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)


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
