"""Relative timing: how long after the arm the belly begins to move, over the trials of a task."""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from biofeedback.core.labels import BeltsCoupled
from biofeedback.core.results import (
    BreathCycle,
    CommandHeard,
    OnsetTrial,
    RelativeTiming,
    TapAlignment,
)
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.median_interval import median_interval
from biofeedback.signal.onset import RampFitter
from biofeedback.signal.onset_trial import (
    MOVES_DPS,
    STILL_S,
    WATCHED_S,
    Judged,
    OnsetRows,
    arm_tilt_deg,
    judged,
)
from biofeedback.signal.stage import Stage

__all__ = ["RAISES", "OnsetTiming"]

RAISES = ("arm_raise_fast", "arm_raise_slow")
"""The tasks in which every raise of the arm is a trial."""
BEFORE_S = 1.5
"""Rows kept before a movement, s: the arm's onset is up to half a second earlier, and the belly is
looked at from 0.8 s before that."""
LEAST_USABLE = 5
BREATHS = 10
"""The usual breath is the median of so many before the task: those within it hold draw-ins."""
BELLY, ARM = Role.ABDOMEN_BELT.value, Role.ARM_IMU.value


@dataclasses.dataclass(slots=True)
class OnsetTimingState:
    """Memory of :class:`OnsetTiming`; all but rows and movements going on survives a break."""

    rows: FloatArray
    task: str = ""
    hanging_deg: tuple[float, float] | None = None
    moved_s: float = math.nan
    begun_s: list[float] = dataclasses.field(default_factory=list)
    broken_s: list[float] = dataclasses.field(default_factory=list)
    trials: int = 0
    delays_s: list[float] = dataclasses.field(default_factory=list)
    timing_se_s: list[float] = dataclasses.field(default_factory=list)
    sizes: deque[tuple[float, float]] = dataclasses.field(
        default_factory=lambda: deque(maxlen=BREATHS)
    )
    coupled: bool = False
    lags: dict[str, tuple[float, float]] = dataclasses.field(default_factory=dict)


