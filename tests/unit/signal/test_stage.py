from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from biofeedback.core.errors import StreamError
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.stage import Pipeline, Stage

INFO = StreamInfo("table", (Channel("force", "N"), Channel("ok", "flag")), 10.0)


def chunk(ok: Sequence[float], *, segment: int = 0, first_index: int = 0) -> Chunk:
    """Rows whose force is their number and whose time is a tenth of it."""
    number = np.arange(first_index, first_index + len(ok), dtype=float)
    data = np.stack([number, np.array(ok, dtype=float)], axis=1)
    return Chunk(INFO, number / 10, number / 10 + 0.05, data, segment, first_index)


def event(row: int) -> Event:
    return Event(t_s=row / 10, decided_s=row / 10, arrival_s=row / 10 + 0.05)


@dataclass
class Seen:
    """What a stage was shown."""

    starts: list[tuple[float, object]] = field(default_factory=list)
    rows: list[list[float]] = field(default_factory=list)
    heard: list[list[float]] = field(default_factory=list)


class Probe(Stage[Seen]):
    """Doubles a column, keeps what it was shown, reports rows above a limit."""

    def __init__(
        self,
        reads: str = "force",
        adds: str = "doubled",
        unit: str = "N",
        requires: tuple[str, ...] = (),
        report_from: float = np.inf,
    ) -> None:
        self.reads, self.adds, self.unit = reads, adds, unit
        self.requires = requires
        self.report_from = report_from

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        self.column = info.index(self.reads, "N")
        return (Channel(self.adds, self.unit),)

    def start(self, first: Chunk, kept: Seen | None) -> Seen:
        seen = kept or Seen()
        seen.starts.append((float(first.t_s[0]), kept))
        return seen

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: Seen
    ) -> tuple[FloatArray, list[Event]]:
        values = chunk.data[:, self.column]
        state.rows.append(values.tolist())
        state.heard.append([event.decided_s for event in heard])
        events = [event(int(value)) for value in values if value >= self.report_from]
        return 2 * values[:, None], events


class Louder(Probe):
    """A second stage of another class, so that both states are kept."""


def bound(*stages: Probe) -> Pipeline:
    pipeline = Pipeline(stages)
    pipeline.bind(INFO)
    return pipeline


def seen(pipeline: Pipeline, stage: type[Probe] = Probe) -> Seen:
    state = pipeline.kept()[stage.__name__]
    assert isinstance(state, Seen)
    return state


def test_stages_append_columns_in_order() -> None:
    pipeline = bound(Probe(), Louder(reads="doubled", adds="fourfold"))
    assert pipeline.info.names == ("force", "ok", "doubled", "fourfold")
    done, events = pipeline.process(chunk([1, 1, 1]))
    assert done.info is pipeline.info
    assert done.column("fourfold").tolist() == [0.0, 4.0, 8.0]
    assert done.column("force").tolist() == [0.0, 1.0, 2.0]
    assert events == []


def test_rows_keep_their_place() -> None:
    rows = chunk([1, 1], segment=4, first_index=7)
    done, _ = bound(Probe()).process(rows)
    assert (done.segment, done.first_index) == (4, 7)
    assert done.t_s is rows.t_s
    assert done.arrival_s is rows.arrival_s
    assert not done.data.flags.writeable


def test_unbound_pipeline_says_so() -> None:
    with pytest.raises(StreamError, match="not bound"):
        Pipeline([]).process(chunk([1]))


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (Probe(reads="rotation"), "rotation"),
        (Probe(reads="ok"), "needed in 'N'"),
        (Probe(adds="force"), "twice"),
        (Probe(unit="stone"), "stone"),
        (Probe(requires=("force",)), "needed in 'flag'"),
        (Probe(requires=("trust",)), "trust"),
    ],
)
def test_what_does_not_fit_fails_when_bound(stage: Probe, words: str) -> None:
    with pytest.raises(StreamError, match=words):
        bound(stage)


