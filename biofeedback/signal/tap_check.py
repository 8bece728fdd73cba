"""Asked for a check, watches ten seconds of the table and tells the lag between its sensors."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.ports import StreamKind
from biofeedback.core.results import CommandHeard, TapAlignment
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.units import BELT_UNITS
from biofeedback.signal.stage import Stage
from biofeedback.signal.tap import Felt, Lag, lag_between

__all__ = ["TapCheck"]

WATCHED_S = 10.0
INTERVAL_S = {"belt": 0.1, "imu": 0.02}
"""Sample intervals assumed, the longest in use: the table does not tell what it was made of."""
BROKEN = Lag(math.nan, math.nan, 0, "the table paused during the check; repeat it")
TOO_FEW = Lag(math.nan, math.nan, 0, "it takes two sensors, each a belt or one with acceleration")


@dataclasses.dataclass(frozen=True, slots=True)
class _Sensor:
    """A sensor on the table."""

    role: Role
    columns: tuple[int, ...]
    clock: int | None


@dataclasses.dataclass(slots=True)
class TapCheckState:
    """Memory of :class:`TapCheck`."""

    broken: bool = False
    until_s: float | None = None
    rows: list[FloatArray] = dataclasses.field(default_factory=list)


class TapCheck(Stage[TapCheckState]):
    """Measures the constant lag of every sensor against the first one, when asked to.

    Hears the command ``tap_check`` and reports 10 s later, one event for every sensor but the
    first (a belt, if one is worn). Adds no column. A check during which the table pauses ends
    with the next row, without an answer.

    References
    ----------
    .. [1] docs/metrics/clock.md
    """

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        found = (_sensor(info, role) for role in Role)
        self._sensors = [sensor for sensor in found if sensor is not None]
        self._rate_hz = info.sample_rate_hz
        return ()

    def start(self, first: Chunk, kept: TapCheckState | None) -> TapCheckState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        return TapCheckState(broken=kept is not None and kept.until_s is not None)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: TapCheckState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        events: list[Event] = []
        if state.broken:
            events += self._answers(chunk, 0, [BROKEN] * len(self._sensors[1:]))
            state.broken = False
        begin = 0
        for event in heard:
            if isinstance(event, CommandHeard) and event.name == "tap_check":
                row = int(np.searchsorted(chunk.t_s, event.decided_s))
                events += self._watch(chunk, begin, row, state)
                begin = row
                state.until_s, state.rows = event.decided_s + WATCHED_S, []
        events += self._watch(chunk, begin, len(chunk), state)
        return np.empty((len(chunk), 0)), events

    def _watch(self, chunk: Chunk, begin: int, end: int, state: TapCheckState) -> list[Event]:
        """Keep the rows of a running check; answer at the row that completes it."""
        if state.until_s is None:
            return []
        last = int(np.searchsorted(chunk.t_s, state.until_s))
        state.rows.append(chunk.data[begin : min(last, end)])
        if last >= end:
            return []
        rows = np.concatenate(state.rows)
        state.until_s, state.rows = None, []
        felt = [_felt(sensor, rows) for sensor in self._sensors]
        lags = [lag_between(felt[0], other, self._rate_hz) for other in felt[1:]]
        return self._answers(chunk, last, lags)

    def _answers(self, chunk: Chunk, row: int, lags: Sequence[Lag]) -> list[Event]:
        roles = [sensor.role.value for sensor in self._sensors]
        if not lags:
            roles, lags = [*roles, "", ""][:2], [TOO_FEW]
        return [
            TapAlignment(
                t_s=float(chunk.t_s[row]),
                decided_s=float(chunk.t_s[row]),
                arrival_s=float(chunk.arrival_s[row]),
                reference=roles[0],
                role=role,
                lag_s=lag.lag_s,
                lag_se_s=lag.se_s,
                jolts=lag.jolts,
                reason=lag.reason,
            )
            for role, lag in zip(roles[1:], lags, strict=True)
        ]


def _sensor(info: StreamInfo, role: Role) -> _Sensor | None:
    """Find what a sensor feels jolts with; None where it is not on the table."""
    if role.kind == "belt":
        names = [f"{role.prefix}_excursion"]
    else:
        names = [f"{role.prefix}_acc_{axis}_mps2" for axis in ("ap", "ml", "up")]
    units = BELT_UNITS if role.kind == "belt" else ("m/s2",)
    columns = tuple(info.index(name, *units) for name in names if info.has(name))
    clock = f"{role.prefix}_clock_se_s"
    if not columns:
        return None
    return _Sensor(role, columns, info.index(clock, "s") if info.has(clock) else None)


def _felt(sensor: _Sensor, rows: FloatArray) -> Felt:
    kind: StreamKind = sensor.role.kind
    site = f"the {sensor.role.site} {'belt' if kind == 'belt' else 'motion sensor'}"
    clock_se_s = math.nan
    if sensor.clock is not None and np.isfinite(rows[:, sensor.clock]).any():
        clock_se_s = float(np.nanmedian(rows[:, sensor.clock]))
    return Felt(site, kind, rows[:, list(sensor.columns)], INTERVAL_S[kind], clock_se_s)
