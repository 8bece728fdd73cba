"""Stability without rigidity: a steady trunk counts only as far as breathing goes on."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from biofeedback.core.results import BreathCycle, CommandHeard, Hold, RestSet, SteadinessScore
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.bracing_guard import CUE, is_stiff
from biofeedback.signal.moments import moments
from biofeedback.signal.neutral import is_neutral
from biofeedback.signal.rest import SPREAD_S, UNKNOWN_REST, breath_part, usual_spread_deg
from biofeedback.signal.stage import Stage
from biofeedback.signal.tasks import TASKS

__all__ = [
    "HOLDS",
    "Band",
    "Score",
    "Steadiness",
    "breathing_continuity",
    "cue",
    "own_band",
    "score",
    "stability",
]

HOLDS = (
    "hold",
    "sit",
    "stand",
    "plank",
    "side_plank",
    "four_point",
    "bridge_hold",
    "single_leg",
)
"""Tasks in which the trunk keeps its place; any other is judged when only a leg moves."""
BEAT_S = 1.0
EVERY_S = 5.0
START_S = 1.0
"""Where the trunk is at the start: the mean of the first second."""
LONGEST_S = 300.0
GOOD = 0.9
"""Above this nothing is said."""
STOPPED = 0.5
"""Below this breathing has all but stopped."""
LEAST_VALID = 0.8
FULL_BREATH = 0.6
"""Part of the breath at rest that is full marks: breath shrinks under load in healthy people."""
NEUTRAL_S = 3.0
"""After a command that sets neutral anew, angles are new ones once this has passed, s."""
HELD = 0.5
"""Part of a task without any finished breath that must have been held to say there was none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Band:
    """Deviation that is free, and that which halves stability.

    Parameters
    ----------
    free_deg, reference_deg : float
        Degrees; the second is at least 2° more.
    """

    free_deg: float = 2.0
    reference_deg: float = 8.0


def own_band(deviations_deg: Sequence[float]) -> Band:
    """Return the band of a person.

    Parameters
    ----------
    deviations_deg : sequence of float
        Of the own baselines of a task, deg.

    Returns
    -------
    band : Band
        25th and 90th percentile, at least 2° apart; 2° and 8° until there are three baselines.
    """
    if len(deviations_deg) < 3:
        return Band()
    free_deg, reference_deg = np.percentile(deviations_deg, (25.0, 90.0)).tolist()
    return Band(free_deg, max(reference_deg, free_deg + 2.0))


def stability(deviation_deg: float, band: Band) -> float:
    """Return S: 1 inside the free band, one half at the reference.

    Parameters
    ----------
    deviation_deg : float
        Of the task, deg; NaN when unknown.
    band : Band
        What is free.

    Returns
    -------
    stability : float
        0 to 1; NaN when unknown. Stiller than the free band earns nothing more.
    """
    beyond = max(deviation_deg - band.free_deg, 0.0) / (band.reference_deg - band.free_deg)
    return math.nan if math.isnan(deviation_deg) else math.exp(-(beyond**2) * math.log(2.0))


def breathing_continuity(breathing_part: float, held_part: float) -> float:
    """Return B: how far breathing goes on.

    Parameters
    ----------
    breathing_part : float
        Size of the breath under load as a part of that at rest; NaN when unknown.
    held_part : float
        Part of the task's time in which the breath was held.

    Returns
    -------
    continuity : float
        0 to 1; NaN when unknown.
    """
    if math.isnan(breathing_part):
        return math.nan
    return min(max(breathing_part / FULL_BREATH, 0.0), 1.0) * (1.0 - min(held_part, 1.0))


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """Stability, breathing, and both together.

    Parameters
    ----------
    steady, breathing : float
        S and B, 0 to 1; NaN when unknown.
    swr_pct : float
        Geometric mean, per cent; NaN when either is unknown.
    stiff : bool
        S is unknown because angle and breath both collapsed.
    """

    steady: float
    breathing: float
    swr_pct: float
    stiff: bool

    @property
    def weaker(self) -> Literal["", "steadiness", "breathing"]:
        """Which holds the other back; empty when neither does."""
        if self.stiff or self.breathing < min(self.steady, 1.0):
            return "breathing"
        return "steadiness" if self.steady < min(self.breathing, 1.0) else ""


