"""May this row be trusted, and if not, why: one flag and one reason column per sensor.

Judged at the sensor's own rate, before anything else. A held breath is not a fault, and neither
is a body that moves: how much it moves is a column of its own.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from scipy.signal import butter, sosfilt

from biofeedback.core.results import SensorQuality
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, IntArray, StreamInfo
from biofeedback.core.units import BELT_UNITS, STANDARD_GRAVITY_MPS2
from biofeedback.signal.clipping import Clipping
from biofeedback.signal.filters import held
from biofeedback.signal.stage import Stage
from biofeedback.signal.stillness import Stillness

__all__ = ["BeltQuality", "ImuQuality", "columns_of"]

IN_USE = int(Reason.SATURATED | Reason.SETTLING | Reason.STALE_CLOCK)
"""Reasons that spoil how far a belt went, or how it stands to others in time, but not when it
turned, to a tenth of a second: such rows stay in use, marked."""
STALE_S = 0.01
"""Standard error of a clock above which it is stale, s: two just within it are 14 ms apart, and
20 ms are accepted between belts."""
SETTLING_S = 1.0
"""After a start or a break: a clock and a strap need a moment, s."""
RAIL_SAMPLES = 5
"""So many samples in a row at the end of the range: one alone may be a cough."""
RAIL_N, RAIL_PART = 50.0, 0.01
"""Upper end of a Go Direct belt's range, N, and how near counts as reached."""
DEAD_S = 4.0
"""An axis that gives exactly the same value for so long is dead, s."""
DEAD_MOTION_MPS2 = 0.1
"""... if the body moves by this much meanwhile, or all axes stand still."""
STUCK_SAMPLES = 3
STUCK_MPS2, STUCK_DPS = 1.9 * STANDARD_GRAVITY_MPS2, 240.0
"""Equal values in a row just under the smallest ranges sold (2 g, 250 °/s) or above are a rail."""
MOTION_BAND_HZ = (0.7, 5.0)
MOTION_S = 1.0
RECOVERED_S = 0.5
"""A sensor counts as recovered when it was trusted for so long."""


class _Runs:
    """How long a value has not changed, row by row."""

    def __init__(self) -> None:
        self.last = np.nan
        self.since_s = np.nan
        self.count = 0

    def step(self, t_s: FloatArray, values: FloatArray) -> tuple[FloatArray, IntArray]:
        """Return duration, s, and number of rows of the run of equal values so far."""
        changed = values != np.concatenate(([self.last], values[:-1]))
        rows = np.arange(len(values))
        start = np.maximum.accumulate(np.where(changed, rows, -1))
        since_s = np.where(start >= 0, t_s[start], self.since_s)
        count = np.where(start >= 0, rows - start + 1, rows + 1 + self.count)
        self.last, self.since_s, self.count = values[-1], since_s[-1], int(count[-1])
        return t_s - since_s, count


@dataclasses.dataclass(slots=True)
class _Told:
    """What was last said of a sensor, and since when it has been trusted again."""

    ok: bool = True
    reason: int = 0
    good_since_s: float | None = None


def _changes(role: Role, chunk: Chunk, reasons: IntArray, told: _Told) -> list[Event]:
    """Report lost trust and each new reason at once, recovery after half a second of trust."""
    events: list[Event] = []

    def tell(row: int, reason: int) -> None:
        told.ok, told.reason = reason == 0, reason
        events.append(
            SensorQuality(
                t_s=float(chunk.t_s[row]),
                decided_s=float(chunk.t_s[row]),
                arrival_s=float(chunk.arrival_s[row]),
                role=role.value,
                ok=told.ok,
                reason=reason,
            )
        )

    begins = [0, *(np.flatnonzero(np.diff(reasons)) + 1).tolist()]
    for begin, end in zip(begins, [*begins[1:], len(chunk)], strict=True):
        reason = int(reasons[begin])
        if reason:
            told.good_since_s = None
            if reason & ~told.reason:
                tell(begin, reason | told.reason)
        elif not told.ok:
            if told.good_since_s is None:
                told.good_since_s = float(chunk.t_s[begin])
            row = int(np.searchsorted(chunk.t_s, told.good_since_s + RECOVERED_S))
            if row < end:
                tell(max(row, begin), 0)
    return events


def _clock_column(info: StreamInfo, role: Role) -> int | None:
    name = f"{role.prefix}_clock_se_s"
    return info.index(name, "s") if info.has(name) else None


