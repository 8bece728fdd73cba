"""Breaths, holds and a swaying trunk at 50 Hz for the stages that watch effort."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import BreathCycle, Hold, RestSet
from biofeedback.core.stream import Event, FloatArray
from biofeedback.signal.rest import UNKNOWN_REST
from biofeedback.signal.stage import AnyStage, Pipeline
from tests.unit.signal.exercising import RATE_HZ, sensor, table, times

REST = dataclasses.replace(
    UNKNOWN_REST,
    t_s=0.0,
    decided_s=0.0,
    arrival_s=0.1,
    source="marked",
    breaths=12,
    chest_amplitude=2.0,
    abdomen_amplitude=4.0,
    angle_sd_deg=0.4,
)
"""One breathes 2 and 4 units and sways by 0.4°."""


def breath(number: int, end_s: float, part: float = 1.0, total_s: float = 4.0) -> BreathCycle:
    """A breath of a size, known 0.6 s after its end."""
    known_s = round(math.ceil((end_s + 0.6) * RATE_HZ) / RATE_HZ, 6)
    onset_s, peak_s = end_s - total_s, end_s - 0.6 * total_s
    return BreathCycle(
        t_s=end_s,
        decided_s=known_s,
        arrival_s=known_s + 0.1,
        breath=number,
        onset_s=onset_s,
        peak_s=peak_s,
        end_s=end_s,
        onset_decided_s=onset_s + 0.6,
        peak_decided_s=peak_s + 0.6,
        end_decided_s=known_s,
        ti_s=0.4 * total_s,
        te_s=0.6 * total_s,
        ttot_s=total_s,
        duty_cycle=0.4,
        amplitude=part,
        chest_amplitude=2.0 * part,
        abdomen_amplitude=4.0 * part,
        pause_ee_s=0.0,
        pause_ei_s=0.0,
        source="both",
        sigh=False,
        quality=0.9,
        reason=0,
    )


def breaths(begin_s: float, end_s: float, part: float = 1.0) -> list[Event]:
    """A breath every 4 s."""
    ends = np.arange(begin_s + 4.0, end_s + 0.01, 4.0)
    return [breath(number, float(at), part) for number, at in enumerate(ends)]


def hold(start_s: float, end_s: float) -> list[Event]:
    """A hold that is known 3.3 s after it began."""

    def told(state: str, at_s: float, known_s: float) -> Hold:
        return Hold(
            t_s=at_s,
            decided_s=known_s,
            arrival_s=known_s + 0.1,
            state="begun" if state == "begun" else "ended",
            start_s=start_s,
            duration_s=known_s - start_s if state == "begun" else end_s - start_s,
        )

    return [told("begun", start_s, start_s + 3.3), told("ended", end_s, end_s + 0.3)]


def swaying(length_s: float, sd_deg: float = 0.4) -> FloatArray:
    """Forward tilt with a spread; a mean frequency of 0.35 Hz."""
    t_s = times(length_s)
    wave = np.sin(2 * np.pi * 0.3 * t_s) + np.sin(2 * np.pi * 0.4 * t_s + 1.0)
    return sd_deg * wave


def run(
    stage: AnyStage,
    columns: dict[str, FloatArray],
    heard: Sequence[Event],
    units: dict[str, str] | None = None,
) -> list[Event]:
    """Pass a table through a stage in one piece."""
    chunk = table(columns, units)
    pipeline = Pipeline([stage])
    pipeline.bind(chunk.info)
    inside = [event for event in heard if event.decided_s <= chunk.t_s[-1]]
    return pipeline.process(chunk, sorted(inside, key=lambda event: event.decided_s))[1]


__all__ = ["REST", "RestSet", "breath", "breaths", "hold", "run", "sensor", "swaying", "times"]
