"""Breaths once more, when the whole recording is there: same measures, no delay, both sides.

What was reported live is never rewritten; refined breaths stand beside it.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Iterator

import numpy as np

from biofeedback.core.results import BreathCycle
from biofeedback.core.stream import BoolArray, Chunk, FloatArray, IntArray
from biofeedback.signal.breath_combine import OPPOSED_OVER_S, Combiner, Usual
from biofeedback.signal.breath_cycle import Usually, unfinished_cycle
from biofeedback.signal.breath_history import History
from biofeedback.signal.breath_inputs import IMU_SIGNALS, SIGNALS, Inputs
from biofeedback.signal.breath_measure import Turn
from biofeedback.signal.breath_ruler import Ruler
from biofeedback.signal.filters import LowPass

__all__ = ["RefinedBreaths", "refine", "surviving"]

_CUTOFF_HZ = 0.9
"""Corner of the low-pass, run both ways, Hz: a little below the live one, because there is no delay
to be saved, and not much below it, because running twice already attenuates twice."""

_LEAST = 0.25
"""Height that a swing must have, in usual breaths. Live asks for more at once and less later;
here both sides of every turn are known."""

_CERTAIN = 0.15
"""The same in the first round, when only the range is known, which wander makes too large."""

_NEIGHBOURS = 8
"""Breaths on either side that make up the usual one."""

_WINDOW_S = 20.0
"""Stretch over which the usual amplitude is taken: five breaths or so."""

_BREAK_S = 3.0
"""A gap, or a stretch without trust, of this length ends what belongs together."""

_SHORTEST_S = 10.0
"""Stretches shorter than this hold too few breaths to know the usual one."""

_FOOT_S = 2.5
"""How far before the middle of the rise its foot may lie."""


class RefinedBreaths:
    """Breaths of a whole recording.

    Zero-phase low-pass; of its turning points only those survive whose swing is large beside the
    breaths before and after; onsets, peaks and all measures as live, on the same smoothed rows.

    Parameters
    ----------
    table : Chunk
        The aligned table, any length; gaps in ``t_s`` are breaks.
    signals : tuple of str or None
        Columns to breathe from; those the table lacks are left out. None: belts, or motion
        sensors where there is no belt.

    Attributes
    ----------
    cycles : list of BreathCycle
        In order; decided at the end of the recording.
    unfinished : BreathCycle or None
        A last breath whose end was not recorded.
    peaks_s : list of float
        Every inspiratory peak, s: of the last breath too, and of what was no breath.

    References
    ----------
    .. [1] H. Edelsbrunner, D. Letscher, A. Zomorodian, "Topological persistence and
       simplification", Discrete Comput. Geom. 28 (2002) 511-533; docs/metrics/breath_timing.md
    """

    def __init__(self, table: Chunk, signals: tuple[str, ...] | None = None) -> None:
        self.cycles: list[BreathCycle] = []
        self.unfinished: BreathCycle | None = None
        self.peaks_s: list[float] = []
        if signals is None:
            belts = any(table.info.has(name) for name in SIGNALS)
            signals = SIGNALS if belts else IMU_SIGNALS
        if not any(table.info.has(name) for name in signals):
            return
        self._inputs = Inputs(table.info, signals)
        self._rate_hz = table.info.sample_rate_hz
        self._ruler = Ruler(self._inputs.names, self._rate_hz)
        for part in self._stretches(table):
            self._refine(part)

    def _stretches(self, table: Chunk) -> Iterator[Chunk]:
        """Cut where time jumps or nothing is trusted for long."""
        if len(table) == 0:
            return
        trusted = np.isfinite(self._inputs.read(table)[0]).any(axis=1)
        rows = np.flatnonzero(trusted)
        if len(rows) == 0:
            return
        far = np.diff(table.t_s[rows]) > _BREAK_S
        begins = [int(rows[0]), *(int(row) for row in rows[1:][far])]
        ends = [*(int(row) + 1 for row in rows[:-1][far]), int(rows[-1]) + 1]
        for begin, end in zip(begins, ends, strict=True):
            if end - begin >= _SHORTEST_S * self._rate_hz:
                yield table.rows(begin, end)

    def _refine(self, part: Chunk) -> None:
        """Find and measure the breaths of one stretch."""
        values, moving, reason = self._inputs.read(part)
        combined, trusted = _combined(values, self._rate_hz)
        if not trusted.any():
            return
        names = ("t", "combined", "slow", "trusted", "moving", "reason", *self._inputs.names)
        history = History(names, len(part))
        slow = LowPass(_CUTOFF_HZ, self._rate_hz).both_ways(combined)
        history.append(np.vstack([part.t_s, combined, slow, trusted, moving, reason, values.T]))
        usual = _local_range(slow, self._rate_hz)
        rows = surviving(slow, _turning_rows(slow), _CERTAIN * usual)
        usual = _local_swing(slow, rows, usual)
        rows = surviving(slow, _turning_rows(slow), _LEAST * usual)
        self._measure(part, history, slow, usual, rows)

    def _measure(
        self, part: Chunk, history: History, slow: FloatArray, usual: FloatArray, rows: IntArray
    ) -> None:
        """Measure onsets and peaks around the turning points, then the breaths between."""
        end_s, last = float(part.t_s[-1]), len(part) - 1
        ripple = self._ruler.ripple(history, "slow", 0, len(part))
        steepest: deque[float] = deque(maxlen=8)
        recent: deque[float] = deque(maxlen=20)
        begun: tuple[Turn, Turn] | None = None
        for number, row in enumerate(rows[1:], start=1):
            low = int(rows[number - 1])
            if slow[row] < slow[low]:
                continue
            before = int(rows[number - 2]) if number > 1 else 0
            after = int(rows[number + 1]) if number + 1 < len(rows) else last
            middle = low + int(np.argmax(slow[low : row + 1] >= (slow[low] + slow[row]) / 2))
            foot = max(before, middle - round(_FOOT_S * self._rate_hz))
            scale = float(usual[row])
            before_it = begun[0] if begun is not None else None
            usual_slope = float(np.median(steepest)) if steepest else math.nan
            start = self._ruler.onset(
                history,
                foot,
                int(row),
                end_s,
                scale,
                before_it,
                usual_slope=usual_slope,
                ripple=ripple,
            )
            top, slope = self._ruler.peak(history, int(start.row), after, end_s)
            if begun is not None:
                self._close(history, (*begun, start), steepest, recent, end_s)
            self.peaks_s.append(history.at("t", top.row))
            steepest.append(slope)
            begun = None if low == 0 else (start, top)
        self.unfinished = None
        if begun is not None:
            onset_s, peak_s = (history.at("t", turn.row) for turn in begun)
            number = len(self.cycles)
            self.unfinished = unfinished_cycle(number, (onset_s, peak_s), (end_s, end_s), end_s)

    def _close(
        self,
        history: History,
        turns: tuple[Turn, Turn, Turn],
        steepest: deque[float],
        recent: deque[float],
        end_s: float,
    ) -> None:
        """Measure one breath and keep it if it is one."""
        begin, end = int(turns[0].row), int(turns[2].row)
        artefact = self._ruler.ripple(history, "combined", begin, end + 1)
        usually = Usually(float(np.median(steepest)), recent, artefact)
        cycle, _ = self._ruler.cycle(history, len(self.cycles), turns, end_s, usually)
        if cycle is not None:
            self.cycles.append(cycle)
            if not cycle.sigh:
                recent.append(cycle.amplitude)


def refine(table: Chunk) -> list[BreathCycle]:
    """Return the breaths of a whole recording, measured with both sides known.

    Parameters
    ----------
    table : Chunk
        The aligned table.

    Returns
    -------
    cycles : list of BreathCycle
        See :class:`RefinedBreaths`; empty when the table has no breathing signal.
    """
    return RefinedBreaths(table).cycles


def _combined(values: FloatArray, rate_hz: float) -> tuple[FloatArray, BoolArray]:
    """Combine the signals, each in multiples of its median range."""
    usual: list[Usual | None] = []
    for signal in values.T:
        known = signal[np.isfinite(signal)]
        n_window = round(_WINDOW_S * rate_hz)
        ranges = [
            np.subtract(*np.percentile(known[begin : begin + n_window], (95.0, 5.0)))
            for begin in range(0, max(len(known) - n_window // 2, 1), n_window // 2)
            if len(known)
        ]
        size = float(np.median(ranges)) if ranges else 0.0
        usual.append(Usual(size) if size > 0 else None)
    combiner = Combiner(usual, np.full(values.shape[1], np.nan))
    n_block = round(OPPOSED_OVER_S * rate_hz / 3)
    parts = []
    for begin in range(0, len(values), n_block):
        around = values[max(begin - n_block, 0) : begin + 2 * n_block]
        combiner.reweigh(list(around.T), rate_hz)
        parts.append(combiner.step(values[begin : begin + n_block]))
    return np.concatenate([c for c, _ in parts]), np.concatenate([t for _, t in parts])


def _local_range(slow: FloatArray, rate_hz: float) -> FloatArray:
    """Return the usual amplitude around each row: median over neighbouring windows' ranges."""
    n_window = min(round(_WINDOW_S * rate_hz), len(slow))
    n_hop = max(n_window // 4, 1)
    begins = np.arange(0, len(slow) - n_window + 1, n_hop)
    windows = np.lib.stride_tricks.sliding_window_view(slow, n_window)[begins]
    low, high = np.percentile(windows, (5.0, 95.0), axis=1)
    ranges = high - low
    typical = [np.median(ranges[max(i - 4, 0) : i + 5]) for i in range(len(ranges))]
    return np.asarray(np.interp(np.arange(len(slow)), begins + n_window / 2, typical))


def _local_swing(slow: FloatArray, rows: IntArray, otherwise: FloatArray) -> FloatArray:
    """Return the usual amplitude around each row: running median of the rises."""
    swings = np.diff(slow[rows])
    tops, rises = rows[1:][swings > 0], swings[swings > 0]
    if len(tops) == 0:
        return otherwise
    typical = [
        float(np.median(rises[max(number - _NEIGHBOURS, 0) : number + _NEIGHBOURS + 1]))
        for number in range(len(rises))
    ]
    return np.asarray(np.interp(np.arange(len(slow)), tops, typical))


def _turning_rows(values: FloatArray) -> IntArray:
    """Return rows of alternating local extrema, first and last row included."""
    rising = np.sign(np.diff(values))
    moving = np.flatnonzero(rising)
    if len(moving) == 0:
        return np.array([0, len(values) - 1])
    turned = np.flatnonzero(np.diff(rising[moving]))
    return np.concatenate([[0], moving[turned] + 1, [len(values) - 1]])


def surviving(values: FloatArray, rows: IntArray, least: FloatArray) -> IntArray:
    """Take away the smallest swings first until every one left is large enough.

    The order makes the result independent of direction: a small swing inside a large one
    vanishes before it can hide anything (topological persistence).

    Parameters
    ----------
    values : ndarray, shape (n_rows,)
        Signal.
    rows : ndarray of int, shape (n_extrema,)
        Alternating extrema, in order.
    least : ndarray, shape (n_rows,)
        Least height of a swing at each row.

    Returns
    -------
    rows : ndarray of int
        Alternating extrema that are left. The last one may be the end of the signal only if the
        signal had surely turned before it.
    """
    after = list(range(1, len(rows) + 1))
    before = list(range(-1, len(rows) - 1))
    alive = [True] * len(rows)

    def share(left: int, right: int) -> float:
        """Height of a swing beside the least one there."""
        limit = min(float(least[rows[left]]), float(least[rows[right]]))
        height = abs(float(values[rows[right]] - values[rows[left]]))
        return height / limit if limit > 0 else (np.inf if height > 0 else 0.0)

    heap = [(share(i, j), i, j) for i, j in itertools.pairwise(range(len(rows)))]
    heapq.heapify(heap)
    while heap and heap[0][0] < 1.0:
        _, left, right = heapq.heappop(heap)
        if not (alive[left] and alive[right] and after[left] == right):
            continue
        outer_left, outer_right = before[left], after[right]
        inner = outer_left >= 0 and outer_right < len(rows)
        gone = (left, right) if inner else ((left,) if outer_left < 0 else (right,))
        for index in gone:
            alive[index] = False
            if before[index] >= 0:
                after[before[index]] = after[index]
            if after[index] < len(rows):
                before[after[index]] = before[index]
        if inner:
            heapq.heappush(heap, (share(outer_left, outer_right), outer_left, outer_right))
    remaining: IntArray = rows[np.array(alive, dtype=bool)]
    return remaining
