"""May this row be trusted, and if not, why: one flag and one reason column per sensor.

Judged at the sensor's own rate, before anything else. A breath hold is not a fault: only a sensor
that repeats exactly the same value for seconds is called flat, since a real one carries noise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from biofeedback.core.results import SensorQuality
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import (
    BoolArray,
    Channel,
    Chunk,
    Event,
    FloatArray,
    IntArray,
    StreamInfo,
)
from biofeedback.core.units import BELT_UNITS, STANDARD_GRAVITY_MPS2
from biofeedback.signal.filters import held
from biofeedback.signal.stage import Stage

__all__ = ["BeltQuality", "ImuQuality"]

FLAT_S = 4.0
"""Exactly the same value for so long is no living belt: a quarter of the slowest resting breath."""
SATURATED_SAMPLES = 5
"""So many samples in a row at the end of the range: one alone may be a cough."""
RAILS_N = (-5.0, 50.0)
"""A Go Direct belt's range, N; slightly below zero occurs on a loose strap."""
RAIL_PART = 0.01
ACC_RANGE_MPS2 = 16.0 * STANDARD_GRAVITY_MPS2
GYRO_RANGE_DPS = 2000.0
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
        """Return duration, s, and number of the run of equal values that each row ends."""
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


def _changes(
    role: Role, chunk: Chunk, reasons: IntArray, bad: BoolArray, told: _Told
) -> list[Event]:
    """Report when trust is lost, and when it has been back for half a second."""
    events: list[Event] = []

    def tell(row: int, ok: bool, reason: int) -> None:
        told.ok, told.reason = ok, reason
        events.append(
            SensorQuality(
                t_s=float(chunk.t_s[row]),
                decided_s=float(chunk.t_s[row]),
                arrival_s=float(chunk.arrival_s[row]),
                role=role.value,
                ok=ok,
                reason=reason,
            )
        )

    if told.ok and not bad.any():
        return events
    row = 0
    while row < len(chunk):
        if told.ok:
            ahead = np.flatnonzero(bad[row:])
            if not len(ahead):
                break
            row += int(ahead[0])
            told.good_since_s = None
            tell(row, False, int(reasons[row]))
        elif bad[row]:
            told.good_since_s = None
        elif told.good_since_s is None:
            told.good_since_s = float(chunk.t_s[row])
        elif chunk.t_s[row] - told.good_since_s >= RECOVERED_S:
            tell(row, True, 0)
        row += 1
    return events


@dataclasses.dataclass(slots=True)
class BeltState:
    """Memory of :class:`BeltQuality`."""

    runs: _Runs
    told: _Told
    railed: int = 0


class BeltQuality(Stage[BeltState]):
    """Trust in a belt: missing, flat, at the end of its range.

    No delay; a flat belt is known after 4 s. Rails are known of force belts only; other units
    have no published range, so a saturated one shows as flat.

    Parameters
    ----------
    role : Role
        Which belt; reads ``<prefix>_excursion``.
    """

    def __init__(self, role: Role) -> None:
        self._role = role

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._column = info.index(f"{self._role.prefix}_excursion", *BELT_UNITS)
        unit = info.channels[self._column].unit
        low, high = RAILS_N if unit == "N" else (-np.inf, np.inf)
        margin = RAIL_PART * (high - low) if unit == "N" else 0.0
        self._low, self._high = low + margin, high - margin
        return (
            Channel(f"{self._role.prefix}_ok", "flag"),
            Channel(f"{self._role.prefix}_reason", "reason"),
        )

    def start(self, first: Chunk, kept: BeltState | None) -> BeltState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        return BeltState(_Runs(), kept.told if kept is not None else _Told())

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: BeltState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        values = chunk.data[:, self._column]
        same_s, _ = state.runs.step(chunk.t_s, values)
        at_rail = (values <= self._low) | (values >= self._high)
        rows = np.arange(len(values))
        free = np.maximum.accumulate(np.where(~at_rail, rows, -1))
        railed = np.where(free >= 0, rows - free, rows + 1 + state.railed)
        state.railed = int(railed[-1])
        reasons = np.where(np.isnan(values), int(Reason.NOT_A_NUMBER), 0)
        reasons |= np.where(same_s >= FLAT_S, int(Reason.FLAT), 0)
        reasons |= np.where(railed >= SATURATED_SAMPLES, int(Reason.SATURATED), 0)
        bad = reasons != 0
        events = _changes(self._role, chunk, reasons, bad, state.told)
        return np.column_stack((~bad, reasons)).astype(np.float64), events