def score(
    deviation_deg: float,
    spread_part: float,
    breathing_part: float,
    held_part: float,
    band: Band | None = None,
) -> Score:
    """Put steadiness and breathing together.

    Parameters
    ----------
    deviation_deg : float
        Of the task, deg.
    spread_part : float
        Spread of the angle as a part of that at rest.
    breathing_part : float
        Size of the breath as a part of that at rest.
    held_part : float
        Part of the task's time in which the breath was held.
    band : Band or None
        What is free; the usual one when None.

    Returns
    -------
    score : Score

    References
    ----------
    .. [1] docs/metrics/steadiness.md
    """
    continuity = breathing_continuity(breathing_part, held_part)
    stiff = is_stiff(spread_part, breathing_part)
    steady = math.nan if stiff else stability(deviation_deg, band or Band())
    return Score(steady, continuity, 100.0 * math.sqrt(steady * continuity), stiff)


def cue(found: Score) -> str:
    """Say what would help most.

    Parameters
    ----------
    found : Score
        Of a task.

    Returns
    -------
    words : str
        Empty when both are known and well above 90 %, or nothing is known.
    """
    if found.stiff:
        return CUE
    if found.weaker == "breathing" and found.breathing < GOOD:
        if found.steady < GOOD:
            return "keep breathing"
        stopped = found.breathing < STOPPED
        return "steady, but you stopped breathing" if stopped else "steady, now breathe more"
    if found.weaker == "steadiness" and found.steady < GOOD:
        well = found.breathing >= GOOD
        return "breathing well; let the trunk move less" if well else "let the trunk move less"
    return ""


@dataclasses.dataclass(slots=True)
class SteadinessState:
    """Memory of :class:`Steadiness`; the rows do not survive a break."""

    rows: FloatArray
    due_s: float
    task: str = ""
    side: str = ""
    baseline: bool = False
    start_s: float = math.nan
    told: int = 0
    origin_deg: FloatArray | None = None
    rest: RestSet = UNKNOWN_REST
    parts: list[float] = dataclasses.field(default_factory=list)
    holds_s: list[tuple[float, float]] = dataclasses.field(default_factory=list)
    deviations_deg: dict[str, list[float]] = dataclasses.field(default_factory=dict)


