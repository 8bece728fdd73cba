"""What flows: rows of a table with named columns, and things that happened.

Times are seconds since the session's first entry. Intervals are half-open. A row carries the
time it belongs to (``t_s``) and the time it reached us (``arrival_s``), so latency is a property
of the data and equal in live and replay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biofeedback.core.errors import StreamError

__all__ = ["BoolArray", "Channel", "Chunk", "Event", "FloatArray", "IntArray", "StreamInfo"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Channel:
    """One named column.

    Parameters
    ----------
    name : str
        Column name, unit suffix included where the unit is fixed (``pelvis_tilt_ap_deg``).
    unit : str
        One of :data:`biofeedback.core.units.UNITS`.
    """

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """Names, units and rate of a stream; known before its first sample.

    Parameters
    ----------
    stream_id : str
        Unique within its device, or ``"table"``.
    channels : tuple of Channel
        Columns, in order; names are unique.
    sample_rate_hz : float
        Nominal rate, Hz, > 0.

    Raises
    ------
    StreamError
        If a name is doubled or the rate is not positive.
    """

    stream_id: str
    channels: tuple[Channel, ...]
    sample_rate_hz: float

    def __post_init__(self) -> None:
        names = [channel.name for channel in self.channels]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise StreamError(f"stream {self.stream_id!r} has {doubled} twice; rename one of each")
        if not self.sample_rate_hz > 0:
            raise StreamError(
                f"stream {self.stream_id!r} has rate {self.sample_rate_hz} Hz; it must be above 0"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(channel.name for channel in self.channels)

    def index(self, name: str, *units: str) -> int:
        """Return the column number of `name`.

        Parameters
        ----------
        name : str
            Column looked for.
        *units : str
            Units it may have; none given accepts any.

        Returns
        -------
        index : int
            Column number in ``Chunk.data``.

        Raises
        ------
        StreamError
            If the column is missing or has another unit.
        """
        for number, channel in enumerate(self.channels):
            if channel.name == name:
                if units and channel.unit not in units:
                    raise StreamError(
                        f"column {name!r} of {self.stream_id!r} is in {channel.unit!r}, needed in "
                        f"{' or '.join(map(repr, units))}; convert it where the device is decoded"
                    )
                return number
        raise StreamError(
            f"column {name!r} is not in {self.stream_id!r}, which has {list(self.names)}; "
            f"add the stage that makes it before the one that reads it"
        )

    def has(self, name: str) -> bool:
        """Tell whether a column of that name exists.

        Parameters
        ----------
        name : str
            Column looked for.

        Returns
        -------
        present : bool
        """
        return name in self.names


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Consecutive rows of one stream.

    Parameters
    ----------
    info : StreamInfo
        Names and units of the columns.
    t_s : ndarray, shape (n_samples,)
        Time of each row, seconds since the session's first entry.
    arrival_s : ndarray, shape (n_samples,)
        When each row reached us (entry that completed it), same time base.
    data : ndarray, shape (n_samples, n_channels)
        Values, NaN where unknown; read-only.
    segment : int
        Grows by one after every break; no filter memory crosses it.
    first_index : int
        Row number of the first row within the segment.

    Raises
    ------
    StreamError
        If the shapes disagree.
    """

    info: StreamInfo
    t_s: FloatArray
    arrival_s: FloatArray
    data: FloatArray
    segment: int = 0
    first_index: int = 0

    def __post_init__(self) -> None:
        n_samples = self.t_s.shape[0]
        wanted = (n_samples, len(self.info.channels))
        if self.data.shape != wanted or self.arrival_s.shape != (n_samples,):
            raise StreamError(
                f"chunk of {self.info.stream_id!r}: data {self.data.shape}, arrival "
                f"{self.arrival_s.shape}; needed {wanted} and {(n_samples,)}"
            )
        for array in (self.t_s, self.arrival_s, self.data):
            array.flags.writeable = False

    def __len__(self) -> int:
        return int(self.t_s.shape[0])

    def column(self, name: str) -> FloatArray:
        """Return one column by name.

        Parameters
        ----------
        name : str
            Column name.

        Returns
        -------
        values : ndarray, shape (n_samples,)

        Raises
        ------
        StreamError
            If there is no such column.
        """
        return self.data[:, self.info.index(name)]

    def with_columns(self, info: StreamInfo, added: FloatArray | None = None) -> Chunk:
        """Return the same rows as a table that has grown.

        Parameters
        ----------
        info : StreamInfo
            The grown table.
        added : ndarray, shape (n_samples, n_added), or None
            Values of the new columns; None for none.

        Returns
        -------
        chunk : Chunk

        Raises
        ------
        StreamError
            If `info` has another number of columns.
        """
        data = self.data
        if added is not None and added.shape[1]:
            data = np.concatenate((data, added), axis=1)
        return Chunk(info, self.t_s, self.arrival_s, data, self.segment, self.first_index)

    def rows(self, start: int, stop: int) -> Chunk:
        """Return rows [start, stop) as a chunk of their own.

        Parameters
        ----------
        start, stop : int
            Half-open row range within this chunk, 0 ≤ start ≤ stop ≤ len.

        Returns
        -------
        chunk : Chunk
        """
        return Chunk(
            self.info,
            self.t_s[start:stop],
            self.arrival_s[start:stop],
            self.data[start:stop],
            self.segment,
            self.first_index + start,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; subclasses say what.

    Parameters
    ----------
    t_s : float
        When it happened, seconds since the session's first entry (back-dated by filter delay).
    decided_s : float
        Data time of the row at which the algorithm knew.
    arrival_s : float
        When that row reached us: packet and alignment delay included.
    """

    t_s: float
    decided_s: float
    arrival_s: float
