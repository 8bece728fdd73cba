"""Which breaths averages are taken over: those that were plain breathing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from biofeedback.core.labels import NOT_QUIET, BreathLabel
from biofeedback.core.results import BreathCycle, BreathShare
from biofeedback.core.stream import Event

__all__ = ["label_counts", "plain_breaths", "plain_events"]


def plain_breaths(breaths: Sequence[BreathCycle], events: Sequence[Event]) -> list[BreathCycle]:
    """Leave out breaths that were spoken, coughed or interrupted.

    A breath is one of those if more than half of it lies in a breath so labelled: refined breaths
    have numbers of their own.

    Parameters
    ----------
    breaths : sequence of BreathCycle
        Live or refined.
    events : sequence of Event
        With the labels.

    Returns
    -------
    plain : list of BreathCycle

    References
    ----------
    .. [1] docs/metrics/labels.md
    """
    left_out = [event for event in _labels(events) if event.label in NOT_QUIET]
    return [
        breath
        for breath in breaths
        if not any(
            min(breath.end_s, one.end_s) - max(breath.onset_s, one.onset_s) > 0.5 * breath.ttot_s
            for one in left_out
        )
    ]


def plain_events(events: Sequence[Event]) -> list[Event]:
    """Leave out the shares of such breaths.

    Parameters
    ----------
    events : sequence of Event
        Everything decided.

    Returns
    -------
    plain : list of Event
        Everything else, in order.
    """
    left_out = {event.breath for event in _labels(events) if event.label in NOT_QUIET}
    return [
        event
        for event in events
        if not (isinstance(event, BreathShare) and event.breath in left_out)
    ]


def label_counts(events: Sequence[Event]) -> dict[str, int]:
    """Count the labels that were given.

    Parameters
    ----------
    events : sequence of Event
        Everything decided.

    Returns
    -------
    counts : dict of str to int
        By label; those that were not given are not in it.
    """
    return dict(sorted(Counter(event.label for event in _labels(events)).items()))


def _labels(events: Sequence[Event]) -> list[BreathLabel]:
    return [event for event in events if isinstance(event, BreathLabel)]
