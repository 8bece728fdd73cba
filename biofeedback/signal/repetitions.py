"""Repetitions of an exercise, counted and measured while they are done."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Sequence

import numpy as np

from biofeedback.core.results import CommandHeard, FiveStands, Hold, Repetition
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.filters import held
from biofeedback.signal.neutral import is_neutral
from biofeedback.signal.repetition_measure import Rows, measured, rises, shape_of, turning_span
from biofeedback.signal.stage import Stage
from biofeedback.signal.tasks import TASKS, MainAngle, Task
from biofeedback.signal.zigzag import Swing, ZigZag

__all__ = ["Repetitions"]

NEUTRAL_S = 3.0
"""After a command that sets neutral anew, angles are new ones once this has passed, s."""
REST_S = 1.0
"""How long a task's angles are averaged at its beginning, s."""
BEFORE_S = 0.5
"""Rows kept before a swing may begin, s."""
LEAST_S = 0.6
"""Of a repetition; who stands up and sits down has half of it for each: healthy people need
6.2 s for five."""
ALIKE = 0.7
REMEMBERED = 5
FIRST = 3
"""Of these, the first that count, the own template is made: before one tires, and enough for a
mean. It is not changed by what follows, and so shows a form that drifts little by little."""
LEAST_KNOWN = 0.9
STANDS = 5
MOST_HOLDS = 20


@dataclasses.dataclass(slots=True)
class RepetitionsState:
    """Memory of :class:`Repetitions`: the task, its swings so far, rows of the one going on."""

    task: Task | None = None
    side: str = ""
    angle: MainAngle | None = None
    blind_until_s: float = -math.inf
    zigzag: ZigZag | None = None
    rows: FloatArray = dataclasses.field(default_factory=lambda: np.empty((0, 0)))
    first: int = 0
    resting: list[FloatArray] = dataclasses.field(default_factory=list)
    rest_deg: FloatArray | None = None
    last_deg: float = 0.0
    count: int = 0
    roms_deg: list[float] = dataclasses.field(default_factory=list)
    shape: FloatArray | None = None
    firsts: list[FloatArray] = dataclasses.field(default_factory=list)
    risen: Repetition | None = None
    risen_span_s: tuple[float, float] = (math.nan, math.nan)
    begun_s: list[float] = dataclasses.field(default_factory=list)
    holds_s: list[tuple[float, float]] = dataclasses.field(default_factory=list)


