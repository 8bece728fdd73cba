"""Rows of fields into samples in our units: the streams of a board, declared or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

import numpy as np

from biofeedback.core.board import Belt, Board, Imu
from biofeedback.core.ports import Clocking, Samples, SampleStream, StreamKind
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.core.units import CONVERSIONS, conversion
from biofeedback.drivers.framing import CounterUnwrap
from biofeedback.drivers.protocols.text_clock import TextClock
from biofeedback.drivers.protocols.text_grammar import Fields

__all__ = ["TextStream", "declared_streams", "undeclared_streams"]

LONGEST_PACKET_S = 0.1
DOUBTED_SAMPLES, LEAST_DOUBTED_S = 10, 0.25
"""A printed time that jumps so far ahead of what passed here may be damaged."""
MOST_STREAMS = 16


class TextStream:
    """One stream of a board: takes the fields it needs, gives samples.

    Parameters
    ----------
    source : SampleStream
        How it is announced.
    fields : tuple of str
        The field of each channel.
    scale, offset : sequence of float, one for each field
        Value × scale + offset is in the channel's unit.
    board : Board or None
        Tells how time and counter are read.
    names : mapping of str to str
        Place of each column that has a name.
    """

    def __init__(
        self,
        source: SampleStream,
        fields: tuple[str, ...],
        scale: Iterable[float],
        offset: Iterable[float],
        board: Board | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        names = names or {}
        self.source = source
        self.fields = fields
        self._scale, self._offset = np.array([*scale]), np.array([*offset])
        time = board.time if board is not None else None
        self._time_field = names.get(time.source, time.source) if time else ""
        ahead_s = max(LEAST_DOUBTED_S, DOUBTED_SAMPLES / source.info.sample_rate_hz)
        self._clock = TextClock(time.unit_ns, time.turn, ahead_s) if time else None
        counter = board.counter if board is not None else None
        self._count_field = names.get(counter.source, counter.source) if counter else ""
        self._modulus = counter.modulus if counter else 0
        self._unwrap = CounterUnwrap(self._modulus) if counter else None
        self._interval_s = 1.0 / source.info.sample_rate_hz
        self._number = -1
        self._gathered: Fields = {}
        self._rows: list[list[float]] = []
        self._times_ns: list[int] = []
        self._numbers: list[int] = []

    def add(self, row: Fields, gather: bool, now_ns: int) -> str:
        """Take the fields of a line.

        Parameters
        ----------
        row : dict of str to float
            All fields of the line.
        gather : bool
            The line holds one field: wait for the others.
        now_ns : int
            When it was received, ns.

        Returns
        -------
        refusal : str
            Why the line could not be used, in words; empty if it was, or is none of ours.
        """
        mine = [field for field in self.fields if field in row]
        if not mine:
            return ""
        if gather and len(self.fields) > 1:
            came_again = any(field in self._gathered for field in mine)
            self._gathered = row if came_again else self._gathered | row
            if not self._gathered.keys() >= set(self.fields):
                return "fields missing" if came_again else ""
            row, self._gathered = self._gathered, {}
        elif len(mine) < len(self.fields):
            return "fields missing"
        refusal = self._note_time(row, now_ns) if self._clock else ""
        refusal = refusal or (self._note_number(row, now_ns) if self._unwrap else "")
        if not refusal:
            self._rows.append([row[field] for field in self.fields])
        return refusal

    def _note_time(self, row: Fields, now_ns: int) -> str:
        value = row.get(self._time_field, np.nan)
        if np.isnan(value):
            return "no time"
        assert self._clock is not None
        time_ns = self._clock.at(value, now_ns)
        if time_ns is None:
            return "time out of range"
        self._times_ns.append(time_ns)
        return ""

    def _note_number(self, row: Fields, now_ns: int) -> str:
        value = row.get(self._count_field, np.nan)
        if np.isnan(value):
            return "no counter"
        if not (0 <= value < self._modulus and value == int(value)):
            return "counter out of range"
        assert self._unwrap is not None
        step = self._unwrap.step(int(value), now_ns, self._interval_s)
        self._number += max(0, step)
        self._numbers.append(self._number + min(0, step))  # one that comes late moves nothing
        return ""

    def take(self) -> list[Samples]:
        """Return what was added since last asked.

        Returns
        -------
        samples : list of Samples
            One, or one for each run of numbers without a hole; none if nothing was added.
        """
        if not self._rows:
            return []
        rows, self._rows = self._rows, []
        times_ns, self._times_ns = self._times_ns, []
        numbers, self._numbers = self._numbers, []
        values = np.array(rows) * self._scale + self._offset
        name = self.source.info.stream_id
        if not numbers:
            device_time_ns = np.array(times_ns, dtype=np.int64) if self._clock else None
            return [Samples(name, None, device_time_ns, values)]
        starts = [0, *(np.flatnonzero(np.diff(numbers) != 1) + 1).tolist(), len(numbers)]
        return [
            Samples(name, numbers[first], None, values[first:last])
            for first, last in pairwise(starts)
        ]


def declared_streams(
    board: Board, names: Mapping[str, str], rate_hz: float
) -> tuple[TextStream, ...]:
    """Make the streams that a board file declares.

    Parameters
    ----------
    board : Board
        What the file holds.
    names : mapping of str to str
        Place of each column that has a name.
    rate_hz : float
        Rows per second, Hz.

    Returns
    -------
    streams : tuple of TextStream
    """
    clocking: Clocking = "device" if board.time else "counter" if board.counter else "count"
    streams = []
    for item in board.streams:
        fields, channels, scale, offset = (
            _of_belt(item) if isinstance(item, Belt) else _of_imu(item)
        )
        info = StreamInfo(item.stream, channels, rate_hz)
        kind: StreamKind = "belt" if isinstance(item, Belt) else "imu"
        longest_s = max(LONGEST_PACKET_S, 2.0 / rate_hz)
        places = tuple(names.get(field, field) for field in fields)
        source = SampleStream(info, kind, clocking, longest_s)
        streams.append(TextStream(source, places, scale, offset, board, names))
    return tuple(streams)


_Parts = tuple[tuple[str, ...], tuple[Channel, ...], list[float], list[float]]


def _of_belt(belt: Belt) -> _Parts:
    unit = next(ours for theirs, ours in CONVERSIONS if theirs == belt.unit)
    factor = conversion(belt.unit, unit)
    # Only force belts are newtons, so only they may say force.
    channel = Channel("force" if unit == "N" else "excursion", unit)
    return (belt.source,), (channel,), [belt.scale * factor], [belt.offset * factor]


def _of_imu(imu: Imu) -> _Parts:
    fields: list[str] = []
    channels: list[Channel] = []
    scale: list[float] = []
    offset: list[float] = []
    for vector, unit, name in (
        (imu.acc, "m/s2", "acc_{}_mps2"),
        (imu.gyro, "deg/s", "gyro_{}_dps"),
    ):
        if vector is not None:
            factor = conversion(vector.unit, unit)
            fields += vector.source
            channels += [Channel(name.format(axis), unit) for axis in "xyz"]
            scale += [vector.scale * factor] * 3
            offset += [value * factor for value in vector.offset]
    if imu.quat is not None:
        fields += imu.quat.source
        channels += [Channel(f"quat_{axis}", "ratio") for axis in "wxyz"]
        scale += [imu.quat.scale] * 4
        offset += [0.0] * 4
    return tuple(fields), tuple(channels), scale, offset


def undeclared_streams(
    fields: Iterable[str], names: Mapping[str, str], rate_hz: Callable[[str], float | None]
) -> tuple[TextStream, ...]:
    """Make a belt in arbitrary units of every field.

    Parameters
    ----------
    fields : iterable of str
        As they are in the lines; 16 at most are taken.
    names : mapping of str to str
        Place of each column that has a name.
    rate_hz : callable
        Gives how often a field comes, Hz; one that does not come regularly is left out.

    Returns
    -------
    streams : tuple of TextStream
    """
    called = {place: name for name, place in names.items()}
    streams: dict[str, TextStream] = {}
    for field in fields:
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", called.get(field, field))[:40]
        name = f"value_{name}" if name.isdigit() else name
        rate = rate_hz(field)
        if rate is None or name in streams or len(streams) == MOST_STREAMS:
            continue
        info = StreamInfo(name, (Channel("excursion", "a.u."),), rate)
        source = SampleStream(info, "belt", "count", max(LONGEST_PACKET_S, 2.0 / rate))
        streams[name] = TextStream(source, (field,), (1.0,), (0.0,))
    return tuple(streams.values())