class OnsetTiming(Stage[OnsetTimingState]):
    """Times belly against arm in the tasks ``arm_raise_fast`` and ``arm_raise_slow``.

    Every raise of the arm from where it hung at the start of the task is a trial, told as
    `OnsetTrial` 1.5 s after it was seen, used or not and why. `RelativeTiming` follows it: the
    median over the trials so far, and its interval. What a tap check (command ``tap_check``) told
    of the lag between the two sensors is taken off and its error is in the interval; the command
    ``lag`` makes a set of trials begin anew. Appends no column.

    Parameters
    ----------
    trunk : Role or None
        Motion sensor that tells whether the trunk keeps still; None where none is worn.

    References
    ----------
    .. [1] docs/metrics/onset_timing.md
    """

    def __init__(self, trunk: Role | None = None) -> None:
        self._trunk = trunk

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._columns = OnsetRows(info, self._trunk)
        self._fitter = RampFitter(info.sample_rate_hz)
        self._keep = math.ceil((BEFORE_S + WATCHED_S) * info.sample_rate_hz) + 1
        return ()

    def start(self, first: Chunk, kept: OnsetTimingState | None) -> OnsetTimingState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        empty = np.empty((0, OnsetRows.WIDTH))
        if kept is None:
            return OnsetTimingState(empty)
        return dataclasses.replace(
            kept, rows=empty, moved_s=math.nan, begun_s=[], broken_s=list(kept.begun_s)
        )

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: OnsetTimingState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        events: list[Event] = []
        if not len(state.rows):
            state.moved_s = float(chunk.t_s[0])
            for begun_s in state.broken_s:
                events += self._tell(Judged(begun_s, "gap"), chunk.rows(0, 1), state)
            state.broken_s = []
        rows = np.concatenate((state.rows, self._columns.take(chunk)))
        before, begin = len(state.rows), 0
        for event in heard:
            row = int(np.searchsorted(chunk.t_s, event.decided_s))
            events += self._watch(rows, before, begin, row, chunk, state)
            begin = row
            events += self._hear(event, chunk.rows(row, row + 1), state)
        events += self._watch(rows, before, begin, len(chunk), chunk, state)
        state.rows = rows[-self._keep :]
        return np.empty((len(chunk), 0)), events

    def _hear(self, event: Event, at: Chunk, state: OnsetTimingState) -> list[Event]:
        match event:
            case CommandHeard(name="task"):
                name = str(event.argument("name"))
                task = name if name in RAISES else ""
                if task != state.task:
                    state.task = task
                    self._begin(at, state)
            case CommandHeard(name="lag"):
                state.lags = {}
                self._begin(at, state)
            case TapAlignment():
                if event.role == BELLY or event.reference == BELLY:
                    state.lags = {BELLY: (0.0, 0.0)} if event.reference == BELLY else {}
                if math.isfinite(event.lag_s):
                    state.lags[event.role] = (event.lag_s, event.lag_se_s)
                if event.role == ARM and state.trials:
                    return [self._timing(at, state)]
            case BeltsCoupled():
                state.coupled = event.coupled
            case BreathCycle() if not state.task:
                sizes = abs(event.abdomen_amplitude), abs(event.chest_amplitude)
                if math.isfinite(sizes[0]) and sizes[0] > 0.0:
                    state.sizes.append(sizes)
        return []

    def _begin(self, at: Chunk, state: OnsetTimingState) -> None:
        """Begin a set of trials; the arm hangs, and must do so for a moment."""
        state.moved_s, state.hanging_deg, state.begun_s = float(at.t_s[0]), None, []
        state.trials, state.delays_s, state.timing_se_s = 0, [], []

    def _watch(
        self,
        rows: FloatArray,
        before: int,
        begin: int,
        end: int,
        chunk: Chunk,
        state: OnsetTimingState,
    ) -> list[Event]:
        """Look for movements of the arm in rows of the chunk; judge those that are over."""
        if not state.task or begin >= end:
            return []
        new = rows[before + begin : before + end]
        moving_s = new[new[:, OnsetRows.SPEED_DPS] > MOVES_DPS, OnsetRows.T_S]
        if len(moving_s):
            last_s = np.concatenate(([state.moved_s], moving_s[:-1]))
            state.begun_s += moving_s[moving_s - last_s >= STILL_S].tolist()
            state.moved_s = float(moving_s[-1])
        events: list[Event] = []
        while state.begun_s:
            due = int(np.searchsorted(chunk.t_s, state.begun_s[0] + WATCHED_S))
            if due >= end:
                break
            begun_s = state.begun_s.pop(0)
            until = rows[: before + due + 1]
            found = self._judge(
                until[until[:, OnsetRows.T_S] >= begun_s - BEFORE_S], begun_s, state
            )
            if found is not None:
                events += self._tell(found, chunk.rows(due, due + 1), state)
        return events

    def _judge(self, rows: FloatArray, begun_s: float, state: OnsetTimingState) -> Judged | None:
        if state.hanging_deg is None:
            hanging_deg = arm_tilt_deg(rows, begun_s)
            if not math.isfinite(sum(hanging_deg)):
                return Judged(begun_s, "gap")
            state.hanging_deg = hanging_deg
        sizes = np.array(state.sizes).reshape(-1, 2)
        usual = tuple(np.median(sizes, axis=0).tolist()) if len(sizes) else (math.nan, math.nan)
        return judged(rows, begun_s, state.hanging_deg, usual, state.coupled, self._fitter)

    def _tell(self, found: Judged, at: Chunk, state: OnsetTimingState) -> list[Event]:
        delay_s = math.nan
        if not found.problem:
            delay_s = found.belly_s - found.limb_s
            state.delays_s.append(delay_s)
            state.timing_se_s.append(found.timing_se_s)
        trial = OnsetTrial(
            t_s=found.limb_s if math.isfinite(found.limb_s) else float(at.t_s[0]),
            decided_s=float(at.t_s[0]),
            arrival_s=float(at.arrival_s[0]),
            task=state.task,
            trial=state.trials,
            limb_s=found.limb_s,
            belly_s=found.belly_s,
            delay_s=delay_s,
            rise_s=found.rise_s,
            amplitude=found.amplitude,
            amplitude_ratio=found.amplitude_ratio,
            explained=found.explained,
            problem=found.problem,
        )
        state.trials += 1
        return [trial, self._timing(at, state)]

    def _timing(self, at: Chunk, state: OnsetTimingState) -> RelativeTiming:
        """Sum up the trials so far."""
        delays_s = np.array(state.delays_s)
        checked = BELLY in state.lags and ARM in state.lags
        errors_s = [float(np.median(state.timing_se_s))] if state.timing_se_s else []
        if checked:
            (belly_s, belly_se_s), (arm_s, arm_se_s) = state.lags[BELLY], state.lags[ARM]
            delays_s = delays_s - (belly_s - arm_s)
            errors_s += [belly_se_s, arm_se_s]
        median_s = low_s = high_s = math.nan
        if len(delays_s) >= LEAST_USABLE:
            median_s, low_s, high_s = median_interval(delays_s, math.hypot(*errors_s))
        return RelativeTiming(
            t_s=float(at.t_s[0]),
            decided_s=float(at.t_s[0]),
            arrival_s=float(at.arrival_s[0]),
            task=state.task,
            trials=state.trials,
            usable=len(delays_s),
            delay_s=median_s,
            low_s=low_s,
            high_s=high_s,
            common_se_s=math.hypot(*errors_s) if errors_s else math.nan,
            lag_checked=checked,
            reason=""
            if len(delays_s) >= LEAST_USABLE
            else f"{len(delays_s)} of {state.trials} trials usable, {LEAST_USABLE} needed",
        )
