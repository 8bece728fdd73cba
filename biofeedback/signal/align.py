"""Native streams in, one table at an even rate out.

A row of the table waits until every stream has reached its time, but no longer than
`max_wait_s`; a stream that is missing then is NaN in that row, and the others go on. What a row
holds follows from the times of rows and entries alone, so any grouping of calls gives the same
table. Causal delay: until the slowest stream's next packet, at most `max_wait_s` and the time to
the next entry.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from biofeedback.core.errors import StreamError
from biofeedback.core.roles import Reason
from biofeedback.core.stream import BoolArray, Chunk, FloatArray, IntArray, StreamInfo

__all__ = ["AlignedStream", "Aligner", "waiting_times"]

SPACING = 1.5
"""Native rows farther apart than so many sample intervals have a hole between them."""
SILENCE_S = 5.0
"""After so long without any stream the table pauses, and goes on with a new segment, s."""
LEAST_WAIT_S = 0.5
"""Rows wait at least so long for a late stream: a stall of a radio is not a loss, s."""
LEAST_BRIDGE_S, MOST_BRIDGE_S = 1.0, 2.0
"""Limits of `max_gap_s`: a quarter to half of a resting breath of 4 s, s."""
BLOCK = 4096
"""Rows made at once, so that a long silence costs no memory."""


@dataclass(frozen=True, slots=True)
class AlignedStream:
    """A native stream and what the table takes of it.

    Parameters
    ----------
    key : str
        ``device_id/stream_id``.
    info : StreamInfo
        Of the native chunks.
    columns : tuple of str
        Names of the columns to take. Columns of unit ``flag`` and ``reason`` tell of gaps.
    """

    key: str
    info: StreamInfo
    columns: tuple[str, ...]


def waiting_times(longest_packets_s: Iterable[float]) -> tuple[float, float]:
    """Say how long rows wait for a late stream, and how long a hole may be bridged.

    A packet is complete only when its last sample was taken, so its first one is as old as the
    packet is long; half as much again allows for the radio. One lost packet may be bridged, if
    that is at most half a breath.

    Parameters
    ----------
    longest_packets_s : iterable of float
        ``SampleStream.longest_packet_s`` of every stream, s.

    Returns
    -------
    max_wait_s : float
        1.5 times the longest packet, at least 0.5 s.
    max_gap_s : float
        1.25 times the longest packet, between 1 and 2 s.
    """
    longest_s = max(longest_packets_s, default=0.0)
    bridge_s = min(max(1.25 * longest_s, LEAST_BRIDGE_S), MOST_BRIDGE_S)
    return max(1.5 * longest_s, LEAST_WAIT_S), bridge_s


class Aligner:
    """Puts native rows on the grid ``n / rate_hz``.

    Values are interpolated linearly between the two native rows around the grid time. ``flag``
    columns are 1 only if both are 1; ``reason`` columns hold the bits of both. Between rows with
    a hole up to `max_gap_s`, or of different native segments, ``reason`` gets ``BRIDGED``; in a
    longer hole, and where the stream is too late, values are NaN, flags 0 and the reason ``GAP``.
    Rows in which every stream is missing are given for 5 s, then no more; the next row begins a
    new segment.

    Entry times always grow, and native rows carry the time of their entry as ``arrival_s``. A row
    is made at the first entry at which it is complete or overdue, of what had arrived by then.

    Parameters
    ----------
    inputs : sequence of AlignedStream
        At least one; the columns of the table in this order.
    rate_hz : float
        Rows per second, Hz.
    start_s : float
        No row is before this time, s.
    max_gap_s : float
        Longest hole that is bridged, s.
    max_wait_s : float
        Longest time a row waits for a late stream, s.
    segment : int
        Segment of the first rows.

    Raises
    ------
    StreamError
        If there is no stream, a column is missing or doubled, or a number is not above 0.
    """

    def __init__(
        self,
        inputs: Sequence[AlignedStream],
        *,
        rate_hz: float = 50.0,
        start_s: float,
        max_gap_s: float,
        max_wait_s: float,
        segment: int = 0,
    ) -> None:
        for name, value in (("max_gap_s", max_gap_s), ("max_wait_s", max_wait_s)):
            if not value > 0:
                raise StreamError(f"{name} is {value}; it must be above 0")
        if not inputs:
            raise StreamError("nothing to align; give at least one stream")
        self._sources = [_Source(stream, max_gap_s, rate_hz) for stream in inputs]
        self._by_key = {s.key: source for s, source in zip(inputs, self._sources, strict=True)}
        if len(self._by_key) < len(inputs):
            raise StreamError(f"a stream is given twice: {[stream.key for stream in inputs]}")
        channels = tuple(
            stream.info.channels[stream.info.index(name)]
            for stream in inputs
            for name in stream.columns
        )
        self._info = StreamInfo("table", channels, rate_hz)
        self._max_wait_s = max_wait_s
        self._next = math.ceil(start_s * rate_hz)
        self._most_silent = round(SILENCE_S * rate_hz)
        self._silent = self._most_silent + 1  # rows since one with something in it
        self._segment = segment
        self._index = 0
        self._begun = False

    @property
    def info(self) -> StreamInfo:
        """The table: columns of all streams in order."""
        return self._info

    def push(self, key: str, chunk: Chunk) -> None:
        """Take native rows.

        Parameters
        ----------
        key : str
            Whose rows.
        chunk : Chunk
            Any number of rows; rows that are not later than those before are left out.

        Raises
        ------
        StreamError
            If the stream or its columns are not those announced.
        """
        if key not in self._by_key:
            raise StreamError(f"stream {key!r} is not aligned here; known: {list(self._by_key)}")
        self._by_key[key].push(chunk)

    def advance(self, now_s: FloatArray) -> list[Chunk]:
        """Give the rows that are complete or overdue.

        Parameters
        ----------
        now_s : ndarray, shape (n_entries,)
            Times of all entries since the last call, in order, s; their rows were pushed before.

        Returns
        -------
        chunks : list of Chunk
            One per segment; ``arrival_s`` is the time of the entry with which a row was made.
        """
        chunks: list[Chunk] = []
        if len(now_s) == 0:
            return chunks
        rate_hz = self._info.sample_rate_hz
        next_s, last_s = self._next / rate_hz, float(now_s[-1])
        reached_s = min(source.reached_s for source in self._sources)
        if next_s > reached_s and next_s + self._max_wait_s > last_s:
            return chunks
        until = math.floor(max(reached_s, last_s - self._max_wait_s) * rate_hz) + 2
        while self._next < until:
            numbers = np.arange(self._next, min(until, self._next + BLOCK), dtype=np.int64)
            made = self._make(numbers, now_s, chunks)
            self._next += made
            for source in self._sources:
                source.release(self._next / rate_hz)
            if made < len(numbers):
                break
        return chunks

    def repaired(self, key: str) -> float:
        """Return how many lost samples of a stream were bridged since last asked.

        Parameters
        ----------
        key : str
            Whose.

        Returns
        -------
        samples : float
            A hole that was bridged in part counts in part.
        """
        source = self._by_key[key]
        samples, source.repaired = source.repaired, 0.0
        return samples

    def _make(self, numbers: IntArray, now_s: FloatArray, chunks: list[Chunk]) -> int:
        """Append the rows that can be made to `chunks`; return how many grid times are done."""
        t_s = numbers / self._info.sample_rate_hz
        entry = np.searchsorted(now_s, t_s + self._max_wait_s)
        overdue_s = np.append(now_s, np.inf)[entry]
        arrivals_s = [source.arrivals(t_s) for source in self._sources]
        arrival_s = np.minimum(np.maximum.reduce(arrivals_s), overdue_s)
        made = int(np.count_nonzero(arrival_s < np.inf))
        t_s, arrival_s = t_s[:made], arrival_s[:made]
        parts, gaps = [], []
        for source, came_s in zip(self._sources, arrivals_s, strict=True):
            values, gap = source.rows(t_s, came_s[:made] <= arrival_s)
            parts.append(values)
            gaps.append(gap)
        data = np.concatenate(parts, axis=1)
        for begin, end in self._spoken(np.logical_and.reduce(gaps)):
            chunks.append(
                Chunk(
                    self._info,
                    t_s[begin:end],
                    arrival_s[begin:end],
                    data[begin:end],
                    self._segment,
                    self._index,
                )
            )
            self._index += end - begin
        return made

    def _spoken(self, missing: BoolArray) -> Iterator[tuple[int, int]]:
        """Yield the half-open runs of rows to give, one per segment; count segments on."""
        rows = np.arange(len(missing))
        present = np.maximum.accumulate(np.where(missing, -1, rows))
        silent = np.where(present < 0, self._silent + 1 + rows, rows - present)
        paused = silent > self._most_silent
        before = np.concatenate(([self._silent > self._most_silent], paused))
        for begin, end in _runs(~paused):
            if before[begin]:
                self._segment += self._begun
                self._begun = True
                self._index = 0
            yield begin, end
        self._silent = int(silent[-1]) if len(silent) else self._silent


class _Source:
    """Rows of one native stream that the table still needs.

    Parameters
    ----------
    stream : AlignedStream
        Which stream, which columns.
    max_gap_s : float
        Longest hole that is bridged, s.
    grid_hz : float
        Rows of the table per second, Hz.
    """

    def __init__(self, stream: AlignedStream, max_gap_s: float, grid_hz: float) -> None:
        self._hole_s = SPACING / stream.info.sample_rate_hz
        if max_gap_s < self._hole_s:
            raise StreamError(
                f"max_gap_s is {max_gap_s}; {stream.key!r} at {stream.info.sample_rate_hz} Hz "
                f"needs at least {self._hole_s} s"
            )
        self._max_gap_s = max_gap_s
        self._grid_hz = grid_hz
        self._info = stream.info
        self._columns = [stream.info.index(name) for name in stream.columns]
        units = np.array([stream.info.channels[column].unit for column in self._columns])
        self._flags = np.flatnonzero(units == "flag")
        self._reasons = np.flatnonzero(units == "reason")
        self.reached_s = -np.inf
        self.repaired = 0.0
        self._new: list[tuple[FloatArray, FloatArray, IntArray, FloatArray]] = []
        self._t_s = self._arrival_s = np.empty(0)
        self._segment = np.empty(0, dtype=np.int64)
        self._data = np.empty((0, len(self._columns)))

    def push(self, chunk: Chunk) -> None:
        """Take rows; those not later than the ones before are left out."""
        if chunk.info != self._info:
            raise StreamError(
                f"chunk of {chunk.info.stream_id!r} has columns {list(chunk.info.names)}; "
                f"announced were {list(self._info.names)}"
            )
        before = np.fmax.accumulate(np.concatenate(([self.reached_s], chunk.t_s)))[:-1]
        later = chunk.t_s > before
        if not later.any():
            return
        t_s = chunk.t_s[later]
        segment = np.full(len(t_s), chunk.segment, dtype=np.int64)
        data = chunk.data[later][:, self._columns]
        self._new.append((t_s, chunk.arrival_s[later], segment, data))
        self.reached_s = float(t_s[-1])

    def arrivals(self, t_s: FloatArray) -> FloatArray:
        """Return when the stream reached each time, infinite where it has not yet."""
        if self._new:
            kept = (self._t_s, self._arrival_s, self._segment, self._data)
            joined = [np.concatenate(parts) for parts in zip(kept, *self._new, strict=True)]
            self._t_s, self._arrival_s, self._segment, self._data = joined
            self._new.clear()
        return np.append(self._arrival_s, np.inf)[np.searchsorted(self._t_s, t_s)]

    def rows(self, t_s: FloatArray, in_time: BoolArray) -> tuple[FloatArray, BoolArray]:
        """Return the values at grid times, and where there are none.

        Parameters
        ----------
        t_s : ndarray, shape (n_rows,)
            Grid times, s.
        in_time : ndarray of bool, shape (n_rows,)
            Whether the native row at or after came before the table's row was made.

        Returns
        -------
        values : ndarray, shape (n_rows, n_columns)
        gap : ndarray of bool, shape (n_rows,)
        """
        values = np.full((len(t_s), len(self._columns)), np.nan)
        values[:, self._flags] = 0.0
        values[:, self._reasons] = float(Reason.GAP)
        right = np.searchsorted(self._t_s, t_s)
        row = np.flatnonzero(in_time & (right < len(self._t_s)))
        right = right[row]
        exact = self._t_s[right] == t_s[row]
        left = np.where(exact, right, right - 1)
        hole_s = self._t_s[right] - self._t_s[left]
        known = (left >= 0) & (hole_s <= self._max_gap_s)
        row, left, right, hole_s = row[known], left[known], right[known], hole_s[known]
        a, b = self._data[left], self._data[right]
        weight = (t_s[row] - self._t_s[left]) / np.where(hole_s > 0, hole_s, 1.0)
        mixed = a + weight[:, np.newaxis] * (b - a)
        mixed[:, self._flags] = (a[:, self._flags] == 1.0) & (b[:, self._flags] == 1.0)
        bridged = (hole_s > self._hole_s) | (self._segment[left] != self._segment[right])
        mixed[:, self._reasons] = (
            _bits(a[:, self._reasons])
            | _bits(b[:, self._reasons])
            | np.where(bridged, Reason.BRIDGED, 0)[:, np.newaxis]
        )
        values[row] = mixed
        # Of a hole of n spacings n - 1 samples are missing, spread evenly over its rows.
        rate_hz = self._info.sample_rate_hz
        holes_s = hole_s[hole_s > self._hole_s]
        self.repaired += float(np.sum(rate_hz - 1.0 / holes_s)) / self._grid_hz
        gap = np.ones(len(t_s), dtype=bool)
        gap[row] = False
        return values, gap

    def release(self, t_s: float) -> None:
        """Forget rows that no grid time from `t_s` on needs."""
        first = max(0, int(np.searchsorted(self._t_s, t_s)) - 1)
        if first:
            self._t_s, self._arrival_s = self._t_s[first:], self._arrival_s[first:]
            self._segment, self._data = self._segment[first:], self._data[first:]


def _bits(reasons: FloatArray) -> IntArray:
    return np.where(np.isnan(reasons), 0.0, reasons).astype(np.int64)


def _runs(wanted: BoolArray) -> Iterator[tuple[int, int]]:
    """Yield the half-open runs of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], wanted, [False]))))
    for begin, end in edges.reshape(-1, 2):
        yield int(begin), int(end)
