"""The holds of a session in numbers, and each in a line for a terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from biofeedback.core.results import HoldEnded
from biofeedback.core.stream import Event

__all__ = ["endurance_summary", "endurance_words"]

STAMPS = ("t_s", "decided_s", "arrival_s")
REASONS = {
    "breath_holds": "the breath was held twice",
    "pain": "pain was marked",
    "stopped": "stopped",
    "longest": "two minutes were full",
    "lost": "its start was lost",
}
PROBLEMS = {
    "short": "too short to compare anything with its start",
    "start": "drift unknown, its start was not seen",
    "gaps": "drift unknown, too little of it was seen",
}


def endurance_summary(events: Sequence[Event]) -> list[dict[str, object]]:
    """List every hold with what became of it.

    Parameters
    ----------
    events : sequence of Event
        Everything decided.

    Returns
    -------
    holds : list of dict
        Keys in docs/summary.md; numbers not known are NaN.
    """
    return [
        {name: value for name, value in dataclasses.asdict(event).items() if name not in STAMPS}
        for event in events
        if isinstance(event, HoldEnded)
    ]


def endurance_words(hold: Mapping[str, object]) -> str:
    """Say what became of a hold: its time, and its own longest; no norm.

    Parameters
    ----------
    hold : mapping
        One of `endurance_summary`; numbers not known are NaN or None.

    Returns
    -------
    words : str
        One line.
    """
    held_s, drift_s = hold["held_s"], hold["time_to_drift_s"]
    if hold["drifted"]:
        words = f"{hold['task']}: {drift_s:.0f} s until the {hold['drifted']} left its start"
    else:
        words = f"{hold['task']}: held {held_s:.0f} s, {REASONS[str(hold['reason'])]}"
    if hold["problem"]:
        return f"{words}; {PROBLEMS[str(hold['problem'])]}"
    if _known(longest_s := hold["longest_before_s"]):
        words += f" (own longest before: {longest_s:.0f} s)"
    if _known(slope := hold["slope_deg_per_min"]):
        low, high = hold["low_deg_per_min"], hold["high_deg_per_min"]
        words += f"; sway {slope:+.2f} °/min ({low:+.2f} to {high:+.2f})"
    return words


def _known(value: object) -> bool:
    return isinstance(value, float) and value == value
