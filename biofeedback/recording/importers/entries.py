"""From columns to entries: times made sound, units made ours, cut into packets of 30 s."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biofeedback.core.entry import Command, Entry, LinkChange, Packet
from biofeedback.core.errors import ImportedDataError, StreamError
from biofeedback.core.imported import PACKET_S, ImportedBlock, encode
from biofeedback.core.stream import Channel, FloatArray, StreamInfo
from biofeedback.core.units import BELT_UNITS, STANDARD_GRAVITY_MPS2, conversion
from biofeedback.recording.importers.csv import TIME_UNIT
from biofeedback.recording.importers.mapping import (
    RATE_LIMITS_HZ,
    ImportRequest,
    SiteMap,
    guess_maps,
)
from biofeedback.recording.importers.table import RawTable, read_table

__all__ = ["Imported", "ImportedStream", "import_entries", "imported_from"]

LEAST_S = 2.0
LEAST_BELT_RATE_HZ = 4.0
JITTER_PART = 0.5
# Sizes of a number of seconds since 1970 (or of a device clock) in smaller units.
EPOCH_UNITS = ((1e17, 1e-9, "nanoseconds"), (1e14, 1e-6, "microseconds"), (1e11, 1e-3, "ms"))
AXES = {"acc": "xyz", "gyro": "xyz", "quat": "wxyz"}
NAMES = {"acc": "acc_{}_mps2", "gyro": "gyro_{}_dps", "quat": "quat_{}"}
UNITS = {"acc": "m/s2", "gyro": "deg/s", "quat": "ratio"}
ACC_GUESSES = (("g", 0.5, 2.0), ("m/s2", 5.0, 20.0), ("mg", 500.0, 2000.0))
OPPOSED = -0.5


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


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """A file as entries.

    Parameters
    ----------
    device_id : str
        Of all its packets.
    streams : tuple of ImportedStream
        What it holds.
    notes : tuple of str
        What was guessed or repaired, for people.
    """

    device_id: str
    streams: tuple[ImportedStream, ...]
    notes: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        """From the first sample to the last, s."""
        first_s = min(stream.time_s[0] for stream in self.streams)
        return float(max(stream.time_s[-1] for stream in self.streams) - first_s)

    def entries(self) -> Iterator[Entry]:
        """Give the entries of the session.

        Yields
        ------
        entry : Entry
        """
        yield from _entries(self.device_id, self.streams)


def import_entries(path: Path, request: ImportRequest) -> Imported:
    """Read other people's recording.

    Parameters
    ----------
    path : Path
        The file.
    request : ImportRequest
        What is worn where; without maps it is guessed from the labels and said in the notes.

    Returns
    -------
    imported : Imported

    Raises
    ------
    ImportedDataError
        If the file does not fit the request.
    """
    return imported_from(read_table(path), request)


def imported_from(table: RawTable, request: ImportRequest) -> Imported:
    """Make streams of columns already read: a file's, or arrays of a program.

    Parameters
    ----------
    table : RawTable
        The columns.
    request : ImportRequest
        What is worn where.

    Returns
    -------
    imported : Imported

    Raises
    ------
    ImportedDataError
        If the columns do not fit the request.
    """
    notes = list(table.notes)
    maps = request.maps
    if not maps:
        maps = guess_maps(table)
        guess = ", ".join(f"{item.site}={item.columns[0]}" for item in maps)
        notes.append(f"guessed from the labels: {guess}")
    sites: dict[str, list[SiteMap]] = {}
    for item in maps:
        sites.setdefault(item.role.value, []).append(item)
    streams = tuple(_stream(table, items, request, notes) for items in sites.values())
    _check_polarity(streams, notes)
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", table.path.name.split(".")[0]) or "file"
    return Imported(f"imported/{stem}", streams, tuple(notes))


def _entries(device_id: str, streams: Sequence[ImportedStream]) -> Iterator[Entry]:
    """Cut streams into packets of up to 30 s that hold them all.

    Parameters
    ----------
    device_id : str
        Of the packets.
    streams : sequence of ImportedStream
        At least one, each with at least one row.

    Yields
    ------
    entry : Entry
        The link, the roles, the packets; the first at time zero, a packet at its last sample.
    """
    origin_s = min(float(stream.time_s[0]) for stream in streams)
    end_s = max(float(stream.time_s[-1]) for stream in streams)
    yield LinkChange(0, device_id, "open", "imported")
    for stream in streams:
        key = f"{device_id}/{stream.info.stream_id}"
        role = stream.site.role.value
        yield Command(0, "assign", {"stream": key, "role": role, "invert": stream.invert})
    start_s = origin_s
    last_ns = 0
    while start_s <= end_s:
        until_s = start_s + PACKET_S
        blocks = []
        for stream in streams:
            begin, end = np.searchsorted(stream.time_s, (start_s, until_s))
            time_ns = np.rint((stream.time_s[begin:end] - origin_s) * 1e9).astype(np.int64)
            kind = stream.site.role.kind
            blocks.append(ImportedBlock(stream.info, kind, time_ns, stream.values[begin:end]))
        ends = [int(block.time_ns[-1]) for block in blocks if len(block.time_ns)]
        if ends:
            last_ns = max(last_ns, *ends)
            yield Packet(last_ns, device_id, "rx", "imported", encode(blocks))
        start_s = until_s
    yield LinkChange(last_ns, device_id, "closed", "end of the recording")


def _stream(
    table: RawTable, items: Sequence[SiteMap], request: ImportRequest, notes: list[str]
) -> ImportedStream:
    """Put the columns of one sensor side by side, with sound times and our units."""
    site = items[0].site
    parts, channels = [], []
    for item in items:
        values = np.column_stack([_same_length(table, item)]).astype(np.float64)
        values[~np.isfinite(values)] = np.nan
        if np.isnan(values).all():
            raise ImportedDataError(
                f"{table.path.name}: column {item.columns[0]!r} holds no number at all; "
                "choose another"
            )
        converted, unit = _our_unit(table, item, values, request, notes)
        parts.append(converted)
        channels += _channels(item, unit)
    lengths = {len(part) for part in parts}
    if len(lengths) != 1:
        raise ImportedDataError(
            f"{table.path.name}: columns of {site} have {sorted(lengths)} rows; "
            "import them as different sites"
        )
    values = np.concatenate(parts, axis=1)
    time_s = _times(table, items[0], len(values), request, notes)
    time_s, values = _sound(table, site, time_s, values, notes)
    rate_hz = 1.0 / float(np.median(np.diff(time_s)))
    _check_rate(table, site, items[0], time_s, rate_hz, notes)
    for number, channel in enumerate(channels):
        column = values[:, number]
        if np.nanmax(column) == np.nanmin(column):
            notes.append(f"{site}: {channel.name} is constant; nothing can be measured on it")
    stream_id = site if items[0].quantity == "belt" else f"{site}_imu"
    info = StreamInfo(stream_id, tuple(channels), rate_hz)
    return ImportedStream(items[0], info, time_s, values, site in request.invert)


def _same_length(table: RawTable, item: SiteMap) -> FloatArray:
    columns = [table.column(name).values for name in item.columns]
    lengths = [len(column) for column in columns]
    if len(set(lengths)) != 1:
        raise ImportedDataError(
            f"{table.path.name}: {', '.join(item.columns)} have {lengths} rows; "
            "the axes of one sensor need the same number"
        )
    return np.column_stack(columns)


def _channels(item: SiteMap, unit: str) -> list[Channel]:
    if item.quantity == "belt":
        return [Channel("excursion", unit)]
    name = NAMES[item.quantity]
    return [Channel(name.format(axis), unit) for axis in AXES[item.quantity]]


def _our_unit(
    table: RawTable,
    item: SiteMap,
    values: FloatArray,
    request: ImportRequest,
    notes: list[str],
) -> tuple[FloatArray, str]:
    """Convert to the unit of the house; refuse what cannot be."""
    where = f"{item.site}.{item.quantity}"
    given = request.units.get(where, request.units.get(item.site, ""))
    said = table.column(item.columns[0]).unit
    if item.quantity == "belt":
        if given:
            return _converted(values, given, where)
        if said in BELT_UNITS:
            return values, said
        return values, "a.u."
    if item.quantity == "quat":
        norm = float(np.nanmedian(np.sqrt(np.sum(values**2, axis=1))))
        if not 0.9 < norm < 1.1:
            raise ImportedDataError(
                f"{where}: the quaternions' norm is {norm:.3g}, it must be 1; "
                "check the columns and their order (w, x, y, z)"
            )
        return values, "ratio"
    wanted = UNITS[item.quantity]
    norm = float(np.nanmedian(np.sqrt(np.sum(values**2, axis=1))))
    if not given and item.quantity == "acc":
        given = next((unit for unit, low, high in ACC_GUESSES if low < norm < high), "")
        if not given:
            raise ImportedDataError(
                f"{where}: at rest acceleration is about {norm:.4g}, which is neither g, mg nor "
                f"m/s²; say the unit with --unit {where}=g"
            )
        notes.append(f"{where}: taken to be in {given} (about {norm:.3g} at rest)")
    try:
        factor = conversion(given or wanted, wanted)
    except StreamError as failure:
        raise ImportedDataError(f"--unit {where}={given}: {failure}") from failure
    if item.quantity == "acc" and not 0.3 < norm * factor / STANDARD_GRAVITY_MPS2 < 3.0:
        raise ImportedDataError(
            f"{where}: in {given} it would be {norm * factor:.3g} m/s² at rest, not near 9.8; "
            "check --unit"
        )
    return values * factor, wanted


def _converted(values: FloatArray, given: str, where: str) -> tuple[FloatArray, str]:
    for unit in BELT_UNITS:
        try:
            return values * conversion(given, unit), unit
        except StreamError:
            continue
    raise ImportedDataError(f"--unit {where}={given}: a belt is in one of N, mm, V, count, a.u.")


def _times(
    table: RawTable, item: SiteMap, n_rows: int, request: ImportRequest, notes: list[str]
) -> FloatArray:
    """Find the time of each row: a time column, a rate given, or the rate the file says."""
    column = table.column(item.columns[0])
    if column.time_s is not None:
        return column.time_s
    if request.time_column:
        own = f"{item.columns[0]}.{request.time_column}"
        time = table.column(own if own in table.columns else request.time_column)
        if len(time.values) != n_rows:
            raise ImportedDataError(
                f"{table.path.name}: time column {request.time_column!r} has "
                f"{len(time.values)} rows, {item.columns[0]!r} has {n_rows}"
            )
        return _seconds(time.values, time.unit, request.time_column, notes)
    rate_hz = request.rate_hz.get(item.site, request.rate_hz.get("", column.rate_hz))
    if rate_hz is None:
        raise ImportedDataError(
            f"{table.path.name} does not say how fast {item.columns[0]!r} was sampled; "
            "give --rate-hz R or --time-column C"
        )
    if column.rate_hz is not None and abs(rate_hz / column.rate_hz - 1) > 0.01:
        notes.append(
            f"{item.site}: the file says {column.rate_hz:g} Hz, {rate_hz:g} Hz is used as asked"
        )
    return np.arange(n_rows) / rate_hz


def _seconds(values: FloatArray, unit: str, name: str, notes: list[str]) -> FloatArray:
    if unit == TIME_UNIT:
        return values
    size = float(np.nanmedian(np.abs(values))) if np.isfinite(values).any() else 0.0
    for least, factor, word in EPOCH_UNITS:
        if size > least:
            notes.append(f"time column {name!r} is taken to be in {word} since 1970")
            # The whole part first: a double holds microseconds of 1970 badly.
            return (values - np.nanmin(values)) * factor
    factors = {"ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "min": 60.0}
    return values * factors.get(unit, 1.0)


def _sound(
    table: RawTable, site: str, time_s: FloatArray, values: FloatArray, notes: list[str]
) -> tuple[FloatArray, FloatArray]:
    """Make times strictly increasing; say what had to be done."""
    known = np.isfinite(time_s)
    if not known.all():
        notes.append(f"{site}: {int((~known).sum())} rows without a time are left out")
        time_s, values = time_s[known], values[known]
    if len(time_s) < 3:
        raise ImportedDataError(
            f"{table.path.name}: {site} has {len(time_s)} usable rows; that is no recording"
        )
    steps = np.diff(time_s)
    if (steps < 0).any():
        order = np.argsort(time_s, kind="stable")
        time_s, values = time_s[order], values[order]
        notes.append(f"{site}: {int((steps < 0).sum())} times ran backwards; rows were sorted")
    first = np.concatenate(([True], np.diff(time_s) > 0))
    if not first.all():
        notes.append(f"{site}: {int((~first).sum())} rows share a time; they were averaged")
        group = np.cumsum(first) - 1
        count = np.bincount(group)
        values = np.column_stack(
            [np.bincount(group, values[:, number]) / count for number in range(values.shape[1])]
        )
        time_s = time_s[first]
    if len(time_s) < 3:
        raise ImportedDataError(
            f"{table.path.name}: all rows of {site} share {len(time_s)} times; "
            "choose another --time-column"
        )
    return time_s, values


def _check_rate(
    table: RawTable,
    site: str,
    item: SiteMap,
    time_s: FloatArray,
    rate_hz: float,
    notes: list[str],
) -> None:
    low_hz, high_hz = RATE_LIMITS_HZ
    if not low_hz <= rate_hz <= high_hz:
        raise ImportedDataError(
            f"{table.path.name}: {site} would be sampled at {rate_hz:.4g} Hz, outside "
            f"{low_hz:g} to {high_hz:g}; check --time-column or --rate-hz"
        )
    length_s = float(time_s[-1] - time_s[0])
    if length_s < LEAST_S:
        raise ImportedDataError(
            f"{table.path.name}: {site} lasts {length_s:.2f} s, at least {LEAST_S:g} s are "
            "needed; check --rate-hz"
        )
    if item.quantity == "belt" and rate_hz < LEAST_BELT_RATE_HZ:
        notes.append(f"{site}: {rate_hz:.2g} Hz is slow for breathing; timing will be coarse")
    steps = np.diff(time_s)
    gaps = steps > 1.0 + 1.5 / rate_hz
    if gaps.any():
        notes.append(
            f"{site}: {int(gaps.sum())} gaps, {float(steps[gaps].sum()):.1f} s in all, are kept"
        )


def _check_polarity(streams: Sequence[ImportedStream], notes: list[str]) -> None:
    """Say when the two belts move against each other all the time: one may be upside down."""
    belts = [stream for stream in streams if stream.site.quantity == "belt"]
    if len(belts) != 2:
        return
    start_s = max(float(stream.time_s[0]) for stream in belts)
    end_s = min(float(stream.time_s[-1]) for stream in belts)
    grid_s = np.arange(start_s, end_s, 0.1)
    if len(grid_s) < 100:
        return
    moved = []
    for stream in belts:
        sign = -1.0 if stream.invert else 1.0
        values = np.interp(grid_s, stream.time_s, np.nan_to_num(stream.values[:, 0]) * sign)
        # Half a second's change: drift and posture leave nothing in it.
        moved.append(values[5:] - values[:-5])
    if min(float(np.std(part)) for part in moved) == 0:
        return
    correlation = float(np.corrcoef(moved[0], moved[1])[0, 1])
    if correlation < OPPOSED:
        notes.append(
            f"chest and abdomen move against each other (correlation {correlation:.2f}); if that "
            "is not paradoxical breathing, add --invert for the one that falls on breathing in"
        )
