"""From columns to streams: axes side by side, in our units, on sound times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from biofeedback.core.errors import ImportedDataError, StreamError
from biofeedback.core.stream import Channel, FloatArray, StreamInfo
from biofeedback.core.units import BELT_UNITS, CONVERSIONS, STANDARD_GRAVITY_MPS2, conversion
from biofeedback.recording.importers.mapping import (
    AXES,
    RATE_LIMITS_HZ,
    ImportRequest,
    Quantity,
    SiteMap,
)
from biofeedback.recording.importers.table import Label, RawColumn, RawTable
from biofeedback.recording.importers.times import gaps, in_order, in_seconds, nominal_rate_hz

__all__ = ["ImportedStream", "build_stream"]

LEAST_S = 2.0
"""Shorter is no recording: not one breath, s."""
SLOW_BELT_HZ = 4.0
SPELLINGS = MappingProxyType(
    {
        **dict.fromkeys(("lsb", "counts", "raw", "adc", "digits", "no units"), "count"),
        **dict.fromkeys(("°/s", "deg/sec", "degrees/s", "degree/s"), "deg/s"),
        **dict.fromkeys(("mg", "milli-g"), "mg"),
        **dict.fromkeys(("m/(sec^2)", "m/sec^2", "m/s/s", "ms-2", "m.s-2"), "m/s2"),
        **dict.fromkeys(("au", "a.u", "arb. unit", "arb.unit"), "a.u."),
        "newton": "N",
        "newtons": "N",
    }
)
OWN_UNIT: Mapping[Quantity, str] = MappingProxyType(
    {"acc": "m/s2", "gyro": "deg/s", "quat": "ratio"}
)
NAMES: Mapping[Quantity, str] = MappingProxyType(
    {"belt": "excursion", "acc": "acc_{}_mps2", "gyro": "gyro_{}_dps", "quat": "quat_{}"}
)
# Median magnitude of the acceleration of a body, by unit: it is mostly gravity.
GRAVITY_GUESSES = (("g", 0.5, 2.0), ("m/s2", 5.0, 20.0), ("mg", 500.0, 2000.0))
POSSIBLE_G = (0.3, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class ImportedStream:
    """One stream, ready to be cut into packets.

    Parameters
    ----------
    site : SiteMap
        Where it is worn.
    info : StreamInfo
        Names, units, nominal rate.
    time_s : ndarray, shape (n_samples,)
        Strictly increasing, s, on the file's own time.
    values : ndarray, shape (n_samples, n_channels)
        In our units.
    invert : bool
        Inspiration points down.
    """

    site: SiteMap
    info: StreamInfo
    time_s: FloatArray
    values: FloatArray
    invert: bool


def build_stream(
    table: RawTable,
    columns: Mapping[str, RawColumn],
    items: Sequence[SiteMap],
    time_column: str | None,
    request: ImportRequest,
    notes: list[str],
) -> ImportedStream:
    """Put the columns of one sensor side by side.

    Parameters
    ----------
    table : RawTable
        The opened file.
    columns : mapping of str to RawColumn
        What was read of it.
    items : sequence of SiteMap
        All quantities of the sensor, with the file's own column names.
    time_column : str or None
        The file's own name of the column that times these; None: there is a rate.
    request : ImportRequest
        Rates, units and direction as the user said.
    notes : list of str
        Gets what was repaired or guessed.

    Returns
    -------
    stream : ImportedStream

    Raises
    ------
    ImportedDataError
        If the columns cannot be such a stream.
    """
    role = items[0].role
    where = role.site
    names = [name for item in items for name in item.columns]
    lengths = {name: len(columns[name].values) for name in names}
    if len(set(lengths.values())) != 1:
        raise ImportedDataError(f"{where}: columns of one sensor need as many rows: {lengths}")
    own_s = [columns[name].time_s for name in names]
    if not all(_same(own_s[0], other) for other in own_s):
        raise ImportedDataError(f"{where}: {', '.join(item.name for item in items)} need one time")
    parts, channels = [], []
    for item in items:
        values = np.column_stack([columns[name].values for name in item.columns])
        for name, column in zip(item.columns, values.T, strict=True):
            _check_numbers(column, f"{where}: column {name!r}", notes)
        converted, unit = _in_own_unit(item, values, table.labels[item.columns[0]], request, notes)
        parts.append(converted)
        channels += [Channel(NAMES[item.quantity].format(a), unit) for a in AXES[item.quantity]]
    values = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    found_s = _found_times(table, columns, items[0], time_column, request, notes)
    if found_s is None:
        rate_hz = _rate_hz(table, items[0], request, notes)
        time_s = np.arange(len(values)) / rate_hz
    else:
        time_s, values = in_order(found_s, values, where, notes)
        rate_hz = nominal_rate_hz(time_s)
    _check_times(time_s, rate_hz, items[0], where, notes)
    stream_id = role.site if role.kind == "belt" else f"{role.site}_imu"
    info = StreamInfo(stream_id, tuple(channels), rate_hz)
    invert = role.kind == "belt" and role.site in request.invert
    return ImportedStream(items[0], info, time_s, values, invert)


def _same(one: FloatArray | None, other: FloatArray | None) -> bool:
    if one is None or other is None or one is other:
        return one is other
    return np.array_equal(one, other, equal_nan=True)


def _check_numbers(column: FloatArray, where: str, notes: list[str]) -> None:
    """Refuse a column without numbers; say if it is constant or partly missing."""
    column[~np.isfinite(column)] = np.nan
    missing = int(np.count_nonzero(np.isnan(column)))
    if missing == len(column):
        raise ImportedDataError(f"{where} holds no number at all; choose another")
    if missing:
        notes.append(f"{where}: {missing} of {len(column)} values are missing")
    if np.nanmax(column) == np.nanmin(column):
        notes.append(f"{where} is constant ({np.nanmax(column):g}); nothing can be measured on it")


def _in_own_unit(
    item: SiteMap, values: FloatArray, label: Label, request: ImportRequest, notes: list[str]
) -> tuple[FloatArray, str]:
    """Convert to our unit; the user's word goes before the file's, the file's before a guess."""
    given = request.unit_for(item)
    spelled = SPELLINGS.get(given.lower(), given)
    told = SPELLINGS.get(label.unit.lower(), label.unit)
    if item.quantity == "belt":
        for unit in BELT_UNITS:
            if (spelled or told, unit) in CONVERSIONS:
                factor = conversion(spelled or told, unit)
                return values if factor == 1.0 else values * factor, unit
        if given:
            raise ImportedDataError(
                f"--unit {item.name}={given}: a belt is in one of {', '.join(BELT_UNITS)}"
            )
        return values, "a.u."
    magnitude = float(np.nanmedian(np.sqrt(np.sum(values**2, axis=1))))
    wanted = OWN_UNIT[item.quantity]
    if item.quantity == "quat":
        if not 0.9 < magnitude < 1.1:
            raise ImportedDataError(
                f"{item.name}: the quaternions' length is {magnitude:.3g}, it must be 1; "
                "check the columns"
            )
        return values, wanted
    unit = spelled or (told if (told, wanted) in CONVERSIONS or told == "count" else "")
    if item.quantity == "acc":
        factor = _gravity_factor(item, unit, magnitude, notes)
    else:
        if not unit and told:
            raise ImportedDataError(
                f"{item.name}: the file gives it in {told!r}, which is not known here; "
                f"say what it is with --unit {item.name}=deg/s or rad/s"
            )
        if not unit:
            notes.append(f"{item.name}: taken to be in deg/s; if not, say --unit {item.name}=U")
        factor = _factor(item, unit or wanted, wanted)
    return values if factor == 1.0 else values * factor, wanted