class Steadiness(Stage[SteadinessState]):
    """Scores each task in which the trunk should keep its place: every 5 s, and when it is over.

    ``Command("task", {"name": …})`` begins one: a leg load of
    :data:`~biofeedback.signal.tasks.TASKS` (largest deviation) or one of `HOLDS` (RMS deviation);
    any other name ends it. With ``"baseline": True`` its deviation becomes part of the own band of
    that task. Looks at the task so far, five minutes at most. Known with the last row.

    Parameters
    ----------
    trunk : Role
        The motion sensor that shows the trunk's angle.
    belts : bool
        Whether any belt is worn; without one only steadiness is told.

    References
    ----------
    .. [1] docs/metrics/steadiness.md
    """

    def __init__(self, trunk: Role, belts: bool = True) -> None:
        self._trunk = trunk
        self._belts = belts

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        prefix = self._trunk.prefix
        self._tilt = [info.index(f"{prefix}_tilt_{axis}_deg", "deg") for axis in ("ap", "ml")]
        self._ok = info.index(f"{prefix}_ok", "flag")
        self._keep = round(LONGEST_S * info.sample_rate_hz)
        self._n_start = round(START_S * info.sample_rate_hz)
        self._n_spread = round(SPREAD_S * info.sample_rate_hz)
        return ()

    def start(self, first: Chunk, kept: SteadinessState | None) -> SteadinessState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        fresh = SteadinessState(np.empty((0, 3)), float(first.t_s[0]) + BEAT_S)
        if kept is not None:
            fresh.rest = kept.rest
            fresh.deviations_deg = {task: [*had] for task, had in kept.deviations_deg.items()}
        return fresh

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: SteadinessState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        ok = chunk.data[:, self._ok] == 1.0
        tilt = np.where(ok[:, None], chunk.data[:, self._tilt], np.nan)
        before = len(state.rows)
        rows = np.concatenate((state.rows, np.column_stack((chunk.t_s, tilt))))
        events: list[Event] = []
        for row, event in moments(chunk, heard, state.due_s, BEAT_S):
            if event is None:
                state.due_s += BEAT_S
            until = rows[max(0, before + row + 1 - self._keep) : before + row + 1]
            at = chunk.rows(row, row + 1)
            if event is not None:
                events += self._hear(event, until, at, state)
            elif state.task:
                self._find_origin(until, state)
                if at.t_s[0] >= state.start_s + EVERY_S * (state.told + 1):
                    state.told += 1
                    events += self._told("so_far", until, at, state)
        state.rows = rows[-self._keep :] if state.task else rows[:0]
        return np.empty((len(chunk), 0)), events

    def _hear(
        self, event: Event, rows: FloatArray, at: Chunk, state: SteadinessState
    ) -> list[Event]:
        now_s = float(at.t_s[0])
        if isinstance(event, RestSet):
            state.rest = event
        elif isinstance(event, BreathCycle | Hold) and not self._belts:
            pass
        elif isinstance(event, BreathCycle):
            if state.task and event.onset_s >= state.start_s:
                state.parts.append(breath_part(event, state.rest))
        elif isinstance(event, Hold):
            ended = [hold for hold in state.holds_s if hold[1] < math.inf]
            lasts_s = math.inf if event.state == "begun" else event.duration_s
            state.holds_s = [*ended, (event.start_s, event.start_s + lasts_s)]
        elif is_neutral(event):
            # Every angle jumps: the task is looked at anew once it has.
            _begin(now_s + NEUTRAL_S, state)
        elif isinstance(event, CommandHeard) and event.name == "task":
            told = self._told("whole", rows, at, state) if state.task else []
            name = str(event.argument("name") or "")
            task = TASKS.get(name)
            state.task = name if name in HOLDS or (task is not None and task.leg_load) else ""
            state.side = str(event.argument("side") or "")
            state.baseline = event.argument("baseline") is True
            _begin(now_s, state)
            return told
        return []

    def _find_origin(self, rows: FloatArray, state: SteadinessState) -> None:
        """Take where the trunk is from the first second of the task."""
        if state.origin_deg is None:
            first = rows[rows[:, 0] >= state.start_s][: self._n_start, 1:]
            known = np.ascontiguousarray(first[np.isfinite(first).all(axis=1)])
            if len(known) >= LEAST_VALID * self._n_start:
                state.origin_deg = known.mean(axis=0)

    def _deviation_deg(self, tilt: FloatArray, state: SteadinessState) -> float:
        known = np.ascontiguousarray(tilt[np.isfinite(tilt).all(axis=1)])
        if state.origin_deg is None or len(known) < LEAST_VALID * len(tilt):
            return math.nan
        away = np.hypot(known[:, 0] - state.origin_deg[0], known[:, 1] - state.origin_deg[1])
        return float(np.sqrt(np.mean(away**2)) if state.task in HOLDS else away.max())

    def _told(
        self, word: Literal["so_far", "whole"], rows: FloatArray, at: Chunk, state: SteadinessState
    ) -> list[Event]:
        now_s = float(at.t_s[0])
        tilt = rows[rows[:, 0] >= state.start_s, 1:]
        if len(tilt) <= self._n_start:
            return []
        deviation_deg = self._deviation_deg(tilt, state)
        spread_deg = usual_spread_deg(tilt, self._n_spread)
        usual_deg = state.rest.angle_sd_deg
        held_part = _held_s(state, now_s) / (now_s - state.start_s)
        known = [part for part in state.parts if not math.isnan(part)]
        part = float(np.median(known)) if known else math.nan
        if not state.parts and held_part > HELD:
            part = 0.0
        found = score(
            deviation_deg,
            spread_deg / usual_deg if usual_deg > 0 else math.nan,
            part,
            held_part,
            own_band(state.deviations_deg.get(state.task, ())),
        )
        if word == "whole" and state.baseline and not math.isnan(deviation_deg):
            state.deviations_deg.setdefault(state.task, []).append(deviation_deg)
        return [
            SteadinessScore(
                t_s=now_s,
                decided_s=now_s,
                arrival_s=float(at.arrival_s[0]),
                task=state.task,
                side=state.side,
                state=word,
                start_s=state.start_s,
                deviation_deg=deviation_deg,
                steady_pct=100.0 * found.steady,
                breathing_pct=100.0 * found.breathing,
                swr_pct=found.swr_pct,
                stiff=found.stiff,
                weaker=found.weaker,
                cue=cue(found),
            )
        ]


def _begin(start_s: float, state: SteadinessState) -> None:
    state.start_s, state.told, state.origin_deg, state.parts = start_s, 0, None, []
    state.holds_s = [hold for hold in state.holds_s if hold[1] > start_s]


def _held_s(state: SteadinessState, now_s: float) -> float:
    """Return how long the breath was held since the task began."""
    return sum(
        max(0.0, min(end_s, now_s) - max(start_s, state.start_s))
        for start_s, end_s in state.holds_s
    )
