"""How one breathes and sways at rest: the own measure that effort is compared with."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.results import BreathCycle, CommandHeard, RestSet
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.moments import moments
from biofeedback.signal.stage import Stage

__all__ = [
    "SPREAD_S",
    "UNKNOWN_REST",
    "Rest",
    "angle_sd_deg",
    "breath_part",
    "dropped",
    "usual_spread_deg",
]

SPREAD_S = 10.0
"""Over which the spread of the angle is taken: more than one slow breath and several sways."""
REST_S = 60.0
KEEP_S = 120.0
EVERY_S = 5.0
LEAST_BREATHS = 5
LEAST_WINDOWS = 3
LEAST_VALID = 0.8
GOOD_QUALITY = 0.5


def angle_sd_deg(tilt_deg: FloatArray) -> float:
    """Return the spread of the trunk's angle, both directions together.

    Parameters
    ----------
    tilt_deg : ndarray, shape (n, 2)
        Forward and sideways tilt, deg; NaN where not trusted.

    Returns
    -------
    sd_deg : float
        Root of the summed variances; NaN when less than 80 % is known.
    """
    known = np.ascontiguousarray(tilt_deg[np.isfinite(tilt_deg).all(axis=1)].T)
    if known.shape[1] < max(2.0, LEAST_VALID * len(tilt_deg)):
        return math.nan
    return math.sqrt(float(known[0].var()) + float(known[1].var()))


def usual_spread_deg(tilt_deg: FloatArray, n_rows: int, least: int = 1) -> float:
    """Return the median spread of the trunk's angle over windows that overlap by half.

    Parameters
    ----------
    tilt_deg : ndarray, shape (n, 2)
        Forward and sideways tilt, deg; NaN where not trusted.
    n_rows : int
        Length of a window, rows.
    least : int
        Windows that must be known.

    Returns
    -------
    sd_deg : float
        NaN when fewer are.
    """
    starts = range(0, len(tilt_deg) - n_rows + 1, n_rows // 2)
    spreads = [angle_sd_deg(tilt_deg[begin : begin + n_rows]) for begin in starts]
    known = [sd for sd in spreads if not math.isnan(sd)]
    return float(np.median(known)) if len(known) >= least else math.nan


def breath_part(breath: BreathCycle, rest: RestSet) -> float:
    """Return the size of a breath as a part of the one at rest.

    Parameters
    ----------
    breath : BreathCycle
        A breath.
    rest : RestSet
        What is usual at rest.

    Returns
    -------
    part : float
        Mean over the belts known in both; NaN without any.
    """
    pairs = (
        (breath.chest_amplitude, rest.chest_amplitude),
        (breath.abdomen_amplitude, rest.abdomen_amplitude),
    )
    parts = [abs(now) / usual for now, usual in pairs if not math.isnan(now + usual) and usual > 0]
    return sum(parts) / len(parts) if parts else math.nan


def dropped(t_s: float, arrival_s: float) -> RestSet:
    """Return what is known when nothing is: every number NaN.

    Parameters
    ----------
    t_s, arrival_s : float
        Of the row at which it was dropped, s.

    Returns
    -------
    rest : RestSet
    """
    return RestSet(
        t_s=t_s,
        decided_s=t_s,
        arrival_s=arrival_s,
        start_s=math.nan,
        end_s=math.nan,
        source="dropped",
        breaths=0,
        chest_amplitude=math.nan,
        abdomen_amplitude=math.nan,
        angle_sd_deg=math.nan,
    )


UNKNOWN_REST = dropped(math.nan, math.nan)
"""Before anything was measured."""


@dataclasses.dataclass(slots=True)
class RestState:
    """Memory of :class:`Rest`; the rows do not survive a break."""

    rows: FloatArray
    due_s: float
    since_s: float
    breaths: list[BreathCycle] = dataclasses.field(default_factory=list)
    tasked: bool = False
    posture: int = 0
    known: dict[int, RestSet] = dataclasses.field(default_factory=dict)


class Rest(Stage[RestState]):
    """Takes the own rest over the first minute without a task, or over the one asked for.

    ``Command("baseline")`` takes the minute before it, or its ``start_s`` to ``end_s``. A minute
    needs five good breaths where a belt is worn. One rest is kept per posture; a belt that slips
    drops all. Known with the last row of the interval, within 5 s.

    Parameters
    ----------
    trunk : Role or None
        The motion sensor that shows the trunk's angle.
    belts : bool
        Whether any belt is worn; without one the size of a breath is not known: a motion sensor
        takes the trunk's movement for breath.

    References
    ----------
    .. [1] docs/metrics/rest.md
    """

    def __init__(self, trunk: Role | None, belts: bool = True) -> None:
        self._trunk = trunk
        self._belts = belts

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._tilt: list[int] = []
        if self._trunk is not None:
            prefix = self._trunk.prefix
            self._tilt = [info.index(f"{prefix}_tilt_{axis}_deg", "deg") for axis in ("ap", "ml")]
            self._ok = info.index(f"{prefix}_ok", "flag")
        self._keep = round(KEEP_S * info.sample_rate_hz)
        self._spread = round(SPREAD_S * info.sample_rate_hz)
        return ()

    def start(self, first: Chunk, kept: RestState | None) -> RestState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        now_s = float(first.t_s[0])
        fresh = RestState(np.empty((0, 3)), now_s + EVERY_S, now_s)
        if kept is None:
            return fresh
        return dataclasses.replace(kept, rows=fresh.rows, due_s=fresh.due_s, since_s=now_s)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: RestState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        tilt = np.full((len(chunk), 2), np.nan)
        if self._tilt:
            ok = chunk.data[:, self._ok] == 1.0
            tilt[ok] = chunk.data[ok][:, self._tilt]
        before = len(state.rows)
        rows = np.concatenate((state.rows, np.column_stack((chunk.t_s, tilt))))
        events: list[Event] = []
        for row, event in moments(chunk, heard, state.due_s, EVERY_S):
            at = chunk.rows(row, row + 1)
            until = rows[max(0, before + row + 1 - self._keep) : before + row + 1]
            if event is None:
                state.due_s += EVERY_S
                events += self._first_minute(until, at, state)
            else:
                events += self._hear(event, until, at, state)
        state.rows = rows[-self._keep :]
        return np.empty((len(chunk), 0)), events

    def _hear(self, event: Event, rows: FloatArray, at: Chunk, state: RestState) -> list[Event]:
        now_s = float(at.t_s[0])
        if isinstance(event, BreathCycle):
            if self._belts and event.quality >= GOOD_QUALITY and not event.sigh:
                state.breaths.append(event)
            state.breaths = [one for one in state.breaths if one.end_s > now_s - KEEP_S]
        elif isinstance(event, BeltsChanged):
            if event.reason != "posture":
                state.known.clear()
            state.posture, state.since_s, state.breaths = event.posture, now_s, []
            rest = state.known.get(event.posture)
            arrival_s = float(at.arrival_s[0])
            if rest is None:
                return [dropped(now_s, arrival_s)]
            again = dataclasses.replace(rest, source="resumed", t_s=now_s, decided_s=now_s)
            return [dataclasses.replace(again, arrival_s=arrival_s)]
        elif isinstance(event, CommandHeard) and event.name == "task":
            state.tasked = bool(event.argument("name"))
            state.since_s = now_s
        elif isinstance(event, CommandHeard) and event.name == "baseline":
            start, end = event.argument("start_s"), event.argument("end_s")
            end_s = min(float(end), now_s) if isinstance(end, int | float) else now_s
            start_s = float(start) if isinstance(start, int | float) else end_s - REST_S
            return self._taken(start_s, end_s, "marked", rows, at, state)
        return []

    def _first_minute(self, rows: FloatArray, at: Chunk, state: RestState) -> list[Event]:
        """Take rest by itself once there was a minute of it."""
        now_s = float(at.t_s[0])
        if state.tasked or state.posture in state.known or now_s - state.since_s < REST_S:
            return []
        return self._taken(now_s - REST_S, now_s, "first_minute", rows, at, state)

    def _taken(
        self,
        start_s: float,
        end_s: float,
        source: Literal["marked", "first_minute"],
        rows: FloatArray,
        at: Chunk,
        state: RestState,
    ) -> list[Event]:
        inside = [one for one in state.breaths if one.onset_s >= start_s and one.end_s <= end_s]
        if self._belts and len(inside) < LEAST_BREATHS:
            return []
        tilt = rows[(rows[:, 0] > start_s) & (rows[:, 0] <= end_s), 1:]
        rest = RestSet(
            t_s=end_s,
            decided_s=float(at.t_s[0]),
            arrival_s=float(at.arrival_s[0]),
            start_s=start_s,
            end_s=end_s,
            source=source,
            breaths=len(inside),
            chest_amplitude=_median([one.chest_amplitude for one in inside]),
            abdomen_amplitude=_median([one.abdomen_amplitude for one in inside]),
            angle_sd_deg=usual_spread_deg(tilt, self._spread, LEAST_WINDOWS),
        )
        state.known[state.posture] = rest
        return [rest]


def _median(values: list[float]) -> float:
    """Return the median size of what is known; NaN below five."""
    known = [abs(value) for value in values if not math.isnan(value)]
    return float(np.median(known)) if len(known) >= LEAST_BREATHS else math.nan