def _gravity_factor(item: SiteMap, unit: str, magnitude: float, notes: list[str]) -> float:
    """Return what turns accelerations into m/s²; gravity tells the unit, or checks it."""
    if unit == "count":
        if not magnitude > 0:
            raise ImportedDataError(f"{item.name}: all accelerations are 0; choose other columns")
        notes.append(f"{item.name}: scaled so that the usual magnitude, {magnitude:.4g}, is 1 g")
        return STANDARD_GRAVITY_MPS2 / magnitude
    if not unit:
        unit = next((unit for unit, low, high in GRAVITY_GUESSES if low < magnitude < high), "")
        if not unit:
            raise ImportedDataError(
                f"{item.name}: its usual magnitude is {magnitude:.4g}, which is gravity in "
                f"neither g, mg nor m/s²; say the unit with --unit {item.name}=g, or "
                f"--unit {item.name}=count for raw numbers"
            )
        notes.append(f"{item.name}: taken to be in {unit} (usual magnitude {magnitude:.3g})")
    factor = _factor(item, unit, "m/s2")
    if not POSSIBLE_G[0] < magnitude * factor / STANDARD_GRAVITY_MPS2 < POSSIBLE_G[1]:
        raise ImportedDataError(
            f"{item.name}: in {unit} the usual magnitude would be {magnitude * factor:.3g} m/s², "
            f"not near 9.8; give the right --unit {item.name}=U"
        )
    return factor