def _stale(chunk: Chunk, column: int | None) -> IntArray:
    """Mark rows whose time is not well known; given times have no error that we know."""
    if column is None:
        return np.zeros(len(chunk), dtype=np.int64)
    return np.where(chunk.data[:, column] > STALE_S, int(Reason.STALE_CLOCK), 0)


def _settling(t_s: FloatArray, start_s: float) -> IntArray:
    return np.where(t_s - start_s < SETTLING_S, int(Reason.SETTLING), 0)


@dataclasses.dataclass(slots=True)
class BeltState:
    """Memory of :class:`BeltQuality`."""

    start_s: float
    clipping: Clipping
    stillness: Stillness
    told: _Told
    railed: int = 0


class BeltQuality(Stage[BeltState]):
    """Trust in a belt: missing, at the end of its range, flat, just started.

    No delay but what it takes to know: 5 samples (at least 0.1 s) for saturation, 4 s for a belt
    that came off or died, 30 s for one that merely does not move. Any rate and scale: of a force
    belt the upper rail is known, every other rail is found by how it is met. Rows at a rail, those
    of the first second and those whose clock is stale keep their flag: breaths are timed from
    them, but the reason stands beside, amplitudes at a rail are not compared, and no phase is
    taken from a stale clock.

    Parameters
    ----------
    role : Role
        Which belt; reads ``<prefix>_excursion``, and ``<prefix>_clock_se_s`` where it is there.

    References
    ----------
    .. [1] docs/metrics/quality.md
    """

    def __init__(self, role: Role) -> None:
        self._role = role

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._column = info.index(f"{self._role.prefix}_excursion", *BELT_UNITS)
        self._clock = _clock_column(info, self._role)
        self._rate_hz = info.sample_rate_hz
        force = info.channels[self._column].unit == "N"
        # A belt worn inverted reads downwards to minus 50 N.
        self._rail = (1.0 - RAIL_PART) * RAIL_N if force else math.inf
        return (
            Channel(f"{self._role.prefix}_ok", "flag"),
            Channel(f"{self._role.prefix}_reason", "reason"),
        )

    def start(self, first: Chunk, kept: BeltState | None) -> BeltState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        told = kept.told if kept is not None else _Told()
        return BeltState(
            float(first.t_s[0]), Clipping(self._rate_hz), Stillness(self._rate_hz), told
        )

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: BeltState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        values = np.ascontiguousarray(chunk.data[:, self._column])
        rows = np.arange(len(values))
        free = np.maximum.accumulate(np.where(np.abs(values) >= self._rail, -1, rows))
        railed = np.where(free >= 0, rows - free, rows + 1 + state.railed)
        state.railed = int(railed[-1])
        saturated = state.clipping.step(values) | (railed >= RAIL_SAMPLES)
        flat = state.stillness.step(values) & ~saturated
        reasons = _settling(chunk.t_s, state.start_s)
        reasons |= np.where(np.isfinite(values), 0, int(Reason.NOT_A_NUMBER))
        reasons |= np.where(saturated, int(Reason.SATURATED), 0)
        reasons |= np.where(flat, int(Reason.FLAT), 0)
        reasons |= _stale(chunk, self._clock)
        events = _changes(self._role, chunk, reasons, state.told)
        usable = (reasons & ~IN_USE) == 0
        return np.column_stack((usable, reasons)).astype(np.float64), events


@dataclasses.dataclass(slots=True)
class ImuState:
    """Memory of :class:`ImuQuality`."""

    start_s: float
    runs: list[_Runs]
    told: _Told
    memory: FloatArray | None = None
    base: float = math.nan
    last: float = STANDARD_GRAVITY_MPS2
    squares: FloatArray = dataclasses.field(default_factory=lambda: np.empty(0))
    power: float = 0.0
    rows: int = 0


