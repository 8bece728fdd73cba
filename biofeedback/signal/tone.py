"""Belly tone: how the wall of the belly is held, breath by breath, beside the breath itself."""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Sequence
from typing import Literal

import numpy as np

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.results import (
    BreathCycle,
    BreathMark,
    CommandHeard,
    Hold,
    RestSet,
    Tone,
    ToneReference,
)
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.tone_results import (
    ManoeuvreName,
    TonePattern,
    ToneProblem,
    ToneReason,
)
from biofeedback.core.units import BELT_UNITS
from biofeedback.signal.moments import moments
from biofeedback.signal.stage import Stage
from biofeedback.signal.tone_measure import (
    LEAST_BREATHS,
    BellyBreath,
    RestLevel,
    belly_breath,
    belt_type,
    difference_se,
    held_level,
    phasic,
    rest_level,
    tonic,
)
from biofeedback.signal.tone_patterns import (
    HELD_S,
    MANOEUVRES,
    OTHER,
    UNSTEADY,
    Reference,
    are_alike,
    held_pattern,
    pattern,
    problem_of,
)

__all__ = ["BellyTone"]

KEEP_S = 45.0
"""Rows kept: the longest breath, and what is between its end and its being known."""
BREATHS = 60
"""Enough for the minute of rest at any rate."""
EVERY_S = 1.0
WORDS: dict[ToneProblem, str] = {
    "": "well done; from now on it is compared with this",
    "too_few_breaths": f"fewer than {LEAST_BREATHS} good breaths; keep it longer, breathe on",
    "no_change": "the belt saw no change against rest; do it a little more",
    "wrong_way": "the belt saw the opposite of what was asked; look at how it is worn, and repeat",
    "belts_changed": "belts or posture changed meanwhile; do it again as you are now",
    "no_rest": "rest comes first: relax and breathe quietly for half a minute",
    "unsteady": "the belly did not stay where it was; hold it more evenly, and breathe on",
    "alike": "the belt cannot tell drawing in from bracing so; do one of them a little more",
}


@dataclasses.dataclass(slots=True)
class ToneState:
    """Memory of :class:`BellyTone`; the rows do not survive a break."""

    rows: FloatArray
    due_s: float
    first_s: float
    breaths: deque[BellyBreath] = dataclasses.field(default_factory=lambda: deque(maxlen=BREATHS))
    posture: int = 0
    why: ToneReason = "no_rest"
    rest: dict[int, RestLevel] = dataclasses.field(default_factory=dict)
    own: dict[int, dict[ManoeuvreName, Reference]] = dataclasses.field(default_factory=dict)
    taught_s: dict[int, dict[ManoeuvreName, float]] = dataclasses.field(default_factory=dict)
    manoeuvre: ManoeuvreName | None = None
    since_s: float = math.nan
    held_since_s: float = math.nan
    inspiring: bool = False