def _factor(item: SiteMap, unit: str, wanted: str) -> float:
    try:
        return conversion(unit, wanted)
    except StreamError as failure:
        raise ImportedDataError(f"--unit {item.name}={unit}: {failure}") from failure


def _found_times(
    table: RawTable,
    columns: Mapping[str, RawColumn],
    item: SiteMap,
    time_column: str | None,
    request: ImportRequest,
    notes: list[str],
) -> FloatArray | None:
    """Return the time of each row as found, None where a rate tells it."""
    column = columns[item.columns[0]]
    if column.time_s is not None or time_column is None:
        return column.time_s
    values = columns[time_column].values
    if len(values) != len(column.values):
        raise ImportedDataError(
            f"time column {time_column!r} has {len(values)} rows, {item.columns[0]!r} has "
            f"{len(column.values)}; give --rate-hz {item.site}=R instead"
        )
    given = request.units.get("time", "")
    unit = given or table.labels[time_column].unit
    return in_seconds(values, unit, time_column, notes, given=bool(given))


def _rate_hz(table: RawTable, item: SiteMap, request: ImportRequest, notes: list[str]) -> float:
    """Return the rate that the user says, or else the file."""
    name = item.columns[0]
    asked_hz, told_hz = request.rate_for(item), table.labels[name].rate_hz
    rate_hz = told_hz if asked_hz is None else asked_hz
    if rate_hz is None:
        raise ImportedDataError(
            f"the file does not say how fast {name!r} was sampled; "
            "give --rate-hz R or --time-column C"
        )
    if told_hz and abs(rate_hz / told_hz - 1.0) > 0.01:
        notes.append(f"{item.site}: the file says {told_hz:g} Hz; {rate_hz:g} Hz is used as asked")
    low_hz, high_hz = RATE_LIMITS_HZ
    if not low_hz <= rate_hz <= high_hz:
        raise ImportedDataError(
            f"the file says that {name!r} was sampled at {rate_hz:g} Hz, outside {low_hz:g} to "
            f"{high_hz:g}; give --rate-hz R"
        )
    return rate_hz


def _check_times(
    time_s: FloatArray, rate_hz: float, item: SiteMap, where: str, notes: list[str]
) -> None:
    low_hz, high_hz = RATE_LIMITS_HZ
    if not low_hz <= rate_hz <= high_hz:
        raise ImportedDataError(
            f"{where} would be sampled at {rate_hz:.4g} Hz, outside {low_hz:g} to {high_hz:g}; "
            "check --time-column and its unit (--unit time=ms), or give --rate-hz"
        )
    length_s = float(time_s[-1] - time_s[0])
    if length_s < LEAST_S:
        raise ImportedDataError(
            f"{where} lasts {length_s:.3g} s; at least {LEAST_S:g} s are needed. "
            "Check --rate-hz or --time-column"
        )
    if item.quantity == "belt" and rate_hz < SLOW_BELT_HZ:
        notes.append(f"{where}: {rate_hz:.2g} Hz is slow for breathing; timing will be coarse")
    n_gaps, missing_s = gaps(time_s, rate_hz)
    if n_gaps:
        notes.append(f"{where}: {n_gaps} gaps of {missing_s:.1f} s in all are kept as gaps")