def test_empty_chunk_starts_nothing() -> None:
    pipeline = bound(Probe())
    done, events = pipeline.process(chunk([]))
    assert done.data.shape == (0, 3)
    assert (events, pipeline.kept()) == ([], {})


def test_new_segment_starts_with_what_was_kept() -> None:
    pipeline = bound(Probe())
    pipeline.process(chunk([1, 1]))
    pipeline.process(chunk([1], first_index=2))
    before = seen(pipeline)
    pipeline.process(chunk([1], segment=1, first_index=30))
    assert seen(pipeline).starts == [(0.0, None), (3.0, before)]


def test_rows_without_the_flag_are_not_shown() -> None:
    pipeline = bound(Probe(requires=("ok",)))
    done, _ = pipeline.process(chunk([1, 1, 0, 0, 1, 0]))
    assert np.isnan(done.column("doubled")).tolist() == [False, False, True, True, False, True]
    assert seen(pipeline).rows == [[0.0, 1.0], [4.0]]
    assert [start for start, _ in seen(pipeline).starts] == [0.0, 0.4]
    pipeline.process(chunk([1], first_index=6))
    assert [start for start, _ in seen(pipeline).starts] == [0.0, 0.4, 0.6]


def test_a_flag_that_is_not_a_number_is_not_set() -> None:
    done, _ = bound(Probe(requires=("ok",))).process(chunk([1, np.nan, 2]))
    assert np.isnan(done.column("doubled")).tolist() == [False, True, True]


def test_a_break_while_paused_starts_once() -> None:
    pipeline = bound(Probe(requires=("ok",)))
    pipeline.process(chunk([1, 0]))
    pipeline.process(chunk([0, 1], segment=1, first_index=20))
    pipeline.process(chunk([1], segment=1, first_index=22))
    assert [start for start, _ in seen(pipeline).starts] == [0.0, 2.1]


def test_state_is_handed_to_the_next_pipeline_by_class() -> None:
    old = bound(Probe(), Louder(adds="other"))
    old.process(chunk([1]))
    new = Pipeline([Louder()])
    new.bind(INFO, old.kept())
    new.process(chunk([1], segment=9))
    assert seen(new, Louder) is seen(old, Louder)
    assert len(seen(new, Louder).starts) == 2


def test_stages_hear_earlier_stages_and_commands() -> None:
    pipeline = bound(Probe(report_from=2.0), Louder(adds="other"))
    _, events = pipeline.process(chunk([1, 1, 1, 1]), [event(1)])
    assert seen(pipeline).heard == [[0.1]]
    assert seen(pipeline, Louder).heard == [[0.1, 0.2, 0.3]]
    assert [event.decided_s for event in events] == [0.2, 0.3], "commands are not reported again"


def test_events_are_ordered_by_row_then_by_stage() -> None:
    first, second = Probe(report_from=1.0), Louder(adds="other", report_from=0.0)
    _, events = bound(first, second).process(chunk([1, 1, 1]))
    assert [event.decided_s for event in events] == [0.0, 0.1, 0.1, 0.2, 0.2]


def test_what_is_heard_while_paused_waits() -> None:
    pipeline = bound(Probe(requires=("ok",)))
    pipeline.process(chunk([1, 0, 0]), [event(0), event(1)])
    assert seen(pipeline).heard == [[0.0]]
    pipeline.process(chunk([0, 1, 1], first_index=3), [event(5)])
    assert seen(pipeline).heard == [[0.0], [0.1, 0.5]]


def test_each_run_of_rows_hears_what_was_decided_in_it() -> None:
    pipeline = bound(Probe(requires=("ok",)))
    pipeline.process(chunk([1, 1, 0, 1, 1]), [event(1), event(2), event(4)])
    assert seen(pipeline).heard == [[0.1], [0.2, 0.4]]