class BellyTone(Stage[ToneState]):
    """Splits the abdominal belt into the level at the end of each breath and the breath above it.

    Both are compared with rest: the latest of the task ``tone_relax`` and of a `RestSet` somebody
    marked; until there is one, that of the first minute. The tasks ``tone_draw_in`` and
    ``tone_brace`` teach what the person's own manoeuvres look like; each ends with the next task.
    Told with each breath, known as it is; in a breath held for 4 s and more, every second. Appends
    no column.

    References
    ----------
    .. [1] docs/metrics/belly_tone.md
    """

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        prefix = Role.ABDOMEN_BELT.prefix
        self._belt = info.index(f"{prefix}_excursion", *BELT_UNITS)
        # Belts of a bare table, without the stage that judges them, are taken at their word.
        ok = f"{prefix}_ok"
        self._ok = info.index(ok, "flag") if info.has(ok) else None
        self._type = belt_type(info.channels[self._belt].unit)
        self._keep = round(KEEP_S * info.sample_rate_hz)
        return ()

    def start(self, first: Chunk, kept: ToneState | None) -> ToneState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        now_s = float(first.t_s[0])
        fresh = ToneState(np.empty((0, 2)), now_s + EVERY_S, now_s)
        if kept is None:
            return fresh
        return dataclasses.replace(
            kept,
            rows=fresh.rows,
            due_s=fresh.due_s,
            breaths=kept.breaths.copy(),
            held_since_s=math.nan,
            inspiring=False,
        )

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: ToneState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        belt = chunk.data[:, self._belt]
        if self._ok is not None:
            belt = np.where(chunk.data[:, self._ok] == 1.0, belt, np.nan)
        before = len(state.rows)
        rows = np.concatenate((state.rows, np.column_stack((chunk.t_s, belt))))
        events: list[Event] = []
        for row, event in moments(chunk, heard, state.due_s, EVERY_S):
            end = before + row + 1
            until = rows[max(0, end - self._keep) : end]
            at = chunk.rows(row, row + 1)
            if event is None:
                state.due_s += EVERY_S
                events += self._hold(until, at, state)
            else:
                events += self._hear(event, until, at, state)
        state.rows = rows[-self._keep :]
        return np.empty((len(chunk), 0)), events

    def _hear(self, event: Event, rows: FloatArray, at: Chunk, state: ToneState) -> list[Event]:
        match event:
            case BreathCycle():
                found = belly_breath(event, rows)
                if found is not None:
                    state.breaths.append(found)
                return [self._tone(event, found, at, state)]
            case BreathMark(state="confirmed"):
                state.inspiring = event.kind == "inspiration_onset"
            case Hold():
                state.held_since_s = event.start_s if event.state == "begun" else math.nan
            case RestSet(source="marked" | "first_minute"):
                self._rest(event, state)
            case BeltsChanged():
                # Donning tells both belts; with one alone it is not there, see `assign`.
                return self._changed(at, state, event.posture, event.reason)
            case CommandHeard(name="assign") if event.argument("role") == Role.ABDOMEN_BELT:
                if event.decided_s > state.first_s:
                    return self._changed(at, state, state.posture, "donned")
            case CommandHeard(name="task"):
                told = self._judge(at, state)
                state.manoeuvre = MANOEUVRES.get(str(event.argument("name")))
                state.since_s = float(at.t_s[0])
                return told
        return []

    def _rest(self, told: RestSet, state: ToneState) -> None:
        """Take over what was found to be rest; what was taught against an older one is void."""
        inside = [
            one for one in state.breaths if one.onset_s >= told.start_s and one.end_s <= told.end_s
        ]
        rest = rest_level(inside)
        if rest is not None and (told.source == "marked" or state.posture not in state.rest):
            state.rest = {**state.rest, state.posture: rest}
            state.own = {**state.own, state.posture: {}}

    def _changed(
        self, at: Chunk, state: ToneState, posture: int, why: Literal["donned", "slip", "posture"]
    ) -> list[Event]:
        """Compare with nothing that was measured otherwise; a manoeuvre is cut short."""
        told = self._reference(at, state, "belts_changed") if state.manoeuvre else []
        if why != "posture":
            state.rest, state.own = {}, {}
        state.why = why
        state.posture, state.manoeuvre = posture, None
        state.breaths.clear()
        return told

    def _judge(self, at: Chunk, state: ToneState) -> list[Event]:
        """End a manoeuvre: take it, or say why not."""
        if state.manoeuvre is None:
            return []
        good = [one for one in state.breaths if one.good and one.onset_s >= state.since_s]
        problem: ToneProblem = "" if len(good) >= LEAST_BREATHS else "too_few_breaths"
        level = size = math.nan
        if not problem and state.manoeuvre == "relax":
            rest = rest_level(good)
            if rest is None:
                problem = "too_few_breaths"
            else:
                state.rest = {**state.rest, state.posture: rest}
                state.own = {**state.own, state.posture: {}}
                level, size = 0.0, 1.0
        elif not problem and state.posture not in state.rest:
            problem = "no_rest"
        elif not problem:
            rest = state.rest[state.posture]
            levels = [tonic(one.level, one.end_s, rest)[0] for one in good]
            level = float(np.median(levels))
            size = float(np.median([phasic(one.size, rest)[0] for one in good]))
            problem = problem_of(state.manoeuvre, level, size, self._type)
            other = state.own.get(state.posture, {}).get(OTHER[state.manoeuvre])
            if not problem and float(np.std(levels)) > UNSTEADY:
                problem = "unsteady"
            elif not problem and other is not None and are_alike((level, size), other):
                problem = "alike"
            if not problem:
                posture, name, at_s = state.posture, state.manoeuvre, good[-1].end_s
                had, times = state.own.get(posture, {}), state.taught_s.get(posture, {})
                state.own = {**state.own, posture: {**had, name: (level, size)}}
                state.taught_s = {**state.taught_s, posture: {**times, name: at_s}}
        return self._reference(at, state, problem, len(good), level, size)

    def _reference(
        self,
        at: Chunk,
        state: ToneState,
        problem: ToneProblem,
        n_breaths: int = 0,
        level: float = math.nan,
        size: float = math.nan,
    ) -> list[Event]:
        assert state.manoeuvre is not None
        now_s = float(at.t_s[0])
        return [
            ToneReference(
                t_s=now_s,
                decided_s=now_s,
                arrival_s=float(at.arrival_s[0]),
                manoeuvre=state.manoeuvre,
                ok=not problem,
                problem=problem,
                breaths=n_breaths,
                belt=self._type,
                tonic=level,
                phasic=size,
                words=WORDS[problem],
            )
        ]

    def _tone(
        self, breath: BreathCycle, found: BellyBreath | None, at: Chunk, state: ToneState
    ) -> Tone:
        unknown = Tone(
            t_s=breath.end_s,
            decided_s=float(at.t_s[0]),
            arrival_s=float(at.arrival_s[0]),
            breath=breath.breath,
            held_s=0.0,
            belt=self._type,
            tonic=math.nan,
            tonic_se=math.nan,
            phasic=math.nan,
            phasic_se=math.nan,
            pattern="unclear",
            learned=False,
            reason="quality",
        )
        if found is None or not found.good:
            return unknown
        rest = state.rest.get(state.posture)
        if rest is None:
            return dataclasses.replace(unknown, reason=state.why)
        level, level_se = tonic(found.level, found.end_s, rest)
        size, size_se = phasic(found.size, rest)
        own = state.own.get(state.posture, {})
        errors = _errors(level_se, found.end_s, rest, state)
        name, learned, reason = pattern(level, size, self._type, own, errors)
        return dataclasses.replace(
            unknown,
            tonic=level,
            tonic_se=level_se,
            phasic=size,
            phasic_se=size_se,
            pattern=name,
            learned=learned,
            reason=reason,
        )

    def _hold(self, rows: FloatArray, at: Chunk, state: ToneState) -> list[Event]:
        now_s = float(at.t_s[0])
        held_s = now_s - state.held_since_s
        rest = state.rest.get(state.posture)
        if rest is None or not held_s >= HELD_S:
            return []
        level, level_se = tonic(held_level(rows, now_s), now_s, rest)
        name: TonePattern = "unclear"
        learned = False
        reason: ToneReason = "held_in" if state.inspiring else "quality"
        if math.isfinite(level) and not state.inspiring:
            own = state.own.get(state.posture, {})
            errors = _errors(level_se, now_s, rest, state)
            name, learned, reason = held_pattern(level, self._type, own, errors)
        return [
            Tone(
                t_s=now_s,
                decided_s=now_s,
                arrival_s=float(at.arrival_s[0]),
                breath=-1,
                held_s=held_s,
                belt=self._type,
                tonic=level,
                tonic_se=level_se,
                phasic=math.nan,
                phasic_se=math.nan,
                pattern=name,
                learned=learned,
                reason=reason,
            )
        ]


def _errors(
    level_se: float, now_s: float, rest: RestLevel, state: ToneState
) -> dict[ManoeuvreName, float]:
    """Return how well T is known beside each manoeuvre: best beside an own one."""
    taught = state.taught_s.get(state.posture, {})
    own = state.own.get(state.posture, {})
    return {
        name: difference_se(taught[name], now_s, rest) if name in own else level_se
        for name in MANOEUVRES.values()
    }
