"""Causal breath detection: turning points with hysteresis → breaths, holds, phase.

Three traces of one combined signal: a slow one decides, a fast one gives early notice, and the
rows themselves, symmetrically smoothed, are measured once a decision has fallen. Work is done
on stretches between decisions, never sample by sample.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Sequence
from typing import Literal

import numpy as np

from biofeedback.core.results import BreathMark
from biofeedback.core.roles import Reason
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.breath_combine import OPPOSED_OVER_S, Combiner, Usual, outgrown
from biofeedback.signal.breath_cycle import Usually
from biofeedback.signal.breath_history import History
from biofeedback.signal.breath_hold import Holding, HoldWatch
from biofeedback.signal.breath_inputs import SIGNALS, Inputs
from biofeedback.signal.breath_level import EndExpiratoryLevel
from biofeedback.signal.breath_measure import Turn
from biofeedback.signal.breath_provisional import EARLY_RISE, Provisional, early_turns
from biofeedback.signal.breath_ruler import Ruler
from biofeedback.signal.breath_turning import Extremum, Hysteresis, first_reversal
from biofeedback.signal.filters import LowPass, slope
from biofeedback.signal.stage import Stage

__all__ = ["BreathDetector", "BreathState"]

_FAST_HZ = 3.0
"""Corner of the early trace: above the highest useful harmonic of breathing, 2 Hz; 0.09 s late."""

_TICK_S = 2.0
"""How often weights, artefact level and end-expiratory level are brought up to date: they change
from breath to breath, not faster."""

_LONGEST_S = 30.0
"""Nothing further back than this belongs to the present breath."""

_FOOT_S = 2.5
"""How far before a confirmed inspiration its foot may lie."""

_LOST_S = 3.0
"""After this long without any trusted signal the breath in progress is given up."""

_BREATHS_BEFORE_HOLD = 2
"""Breaths that must have been seen before their absence means anything."""

_ARTEFACT_S = 10.0
"""Stretch over which the artefact level is taken."""


@dataclasses.dataclass(slots=True)
class BreathState:
    """Everything the detector remembers.

    The first block survives a break in the data, the second does not.
    """

    combiner: Combiner
    names: tuple[str, ...]
    usual: Usual
    usual_slope: Usual
    usual_total_s: Usual
    recent: deque[float]
    breath: int

    history: History
    slow: FloatArray
    fast: FloatArray
    extremum: Extremum
    early: Provisional
    holding: Holding
    level: EndExpiratoryLevel
    direction: int = -1
    ready: bool = False
    begin: int = 0
    since: int = 0
    artefact: float = 0.0
    ripple: float = 0.0
    begun: Turn | None = None
    peaked: Turn | None = None
    last_peak: int | None = None


class BreathDetector(Stage[BreathState]):
    """Find breaths in the combined signal of all breathing sensors, causally.

    Drift and posture steps do not matter, because only differences from the running extremum
    count. It fails where the body moves as slowly and as much as breathing does. Marks are
    dated back to where they happened; they are decided 0.3 s of filter delay plus the time of
    about a sixth of a breath later.

    Appends ``breath_signal`` (combined, in multiples of the usual breath; NaN until known),
    ``breath_phase`` (+1 inspiration, −1 expiration, 0 unknown or held) and ``breath_eel``
    (end-expiratory level on the same scale).

    Parameters
    ----------
    signals : sequence of str
        Columns to breathe from, ``<prefix>_<what>``; those the table lacks are left out. See
        :class:`~biofeedback.signal.breath_inputs.Inputs` for the flags beside them.
    cutoff_hz : float
        Corner of the deciding Bessel low-pass, Hz. 1 Hz delays by 0.28 s and passes breathing at
        30 per minute almost whole.
    hysteresis : Hysteresis
        How far a reversal must go to be sure.

    References
    ----------
    .. [1] docs/metrics/breath_timing.md, docs/metrics/breath_signal.md, docs/metrics/hold.md
    """

    def __init__(
        self,
        signals: Sequence[str] = SIGNALS,
        cutoff_hz: float = 1.0,
        hysteresis: Hysteresis | None = None,
    ) -> None:
        self._signals = tuple(signals)
        self._cutoff_hz = cutoff_hz
        self._hysteresis = hysteresis or Hysteresis()

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """Find the signals, their flags and the motion columns; set up the filters.

        Parameters
        ----------
        info : StreamInfo
            The table so far.

        Returns
        -------
        channels : tuple of Channel
            ``breath_signal``, ``breath_phase``, ``breath_eel``.

        Raises
        ------
        StreamError
            If none of the signals is there.
        """
        self._inputs = Inputs(info, self._signals)
        self._names = self._inputs.names
        self._rate_hz = rate_hz = info.sample_rate_hz
        self._slow = LowPass(self._cutoff_hz, rate_hz)
        self._fast = LowPass(_FAST_HZ, rate_hz)
        self._ruler = Ruler(self._names, rate_hz)
        self._n_tick = round(_TICK_S * rate_hz)
        self._n_longest = round(_LONGEST_S * rate_hz)
        self._holds = HoldWatch(self._slow.delay_s, rate_hz)
        self._n_slope = self._ruler.n_slope
        return (
            Channel("breath_signal", "ratio"),
            Channel("breath_phase", "ratio"),
            Channel("breath_eel", "ratio"),
        )

    def start(self, first: Chunk, kept: BreathState | None) -> BreathState:
        """Begin with usual amplitudes of before, and no breath in progress.

        Parameters
        ----------
        first : Chunk
            First rows.
        kept : BreathState or None
            State before the break, perhaps of other signals.

        Returns
        -------
        state : BreathState
        """
        old = {} if kept is None else dict(zip(kept.names, kept.combiner.usual, strict=True))
        usual = [old.get(name) for name in self._names]
        columns = ("t", "combined", "slow", "fast", "trusted", "moving", "reason", *self._names)
        return BreathState(
            combiner=Combiner(usual, np.full(len(self._names), np.nan)),
            names=self._names,
            usual=Usual(1.0) if kept is None else kept.usual,
            usual_slope=Usual(1.0) if kept is None else kept.usual_slope,
            usual_total_s=Usual(4.0) if kept is None else kept.usual_total_s,
            recent=deque(maxlen=20) if kept is None else kept.recent,
            breath=0 if kept is None else kept.breath,
            history=History(columns, self._n_longest + self._n_tick + self._ruler.margin + 1),
            slow=self._slow.start(0.0),
            fast=self._fast.start(0.0),
            extremum=Extremum(0, 0.0),
            early=Provisional(0.0, 0),
            holding=Holding(),
            level=EndExpiratoryLevel(self._rate_hz),
        )

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: BreathState
    ) -> tuple[FloatArray, list[Event]]:
        """Detect breaths in the next rows.

        Parameters
        ----------
        chunk : Chunk
            Rows.
        heard : sequence of Event
            Not used.
        state : BreathState
            Changed in place.

        Returns
        -------
        added : ndarray, shape (n_samples, 3)
            ``breath_signal``, ``breath_phase``, ``breath_eel``.
        events : list of Event
            :class:`BreathMark`, :class:`BreathCycle`, :class:`Hold`.
        """
        added = np.empty((len(chunk), 3))
        events: list[Event] = []
        begin = 0
        while begin < len(chunk):
            if state.history.end % self._n_tick == 0:
                self._tick(state)
            end = min(begin + self._n_tick - state.history.end % self._n_tick, len(chunk))
            added[begin:end] = self._block(chunk.rows(begin, end), state, events)
            begin = end
        return added, events

    def _tick(self, state: BreathState) -> None:
        """Once per second: bring weights, end-expiratory level and artefact level up to date."""
        history, now = state.history, state.history.end
        begin = max(now - round(OPPOSED_OVER_S * self._rate_hz), 0)
        recent = [history.rows(name, begin, now) for name in state.names]
        state.combiner.reweigh(recent, self._rate_hz)
        if now == 0 or not any(state.combiner.weights):
            return
        state.level.refresh()
        if state.breath >= _BREATHS_BEFORE_HOLD:
            in_s = 0.0
            if state.begun is not None and state.peaked is not None:
                in_s = (state.peaked.row - state.begun.row) / self._rate_hz
            state.holding.expect(state.usual.value, state.usual_total_s.value, in_s)
        begin = now - round(_ARTEFACT_S * self._rate_hz)
        state.artefact = self._ruler.ripple(history, "combined", begin, now)
        state.ripple = self._ruler.ripple(history, "slow", begin, now)
        lost = not history.rows("trusted", now - round(_LOST_S * self._rate_hz), now).any()
        silent = now - state.since >= self._n_longest
        slow = history.rows("slow", max(now - self._n_longest // 2, 0), now)
        if state.ready and not lost and silent and outgrown(slow, state.ripple):
            state.combiner.usual = [None] * len(state.names)
            state.combiner.reweigh(recent, self._rate_hz)
            state.usual, state.usual_slope = Usual(1.0), Usual(1.0)
            lost = True
        if lost or not state.ready:
            state.ready = True
            self._begin(state)

    def _begin(self, state: BreathState) -> None:
        """Look for a first inspiration from here on."""
        row = state.history.end - 1
        slow, fast = state.history.at("slow", row), state.history.at("fast", row)
        state.direction, state.begin, state.since = -1, row, row
        state.extremum, state.early = Extremum(row, -slow), Provisional(fast, row)
        state.begun = state.peaked = state.last_peak = None

    def _block(self, chunk: Chunk, state: BreathState, events: list[Event]) -> FloatArray:
        """Process rows of one tick."""
        history, n_rows = state.history, len(chunk)
        values, moving, reason = self._inputs.read(chunk)
        combined, trusted = state.combiner.step(values)
        slow = self._slow.step(combined, state.slow)
        fast = self._fast.step(combined, state.fast)
        row = history.end
        history.append(
            np.vstack([chunk.t_s, combined, slow, fast, trusted, moving, reason, values.T])
        )
        phase = np.zeros(n_rows)
        if state.ready:
            found: list[Event] = []
            self._turns(chunk, row, phase, state, found)
            holding, holds = self._holds.step(chunk, history, state.holding)
            phase[holding] = 0.0
            found += holds
            events += sorted(found, key=lambda event: event.decided_s)
        return np.column_stack(
            [
                combined if state.ready else np.full(n_rows, np.nan),
                phase,
                state.level.step(n_rows),
            ]
        )

    def _turns(
        self, chunk: Chunk, row: int, phase: FloatArray, state: BreathState, events: list[Event]
    ) -> None:
        """Find early and confirmed turning points in the newest rows."""
        begin, n_rows = 0, len(chunk)
        while begin < n_rows:
            turned = -state.direction
            found = first_reversal(
                state.direction * state.history.rows("slow", row + begin, row + n_rows),
                row + begin,
                state.extremum,
                state.since,
                state.usual.value,
                state.ripple,
                self._hysteresis,
                self._slow.delay_s,
                self._rate_hz,
            )
            end = n_rows if found is None else begin + found
            phase[begin:end] = state.direction
            self._early(chunk, row, begin, end, state, events)
            if found is None:
                return
            if turned > 0:
                self._confirm_onset(chunk, row, end, state, events)
            else:
                self._confirm_peak(chunk, row, end, state, events)
            phase[end] = turned
            now = row + end
            state.direction, state.since = turned, now
            state.extremum = Extremum(now, turned * state.history.at("slow", now))
            state.early = Provisional(-turned * state.history.at("fast", now), now)
            begin = end + 1

    def _early(
        self, chunk: Chunk, row: int, begin: int, end: int, state: BreathState, events: list[Event]
    ) -> None:
        """Say and take back provisional marks in rows [begin, end) of the chunk."""
        low = row + begin - 2 * self._n_slope
        if begin == end or low < 0:
            return
        sign = -state.direction
        fast = sign * state.history.rows("fast", low, row + end)
        slopes = slope(fast, self._n_slope, self._rate_hz)
        least = np.lib.stride_tricks.sliding_window_view(slopes, self._n_slope + 1).min(axis=1)
        for index, what, extremum_row in early_turns(
            fast[2 * self._n_slope :],
            least,
            row + begin,
            state.early,
            state.usual.value,
            state.usual_slope.value,
            state.artefact,
        ):
            if what == "provisional":
                state.early.marked_s = self._early_s(state, sign, extremum_row, row + begin + index)
            at_s = state.early.marked_s
            events.append(self._mark(chunk, begin + index, state, sign, what, at_s))

    def _early_s(self, state: BreathState, sign: int, low: int, now: int) -> float:
        """Date an early turn: when the fast trace was last within 4 % of its extremum."""
        low = max(low, now + 1 - self._n_longest)
        fast = sign * state.history.rows("fast", low, now + 1)
        foot = fast[0] + EARLY_RISE * state.usual.value
        row = low + int(np.flatnonzero(fast <= foot)[-1])
        return state.history.at("t", row) - self._fast.delay_s

    def _mark(
        self,
        chunk: Chunk,
        index: int,
        state: BreathState,
        sign: int,
        what: Literal["provisional", "confirmed", "retracted"],
        t_s: float,
    ) -> BreathMark:
        """Make a mark decided at a row of the chunk."""
        share = state.artefact / state.usual.value
        confidence = (1.0 - min(share, 0.5)) * (1.0 if what == "confirmed" else 0.5)
        return BreathMark(
            t_s=t_s,
            decided_s=float(chunk.t_s[index]),
            arrival_s=float(chunk.arrival_s[index]),
            breath=state.breath + (sign > 0 and state.peaked is not None),
            kind="inspiration_onset" if sign > 0 else "inspiration_peak",
            state=what,
            confidence=confidence,
        )

    def _confirm_onset(
        self, chunk: Chunk, row: int, index: int, state: BreathState, events: list[Event]
    ) -> None:
        """A new inspiration is sure: date its onset, close the breath before it."""
        now = row + index
        if state.extremum.row == state.begin:
            return  # under way when we began to look: its onset is not known
        begin = max(now - round(_FOOT_S * self._rate_hz), state.begin)
        if state.last_peak is not None:
            begin = max(begin, state.last_peak + 1)
        usual_slope, now_s = state.usual_slope, float(chunk.t_s[index])
        turn = self._ruler.onset(
            *(state.history, begin, now, now_s, state.usual.value, state.begun),
            usual_slope=usual_slope.value if usual_slope.known else math.nan,
            ripple=state.ripple,
        )
        if state.begun is not None and state.peaked is not None:
            self._close(chunk, index, state.begun, state.peaked, turn, state, events)
        state.begun, state.peaked = turn, None
        state.level.learn(turn.level)
        at_s = state.history.at("t", turn.row)
        events.append(self._mark(chunk, index, state, 1, "confirmed", at_s))

    def _confirm_peak(
        self, chunk: Chunk, row: int, index: int, state: BreathState, events: list[Event]
    ) -> None:
        """An inspiration has ended: date its peak, learn its size."""
        now = row + index
        if state.begun is None:
            state.last_peak = now
            return
        begin = max(int(state.begun.row) + 1, now + 1 - self._n_longest)
        turn, steepest = self._ruler.peak(state.history, begin, now, float(chunk.t_s[index]))
        state.peaked, state.last_peak = turn, int(turn.row)
        state.usual.learn(turn.level - state.begun.level)
        state.usual_slope.learn(steepest)
        at_s = state.history.at("t", turn.row)
        events.append(self._mark(chunk, index, state, -1, "confirmed", at_s))

    def _close(
        self,
        chunk: Chunk,
        index: int,
        begun: Turn,
        peaked: Turn,
        ended: Turn,
        state: BreathState,
        events: list[Event],
    ) -> None:
        """Measure a whole breath, report it if it is one, and count it."""
        number, state.breath = state.breath, state.breath + 1
        if ended.decided - int(begun.row) >= self._n_longest:
            return
        usually = Usually(state.usual_slope.value, state.recent, state.artefact / state.usual.value)
        arrival_s = float(chunk.arrival_s[index])
        turns = (begun, peaked, ended)
        cycle, belts = self._ruler.cycle(state.history, number, turns, arrival_s, usually)
        if cycle is None:
            return
        events.append(cycle)
        state.usual_total_s.learn(cycle.ttot_s)
        clean = Reason(cycle.reason) & Reason.MOTION == 0
        if clean and not cycle.sigh:
            state.recent.append(cycle.amplitude)
        for belt, usual in zip(belts, state.combiner.usual, strict=True):
            if usual is not None and belt.known == 1.0 and clean:
                usual.learn(float(belt.values.max() - belt.values.min()))
