"""A pipeline is a table that grows columns.

A `Stage` reads named columns, appends named columns and reports events. Names, units and rates
are checked when the pipeline is bound, before the first sample. Any cut of the input gives the
same rows and events; only the state object changes between chunks.
"""

from __future__ import annotations

import dataclasses
import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np

from biofeedback.core.errors import StreamError
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.units import UNITS

__all__ = ["AnyStage", "Pipeline", "Stage"]

StateT = TypeVar("StateT")


class Stage(ABC, Generic[StateT]):
    """One idea of signal processing: choice in the constructor, consequence in `bind`, state apart.

    Contract, checked by ``tests/contract/test_stage.py`` for every stage of the house:

    - any cut of the input, one row at a time included, gives identical rows and events;
    - `step` changes nothing but `state`;
    - an event is decided at a row of the chunk (``decided_s`` is that row's ``t_s``), and reports
      of one `step` come in the order of their rows;
    - a stage acts on a heard event from the row at which that was decided, not from the first
      row of the chunk that brings it;
    - no matrix product over rows: its last bits depend on the cut.

    Attributes
    ----------
    requires : tuple of str
        Flag columns that must all be 1. Other rows are not shown to the stage: its columns are
        NaN there, and when the flags return it starts again with what `keep` kept.
    """

    requires: tuple[str, ...] = ()

    @abstractmethod
    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """Check the columns read, work out what follows from the rate, name the columns added.

        Parameters
        ----------
        info : StreamInfo
            The table so far.

        Returns
        -------
        channels : tuple of Channel
            Columns this stage appends; may be empty.

        Raises
        ------
        StreamError
            If a column is missing or has the wrong unit, or the rate does not fit.
        """

    @abstractmethod
    def start(self, first: Chunk, kept: StateT | None) -> StateT:
        """Make the state for a new segment.

        Parameters
        ----------
        first : Chunk
            Its first rows; at least one. Only the first row may be looked at.
        kept : StateT or None
            State before the break, to take over what must survive (baseline, amplitude memory,
            gyro bias); filter memory must not. None at the very start.

        Returns
        -------
        state : StateT
        """

    @abstractmethod
    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: StateT
    ) -> tuple[FloatArray, list[Event]]:
        """Process rows.

        Parameters
        ----------
        chunk : Chunk
            At least one row.
        heard : sequence of Event
            Events of earlier stages and commands decided in these rows, in row order.
        state : StateT
            Changed in place.

        Returns
        -------
        added : ndarray, shape (n_samples, n_added_channels)
            The appended columns.
        events : list of Event
            In the order of the rows at which they were decided.
        """


AnyStage: TypeAlias = Stage[Any]
"""A stage whatever its state: a pipeline holds them side by side and never looks inside."""


@dataclasses.dataclass(slots=True)
class _Slot:
    """Where one stage is in its stream; ``grown`` is the table with its columns."""

    stage: AnyStage
    grown: StreamInfo
    n_added: int
    required: tuple[int, ...]
    state: object | None = None
    running: bool = False
    segment: int = -1
    waiting: list[Event] = dataclasses.field(default_factory=list)


class Pipeline:
    """Stages in a row over one stream.

    Parameters
    ----------
    stages : iterable of Stage
        In the order in which columns are added.
    """

    def __init__(self, stages: Iterable[AnyStage]) -> None:
        self._stages = tuple(stages)
        self._slots: list[_Slot] = []
        self._info: StreamInfo | None = None

    @property
    def info(self) -> StreamInfo:
        """The table with all columns; known after `bind`."""
        if self._info is None:
            raise StreamError("the pipeline is not bound yet; call bind(info) first")
        return self._info

    def bind(self, info: StreamInfo, kept: Mapping[str, object] | None = None) -> StreamInfo:
        """Check every stage against the table as it grows.

        Parameters
        ----------
        info : StreamInfo
            The table that will come in.
        kept : mapping of str to object or None
            What `kept` returned of an earlier pipeline, by stage class name: lets baselines
            outlive a change of sensors.

        Returns
        -------
        info : StreamInfo
            The table that will come out.

        Raises
        ------
        StreamError
            If a column is missing or doubled, or a unit or rate does not fit.
        """
        self._slots = []
        for stage in self._stages:
            required = tuple(info.index(name, "flag") for name in stage.requires)
            added = stage.bind(info)
            for channel in added:
                if channel.unit not in UNITS:
                    raise StreamError(
                        f"{type(stage).__name__} adds {channel.name!r} in {channel.unit!r}, "
                        f"which is none of {sorted(UNITS)}"
                    )
            state = (kept or {}).get(type(stage).__name__)
            info = dataclasses.replace(info, channels=info.channels + added)
            self._slots.append(_Slot(stage, info, len(added), required, state))
        self._info = info
        return info

    def kept(self) -> dict[str, object]:
        """Return the state of every stage by class name, for `bind` of the next pipeline."""
        return {
            type(slot.stage).__name__: slot.state for slot in self._slots if slot.state is not None
        }

    def process(self, chunk: Chunk, heard: Sequence[Event] = ()) -> tuple[Chunk, list[Event]]:
        """Pass rows through all stages.

        Parameters
        ----------
        chunk : Chunk
            Any number of rows, none included.
        heard : sequence of Event
            Commands heard with the first of these rows; kept waiting by the caller while there
            are no rows.

        Returns
        -------
        chunk : Chunk
            The same rows with every column.
        events : list of Event
            Ordered by the row at which they were decided, then by stage.

        Raises
        ------
        StreamError
            If the pipeline is not bound.
        """
        info = self.info
        if len(chunk) == 0:
            empty = np.empty((0, len(info.channels)))
            return dataclasses.replace(chunk, info=info, data=empty), []
        events: list[Event] = []
        known = list(heard)
        for slot in self._slots:
            added, new = _run(slot, chunk, known)
            chunk = chunk.with_columns(slot.grown, added)
            if new:
                events += new
                known = sorted(known + new, key=_decided_s)
        return chunk.with_columns(info), sorted(events, key=_decided_s)


def _decided_s(event: Event) -> float:
    return event.decided_s


def _run(slot: _Slot, chunk: Chunk, known: Sequence[Event]) -> tuple[FloatArray, list[Event]]:
    """Show the trusted runs of rows to a stage; restart it after each break."""
    added = np.full((len(chunk), slot.n_added), np.nan)
    events: list[Event] = []
    if slot.required:
        trusted = np.all(chunk.data[:, list(slot.required)] == 1.0, axis=1)
        edges = (np.flatnonzero(trusted[1:] != trusted[:-1]) + 1).tolist()
    else:
        trusted = np.ones(len(chunk), dtype=bool)
        edges = []
    bounds = [0, *edges, len(chunk)]
    waiting = slot.waiting
    remaining = list(known)
    for begin, end in itertools.pairwise(bounds):
        last = end == len(chunk)
        until_s = chunk.t_s[end - 1]
        count = len(remaining) if last else sum(e.decided_s <= until_s for e in remaining)
        waiting += remaining[:count]
        remaining = remaining[count:]
        if not trusted[begin]:
            slot.running = False
            continue
        rows = chunk if begin == 0 and last else chunk.rows(begin, end)
        if not slot.running or slot.segment != chunk.segment:
            slot.state = slot.stage.start(rows, slot.state)
            slot.running, slot.segment = True, chunk.segment
        values, new = slot.stage.step(rows, waiting, slot.state)
        waiting = []
        added[begin:end] = values
        events += new
    slot.waiting = waiting
    return added, events
