"""The contract of every stage of the house; planted faults show that it would be noticed."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import biofeedback.signal
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.stage import AnyStage, Pipeline, Stage
from tests.contract.stage_contract import (
    Example,
    check_binding,
    check_columns,
    check_cut,
    check_docs,
    check_empty,
    check_events,
    check_only_state_changes,
    check_restart,
    check_single_rows,
    check_stage,
)
from tests.contract.stage_examples import EXAMPLES, breathing

examples = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())


@examples
def test_single_rows(example: Example) -> None:
    check_single_rows(example)


@examples
@settings(max_examples=10)
@given(cuts=st.lists(st.integers(1, 6000), max_size=30))
def test_any_cut(example: Example, cuts: list[int]) -> None:
    check_cut(example, cuts)


@examples
def test_empty_chunks(example: Example) -> None:
    check_empty(example)


@examples
def test_new_segment(example: Example) -> None:
    check_restart(example)


@examples
def test_only_state_changes(example: Example) -> None:
    check_only_state_changes(example)


@examples
def test_columns(example: Example) -> None:
    check_columns(example)


@examples
def test_events(example: Example) -> None:
    check_events(example)


@examples
def test_binding(example: Example) -> None:
    check_binding(example)


@examples
def test_docs(example: Example) -> None:
    check_docs(type(example.make()))


@examples
def test_example_exercises_the_stage(example: Example) -> None:
    """An example that makes neither values nor events would prove nothing."""
    rows, events = example.expected
    data = np.frombuffer(rows).reshape(sum(map(len, example.chunks)), -1)
    added = data[:, len(example.chunks[0].info.channels) :]
    assert np.isfinite(added).any() or events


def test_every_stage_has_an_example() -> None:
    found = set()
    for module in pkgutil.iter_modules(biofeedback.signal.__path__, "biofeedback.signal."):
        for value in vars(importlib.import_module(module.name)).values():
            if (
                inspect.isclass(value)
                and issubclass(value, Stage)
                and not inspect.isabstract(value)
            ):
                found.add(value)
    assert found - {type(example.make()) for example in EXAMPLES.values()} == set()


# The suite itself: planted faults must be caught. --------------------------------------------


class Running(Stage[list[float]]):
    """A sum over time, well made.

    Parameters
    ----------
    column : str
        What is summed.
    """

    def __init__(self, column: str = "chest_excursion") -> None:
        self._name = column

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See Stage."""
        self._column = info.index(self._name, "N")
        return (Channel("sum", "a.u."),)

    def start(self, first: Chunk, kept: list[float] | None) -> list[float]:
        """See Stage."""
        return [kept[0] if kept else 0.0]

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: list[float]
    ) -> tuple[FloatArray, list[Event]]:
        """See Stage."""
        values = np.nan_to_num(chunk.data[:, self._column])
        sums = np.add.accumulate(np.concatenate((state, values)))[1:]
        state[0] = float(sums[-1])
        return sums[:, None], []


class ChunkMean(Running):
    """Takes the mean off each chunk: depends on the cut."""

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: list[float]
    ) -> tuple[FloatArray, list[Event]]:
        """See Stage."""
        values = np.nan_to_num(chunk.data[:, self._column])
        return (values - values.mean())[:, None], []


class Remembering(Running):
    """Keeps its memory in itself instead of the state."""

    sum = 0.0

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: list[float]
    ) -> tuple[FloatArray, list[Event]]:
        """See Stage."""
        state[0] = self.sum
        added, events = super().step(chunk, heard, state)
        self.sum = state[0]
        return added, events


class Forgetful(Running):
    """Counts rows of the first chunk when it starts: more than the first row."""

    def start(self, first: Chunk, kept: list[float] | None) -> list[float]:
        """See Stage."""
        return [float(len(first))]


class Shapeless(Running):
    """Gives one column too many."""

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: list[float]
    ) -> tuple[FloatArray, list[Event]]:
        """See Stage."""
        added, events = super().step(chunk, heard, state)
        return np.concatenate([added, added], axis=1), events


class Misnamed(Running):
    """Gives degrees in newtons."""

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See Stage."""
        super().bind(info)
        return (Channel("lean_deg", "N"),)


class Careless(Running):
    """Does not look at units."""

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See Stage."""
        self._column = info.index(self._name)
        return (Channel("sum", "a.u."),)


class Early(Running):
    """Reports at the chunk's end what is no row's time."""

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: list[float]
    ) -> tuple[FloatArray, list[Event]]:
        """See Stage."""
        added, _ = super().step(chunk, heard, state)
        last_s = float(chunk.t_s[-1])
        return added, [Event(t_s=last_s, decided_s=last_s + 0.01, arrival_s=last_s)]


class Undocumented(Running):
    """Has a parameter nobody is told of."""

    def __init__(self, column: str = "chest_excursion", gain: float = 1.0) -> None:
        super().__init__(column)


def example_of(make: Callable[[], AnyStage]) -> Example:
    return Example(make, breathing, reads=("chest_excursion",))


def test_a_well_made_stage_passes() -> None:
    check_stage(example_of(Running))


@pytest.mark.parametrize(
    ("planted", "check"),
    [
        (ChunkMean, check_single_rows),
        (Forgetful, check_single_rows),
        (Remembering, check_only_state_changes),
        (Shapeless, check_columns),
        (Misnamed, check_columns),
        (Early, check_events),
    ],
)
def test_planted_faults_are_caught(
    planted: Callable[[], AnyStage], check: Callable[[Example], None]
) -> None:
    with pytest.raises((AssertionError, KeyError, ValueError)):
        check(example_of(planted))


def test_planted_carelessness_is_caught() -> None:
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        check_binding(example_of(Careless))


def test_planted_gap_in_the_docs_is_caught() -> None:
    with pytest.raises(AssertionError):
        check_docs(Undocumented)


def test_stage_is_paused_by_what_it_requires() -> None:
    """Rows without the flag are not shown; when it returns the stage starts with what it kept."""

    class Demanding(Running):
        requires = ("chest_ok",)

    chunk = breathing()[0]
    pipeline = Pipeline([Demanding()])
    pipeline.bind(chunk.info)
    done, _ = pipeline.process(chunk)
    ok = chunk.column("chest_ok") == 1
    assert (np.isnan(done.column("sum")) == ~ok).all()
    values = chunk.column("chest_excursion")[ok]
    assert done.column("sum")[ok].tobytes() == np.add.accumulate(values).tobytes()
    check_single_rows(example_of(Demanding))