class ImuQuality(Stage[ImuState]):
    """Trust in a motion sensor, and how much the body moves.

    The motion index is the RMS over the last second of the acceleration's magnitude between 0.7
    and 5 Hz, m/s²: above quiet breathing, below impacts; unknown in the first second and without
    acceleration. A moving body is no fault of the sensor.

    Parameters
    ----------
    role : Role
        Which sensor; reads whichever of ``<prefix>_acc_*``, ``_gyro_*``, ``_quat_*`` and
        ``_clock_se_s`` it has.

    References
    ----------
    .. [1] docs/metrics/quality.md
    """

    def __init__(self, role: Role) -> None:
        self._role = role

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        prefix = self._role.prefix
        self._all = [
            number
            for number, name in enumerate(info.names)
            if name.startswith((f"{prefix}_acc_", f"{prefix}_gyro_", f"{prefix}_quat_"))
        ]
        self._acc = columns_of(info, prefix, "acc", "m/s2")
        self._gyro = columns_of(info, prefix, "gyro", "deg/s")
        self._clock = _clock_column(info, self._role)
        rate_hz = info.sample_rate_hz
        high_hz = min(MOTION_BAND_HZ[1], 0.4 * rate_hz)
        self._band = (
            np.asarray(
                butter(1, (MOTION_BAND_HZ[0], high_hz), "bandpass", fs=rate_hz, output="sos")
            )
            if self._acc and high_hz > 2 * MOTION_BAND_HZ[0]
            else None
        )
        self._n_motion = max(1, round(MOTION_S * rate_hz))
        return (
            Channel(f"{prefix}_ok", "flag"),
            Channel(f"{prefix}_reason", "reason"),
            Channel(f"{prefix}_motion_mps2", "m/s2"),
        )

    def start(self, first: Chunk, kept: ImuState | None) -> ImuState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        told = kept.told if kept is not None else _Told()
        runs = [_Runs() for _ in (*self._acc, *self._gyro)]
        return ImuState(float(first.t_s[0]), runs, told)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: ImuState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        data = chunk.data
        motion = self._motion(data, state)
        reasons = _settling(chunk.t_s, state.start_s)
        missing = ~np.isfinite(data[:, self._all]).all(axis=1)
        reasons |= np.where(missing, int(Reason.NOT_A_NUMBER), 0)
        stands = []
        limits = [STUCK_MPS2] * len(self._acc) + [STUCK_DPS] * len(self._gyro)
        for column, limit, run in zip((*self._acc, *self._gyro), limits, state.runs, strict=True):
            values = data[:, column]
            same_s, count = run.step(chunk.t_s, values)
            stuck = (np.abs(values) >= limit) & (count >= STUCK_SAMPLES)
            reasons |= np.where(stuck, int(Reason.SATURATED), 0)
            stands.append(same_s >= DEAD_S)
        if stands:
            dead = np.any(stands, axis=0) & (motion >= DEAD_MOTION_MPS2)
            dead |= np.all(stands, axis=0)
            reasons |= np.where(dead, int(Reason.FLAT), 0)
        reasons |= _stale(chunk, self._clock)
        events = _changes(self._role, chunk, reasons, state.told)
        usable = (reasons & ~int(Reason.STALE_CLOCK)) == 0
        return np.column_stack((usable, reasons, motion)), events

    def _motion(self, data: FloatArray, state: ImuState) -> FloatArray:
        if self._band is None:
            return np.full(len(data), np.nan)
        x, y, z = (data[:, column] for column in self._acc)
        magnitude = held(np.sqrt(x * x + y * y + z * z), state.last)
        state.last = float(magnitude[-1])
        if state.memory is None:
            # The first value is taken off, so that the filter starts at rest.
            state.memory, state.base = np.zeros((len(self._band), 2)), float(magnitude[0])
        moved, state.memory = sosfilt(self._band, magnitude - state.base, zi=state.memory)
        squares = np.concatenate((state.squares, moved * moved))
        before = len(state.squares)
        leaving = np.zeros(len(moved))
        aged = np.arange(before, len(squares)) - self._n_motion
        leaving[aged >= 0] = squares[aged[aged >= 0]]
        # A running sum, one term after the other: its bits do not depend on the cut.
        change = moved * moved - leaving
        power = np.add.accumulate(np.append(state.power, change))[1:]
        number = state.rows + 1 + np.arange(len(moved))
        state.power, state.rows = float(power[-1]), int(number[-1])
        state.squares = squares[-self._n_motion :]
        motion = np.sqrt(np.maximum(power, 0.0) / self._n_motion)
        return np.where(number >= self._n_motion, motion, np.nan)


def columns_of(info: StreamInfo, prefix: str, quantity: str, unit: str) -> tuple[int, ...]:
    """Return the columns of a quantity's three axes, or none when it is not measured.

    Parameters
    ----------
    info : StreamInfo
        The table.
    prefix : str
        Of the role.
    quantity : {"acc", "gyro"}
        What is looked for.
    unit : str
        Unit it must have.

    Returns
    -------
    columns : tuple of int
        Three, or empty.

    Raises
    ------
    StreamError
        If only some of the axes are there, or the unit is another.
    """
    suffix = {"acc": "mps2", "gyro": "dps"}[quantity]
    names = [f"{prefix}_{quantity}_{axis}_{suffix}" for axis in "xyz"]
    if not any(info.has(name) for name in names):
        return ()
    return tuple(info.index(name, unit) for name in names)