@dataclasses.dataclass(slots=True)
class ImuState:
    """Memory of :class:`ImuQuality`."""

    runs: list[_Runs]
    told: _Told
    last: float
    band: FloatArray
    power: FloatArray


class ImuQuality(Stage[ImuState]):
    """Trust in a motion sensor, and how much the body moves.

    The motion index is the RMS over about 1 s of the acceleration's magnitude between 0.7 and
    5 Hz, m/s²: above quiet breathing, below impacts. Causal: it lags by about 0.5 s.

    Parameters
    ----------
    role : Role
        Which sensor; reads whichever of ``<prefix>_acc_*``, ``_gyro_*``, ``_quat_*`` it has.
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
        rate_hz = info.sample_rate_hz
        high_hz = min(MOTION_BAND_HZ[1], 0.4 * rate_hz)
        self._band = (
            butter(1, (MOTION_BAND_HZ[0], high_hz), "bandpass", fs=rate_hz, output="sos")
            if self._acc and high_hz > 2 * MOTION_BAND_HZ[0]
            else None
        )
        # One pole whose mean age is half the window, like that of a moving average.
        self._forget = float(np.exp(-1.0 / (rate_hz * MOTION_S / 2)))
        return (
            Channel(f"{prefix}_ok", "flag"),
            Channel(f"{prefix}_reason", "reason"),
            Channel(f"{prefix}_motion_mps2", "m/s2"),
        )

    def start(self, first: Chunk, kept: ImuState | None) -> ImuState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        n_sections = 0 if self._band is None else len(self._band)
        told = kept.told if kept is not None else _Told()
        runs = [_Runs() for _ in self._acc]
        return ImuState(runs, told, STANDARD_GRAVITY_MPS2, np.zeros((n_sections, 2)), np.zeros(1))

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: ImuState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        data = chunk.data
        missing = np.isnan(data[:, self._all]).any(axis=1)
        reasons = np.where(missing, int(Reason.NOT_A_NUMBER), 0)
        for columns, limit in ((self._acc, ACC_RANGE_MPS2), (self._gyro, GYRO_RANGE_DPS)):
            railed = (np.abs(data[:, columns]) >= (1 - RAIL_PART) * limit).any(axis=1)
            reasons |= np.where(railed, int(Reason.SATURATED), 0)
        for run, column in zip(state.runs, self._acc, strict=True):
            same_s, _ = run.step(chunk.t_s, data[:, column])
            reasons |= np.where(same_s >= FLAT_S, int(Reason.FLAT), 0)
        bad = reasons != 0
        events = _changes(self._role, chunk, reasons, bad, state.told)
        return np.column_stack((~bad, reasons, self._motion(data, state))), events

    def _motion(self, data: FloatArray, state: ImuState) -> FloatArray:
        if self._band is None:
            return np.full(len(data), np.nan)
        x, y, z = (data[:, column] for column in self._acc)
        magnitude = held(np.sqrt(x * x + y * y + z * z), state.last)
        state.last = float(magnitude[-1])
        # Gravity is taken off first, so that the filter starts at rest.
        moved, state.band = sosfilt(self._band, magnitude - STANDARD_GRAVITY_MPS2, zi=state.band)
        gain = 1.0 - self._forget
        power, state.power = lfilter([gain], [1.0, -self._forget], moved**2, zi=state.power)
        return np.sqrt(np.maximum(power, 0.0))


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
