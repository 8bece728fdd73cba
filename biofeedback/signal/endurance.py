"""Endurance: how long a low-level hold keeps its place, and how it tires."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.endurance_results import HoldEnd, HoldProblem
from biofeedback.core.results import (
    BreathCycle,
    CommandHeard,
    Hold,
    HoldEnded,
    HoldProgress,
)
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.drift import EPOCH_S, StartOfHold, first_drift, is_sure
from biofeedback.signal.hold_belly import BellyLevel
from biofeedback.signal.hold_window import LEAST_KNOWN, band_power, sway_rms
from biofeedback.signal.neutral import is_neutral
from biofeedback.signal.stage import Stage
from biofeedback.signal.steadiness import HOLDS
from biofeedback.signal.theil_sen import theil_sen

__all__ = ["Endurance"]

START_S = 10.0
"""The first ten seconds are what the rest of a hold is compared with."""
WINDOW_S = 5.0
LONGEST_S = 120.0
"""Then a hold is over: longer ones train the will, not low support."""
LONG_HOLD_S, LONG_HOLDS = 6.0, 2
"""Who twice holds the breath for so long does not support lightly any more."""
TREMOR_HZ = (4.0, 12.0)
TREMOR_WINDOWS = 3
"""Of five seconds, at the start and at the end: by chance alone one differs by a fifth."""
LEAST_VALID = 0.8
"""Part of the seconds that must be trusted to say that there was no drift."""
LEVEL_S = 0.1
"""A level is the mean over so much on either side of the end of a breath: three belt samples."""
KEEP_S = 20.0
"""Rows kept: the start of a hold, or a breath and what it takes to decide it."""
T_S, AP, ML, UP, ACC_AP, ACC_ML, BELLY = range(7)


@dataclasses.dataclass(slots=True)
class HoldGoing:
    """A hold that is watched.

    Parameters
    ----------
    task, role : str
        As announced; the motion sensor.
    start_s : float
        When it began, s.
    seconds, trusted : int
        How many are over, and how many of them are known.
    start : StartOfHold or None
        Known after ten seconds, when they are trusted.
    angle_deg : float
        Of the last second to the start, degrees.
    trunk, belly : list of float
        Deviation over its limit, of each second from the eleventh on.
    sway, tremor : list of float
        RMS, degrees, and power, m²/s⁴, of each window.
    long_holds_s : set of float
        Starts of the breath holds that were long, s.
    """

    task: str
    role: str
    start_s: float
    seconds: int = 0
    trusted: int = 0
    start: StartOfHold | None = None
    angle_deg: float = math.nan
    trunk: list[float] = dataclasses.field(default_factory=list)
    belly: list[float] = dataclasses.field(default_factory=list)
    sway: list[float] = dataclasses.field(default_factory=list)
    tremor: list[float] = dataclasses.field(default_factory=list)
    long_holds_s: set[float] = dataclasses.field(default_factory=set)


@dataclasses.dataclass(slots=True)
class EnduranceState:
    """Memory of :class:`Endurance`; all but rows and a breath hold going on survives a break."""

    rows: FloatArray
    going: HoldGoing | None = None
    held_since_s: float = math.nan
    level: BellyLevel = dataclasses.field(default_factory=BellyLevel)
    longest_s: dict[str, float] = dataclasses.field(default_factory=dict)


class Endurance(Stage[EnduranceState]):
    """Watches each hold: progress every second, and what became of it when it is over.

    ``Command("task", {"name": …})`` with one of :data:`~biofeedback.signal.steadiness.HOLDS`
    begins one. It is over when the trunk, or the level of the belly, has left where it was in the
    first 10 s for two seconds; when the breath was held twice for more than 6 s; with the mark
    ``pain``; with the next ``task``; and after two minutes. Seconds that are not trusted are never
    drift. Appends no column.

    Parameters
    ----------
    trunk : Role
        The motion sensor that shows the trunk's angle.
    belts : bool
        Whether any belt is worn; without one breath holds are not heard of: in a task a motion
        sensor does not tell them.

    References
    ----------
    .. [1] docs/metrics/endurance.md
    """

    def __init__(self, trunk: Role, belts: bool = True) -> None:
        self._trunk = trunk
        self._belts = belts

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        prefix, belt = self._trunk.prefix, Role.ABDOMEN_BELT.prefix
        self._columns = [
            *(info.index(f"{prefix}_tilt_{axis}_deg", "deg") for axis in ("ap", "ml")),
            *(info.index(f"{prefix}_acc_{axis}_mps2", "m/s2") for axis in ("up", "ap", "ml")),
        ]
        self._ok = info.index(f"{prefix}_ok", "flag")
        worn = info.has(f"{belt}_excursion") and info.has(f"{belt}_ok")
        self._belt = (info.index(f"{belt}_excursion"), info.index(f"{belt}_ok")) if worn else None
        self._rate_hz = info.sample_rate_hz
        self._keep = round(KEEP_S * self._rate_hz)
        return ()

    def start(self, first: Chunk, kept: EnduranceState | None) -> EnduranceState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        empty = np.empty((0, 7))
        if kept is None:
            return EnduranceState(empty)
        # A breath hold that the break cut is not told to end, and perhaps did: it is not held on.
        return dataclasses.replace(copy.deepcopy(kept), rows=empty, held_since_s=math.nan)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: EnduranceState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        events: list[Event] = []
        before = len(state.rows)
        rows = np.concatenate((state.rows, self._rows(chunk)))
        if state.going is not None and state.going.role != self._trunk.value:
            events += self._end("lost", chunk.rows(0, 1), state)
        for event in heard:
            row = int(np.searchsorted(chunk.t_s, event.decided_s))
            events += self._watch(rows, row, chunk, state)
            events += self._hear(event, rows[: before + row + 1], chunk.rows(row, row + 1), state)
        events += self._watch(rows, len(chunk), chunk, state)
        state.rows = rows[-self._keep :]
        return np.empty((len(chunk), 0)), events

    def _rows(self, chunk: Chunk) -> FloatArray:
        ok = chunk.data[:, self._ok] == 1.0
        trunk = np.where(ok[:, None], chunk.data[:, self._columns], np.nan)
        belly = np.full(len(chunk), np.nan)
        if self._belt is not None:
            level, trusted = self._belt
            belly = np.where(chunk.data[:, trusted] == 1.0, chunk.data[:, level], np.nan)
        return np.column_stack((chunk.t_s, trunk, belly))

    def _hear(
        self, event: Event, rows: FloatArray, at: Chunk, state: EnduranceState
    ) -> list[Event]:
        now_s = float(at.t_s[0])
        going = state.going
        match event:
            case CommandHeard(name="task"):
                ended = [] if going is None else self._end("stopped", at, state)
                name = str(event.argument("name") or "")
                if name in HOLDS:
                    state.going = HoldGoing(name, self._trunk.value, now_s)
                    state.level.begin(now_s)
                return ended
            case CommandHeard(name="mark") if event.argument("text") == "pain" and going:
                return self._end("pain", at, state)
            case CommandHeard() if is_neutral(event) and going:
                return self._end("lost", at, state)
            case Hold() if self._belts:
                state.held_since_s = event.start_s if event.state == "begun" else math.nan
                if event.state == "ended" and going:
                    return self._breath_held(event.start_s, event.t_s, at, state)
            case BeltsChanged():
                state.level.forget()
            case BreathCycle():
                near = np.abs(rows[:, T_S] - event.end_s) <= LEVEL_S
                levels = rows[near & np.isfinite(rows[:, BELLY]), BELLY]
                level = float(levels.mean()) if len(levels) else math.nan
                size = event.abdomen_amplitude
                state.level.add(event.end_s, level, size, holding=going is not None)
        return []

    def _breath_held(
        self, since_s: float, until_s: float, at: Chunk, state: EnduranceState
    ) -> list[Event]:
        """Count a breath hold once it is a long one; the second ends the task."""
        going = state.going
        if going is None or math.isnan(since_s):
            return []
        if until_s - max(since_s, going.start_s) <= LONG_HOLD_S:
            return []
        going.long_holds_s.add(since_s)
        return self._end("breath_holds", at, state) if len(going.long_holds_s) == LONG_HOLDS else []

    def _watch(
        self, rows: FloatArray, end: int, chunk: Chunk, state: EnduranceState
    ) -> list[Event]:
        """Close every second that is over before row `end` of the chunk."""
        events: list[Event] = []
        while (going := state.going) is not None:
            due_s = going.start_s + EPOCH_S * (going.seconds + 1)
            due = int(np.searchsorted(chunk.t_s, due_s))
            if due >= end:
                break
            at = chunk.rows(due, due + 1)
            self._close(rows[rows[:, T_S] < due_s], due_s, going, state)
            events.append(
                HoldProgress(
                    t_s=due_s,
                    decided_s=float(at.t_s[0]),
                    arrival_s=float(at.arrival_s[0]),
                    task=going.task,
                    held_s=EPOCH_S * going.seconds,
                    angle_deg=going.angle_deg,
                    limit_deg=going.start.limit_deg if going.start else math.nan,
                    trunk_pct=100.0 * going.trunk[-1] if going.trunk else math.nan,
                    belly_pct=100.0 * going.belly[-1] if going.belly else math.nan,
                )
            )
            if first_drift(going.trunk) or first_drift(going.belly):
                events += self._end("drift", at, state)
            elif EPOCH_S * going.seconds >= LONGEST_S:
                events += self._end("longest", at, state)
            else:
                events += self._breath_held(state.held_since_s, due_s, at, state)
        return events

    def _close(
        self, rows: FloatArray, due_s: float, going: HoldGoing, state: EnduranceState
    ) -> None:
        """Judge one more second; `rows` are those before its end."""
        going.seconds += 1
        tilt, expected = self._last(rows, due_s, EPOCH_S, (AP, ML))
        trusted = len(tilt) >= LEAST_KNOWN * expected
        going.trusted += trusted
        if EPOCH_S * going.seconds > START_S:
            going.angle_deg = math.nan
            limit_deg = math.nan
            if going.start is not None and trusted:
                limit_deg = going.start.limit_deg
                going.angle_deg = going.start.away_deg(tilt)
            going.trunk.append(going.angle_deg / limit_deg)
            going.belly.append(state.level.ratio(due_s))
        elif EPOCH_S * going.seconds == START_S:
            first, expected = self._last(rows, due_s, START_S, (AP, ML, UP))
            if len(first) >= LEAST_KNOWN * expected:
                going.start = StartOfHold.of(first[:, :2], first[:, 2].copy())
        if EPOCH_S * going.seconds % WINDOW_S == 0.0:
            n = round(WINDOW_S * self._rate_hz)
            window = rows[rows[:, T_S] >= due_s - WINDOW_S]
            going.sway.append(sway_rms(window[:, AP : ML + 1], n))
            acc = window[:, ACC_AP : ACC_ML + 1]
            going.tremor.append(band_power(acc, n, self._rate_hz, TREMOR_HZ))

    def _last(
        self, rows: FloatArray, due_s: float, length_s: float, columns: Sequence[int]
    ) -> tuple[FloatArray, float]:
        """Return the known rows of the last seconds, and how many there should be."""
        within = rows[rows[:, T_S] >= due_s - length_s][:, columns]
        return within[np.isfinite(within).all(axis=1)], length_s * self._rate_hz

    def _end(self, reason: HoldEnd, at: Chunk, state: EnduranceState) -> list[Event]:
        """Sum up the hold that is over; what goes on afterwards is no part of it."""
        going = state.going
        if going is None:
            return []
        state.going = None
        state.level.begin(math.nan)
        now_s = float(at.t_s[0])
        found = [(first_drift(going.trunk), "trunk"), (first_drift(going.belly), "belly")]
        drifts = sorted((drift, name) for drift, name in found if drift is not None)
        drifted: Literal["", "trunk", "belly"] = ""
        drift_s = earliest_s = math.nan
        if drifts:
            drifted = "trunk" if drifts[0][1] == "trunk" else "belly"
            drift_s, earliest_s = (START_S + EPOCH_S * number for number in drifts[0][0])
        watched = going.trunk if drifted == "trunk" else going.belly
        sure = not drifts or is_sure(watched, drifts[0][0][0])
        held_s = now_s - going.start_s
        valid = going.trusted / going.seconds if going.seconds else math.nan
        problem = _problem(going, valid, bool(drifts))
        longest_s = state.longest_s.get(going.task, math.nan)
        if not problem:
            kept_s = drift_s if drifts else held_s
            state.longest_s[going.task] = float(np.fmax(longest_s, kept_s))
        sway = np.array(going.sway)
        at_min = (np.arange(len(sway)) + 0.5) * (WINDOW_S / 60.0)
        known = np.isfinite(sway)
        slope, low, high = theil_sen(at_min[known], sway[known])
        return [
            HoldEnded(
                t_s=going.start_s + drift_s if drifts else now_s,
                decided_s=now_s,
                arrival_s=float(at.arrival_s[0]),
                task=going.task,
                role=going.role,
                start_s=going.start_s,
                held_s=held_s,
                reason=reason,
                drifted=drifted,
                time_to_drift_s=drift_s,
                earliest_s=earliest_s,
                longest_before_s=longest_s,
                limit_deg=going.start.limit_deg if going.start else math.nan,
                sway_deg=float(np.median(sway[known])) if known.any() else math.nan,
                slope_deg_per_min=slope,
                low_deg_per_min=low,
                high_deg_per_min=high,
                windows=int(known.sum()),
                tremor_ratio=_tremor_ratio(going.tremor),
                valid=valid,
                problem=problem,
                sure=sure,
            )
        ]


def _problem(going: HoldGoing, valid: float, drifted: bool) -> HoldProblem:
    if drifted:
        return ""
    if EPOCH_S * going.seconds < START_S:
        return "short"
    if going.start is None:
        return "start"
    return "" if valid >= LEAST_VALID else "gaps"


def _tremor_ratio(powers: Sequence[float]) -> float:
    """Compare the last three windows with the first three: the end of a hold with its start."""
    if len(powers) < 2 * TREMOR_WINDOWS:
        return math.nan
    first, last = float(np.mean(powers[:TREMOR_WINDOWS])), float(np.mean(powers[-TREMOR_WINDOWS:]))
    return last / first if first > 0.0 else math.nan
