"""Belly beside breastbone from two motion sensors, against one's own start."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import BreathingRate, CommandHeard, RotationRatio
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.stage import Stage

__all__ = ["RotationRatios", "RotationRatiosState"]

PLACES = (Role.ABDOMEN_IMU.value, Role.STERNUM_IMU.value)
AT_START = 7
"""Windows of 30 s, 5 s apart, the own start is made of: a minute, some fifteen breaths."""
LEAST_CHANGE = 0.3
"""A smaller change is not called one: twice what is off in simulated people (0.15)."""


@dataclasses.dataclass(slots=True)
class RotationRatiosState:
    """Memory of :class:`RotationRatios`: the windows of the start, and what one sensor told."""

    starts: list[float] = dataclasses.field(default_factory=list)
    told: dict[str, BreathingRate] = dataclasses.field(default_factory=dict)


class RotationRatios(Stage[RotationRatiosState]):
    """Compares how far belly and sternum turn with the breath; adds no columns.

    Hears :class:`~biofeedback.core.breathing_rate.BreathingRate` of both sensors and reports
    :class:`~biofeedback.core.rotation_results.RotationRatio` for each pair. The own start is the
    median of the first seven windows in which both are known; a command ``baseline`` has it
    learned anew. It is forgotten at a break of the table, after which a sensor may sit elsewhere.

    References
    ----------
    .. [1] docs/metrics/rotation_ratio.md
    """

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        return ()

    def start(self, first: Chunk, kept: RotationRatiosState | None) -> RotationRatiosState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        return RotationRatiosState()

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: RotationRatiosState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        events: list[Event] = []
        for event in heard:
            if isinstance(event, CommandHeard) and event.name == "baseline":
                state.starts.clear()
            elif isinstance(event, BreathingRate) and event.role in PLACES:
                state.told[event.role] = event
                pair = [state.told.get(place) for place in PLACES]
                belly, sternum = pair
                if belly is not None and sternum is not None and belly.t_s == sternum.t_s:
                    events.append(_compared(belly, sternum, state))
        return np.empty((len(chunk), 0)), events


def _compared(
    belly: BreathingRate, sternum: BreathingRate, state: RotationRatiosState
) -> RotationRatio:
    log_ratio = change = math.nan
    if belly.state == sternum.state == "known":
        log_ratio = math.log(belly.size_deg / sternum.size_deg)
        if len(state.starts) < AT_START:
            state.starts.append(log_ratio)
        if len(state.starts) == AT_START:
            change = log_ratio - float(np.median(state.starts))
    return RotationRatio(
        t_s=belly.t_s,
        decided_s=belly.decided_s,
        arrival_s=belly.arrival_s,
        start_s=belly.start_s,
        log_ratio=log_ratio,
        change=change,
        differs=abs(change) >= LEAST_CHANGE,
    )
