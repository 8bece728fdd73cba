"""How a motion sensor sits on the body, shown by movement: lie still, stand still, bow.

Nobody tapes a sensor on straight. Standing still tells the way up; bowing turns the trunk about
its left-right axis, and that is all that is needed to know forward from sideways. Before that,
lying on a table tells the gyroscope's zero.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import Aligned, CommandHeard, GyroBias
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.signal.quality import columns_of
from biofeedback.signal.stage import Stage

__all__ = ["Alignment", "BowAxis", "bow_axis"]

TABLE_S = 10.0
TABLE_SD_DPS, TABLE_MPS2 = 0.15, 0.3
STILL_S = 5.0
STILL_SD_DPS, STILL_SD_MPS2 = 5.0, 0.3
MOST_BOWING_S = 60.0
BOWING_DPS = 10.0
"""Slower rows say little about the axis."""
LEAST_EXPLAINED, MOST_OFF_DEG, LEAST_BOWS = 0.90, 15.0, 3
DOWN_DEG, BACK_DEG = 15.0, 7.5
"""A bow goes down to the first and comes back to the second."""
NOT_KNOWN = (math.nan, math.nan, math.nan)


@dataclasses.dataclass(frozen=True, slots=True)
class BowAxis:
    """The axis about which somebody bowed.

    Parameters
    ----------
    left : ndarray, shape (3,)
        Unit vector in the sensor's axes; bowing turns positively about it.
    explained : float
        Part of the squared turn rate that was about it, ratio.
    bows : int
        How many were seen.
    """

    left: FloatArray
    explained: float
    bows: int


def bow_axis(rate_dps: FloatArray, sample_rate_hz: float) -> BowAxis | None:
    """Find the axis of bows from turn rates.

    Parameters
    ----------
    rate_dps : ndarray, shape (n_samples, 3)
        From upright to upright, in the sensor's axes, finite, deg/s.
    sample_rate_hz : float
        Hz, > 0.

    Returns
    -------
    axis : BowAxis or None
        None when nothing turned.

    References
    ----------
    .. [1] W. Kong et al., "Online calibration of inertial sensors for human motion by functional
       movements", Sensors 16 (2016) 2011 (principal axis of a functional movement);
       docs/metrics/alignment.md
    """
    x, y, z = rate_dps.T
    fast = x * x + y * y + z * z > BOWING_DPS**2
    if np.count_nonzero(fast) < 3:
        return None
    moving = [np.ascontiguousarray(axis[fast]) for axis in (x, y, z)]
    scatter = np.array([[float(np.sum(one * other)) for other in moving] for one in moving])
    values, vectors = np.linalg.eigh(scatter)
    left = vectors[:, -1]
    turned = np.cumsum(x * left[0] + y * left[1] + z * left[2]) / sample_rate_hz
    # Upright before and after: what is left at the end is the gyroscope's bias.
    turned = turned - np.linspace(0.0, turned[-1], len(turned))
    if turned.mean() < 0.0:
        left, turned = -left, -turned
    place = np.where(turned > DOWN_DEG, 1, np.where(turned < BACK_DEG, -1, 0))
    place = np.concatenate(([-1], place[place != 0]))
    bows = int(np.count_nonzero(np.diff(place) > 0))
    return BowAxis(left, float(values[-1] / values.sum()), bows)


@dataclasses.dataclass(slots=True)
class AlignmentState:
    """Memory of :class:`Alignment`: what is being done, its rows, and the way up."""

    doing: str = ""
    until_s: float = math.inf
    rows: list[FloatArray] = dataclasses.field(default_factory=list)
    up: FloatArray | None = None


class Alignment(Stage[AlignmentState]):
    """Guided alignment of one motion sensor, at its own rate; reports, adds no columns.

    Commands ``align`` with ``step``: ``table`` (ten seconds lying still: the gyroscope's bias),
    ``still`` (five seconds standing or sitting tall), ``bow`` (three bows of 20 to 40 degrees
    follow), ``finish``. Accepted when at least three bows were seen, 90 % of the turning was about
    one axis, and that axis is level within 15 degrees; bowing ends by itself after a minute. A
    lost or restarted stream begins again. Known with the row of the command, or the last row.

    Parameters
    ----------
    role : Role
        Which sensor.

    References
    ----------
    .. [1] docs/metrics/alignment.md
    """

    def __init__(self, role: Role) -> None:
        self._role = role
        self.requires = (f"{role.prefix}_ok",)

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._acc = columns_of(info, self._role.prefix, "acc", "m/s2")
        self._gyro = columns_of(info, self._role.prefix, "gyro", "deg/s")
        self._rate_hz = info.sample_rate_hz
        return ()

    def start(self, first: Chunk, kept: AlignmentState | None) -> AlignmentState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        return AlignmentState(up=kept.up) if kept is not None else AlignmentState()

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: AlignmentState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        steps = [
            (int(np.searchsorted(chunk.t_s, event.decided_s)), str(event.argument("step")))
            for event in heard
            if isinstance(event, CommandHeard) and event.name == "align"
        ]
        events: list[Event] = []
        row = 0
        while row < len(chunk):
            if chunk.t_s[row] >= state.until_s:
                events += self._finish(chunk, row, state)
            for _, step in (one for one in steps if one[0] == row):
                if step == "finish":
                    events += self._finish(chunk, row, state)
                else:
                    self._begin(step, float(chunk.t_s[row]), state)
            later = [len(chunk), *(at for at, _ in steps)]
            later.append(int(np.searchsorted(chunk.t_s, state.until_s)))
            end = min(at for at in later if at > row)
            if state.doing:
                state.rows.append(chunk.data[row:end, (*self._acc, *self._gyro)])
            row = end
        return np.empty((len(chunk), 0)), events

    def _begin(self, step: str, now_s: float, state: AlignmentState) -> None:
        lasts_s = {"table": TABLE_S, "still": STILL_S, "bow": MOST_BOWING_S}.get(step)
        if lasts_s is not None:
            state.doing, state.until_s, state.rows = step, now_s + lasts_s, []
            if step == "still":
                state.up = None

    def _finish(self, chunk: Chunk, row: int, state: AlignmentState) -> list[Event]:
        """Judge what was done."""
        doing, rows = state.doing, state.rows
        state.doing, state.until_s, state.rows = "", math.inf, []
        if not doing:
            return []
        data = np.ascontiguousarray(np.concatenate(rows)) if rows else np.empty((0, 6))
        if doing == "table":
            return [self._bias(data, chunk, row)]
        if doing == "still":
            if self._acc and self._gyro and len(data) and _still(data):
                state.up = data[:, :3].mean(axis=0)
            return []
        return [self._aligned(data, state.up, chunk, row)]

    def _bias(self, data: FloatArray, chunk: Chunk, row: int) -> GyroBias:
        bias, sd_dps, words = NOT_KNOWN, math.nan, ""
        if not (self._acc and self._gyro):
            words = "This sensor has no gyroscope, or no acceleration; nothing to measure."
        else:
            sd_dps = float(data[:, 3:].std(axis=0).max())
            mean_mps2 = float(np.sqrt(np.sum(data[:, :3] ** 2, axis=1)).mean())
            off_mps2 = abs(mean_mps2 - STANDARD_GRAVITY_MPS2)
            if not sd_dps < TABLE_SD_DPS:
                words = (
                    f"It turned by {sd_dps:.2f} °/s (most: {TABLE_SD_DPS} °/s); put it on a table "
                    f"and do not touch it for {TABLE_S:.0f} s."
                )
            elif not off_mps2 < TABLE_MPS2:
                words = (
                    f"It feels {mean_mps2:.2f} m/s² instead of {STANDARD_GRAVITY_MPS2:.2f} "
                    f"(± {TABLE_MPS2}); calibrate its accelerometer."
                )
            else:
                x, y, z = data[:, 3:].mean(axis=0).tolist()
                bias = (x, y, z)
        ok = not words
        words = words or f"Zero of the gyroscope taken: {math.hypot(*bias):.2f} °/s."
        now_s = float(chunk.t_s[row])
        return GyroBias(
            t_s=now_s,
            decided_s=now_s,
            arrival_s=float(chunk.arrival_s[row]),
            role=self._role.value,
            ok=ok,
            bias=bias,
            sd_dps=sd_dps,
            words=words,
        )

    def _aligned(self, data: FloatArray, up: FloatArray | None, chunk: Chunk, row: int) -> Aligned:
        axis = None
        if self._acc and self._gyro and len(data):
            axis = bow_axis(data[:, 3:], self._rate_hz)
        axis_deg = math.nan
        if axis is not None and up is not None:
            cosine = float(np.sum(axis.left * up)) / float(np.sqrt(np.sum(up * up)))
            axis_deg = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
        problem = self._problem(axis, up, axis_deg)
        ways = (NOT_KNOWN, NOT_KNOWN)
        if axis is not None and up is not None and not problem:
            unit = up / np.sqrt(np.sum(up * up))
            right = -(axis.left - float(np.sum(axis.left * unit)) * unit)
            right = right / np.sqrt(np.sum(right * right))
            ways = (_vector(unit), _vector(right))
        now_s = float(chunk.t_s[row])
        return Aligned(
            t_s=now_s,
            decided_s=now_s,
            arrival_s=float(chunk.arrival_s[row]),
            role=self._role.value,
            ok=not problem,
            explained=axis.explained if axis is not None else math.nan,
            axis_deg=axis_deg,
            bows=axis.bows if axis is not None else 0,
            up=ways[0],
            right=ways[1],
            words=problem or f"Aligned by {axis.bows if axis else 0} bows.",
        )

    def _problem(self, axis: BowAxis | None, up: FloatArray | None, axis_deg: float) -> str:
        """Say what to do again; empty when all is well."""
        if not (self._acc and self._gyro):
            return "This sensor has no gyroscope, or no acceleration: bows cannot align it."
        if up is None:
            return f"Standing still was not seen: stand tall for {STILL_S:.0f} s, then bow."
        if axis is None or axis.bows < LEAST_BOWS:
            return (
                f"{axis.bows if axis else 0} bows were seen, {LEAST_BOWS} are needed: bow by 20 to "
                f"40° and come back up each time."
            )
        if axis.explained < LEAST_EXPLAINED:
            return (
                f"Only {100 * axis.explained:.0f} % of the turning was about one axis "
                f"({100 * LEAST_EXPLAINED:.0f} % needed): bow straight forward, or fasten the "
                f"sensor better."
            )
        if abs(axis_deg - 90.0) > MOST_OFF_DEG:
            return (
                f"The axis of the bows was {axis_deg:.0f}° from upright (90 ± {MOST_OFF_DEG:.0f}° "
                f"needed): stand tall first, then bow straight forward."
            )
        return ""


def _still(data: FloatArray) -> bool:
    spread = data.std(axis=0)
    return bool((spread[:3] < STILL_SD_MPS2).all() and (spread[3:] < STILL_SD_DPS).all())


def _vector(values: FloatArray) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return (x, y, z)
