"""Guards against over-bracing: a trunk held stiff without breath, or a breath held under load."""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Sequence
from typing import Literal

import numpy as np

from biofeedback.core.results import BracingAlert, BreathCycle, CommandHeard, Hold, RestSet
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.moments import moments
from biofeedback.signal.rest import SPREAD_S, UNKNOWN_REST, breath_part, usual_spread_deg
from biofeedback.signal.stage import Stage

__all__ = ["CUE", "STIFF", "BracingGuard", "is_stiff"]

STIFF = 0.5
"""Part of rest below which both must fall."""
LOOSE = 0.6
"""Part above which either ends an alert."""
SURE_S = 1.5
"""How long both must stay there: an alert that flickers teaches nothing."""
WINDOWS = 3
"""Spreads whose median is compared, over windows that overlap by half: rest is such a median, too.
One window of an ordinary sway, with a few sways in it, falls below half of that by chance twice an
hour, two of three twice in forty hours (100 simulated people). Three breaths take as long."""
HELD_S = 4.0
EVERY_S = 0.5
BREATHS = 3
OLD_S = 15.0
"""A breath that ended so long before the next, or before now, says nothing of it: the slowest
takes 10 s, and is known some seconds after its end."""
CUE = "soften, keep breathing"


def is_stiff(spread_part: float, breathing_part: float) -> bool:
    """Tell whether the angle's spread and the breath both fell below half of those at rest.

    Parameters
    ----------
    spread_part, breathing_part : float
        Of those at rest, ratio; NaN when unknown.

    Returns
    -------
    stiff : bool
        False while either is unknown.
    """
    return spread_part < STIFF and breathing_part < STIFF


@dataclasses.dataclass(slots=True)
class GuardState:
    """Memory of :class:`BracingGuard`; the rows do not survive a break."""

    rows: FloatArray
    due_s: float
    rest: RestSet = UNKNOWN_REST
    parts: deque[tuple[float, float]] = dataclasses.field(
        default_factory=lambda: deque(maxlen=BREATHS)
    )
    task: str = ""
    held_since_s: float = math.nan
    stiff_since_s: float = math.nan
    alerted: set[str] = dataclasses.field(default_factory=set)


class BracingGuard(Stage[GuardState]):
    """Tells when a person braces too much: twice a second, from angle, breath and holds.

    ``stiff``: the angle's spread (median of the last three windows of 10 s, 5 s apart) and the
    median of the last three breaths are both below half of those at rest for 1.5 s. ``hold``: a
    breath is held for 4 s during a task. A held breath has no size. Known when it is so; the spread
    looks 20 s back and falls some 13 s late.

    Parameters
    ----------
    trunk : Role
        The motion sensor that shows the trunk's angle.

    References
    ----------
    .. [1] docs/metrics/bracing_guard.md
    """

    def __init__(self, trunk: Role) -> None:
        self._trunk = trunk

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        prefix = self._trunk.prefix
        self._tilt = [info.index(f"{prefix}_tilt_{axis}_deg", "deg") for axis in ("ap", "ml")]
        self._ok = info.index(f"{prefix}_ok", "flag")
        self._n_spread = round(SPREAD_S * info.sample_rate_hz)
        self._keep = self._n_spread + (WINDOWS - 1) * (self._n_spread // 2)
        return ()

    def start(self, first: Chunk, kept: GuardState | None) -> GuardState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        fresh = GuardState(np.empty((0, 2)), float(first.t_s[0]) + EVERY_S)
        if kept is not None:
            fresh.rest, fresh.task, fresh.alerted = kept.rest, kept.task, set(kept.alerted)
        return fresh

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: GuardState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        ok = chunk.data[:, self._ok] == 1.0
        tilt = np.where(ok[:, None], chunk.data[:, self._tilt], np.nan)
        before = len(state.rows)
        rows = np.concatenate((state.rows, tilt))
        events: list[Event] = []
        for row, event in moments(chunk, heard, state.due_s, EVERY_S):
            if event is not None:
                _hear(event, state)
                continue
            state.due_s += EVERY_S
            window = rows[max(0, before + row + 1 - self._keep) : before + row + 1]
            spread_deg = usual_spread_deg(window, self._n_spread, WINDOWS)
            events += _judge(spread_deg, chunk.rows(row, row + 1), state)
        state.rows = rows[-self._keep :]
        return np.empty((len(chunk), 0)), events


def _hear(event: Event, state: GuardState) -> None:
    if isinstance(event, RestSet):
        state.rest = event
        state.parts.clear()
    elif isinstance(event, BreathCycle):
        state.parts.append((event.end_s, breath_part(event, state.rest)))
    elif isinstance(event, Hold):
        state.held_since_s = event.start_s if event.state == "begun" else math.nan
    elif isinstance(event, CommandHeard) and event.name == "task":
        state.task = str(event.argument("name") or "")


def _recent_part(parts: Sequence[tuple[float, float]], now_s: float) -> float:
    """Return the median size of the last three breaths; NaN unless they follow each other to now.

    Three slow breaths take half a minute: it is each one's distance to the next that counts.
    """
    if len(parts) < BREATHS:
        return math.nan
    apart_s = np.diff([end_s for end_s, _ in parts], append=now_s)
    return math.nan if apart_s.max() >= OLD_S else float(np.median([part for _, part in parts]))


def _judge(spread_deg: float, at: Chunk, state: GuardState) -> list[Event]:
    """Begin or end alerts at a row."""
    now_s = float(at.t_s[0])
    held_s = 0.0 if math.isnan(state.held_since_s) else now_s - state.held_since_s
    angle = spread_deg / state.rest.angle_sd_deg if state.rest.angle_sd_deg > 0 else math.nan
    breath = _recent_part(state.parts, now_s)
    if held_s > 0.0:
        breath = 0.0
    if not is_stiff(angle, breath):
        state.stiff_since_s = math.nan
    elif math.isnan(state.stiff_since_s):
        state.stiff_since_s = now_s
    told: list[tuple[Literal["stiff", "hold"], bool, bool]] = [
        ("stiff", now_s - state.stiff_since_s >= SURE_S, not (angle < LOOSE and breath < LOOSE)),
        ("hold", bool(state.task) and held_s >= HELD_S, held_s == 0.0 or not state.task),
    ]
    events: list[Event] = []
    for kind, begins, ends in told:
        if kind in state.alerted:
            if not ends:
                continue
            state.alerted.remove(kind)
        elif begins:
            state.alerted.add(kind)
        else:
            continue
        begun = kind in state.alerted
        events.append(
            BracingAlert(
                t_s=now_s,
                decided_s=now_s,
                arrival_s=float(at.arrival_s[0]),
                kind=kind,
                state="begun" if begun else "ended",
                angle_pct=100.0 * angle,
                breath_pct=100.0 * breath,
                held_s=held_s,
                cue=CUE if begun else "",
            )
        )
    return events
