"""How the trunk is held, always as a change from its own neutral.

Sensors on the skin do not know how straight a spine is. They know how it has changed, and that
only beyond what taking a sensor off and on costs: below 5 degrees nothing is called a change.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import PostureChange
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.neutral import is_neutral
from biofeedback.signal.stage import Stage

__all__ = ["LEAST_CHANGE_DEG", "Posture", "is_change", "lumbopelvic_ratio"]

LEAST_CHANGE_DEG = 5.0
"""Minimal detectable change of an angle measured on the skin of the trunk, degrees."""
WINDOW_S, EVERY_S = 5.0, 1.0
HELD_SD_DEG = 2.0
"""More spread than this is moving, not holding."""
LEAST_VALID = 0.8
NEUTRAL_S = 3.0
"""After a command that sets neutral anew, angles are new ones once this has passed, s."""
BEND_PART = (0.2, 0.8)
LEAST_BEND_DEG = 10.0
LUMBAR = (Role.BACK_IMU, Role.PELVIS_IMU)


def is_change(before_deg: float, after_deg: float) -> bool:
    """Tell whether two angles of the trunk differ by more than cannot be told from nothing.

    Parameters
    ----------
    before_deg, after_deg : float
        Angles, degrees.

    Returns
    -------
    changed : bool
        False when either is NaN.

    References
    ----------
    .. [1] R. A. Laird et al., "Comparing lumbo-pelvic kinematics in people with and without back
       pain", BMC Musculoskelet. Disord. 15 (2014) 229, and 2016 for the repeatability;
       docs/metrics/posture.md
    """
    return abs(after_deg - before_deg) >= LEAST_CHANGE_DEG


def lumbopelvic_ratio(lumbar_deg: FloatArray, trunk_deg: FloatArray) -> float:
    """Return the lumbar part of a bend, over the middle of its way down.

    Parameters
    ----------
    lumbar_deg, trunk_deg : ndarray, shape (n_samples,)
        Lumbar and trunk flexion from upright to the lowest point, degrees.

    Returns
    -------
    ratio : float
        Change of lumbar over change of trunk flexion while the trunk goes from 20 to 80 % of
        its way; 1 is all lumbar, 0 all pelvis; NaN for a bend below 10 degrees.
    """
    if len(trunk_deg) < 2:
        return math.nan
    way_deg = float(trunk_deg[-1] - trunk_deg[0])
    if not way_deg >= LEAST_BEND_DEG:
        return math.nan
    done = (trunk_deg - trunk_deg[0]) / way_deg
    first, last = (int(np.argmax(done >= part)) for part in BEND_PART)
    trunk = float(trunk_deg[last] - trunk_deg[first])
    return float(lumbar_deg[last] - lumbar_deg[first]) / trunk if trunk > 0.0 else math.nan


@dataclasses.dataclass(slots=True)
class PostureState:
    """Memory of :class:`Posture`: the rows of the window, and what was told last."""

    rows: FloatArray
    next_s: float
    told: tuple[float, float] = (0.0, 0.0)
    since_s: float = -math.inf


class Posture(Stage[PostureState]):
    """Lumbar flexion from two motion sensors, and when posture has really changed.

    Columns ``lumbar_flexion_deg`` and ``lumbar_lateral_deg``: the sensor at the back minus that at
    the pelvis, both from own neutral; only where both are worn. No delay. Once a second the last
    5 s are looked at: where they were held (spread below 2 degrees) and lie 5 degrees or more from
    the posture told before, that is reported.

    Parameters
    ----------
    roles : sequence of Role
        The motion sensors worn; the first is the one whose posture is told.

    References
    ----------
    .. [1] docs/metrics/posture.md
    """

    def __init__(self, roles: Sequence[Role]) -> None:
        self._role = roles[0]
        self._both = all(role in roles for role in LUMBAR)

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._tilt = _tilts(info, self._role)
        self._ok = info.index(f"{self._role.prefix}_ok", "flag")
        self._keep = round(WINDOW_S * info.sample_rate_hz)
        if not self._both:
            return ()
        self._pairs = [_tilts(info, role) for role in LUMBAR]
        return (Channel("lumbar_flexion_deg", "deg"), Channel("lumbar_lateral_deg", "deg"))

    def start(self, first: Chunk, kept: PostureState | None) -> PostureState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        state = PostureState(np.empty((0, 3)), float(first.t_s[0]) + WINDOW_S)
        if kept is not None:
            state.told, state.since_s = kept.told, kept.since_s
        return state

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: PostureState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        added = np.empty((len(chunk), 0))
        if self._both:
            upper, lower = (chunk.data[:, columns] for columns in self._pairs)
            added = upper - lower
        ok = chunk.data[:, self._ok] == 1.0
        tilt = np.where(ok[:, None], chunk.data[:, self._tilt], np.nan)
        rows = np.concatenate((state.rows, np.column_stack((chunk.t_s, tilt))))
        commands = [event for event in heard if is_neutral(event)]
        events: list[Event] = []
        while chunk.t_s[-1] >= state.next_s:
            number = int(np.searchsorted(chunk.t_s, state.next_s))
            while commands and commands[0].decided_s <= chunk.t_s[number]:
                _forget(commands.pop(0), state)
            end = len(state.rows) + number + 1
            events += self._look(rows[max(0, end - self._keep) : end], chunk, number, state)
            state.next_s += EVERY_S
        for command in commands:
            _forget(command, state)
        state.rows = rows[-self._keep :]
        return added, events

    def _look(self, window: FloatArray, chunk: Chunk, row: int, state: PostureState) -> list[Event]:
        known = window[(window[:, 0] >= state.since_s) & np.isfinite(window[:, 1:]).all(axis=1)]
        if len(known) < LEAST_VALID * self._keep or (known[:, 1:].std(axis=0) > HELD_SD_DEG).any():
            return []
        flexion_deg, lateral_deg = known[:, 1:].mean(axis=0).tolist()
        change_deg = math.hypot(flexion_deg - state.told[0], lateral_deg - state.told[1])
        if not is_change(0.0, change_deg):
            return []
        state.told = (flexion_deg, lateral_deg)
        now_s = float(chunk.t_s[row])
        return [
            PostureChange(
                t_s=now_s,
                decided_s=now_s,
                arrival_s=float(chunk.arrival_s[row]),
                role=self._role.value,
                flexion_deg=flexion_deg,
                lateral_deg=lateral_deg,
                change_deg=change_deg,
            )
        ]


def _forget(command: Event, state: PostureState) -> None:
    state.told, state.since_s = (0.0, 0.0), command.t_s + NEUTRAL_S


def _tilts(info: StreamInfo, role: Role) -> list[int]:
    return [info.index(f"{role.prefix}_tilt_{axis}_deg", "deg") for axis in ("ap", "ml")]
