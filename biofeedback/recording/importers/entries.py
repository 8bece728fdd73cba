"""A file as entries of a session: the link, the roles, packets of imported samples."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biofeedback.core.entry import Command, Entry, LinkChange, Packet
from biofeedback.core.errors import ImportedDataError
from biofeedback.core.imported import PACKET_S, ImportedBlock, encode
from biofeedback.recording.importers.guess import guess_maps, guess_time_column, in_axis_order
from biofeedback.recording.importers.mapping import ImportRequest, SiteMap
from biofeedback.recording.importers.polarity import check_polarity
from biofeedback.recording.importers.streams import ImportedStream, build_stream
from biofeedback.recording.importers.table import RawTable, open_table

__all__ = ["Imported", "import_entries", "imported_from"]


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
    return imported_from(open_table(path), request)


def imported_from(table: RawTable, request: ImportRequest) -> Imported:
    """Make streams of an opened table: a file, or arrays of a program.

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
    guessed: list[str] = []
    maps = [_resolved(table, item) for item in request.maps] or guess_maps(table, guessed)
    sensors: dict[str, list[SiteMap]] = {}
    for item in maps:
        sensors.setdefault(item.role.value, []).append(in_axis_order(item, guessed))
    times = {
        role: _time_column(table, items[0], request, guessed) for role, items in sensors.items()
    }
    wanted = [name for items in sensors.values() for item in items for name in item.columns]
    wanted += [name for name in times.values() if name is not None]
    columns = table.load(list(dict.fromkeys(wanted)))
    notes = [*table.notes, *guessed]
    try:
        streams = tuple(
            build_stream(table, columns, items, times[role], request, notes)
            for role, items in sensors.items()
        )
    except ImportedDataError as failure:
        raise ImportedDataError(f"{table.path.name}: {failure}") from failure
    check_polarity(streams, notes)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", table.path.name.split(".")[0]).strip("_") or "file"
    return Imported(f"imported/{stem}", streams, tuple(dict.fromkeys(notes)))


def _resolved(table: RawTable, item: SiteMap) -> SiteMap:
    return dataclasses.replace(item, columns=tuple(map(table.resolve, item.columns)))


def _time_column(
    table: RawTable, item: SiteMap, request: ImportRequest, notes: list[str]
) -> str | None:
    """Return the column that times a sensor; None where a rate does."""
    own_rate = item.name in request.rate_hz or item.site in request.rate_hz
    if request.time_column and not own_rate:
        # In a table in long form every label has times of its own.
        own = f"{item.columns[0]}.{request.time_column}"
        return own if own in table.labels else table.resolve(request.time_column)
    if request.rate_for(item) is not None or table.labels[item.columns[0]].rate_hz is not None:
        return None
    guess = guess_time_column(table.labels)
    if guess is not None:
        notes.append(f"guessed from the labels: times are in {guess!r}")
    return guess


def _entries(device_id: str, streams: Sequence[ImportedStream]) -> Iterator[Entry]:
    """Cut streams into packets of a second that hold them all.

    Parameters
    ----------
    device_id : str
        Of the packets.
    streams : sequence of ImportedStream
        At least one, each with at least one row.

    Yields
    ------
    entry : Entry
        The link, the roles, the packets, the end. Host time 0 is the first sample; a packet
        comes at the time of its last sample.
    """
    origin_s = min(float(stream.time_s[0]) for stream in streams)
    yield LinkChange(0, device_id, "open", "imported")
    for stream in streams:
        key = f"{device_id}/{stream.info.stream_id}"
        role = stream.site.role.value
        yield Command(0, "assign", {"stream": key, "role": role, "invert": stream.invert})
    begins = [0] * len(streams)
    last_ns = 0
    while remaining := [
        float(stream.time_s[begin])
        for stream, begin in zip(streams, begins, strict=True)
        if begin < len(stream.time_s)
    ]:
        # A pause costs no packets: the next one begins at the second of the next sample.
        until_s = origin_s + PACKET_S * ((min(remaining) - origin_s) // PACKET_S + 1)
        blocks = []
        for number, stream in enumerate(streams):
            begin = begins[number]
            end = begin + int(np.searchsorted(stream.time_s[begin:], until_s))
            time_ns = np.rint((stream.time_s[begin:end] - origin_s) * 1e9).astype(np.int64)
            kind = stream.site.role.kind
            blocks.append(ImportedBlock(stream.info, kind, time_ns, stream.values[begin:end]))
            begins[number] = end
        last_ns = max(int(block.time_ns[-1]) for block in blocks if len(block.time_ns))
        yield Packet(last_ns, device_id, "rx", "imported", encode(blocks))
    yield LinkChange(last_ns, device_id, "closed", "end of the recording")