class Repetitions(Stage[RepetitionsState]):
    """Counts repetitions of the task that was announced; adds no columns.

    ``Command("task", {"name": …, "side": "left" or "right"})`` begins a task of
    :data:`~biofeedback.signal.tasks.TASKS`, or another side of the same; an unknown name ends it.
    Swings of the task's main angle are found with a hysteresis of a quarter of the range learned
    from the last five. A swing counts when it lasts 0.6 s, is large enough and correlates by 0.7
    with those before; others are reported as not counted. Known 0.3 s after the movement has come
    to rest, or when the next begins.

    Parameters
    ----------
    roles : collection of Role
        The motion sensors worn.

    References
    ----------
    .. [1] docs/metrics/repetition.md
    """

    def __init__(self, roles: Collection[Role]) -> None:
        self._roles = tuple(role for role in Role if role in roles and role.kind == "imu")

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._rate_hz = info.sample_rate_hz
        self._ok = {role: info.index(f"{role.prefix}_ok", "flag") for role in self._roles}
        self._rows = Rows(info, self._roles)
        return ()

    def start(self, first: Chunk, kept: RepetitionsState | None) -> RepetitionsState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        state = RepetitionsState()
        if kept is not None and kept.task is not None:
            self._take(kept.task, kept.side, state)
            if state.angle == kept.angle:
                state.count, state.roms_deg, state.shape = kept.count, kept.roms_deg, kept.shape
                state.firsts = [*kept.firsts]
                self._learn(state)
        return state

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: RepetitionsState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        news = [(int(np.searchsorted(chunk.t_s, event.decided_s)), event) for event in heard]
        events: list[Event] = []
        row = 0
        while row < len(chunk):
            for _, event in (one for one in news if one[0] == row):
                self._hear(event, float(chunk.t_s[row]), state)
            later = [len(chunk), *(at for at, _ in news)]
            later.append(int(np.searchsorted(chunk.t_s, state.blind_until_s)))
            end = min(at for at in later if at > row)
            if state.zigzag is not None and chunk.t_s[row] >= state.blind_until_s:
                events += self._watch(chunk.rows(row, end), state)
            row = end
        return np.empty((len(chunk), 0)), events

    def _hear(self, event: Event, now_s: float, state: RepetitionsState) -> None:
        if isinstance(event, Hold):
            ended = [hold for hold in state.holds_s if hold[1] < math.inf]
            lasts_s = math.inf if event.state == "begun" else event.duration_s
            state.holds_s = [*ended, (event.start_s, event.start_s + lasts_s)][-MOST_HOLDS:]
        elif is_neutral(event):
            # Every angle jumps: what is going on cannot be measured.
            state.blind_until_s = now_s + NEUTRAL_S
            if state.task is not None:
                self._begin(state)
        elif isinstance(event, CommandHeard) and event.name == "task":
            side = str(event.argument("side") or "")
            task = TASKS.get(str(event.argument("name")))
            if task is None or task is not state.task:
                self._take(task, side, state)
            else:
                state.side = side

    def _take(self, task: Task | None, side: str, state: RepetitionsState) -> None:
        """Begin another task."""
        state.task, state.side = task, side
        state.angle = task.angle(self._roles) if task is not None else None
        state.count, state.roms_deg, state.shape, state.firsts = 0, [], None, []
        state.risen, state.begun_s = None, []
        self._begin(state)

    def _begin(self, state: RepetitionsState) -> None:
        """Look for swings from here on."""
        state.zigzag = None
        if state.angle is not None:
            state.zigzag = ZigZag(self._rate_hz, state.angle.usual_deg)
            self._learn(state)
        state.rows, state.first = np.empty((0, self._rows.width)), 0
        state.resting, state.rest_deg, state.last_deg = [], None, 0.0

    def _learn(self, state: RepetitionsState) -> None:
        if state.zigzag is not None and state.roms_deg:
            state.zigzag.usual_deg = float(np.median(state.roms_deg))

    def _watch(self, chunk: Chunk, state: RepetitionsState) -> list[Event]:
        assert state.zigzag is not None
        assert state.angle is not None
        rows = self._rows.take(chunk, state.angle.role)
        angle_deg = self._angle(rows, chunk, state)
        if state.angle.kind == "flexion" and not state.first + len(state.rows):
            known = np.flatnonzero(np.isfinite(angle_deg))
            if not len(known):
                return []
            chunk = chunk.rows(int(known[0]), len(chunk))
            rows, angle_deg = rows[known[0] :], angle_deg[known[0] :]
        angle_deg = held(angle_deg, state.last_deg)
        state.last_deg = float(angle_deg[-1])
        begin = state.first + len(state.rows)
        state.rows = np.concatenate((state.rows, rows))
        state.zigzag.push(angle_deg)
        events: list[Event] = []
        while True:
            kept_from, values = state.zigzag.first_row, state.zigzag.values
            swing = state.zigzag.pop()
            if swing is None:
                break
            x = values[swing.start - kept_from : swing.end - kept_from + 1]
            at = chunk.rows(swing.decided - begin, swing.decided - begin + 1)
            events += self._swing(swing, x, at, state)
        gone = state.zigzag.first_row - round(BEFORE_S * self._rate_hz) - state.first
        if gone > 0:
            state.rows, state.first = state.rows[gone:], state.first + gone
        return events

    def _angle(self, rows: FloatArray, chunk: Chunk, state: RepetitionsState) -> FloatArray:
        """Return the task's main angle; NaN where its sensor is not trusted."""
        assert state.angle is not None
        ap, ml = self._rows.tilt(rows)
        ok = chunk.data[:, self._ok[state.angle.role]] == 1.0
        ap, ml = np.where(ok, ap, np.nan), np.where(ok, ml, np.nan)
        if state.angle.kind == "flexion":
            return ap
        wanted = round(REST_S * self._rate_hz)
        angle_deg = np.full(len(ap), np.nan)
        begin = 0
        if state.rest_deg is None:
            known = np.flatnonzero(np.isfinite(ap + ml))
            new = known[: wanted - sum(map(len, state.resting))]
            state.resting.append(np.column_stack((ap, ml))[new])
            if sum(map(len, state.resting)) < wanted:
                return angle_deg
            state.rest_deg = np.ascontiguousarray(np.concatenate(state.resting)).mean(axis=0)
            begin = int(new[-1]) + 1
        angle_deg[begin:] = np.hypot(ap - state.rest_deg[0], ml - state.rest_deg[1])[begin:]
        return angle_deg

    def _swing(
        self, swing: Swing, x: FloatArray, at: Chunk, state: RepetitionsState
    ) -> list[Event]:
        """Judge a swing; report it, or what it completes."""
        assert state.task is not None
        assert state.angle is not None
        before = min(swing.start - state.first, round(BEFORE_S * self._rate_hz))
        rows = state.rows[swing.start - state.first - before : swing.end - state.first + 1]
        shape = shape_of(x)
        usual = state.shape if state.shape is not None else shape_of(None)
        alike = float(np.mean(shape * usual))
        alike_first = _alike_first(shape, state.firsts)
        known = np.isfinite(rows[:, self._rows.main]).mean() >= LEAST_KNOWN
        lasts_s = (swing.end - swing.start) / self._rate_hz
        counted = bool(
            known
            and lasts_s >= (LEAST_S / 2.0 if state.task.stands else LEAST_S)
            and swing.rom_deg >= state.angle.least_deg
            and alike >= ALIKE
        )
        if counted and len(state.firsts) < FIRST:
            state.firsts.append(shape)
        if counted:
            n = min(len(state.roms_deg) + 1, REMEMBERED)
            state.shape = usual + (shape - usual) / (n + 1)
            state.shape /= np.sqrt(np.mean(state.shape**2))
            state.roms_deg = [*state.roms_deg, swing.rom_deg][-REMEMBERED:]
            self._learn(state)
        found = Repetition(
            decided_s=float(at.t_s[0]),
            arrival_s=float(at.arrival_s[0]),
            repetition=state.count,
            task=state.task.name,
            side=state.side,
            role=state.angle.role.value,
            rom_deg=swing.rom_deg,
            alike=alike,
            alike_first=alike_first,
            counted=counted,
            **measured(self._rows, rows, before, swing, state.task.leg_load, state.holds_s),
        )
        if state.task.stands and counted:
            until = swing.decided - state.first
            rows = state.rows[swing.start - state.first - before : until]
            moving = rows[before : before + swing.end - swing.start + 1]
            up = rises(self._rows, moving)
            span = turning_span(self._rows, rows, before, before + swing.end - swing.start)
            from_s, to_s = (float(rows[row, 0]) for row in span)
            rise = up if up is not None else state.risen is None
            return self._stand(found, state, rise, (from_s, to_s))
        state.count += counted
        return [found]

    def _stand(
        self,
        found: Repetition,
        state: RepetitionsState,
        rise: bool,
        span_s: tuple[float, float],
    ) -> list[Event]:
        """Join a rise and the sitting down after it; tell the time of five."""
        if rise or state.risen is None:
            state.risen, state.risen_span_s = found if rise else None, span_s
            return []
        risen, state.risen = state.risen, None
        whole = dataclasses.replace(
            found,
            start_s=risen.start_s,
            peak_s=risen.peak_s,
            duration_s=found.end_s - risen.start_s,
            rom_deg=max(risen.rom_deg, found.rom_deg),
            peak_speed_dps=max(risen.peak_speed_dps, found.peak_speed_dps),
            sparc=risen.sparc,
            alike=min(risen.alike, found.alike),
            alike_first=float(np.minimum(risen.alike_first, found.alike_first)),
            held_s=risen.held_s + found.held_s,
            lateral_deg=max(risen.lateral_deg, found.lateral_deg),
            axial_deg=max(risen.axial_deg, found.axial_deg),
        )
        state.count += 1
        state.begun_s.append(state.risen_span_s[0])
        events: list[Event] = [whole]
        if len(state.begun_s) == STANDS:
            first_s, state.begun_s = state.begun_s[0], []
            events.append(
                FiveStands(
                    t_s=span_s[1],
                    decided_s=whole.decided_s,
                    arrival_s=whole.arrival_s,
                    start_s=first_s,
                    stood_s=state.risen_span_s[1] - first_s,
                    seated_s=span_s[1] - first_s,
                )
            )
        return events


def _alike_first(shape: FloatArray, firsts: Sequence[FloatArray]) -> float:
    """Compare a form with the mean of the first ones; NaN until there are enough."""
    if len(firsts) < FIRST:
        return math.nan
    template = np.mean(firsts, axis=0)
    return float(np.mean(shape * template) / np.sqrt(np.mean(template * template)))
