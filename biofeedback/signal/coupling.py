"""Do the two belts move as one? Then one may pull the other, and their comparison says nothing.

Chest and belly of a living body never share a breath in quite the same proportion twice.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from biofeedback.core.labels import BeltsCoupled
from biofeedback.core.results import BreathCycle
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.belt_rows import BeltRows, breath_rows
from biofeedback.signal.stage import Stage

__all__ = ["Coupling"]

BREATHS = 20
"""So many in a row must agree."""
CORRELATION = 0.98
RATIO = math.log(1.03)
"""Amplitude ratios within ±3 %: at rest they scatter by 5 to 10 %."""


@dataclasses.dataclass(slots=True)
class CouplingState:
    """Memory of :class:`Coupling`; all but the rows survives a break."""

    rows: FloatArray
    breaths: deque[tuple[float, float]] = dataclasses.field(
        default_factory=lambda: deque(maxlen=BREATHS)
    )
    coupled: bool = False


class Coupling(Stage[CouplingState]):
    """Warns when over 20 breaths both belts do the same: correlated above 0.98 and in one ratio.

    The correlation is taken without shifting one against the other. Known with the twentieth
    breath; taken back with the first that differs. A breath that either belt does not measure
    counts neither way. It fails when somebody really breathes so evenly: compare breaths led by
    the chest and by the belly. Appends no column.

    References
    ----------
    .. [1] docs/metrics/labels.md
    """

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._belts = BeltRows(info)
        return ()

    def start(self, first: Chunk, kept: CouplingState | None) -> CouplingState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        empty = np.empty((0, 3))
        return CouplingState(empty) if kept is None else dataclasses.replace(kept, rows=empty)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: CouplingState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        new = np.column_stack((chunk.t_s, self._belts.sized(chunk)))
        rows = np.concatenate((state.rows, new))
        events: list[Event] = []
        for event in heard:
            if isinstance(event, BreathCycle):
                row = int(np.searchsorted(chunk.t_s, event.decided_s))
                end = len(state.rows) + row + 1
                kept = rows[max(0, end - self._belts.keep) : end]
                events += self._breath(event, kept, state)
        state.rows = rows[-self._belts.keep :]
        return np.empty((len(chunk), 0)), events

    def _breath(
        self, breath: BreathCycle, rows: FloatArray, state: CouplingState
    ) -> list[BeltsCoupled]:
        cut = breath_rows(breath, rows, self._belts.margin)
        sizes = np.abs([breath.chest_amplitude, breath.abdomen_amplitude])
        if cut is None or not (np.isfinite(sizes).all() and sizes.min() > 0):
            return []
        correlation = _correlation(cut.chest, cut.abdomen)
        state.breaths.append((correlation, float(np.log(sizes[0] / sizes[1]))))
        least = min(correlation for correlation, _ in state.breaths)
        ratios = np.array([ratio for _, ratio in state.breaths])
        spread = float(np.abs(ratios - np.median(ratios)).max())
        alike = len(ratios) == BREATHS and least > CORRELATION and spread <= RATIO
        if alike == state.coupled:
            return []
        state.coupled = alike
        return [
            BeltsCoupled(
                t_s=breath.t_s,
                decided_s=breath.decided_s,
                arrival_s=breath.arrival_s,
                coupled=alike,
                correlation=least,
                ratio_spread=math.expm1(spread),
                breaths=len(ratios),
            )
        ]


def _correlation(chest: FloatArray, abdomen: FloatArray) -> float:
    """Return the absolute correlation at lag 0; 0 where a belt stands still."""
    x, y = chest - chest.mean(), abdomen - abdomen.mean()
    scale = math.sqrt(float(np.sum(x * x)) * float(np.sum(y * y)))
    return abs(float(np.sum(x * y))) / scale if scale > 0 else 0.0
