"""A hold that is over in one plain line, the same in the terminal and in review."""

from __future__ import annotations

from collections.abc import Mapping

from biofeedback.core.task_words import task_words

__all__ = ["PROBLEMS", "REASONS", "endurance_words"]

REASONS = {
    "breath_holds": "the breath was held for more than 6 s twice",
    "pain": "pain was marked",
    "stopped": "stopped",
    "longest": "two minutes were full",
    "lost": "its start was lost",
}
"""Why a hold was over that did not drift."""
PROBLEMS = {
    "short": "too short to compare anything with its start",
    "start": "drift unknown, its start was not seen",
    "gaps": "drift unknown, too little of it was seen",
}
"""Why nothing is said about drift."""


def endurance_words(hold: Mapping[str, object]) -> str:
    """Say what became of a hold: its time, and its own longest; no norm.

    Parameters
    ----------
    hold : mapping
        Fields of :class:`~biofeedback.core.results.HoldEnded`; numbers not known are NaN or None.

    Returns
    -------
    words : str
        One line.
    """
    held_s, drift_s = hold["held_s"], hold["time_to_drift_s"]
    task = task_words(str(hold["task"]))
    if hold["drifted"]:
        words = f"{task}: {drift_s:.0f} s until the {hold['drifted']} left its start"
        earliest_s = hold["earliest_s"]
        if isinstance(earliest_s, float) and isinstance(drift_s, float) and earliest_s < drift_s:
            words += f", perhaps from {earliest_s:.0f} s on: it was not seen just before"
        elif not hold["sure"]:
            words += ", at its very limit: perhaps seconds sooner or later"
    else:
        words = f"{task}: held {held_s:.0f} s, {REASONS[str(hold['reason'])]}"
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
