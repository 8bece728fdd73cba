"""An abdominal belt whose level and breath change, and what is heard beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import CommandHeard
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from tests.unit.signal.loading import breath

__all__ = ["RATE_HZ", "bellied", "beside", "said", "table_of"]

RATE_HZ, TOTAL_S = 50.0, 4.0
"""A breath of 2 units every 4 s; its trough at every whole one."""


def bellied(length_s: float, steps: Sequence[tuple[float, float, float]]) -> FloatArray:
    """From each time on another level, in breaths at rest, and another size of breath."""
    t_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    level, size = np.zeros(len(t_s)), np.ones(len(t_s))
    for at_s, one, part in steps:
        level[t_s >= at_s], size[t_s >= at_s] = one, part
    turn = (t_s % TOTAL_S) / TOTAL_S
    rise = np.where(turn < 0.4, 0.5 - 0.5 * np.cos(np.pi * turn / 0.4), 0.0)
    back = np.minimum((turn - 0.4) / 0.45, 1.0)
    fall = np.where(turn >= 0.4, 0.5 + 0.5 * np.cos(np.pi * back), 0.0)
    return np.asarray(10.0 + 2.0 * (level + size * (rise + fall)))


def table_of(belt: FloatArray, unit: str = "N", begin_s: float = 0.0, number: int = 0) -> Chunk:
    """Rows that are trusted where they are finite."""
    info = StreamInfo(
        "table", (Channel("abdomen_excursion", unit), Channel("abdomen_ok", "flag")), RATE_HZ
    )
    t_s = begin_s + np.arange(len(belt)) / RATE_HZ
    return Chunk(
        info, t_s, t_s + 0.1, np.column_stack([belt, np.isfinite(belt).astype(float)]), number
    )


def beside(length_s: float) -> list[Event]:
    """Every breath, known 0.6 s after its end."""
    ends_s = np.arange(2 * TOTAL_S, length_s - 1.0, TOTAL_S)
    return [breath(number, float(at_s)) for number, at_s in enumerate(ends_s)]


def said(at_s: float, name: str) -> CommandHeard:
    """A task is announced; no name ends it."""
    return CommandHeard(
        t_s=at_s, decided_s=at_s, arrival_s=at_s + 0.1, name="task", arguments=(("name", name),)
    )
