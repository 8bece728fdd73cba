"""Walking: step rate, regularity, and how much the trunk moves, while one walks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import CommandHeard, Gait
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.walk_results import GaitProblem
from biofeedback.signal.level import levelled
from biofeedback.signal.moments import moments
from biofeedback.signal.stage import Stage
from biofeedback.signal.steps import NO_STEPS, steps

__all__ = ["Walking"]

TASK = "walk"
WINDOW_S = 10.0
"""Some eighteen steps: enough for a regularity, short enough to be told while one walks."""
EVERY_S = 5.0
LEAST_VALID = 0.8
LEAST_UP_MPS2 = 0.3
"""RMS of the vertical: slow walking has 0.7 and more at the low back, standing below 0.1."""
LEAST_ALIKE = 0.4
"""Steps less alike are none: half of what irregular walkers have (0.7 to 0.8), and more than chance
gives in ten seconds (0.3)."""
LEAST_STRIDES_ALIKE = 0.3
"""Who walks repeats strides as well, more than by chance: standing up and sitting down has bumps
that look like either, never like both."""
AXES = ("ap", "ml", "up")


@dataclasses.dataclass(slots=True)
class WalkingState:
    """Memory of :class:`Walking`; the rows do not survive a break, the task does."""

    rows: FloatArray
    due_s: float
    walks: bool = False
    since_s: float = math.nan


class Walking(Stage[WalkingState]):
    """Tells every 5 s of the task ``walk`` how the last 10 s were walked.

    Known with the last row of the window. A window without steps, or with less than 80 % trusted
    rows, is told as well, with its numbers unknown.

    Parameters
    ----------
    role : Role
        The motion sensor on the trunk.

    References
    ----------
    .. [1] docs/metrics/walk.md
    """

    def __init__(self, role: Role) -> None:
        self._role = role

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        prefix = self._role.prefix
        self._acc = [info.index(f"{prefix}_acc_{axis}_mps2", "m/s2") for axis in AXES]
        self._tilt = [info.index(f"{prefix}_tilt_{axis}_deg", "deg") for axis in AXES[:2]]
        self._ok = info.index(f"{prefix}_ok", "flag")
        self._rate_hz = info.sample_rate_hz
        self._keep = round(WINDOW_S * self._rate_hz)
        return ()

    def start(self, first: Chunk, kept: WalkingState | None) -> WalkingState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        now_s = float(first.t_s[0])
        walks = kept is not None and kept.walks
        return WalkingState(np.empty((0, 4)), now_s + EVERY_S, walks, now_s)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: WalkingState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        ok = chunk.data[:, self._ok] == 1.0
        acc = levelled(chunk.data[:, self._acc], chunk.data[:, self._tilt])
        acc = np.where(ok[:, None], acc, np.nan)
        before = len(state.rows)
        rows = np.concatenate((state.rows, np.column_stack((chunk.t_s, acc))))
        events: list[Event] = []
        for row, event in moments(chunk, heard, state.due_s, EVERY_S):
            if event is None:
                state.due_s += EVERY_S
                until = rows[: before + row + 1][-self._keep :]
                if state.walks and len(until) == self._keep and until[0, 0] >= state.since_s:
                    events.append(self._told(until, chunk.rows(row, row + 1)))
            elif isinstance(event, CommandHeard) and event.name == "task":
                state.walks = event.argument("name") == TASK
                state.since_s = float(chunk.t_s[row])
        state.rows = rows[-self._keep :]
        return np.empty((len(chunk), 0)), events

    def _told(self, window: FloatArray, at: Chunk) -> Gait:
        known = np.isfinite(window[:, 1:]).all(axis=1)
        valid = float(known.mean())
        rms = dict.fromkeys(AXES, math.nan)
        found = NO_STEPS
        problem: GaitProblem = "quality"
        if valid >= LEAST_VALID:
            row = np.arange(len(window))
            values = {
                axis: np.interp(row, row[known], window[known, 1 + n])
                for n, axis in enumerate(AXES)
            }
            spread = {axis: float(one.std()) for axis, one in values.items()}
            found = steps(values["up"], self._rate_hz)
            alike = (
                found.step_regularity >= LEAST_ALIKE
                and found.stride_regularity >= LEAST_STRIDES_ALIKE
            )
            problem = "not_walking"
            if spread["up"] >= LEAST_UP_MPS2 and alike:
                rms, problem = spread, ""
            else:
                found = NO_STEPS
        end_s = float(at.t_s[0])
        return Gait(
            t_s=end_s,
            decided_s=end_s,
            arrival_s=float(at.arrival_s[0]),
            role=self._role.value,
            start_s=float(window[0, 0]),
            step_rate_per_min=60.0 / found.step_s,
            step_regularity=found.step_regularity,
            stride_regularity=found.stride_regularity,
            rms_ap_mps2=rms["ap"],
            rms_ml_mps2=rms["ml"],
            rms_up_mps2=rms["up"],
            valid=valid,
            problem=problem,
        )
