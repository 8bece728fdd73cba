"""The holds of a session in numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from biofeedback.core.results import HoldEnded
from biofeedback.core.stream import Event

__all__ = ["endurance_summary"]

STAMPS = ("t_s", "decided_s", "arrival_s")


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
