"""What every stage must keep, as checks of one example each."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pytest
from numpydoc.docscrape import ClassDoc

from biofeedback.core.errors import StreamError
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray
from biofeedback.core.units import UNITS
from biofeedback.signal.stage import AnyStage, Pipeline

SUFFIX_UNITS = {
    "_ok": "flag",
    "_reason": "reason",
    "_deg": "deg",
    "_dps": "deg/s",
    "_mps2": "m/s2",
    "_hz": "Hz",
    "_pct": "pct",
    "_per_min": "1/min",
    "_ratio": "ratio",
    "_s": "s",
}


@dataclass(frozen=True)
class Example:
    """A stage and a table that exercises it.

    Parameters
    ----------
    make : callable
        Makes the stage.
    table : callable
        Makes rows: two segments, with faults, flags that drop and everything the stage reacts to.
    heard : callable
        Makes the events it hears, from the rows.
    reads : tuple of str
        Columns without which it cannot be bound.
    any_unit : bool
        Scale does not matter to it: those columns may be in any unit.
    """

    make: Callable[[], AnyStage]
    table: Callable[[], list[Chunk]]
    heard: Callable[[Sequence[Chunk]], list[Event]] = lambda chunks: []
    reads: tuple[str, ...] = ()
    any_unit: bool = False

    @cached_property
    def chunks(self) -> list[Chunk]:
        return self.table()

    @cached_property
    def events(self) -> list[Event]:
        return self.heard(self.chunks)

    @cached_property
    def expected(self) -> tuple[bytes, list[str]]:
        """What the stage makes of each segment in one piece."""
        return run(self.make(), self, [])


def pieces(chunk: Chunk, cuts: Sequence[int]) -> list[Chunk]:
    bounds = [0, *sorted({cut for cut in cuts if 0 < cut < len(chunk)}), len(chunk)]
    return [chunk.rows(begin, end) for begin, end in pairwise(bounds)]


def heard_in(events: Sequence[Event], piece: Chunk) -> list[Event]:
    return [event for event in events if piece.t_s[0] <= event.decided_s <= piece.t_s[-1]]


def run(
    stage: AnyStage, example: Example, cuts: Sequence[int], pipeline: Pipeline | None = None
) -> tuple[bytes, list[str]]:
    """Return the rows as bytes and the events in full, from segments cut at rows `cuts`."""
    if pipeline is None:
        pipeline = Pipeline([stage])
        pipeline.bind(example.chunks[0].info)
    rows, events = [], []
    for chunk in example.chunks:
        for piece in pieces(chunk, cuts):
            done, new = pipeline.process(piece, heard_in(example.events, piece))
            rows.append(done.data)
            events += [repr(event) for event in new]
    return np.concatenate(rows).tobytes(), events


def check_cut(example: Example, cuts: Sequence[int]) -> None:
    """Rows and events must not depend on where the input is cut."""
    rows, events = run(example.make(), example, cuts)
    assert events == example.expected[1]
    assert rows == example.expected[0]


def check_single_rows(example: Example) -> None:
    """The hardest cut."""
    check_cut(example, range(max(len(chunk) for chunk in example.chunks)))


def check_empty(example: Example) -> None:
    """Chunks without rows, anywhere, change nothing."""
    pipeline = Pipeline([example.make()])
    info = pipeline.bind(example.chunks[0].info)
    rows, events = [], []
    for chunk in example.chunks:
        for piece in pieces(chunk, [1, len(chunk) // 2]):
            done, new = pipeline.process(piece.rows(0, 0))
            assert done.data.shape == (0, len(info.channels))
            assert new == []
            done, new = pipeline.process(piece, heard_in(example.events, piece))
            rows.append(done.data)
            events += [repr(event) for event in new]
    assert (np.concatenate(rows).tobytes(), events) == example.expected


def check_restart(example: Example) -> None:
    """A new segment is a new stage that was given what was kept, and nothing else."""
    first, second = example.chunks
    old, new = Pipeline([example.make()]), Pipeline([example.make()])
    old.bind(first.info)
    one = old.process(first, heard_in(example.events, first))
    new.bind(first.info, old.kept())
    other = new.process(second, heard_in(example.events, second))
    rows = np.concatenate([one[0].data, other[0].data]).tobytes()
    assert (rows, [repr(event) for event in one[1] + other[1]]) == example.expected


def check_only_state_changes(example: Example) -> None:
    """One stage object serves two pipelines at once: it remembers nothing itself."""
    stage = example.make()
    pipelines = [Pipeline([stage]), Pipeline([stage])]
    results: list[tuple[list[FloatArray], list[str]]] = [([], []), ([], [])]
    for pipeline in pipelines:
        pipeline.bind(example.chunks[0].info)
    for chunk in example.chunks:
        for piece in pieces(chunk, range(0, len(chunk), 97)):
            for pipeline, (rows, events) in zip(pipelines, results, strict=True):
                done, new = pipeline.process(piece, heard_in(example.events, piece))
                rows.append(done.data)
                events += [repr(event) for event in new]
    for rows, events in results:
        assert (np.concatenate(rows).tobytes(), events) == example.expected


def check_columns(example: Example) -> None:
    """Names carry their units; `step` gives one value per row and column declared."""
    stage, chunk = example.make(), example.chunks[0]
    channels = stage.bind(chunk.info)
    for channel in channels:
        assert channel.unit in UNITS
        for suffix, unit in SUFFIX_UNITS.items():
            if channel.name.endswith(suffix):
                assert channel.unit == unit
                break
    Pipeline([example.make()]).bind(chunk.info)  # no name is doubled
    few = chunk.rows(0, 7)
    added, _ = stage.step(few, [], stage.start(few, None))
    assert added.shape == (7, len(channels))
    assert added.dtype == np.float64


def check_events(example: Example) -> None:
    """Events are decided at a row that exists, in order, and not before they happened."""
    pipeline = Pipeline([example.make()])
    pipeline.bind(example.chunks[0].info)
    for chunk in example.chunks:
        _, events = pipeline.process(chunk, heard_in(example.events, chunk))
        arrivals = dict(zip(chunk.t_s.tolist(), chunk.arrival_s.tolist(), strict=True))
        decided = [event.decided_s for event in events]
        assert decided == sorted(decided)
        for event in events:
            assert event.arrival_s == arrivals[event.decided_s]
            assert event.t_s <= event.decided_s


def check_binding(example: Example) -> None:
    """A column that is missing or in another unit fails before the first sample."""
    info = example.chunks[0].info
    for name in example.reads:
        column = info.index(name)
        without = info.channels[:column] + info.channels[column + 1 :]
        other = (*info.channels[:column], Channel(name, "dBm"), *info.channels[column + 1 :])
        for channels in (without,) if example.any_unit else (without, other):
            with pytest.raises(StreamError, match=name):
                Pipeline([example.make()]).bind(dataclasses.replace(info, channels=channels))


def check_docs(stage: type) -> None:
    """Every parameter of the constructor is documented, and no other."""
    documented = [
        name for field in ClassDoc(stage)["Parameters"] for name in field.name.split(", ")
    ]
    taken = [
        name
        for name in inspect.signature(stage).parameters
        if stage.__init__ is not object.__init__ and name != "self"
    ]
    assert documented == taken
    for name in ("bind", "start", "step"):
        assert inspect.getdoc(getattr(stage, name))


def check_stage(example: Example) -> None:
    """Everything at once, for stages of other houses."""
    for check in (
        check_single_rows,
        check_empty,
        check_restart,
        check_only_state_changes,
        check_columns,
        check_events,
        check_binding,
    ):
        check(example)
    check_docs(type(example.make()))
