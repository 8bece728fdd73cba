"""A recording, or arrays, through the same kernel as live: no loop, no thread, no waiting."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from biofeedback import __version__
from biofeedback.core.entry import Command, Entry
from biofeedback.core.errors import RecordingError
from biofeedback.core.results import BreathCycle, BreathShare, TapAlignment
from biofeedback.core.stream import Channel, Chunk, Event, StreamInfo
from biofeedback.recording.layout import make_private
from biofeedback.recording.reader import SessionReader
from biofeedback.session.kernel import Kernel
from biofeedback.session.sessions import make_kernel
from biofeedback.session.snapshot import LinkStatus, Snapshot
from biofeedback.signal.breath_cycle import last_unfinished
from biofeedback.signal.refine import RefinedBreaths
from biofeedback.signal.summary import summarise

__all__ = [
    "Analysis",
    "analyze_entries",
    "breath_rows",
    "open_session",
    "tap_check",
    "write_tables",
]

# Entries fed together: a minute of two belts and a 100 Hz IMU. More saves no time, and memory
# stays flat for a day's recording.
BATCH = 8192

BREATH_COLUMNS = tuple(
    field.name
    for field in dataclasses.fields(BreathCycle)
    if field.name not in ("t_s", "decided_s", "arrival_s")
)
SHARE_COLUMNS = (
    "log_ratio",
    "rib_cage_log_ratio",
    "rib_cage_log_ratio_se",
    "phase_angle_deg",
    "phase_angle_se_deg",
    "coherence",
    "state",
    "belly_share_pct",
    "belly_share_se_pct",
    "belly_range_share_pct",
    "phase_relation_in_pct",
    "phase_relation_out_pct",
    "phase_relation_pct",
    "labored_breathing_index",
)


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What a session holds.

    Parameters
    ----------
    table : Chunk
        Every row of the 50 Hz table, with every column any part of the session had.
    events : tuple of Event
        Everything that was decided, in the order of arrival.
    links : tuple of LinkStatus
        Every device at the end.
    breaths : tuple of BreathCycle
        Breaths as they were known live.
    breaths_refined : tuple of BreathCycle
        The same code with a zero-phase front and a global pass.
    unfinished, unfinished_refined : BreathCycle or None
        A last breath whose end was not recorded: a row of the tables, but in no average.
    """

    table: Chunk
    events: tuple[Event, ...]
    links: tuple[LinkStatus, ...]
    breaths: tuple[BreathCycle, ...]
    breaths_refined: tuple[BreathCycle, ...]
    unfinished: BreathCycle | None = None
    unfinished_refined: BreathCycle | None = None

    @property
    def summary(self) -> dict[str, object]:
        """The session in numbers; keys in docs/summary.md."""
        versions = {"biofeedback": __version__} | {
            name: metadata.version(name) for name in ("numpy", "scipy", "vqf")
        }
        accounts = [account for link in self.links for account in link.streams]
        summary = summarise(
            self.table, self.events, self.breaths, self.breaths_refined, versions, accounts
        )
        return summary | {"devices": [_device(link) for link in self.links]}


def analyze_entries(entries: Iterable[Entry], kernel: Kernel) -> Analysis:
    """Feed entries to a kernel and collect what comes out.

    Parameters
    ----------
    entries : iterable of Entry
        In feed order.
    kernel : Kernel
        A fresh one.

    Returns
    -------
    analysis : Analysis
    """
    table: list[Chunk] = []
    events: list[Event] = []
    links: tuple[LinkStatus, ...] = ()
    for batch in _batches(entries):
        snapshot = kernel.feed_all(batch)[-1]
        assert isinstance(snapshot, Snapshot)
        table += snapshot.table
        events += snapshot.events
        links = snapshot.links
    joined = _union(table)
    refined = RefinedBreaths(joined)
    return Analysis(
        joined,
        tuple(events),
        links,
        tuple(event for event in events if isinstance(event, BreathCycle)),
        tuple(refined.cycles),
        last_unfinished(events),
        refined.unfinished,
    )


def open_session(folder: Path) -> Analysis:
    """Analyse a recorded session.

    Parameters
    ----------
    folder : Path
        Session folder, or a file inside it.

    Returns
    -------
    analysis : Analysis

    Raises
    ------
    RecordingFormatError, RecordingVersionError
        If it is not a session, or a newer version wrote it.
    """
    reader = SessionReader(folder)
    return analyze_entries(reader.entries(), make_kernel(reader.description))


