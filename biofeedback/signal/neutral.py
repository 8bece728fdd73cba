"""When every angle begins to count from another neutral."""

from __future__ import annotations

from biofeedback.core.results import CommandHeard
from biofeedback.core.stream import Event

__all__ = ["is_neutral"]


def is_neutral(event: Event) -> bool:
    """Tell whether a command sets neutral anew.

    Parameters
    ----------
    event : Event
        What was heard.

    Returns
    -------
    sets : bool
        True for ``calibrate`` (but not for a step of the belts' guided calibration), ``baseline``
        and the end of an alignment.
    """
    if not isinstance(event, CommandHeard):
        return False
    step = event.argument("step")
    return {"align": step == "finish", "calibrate": step is None, "baseline": True}.get(
        event.name, False
    )
