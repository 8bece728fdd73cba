"""A recorded session as it was on the screen at any moment.

The kernel runs over it once; after that every moment is a matter of taking what had arrived by
then. So a seek costs milliseconds, and what is shown is what was shown.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from biofeedback.core.entry import Entry
from biofeedback.core.stream import Chunk, Event, FloatArray
from biofeedback.session.live import Live
from biofeedback.session.sessions import make_kernel, open_reader
from biofeedback.session.snapshot import LinkStatus, Snapshot

__all__ = ["Review"]

# How often the state of the links is kept, s of session time.
STEP_S = 2.0


class Review:
    """A session, read and understood.

    Parameters
    ----------
    folder : Path
        Session folder, or a file inside it.

    Attributes
    ----------
    folder : Path
        The session folder.
    length_s : float
        Time of the last entry, s.
    torn : str
        Where it ends and what is missing, in words; empty when it is whole.
    events : list of Event
        Everything that was decided, in the order of arrival.

    Raises
    ------
    RecordingFormatError, RecordingVersionError
        If it is not a session, or a newer version wrote it.
    """

    def __init__(self, folder: Path) -> None:
        reader = open_reader(folder)
        kernel = make_kernel(reader.description)
        self.folder = reader.folder
        self.torn = reader.torn()
        self.length_s = 0.0
        self.events: list[Event] = []
        self._rows: list[Chunk] = []
        self._links: list[tuple[LinkStatus, ...]] = []
        self._links_s: list[float] = []
        for batch in _steps(reader.entries()):
            snapshot = kernel.feed_all(batch)[-1]
            assert isinstance(snapshot, Snapshot)
            self._rows += [chunk for chunk in snapshot.table if len(chunk)]
            self.events += snapshot.events
            self._links.append(snapshot.links)
            self._links_s.append(snapshot.now_s)
            self.length_s = snapshot.now_s
        self._events_s = [event.arrival_s for event in self.events]
        self._rows_s = [float(chunk.arrival_s[-1]) for chunk in self._rows]

    def column(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return one column of the whole session, NaN where rows did not have it.

        Parameters
        ----------
        name : str
            Column name.

        Returns
        -------
        t_s : ndarray, shape (n_samples,)
        values : ndarray, shape (n_samples,)
        """
        values = [
            chunk.column(name) if chunk.info.has(name) else np.full(len(chunk), np.nan)
            for chunk in self._rows
        ]
        t_s = [chunk.t_s for chunk in self._rows]
        return np.concatenate([np.empty(0), *t_s]), np.concatenate([np.empty(0), *values])

    def between(self, after_s: float, until_s: float) -> Snapshot:
        """Return what arrived in a stretch of time.

        Parameters
        ----------
        after_s, until_s : float
            Half-open on the left: (after_s, until_s], s.

        Returns
        -------
        snapshot : Snapshot
        """
        rows = []
        for chunk in self._rows[bisect_left(self._rows_s, after_s) :]:
            first, end = np.searchsorted(chunk.arrival_s, (after_s, until_s), side="right")
            if first < end:
                rows.append(chunk.rows(int(first), int(end)))
            if end < len(chunk):
                break
        first = bisect_right(self._events_s, after_s)
        events = self.events[first : bisect_right(self._events_s, until_s)]
        number = bisect_left(self._links_s, until_s)
        links = self._links[min(number, len(self._links) - 1)] if self._links else ()
        return Snapshot(until_s, {}, tuple(rows), tuple(events), links)

    def live_at(self, t_s: float, trace_s: float = 60.0) -> Live:
        """Return what the screen knew at a moment.

        Parameters
        ----------
        t_s : float
            Session time, s.
        trace_s : float
            How much of the traces is wanted, s.

        Returns
        -------
        live : Live
        """
        live = Live(trace_s)
        before = self.between(-1.0, t_s)
        recent = self.between(t_s - trace_s - STEP_S, t_s).table
        live.update_snapshot(Snapshot(t_s, {}, recent, before.events, before.links))
        return live


def _steps(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Group entries by steps of session time."""
    batch: list[Entry] = []
    due_ns: int | None = None
    for entry in entries:
        if due_ns is None:
            due_ns = entry.host_time_ns
        if entry.host_time_ns >= due_ns and batch:
            yield batch
            batch = []
        while entry.host_time_ns >= due_ns:
            due_ns += round(STEP_S * 1e9)
        batch.append(entry)
    if batch:
        yield batch