def tap_check(folder: Path, at_s: float) -> list[TapAlignment]:
    """Look for the lag between sensors in a recording, as if it had been asked for then.

    Parameters
    ----------
    folder : Path
        Session folder, or a file inside it.
    at_s : float
        Session time from which ten seconds are watched, s: just before coughs, taps or hops.

    Returns
    -------
    answers : list of TapAlignment
        One for every sensor but the first; none if the recording ends sooner.

    Raises
    ------
    RecordingFormatError, RecordingVersionError
        If it is not a session, or a newer version wrote it.
    """
    reader = SessionReader(folder)
    analysis = analyze_entries(_asked(reader.entries(), at_s), make_kernel(reader.description))
    return [event for event in analysis.events if isinstance(event, TapAlignment)]


def _asked(entries: Iterable[Entry], at_s: float) -> Iterator[Entry]:
    """Put the command where it belongs in time; leave out those that were recorded."""
    at_ns: int | None = None
    asked = False
    for entry in entries:
        if at_ns is None:
            at_ns = entry.host_time_ns + round(at_s * 1e9)
        if not asked and entry.host_time_ns >= at_ns:
            asked = True
            yield Command(at_ns, "tap_check")
        if not (isinstance(entry, Command) and entry.name == "tap_check"):
            yield entry


def _device(link: LinkStatus) -> dict[str, object]:
    """Put a device into JSON types; what is not known is None."""
    told = {"battery_pct": link.battery_pct, "rssi_dbm": link.rssi_dbm}
    known = {name: value if math.isfinite(value) else None for name, value in told.items()}
    names = {"device": link.device_id, "model": link.model, "serial": link.serial}
    return {**names, "firmware": link.firmware, **known, "garbage": link.garbage}


def breath_rows(
    breaths: Sequence[BreathCycle], events: Iterable[Event] = ()
) -> Iterator[dict[str, object]]:
    """Put each breath and its share side by side, one row per breath.

    Parameters
    ----------
    breaths : sequence of BreathCycle
        Live or refined.
    events : iterable of Event
        Where their shares are found by breath number.

    Yields
    ------
    row : dict of str to value
        Keys of ``breaths.csv``.
    """
    shares = {event.breath: event for event in events if isinstance(event, BreathShare)}
    for breath in breaths:
        row: dict[str, object] = {name: getattr(breath, name) for name in BREATH_COLUMNS}
        share = shares.get(breath.breath)
        for name in SHARE_COLUMNS:
            unknown = "unknown" if name == "state" else float("nan")
            row[name] = unknown if share is None else getattr(share, name)
        yield row


def write_tables(analysis: Analysis, summary: Mapping[str, object], folder: Path) -> list[Path]:
    """Write summary.json, breaths.csv and breaths_refined.csv; older ones are replaced.

    Parameters
    ----------
    analysis : Analysis
        The session.
    summary : mapping
        Its summary, with whatever the caller adds.
    folder : Path
        Made if absent; what lies there can be remade.

    Returns
    -------
    paths : list of Path

    Raises
    ------
    RecordingError
        If the folder cannot be written.
    """
    live, refined = (
        breaths if last is None else (*breaths, last)
        for breaths, last in (
            (analysis.breaths, analysis.unfinished),
            (analysis.breaths_refined, analysis.unfinished_refined),
        )
    )
    texts = {
        "summary.json": json.dumps(summary, indent=2, allow_nan=False) + "\n",
        "breaths.csv": _csv(breath_rows(live, analysis.events)),
        "breaths_refined.csv": _csv(breath_rows(refined)),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
            make_private(folder / name)
    except OSError as failure:
        raise RecordingError(
            f"cannot write to {folder} ({failure}); choose another folder with --out", folder
        ) from failure
    return [folder / name for name in texts]


def _csv(rows: Iterator[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, (*BREATH_COLUMNS, *SHARE_COLUMNS), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {
                name: "" if isinstance(value, float) and math.isnan(value) else value
                for name, value in row.items()
            }
        )
    return text.getvalue()


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    iterator = iter(entries)
    while batch := list(itertools.islice(iterator, BATCH)):
        yield batch


def _union(chunks: Sequence[Chunk]) -> Chunk:
    """Join rows of tables whose columns differ: sensors may come and go."""
    channels: dict[Channel, int] = {}
    for chunk in chunks:
        for channel in chunk.info.channels:
            channels.setdefault(channel, len(channels))
    n_rows = sum(len(chunk) for chunk in chunks)
    data = np.full((n_rows, len(channels)), np.nan)
    start = 0
    for chunk in chunks:
        columns = [channels[channel] for channel in chunk.info.channels]
        data[start : start + len(chunk), columns] = chunk.data
        start += len(chunk)
    rate_hz = chunks[0].info.sample_rate_hz if chunks else 50.0
    return Chunk(
        StreamInfo("table", tuple(channels), rate_hz),
        np.concatenate([np.empty(0), *(chunk.t_s for chunk in chunks)]),
        np.concatenate([np.empty(0), *(chunk.arrival_s for chunk in chunks)]),
        data,
    )
