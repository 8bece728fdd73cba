"""Which windows of sway say how quiet the trunk was: none in which it was asked to move."""

from __future__ import annotations

import math
from collections.abc import Sequence

from biofeedback.core.results import CommandHeard, Sway
from biofeedback.core.stream import Event
from biofeedback.signal.tasks import TASKS

__all__ = ["quiet_sways"]


def quiet_sways(events: Sequence[Event]) -> list[Sway]:
    """Leave out the windows that an exercise, a walk or a raised arm was in.

    Parameters
    ----------
    events : sequence of Event
        Everything decided.

    Returns
    -------
    sways : list of Sway
    """
    moving: list[tuple[float, float]] = []
    for event in events:
        if isinstance(event, CommandHeard) and event.name == "task":
            if moving and math.isinf(moving[-1][1]):
                moving[-1] = (moving[-1][0], event.t_s)
            if event.argument("name") in TASKS:
                moving.append((event.t_s, math.inf))
    return [
        event
        for event in events
        if isinstance(event, Sway)
        and not any(event.start_s < end_s and start_s < event.t_s for start_s, end_s in moving)
    ]
