"""The contract of every stage of the house, on an example table of each."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpydoc.docscrape import ClassDoc

import biofeedback.signal
from biofeedback.core.errors import StreamError
from biofeedback.core.results import BreathCycle, CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.units import STANDARD_GRAVITY_MPS2, UNITS
from biofeedback.signal.breath import BreathDetector
from biofeedback.signal.orientation import Orientation
from biofeedback.signal.quality import BeltQuality, ImuQuality
from biofeedback.signal.separation import Separation
from biofeedback.signal.stability import Stability
from biofeedback.signal.stage import AnyStage, Pipeline, Stage

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


def table(
    names: Sequence[tuple[str, str]], rate_hz: float, segments: Sequence[FloatArray]
) -> list[Chunk]:
    """Make one chunk per segment, 3 s apart; rows arrive 0.1 s late."""
    info = StreamInfo("table", tuple(Channel(*name) for name in names), rate_hz)
    chunks, begin_s = [], 1.0
    for number, data in enumerate(segments):
        t_s = begin_s + np.arange(len(data)) / rate_hz
        chunks.append(Chunk(info, t_s, t_s + 0.1, data, number))
        begin_s = float(t_s[-1]) + 3.0
    return chunks


def belt(role: Role) -> list[Chunk]:
    """Breathing at 10 Hz that saturates, lies flat, and is no number for a while."""
    random = np.random.default_rng(1)
    values = 10 + np.sin(np.arange(400) * 0.15) + random.normal(0, 0.01, 400)
    values[50:62] = 50.0
    values[100:160] = values[100]
    values[200:205] = np.nan
    values[207] = np.nan
    return table([(f"{role.prefix}_excursion", "N")], 10.0, np.split(values[:, None], [300]))


def imu(role: Role, *, gyro: bool = True, judged: bool = True) -> list[Chunk]:
    """A trunk that sways, moves, saturates and is no number for a while, at 50 Hz."""
    random = np.random.default_rng(2)
    t_s = np.arange(1200) / 50.0
    lean = 0.1 * np.sin(t_s) + 0.3 * np.exp(-(((t_s - 10.0) / 0.3) ** 2))
    acc = STANDARD_GRAVITY_MPS2 * np.stack([np.sin(lean), np.cos(lean), 0 * lean], axis=1)
    acc += random.normal(0, 0.05, acc.shape)
    rate = np.stack([0 * lean, 0 * lean, -np.rad2deg(np.gradient(lean, t_s))], axis=1)
    rate += random.normal(0, 0.05, rate.shape)
    acc[300:310, 0] = 16 * STANDARD_GRAVITY_MPS2
    acc[500:800] = acc[500]
    rate[900:903] = np.nan
    names = [(f"{role.prefix}_acc_{axis}_mps2", "m/s2") for axis in "xyz"]
    data = acc
    if gyro:
        names += [(f"{role.prefix}_gyro_{axis}_dps", "deg/s") for axis in "xyz"]
        data = np.concatenate([acc, rate], axis=1)
    ok = np.ones((len(data), 1))
    ok[300:320] = ok[700] = ok[900:905] = 0
    if judged:
        names.append((f"{role.prefix}_ok", "flag"))
        data = np.concatenate([data, ok], axis=1)
    return table(names, 50.0, np.split(data, [1000]))


def swaying() -> list[Chunk]:
    """Tilt and horizontal acceleration of a pelvis, partly missing, at 50 Hz."""
    random = np.random.default_rng(3)
    data = np.cumsum(random.normal(0, 0.01, (3900, 4)), axis=0)
    ok = np.ones((len(data), 1))
    ok[1200:1300] = ok[3600:3900] = 0
    data[1200:1300] = np.nan
    names = [
        *((f"pelvis_acc_{axis}_mps2", "m/s2") for axis in ("ap", "ml")),
        *((f"pelvis_tilt_{axis}_deg", "deg") for axis in ("ap", "ml")),
        ("pelvis_ok", "flag"),
    ]
    return table(names, 50.0, np.split(np.concatenate([data, ok], axis=1), [2100]))


def breathing() -> list[Chunk]:
    """Two belts at 50 Hz, resting breaths of 4 s, a hold, and each belt missing once."""
    random = np.random.default_rng(4)
    t_s = np.arange(6500) / 50.0
    phase = 2 * np.pi * np.where(t_s < 60, t_s, np.where(t_s < 75, 60.0, t_s - 15.0)) / 4.0
    chest = 10 + 0.8 * np.sin(phase - 0.2) + random.normal(0, 0.01, len(t_s))
    abdomen = 12 + 1.2 * np.sin(phase) + random.normal(0, 0.01, len(t_s))
    ok = np.ones((len(t_s), 2))
    ok[2000:2150, 0] = ok[4500:4520, 1] = ok[6000:6040] = 0
    reason = np.where(ok == 1, 0.0, 1.0)
    chest[2000:2150] = abdomen[4500:4520] = np.nan
    names = [
        (f"{prefix}_{name}", unit)
        for prefix in ("chest", "abdomen")
        for name, unit in (("excursion", "N"), ("ok", "flag"), ("reason", "reason"))
    ]
    columns = [chest, ok[:, 0], reason[:, 0], abdomen, ok[:, 1], reason[:, 1]]
    return table(names, 50.0, np.split(np.stack(columns, axis=1), [5500]))


def breaths(chunks: Sequence[Chunk]) -> list[Event]:
    """A breath every 4 s, known 1 s after its end, and a baseline marked in between."""
    events: list[Event] = []
    for chunk in chunks:
        for number, row in enumerate(range(250, len(chunk), 200)):
            end_s = float(chunk.t_s[row - 50])
            events.append(
                BreathCycle(
                    t_s=end_s,
                    decided_s=float(chunk.t_s[row]),
                    arrival_s=float(chunk.arrival_s[row]),
                    breath=number,
                    onset_s=end_s - 4.0,
                    peak_s=end_s - 2.4,
                    end_s=end_s,
                    onset_decided_s=end_s - 3.0,
                    peak_decided_s=end_s - 1.4,
                    end_decided_s=float(chunk.t_s[row]),
                    ti_s=1.6,
                    te_s=2.4,
                    ttot_s=4.0,
                    duty_cycle=0.4,
                    amplitude=1.0,
                    chest_amplitude=1.6 + 0.1 * (number % 3),
                    abdomen_amplitude=2.4,
                    pause_ee_s=0.0,
                    pause_ei_s=0.0,
                    source="both",
                    sigh=False,
                    quality=0.9,
                    reason=0,
                )
            )
    chunk, row = chunks[0], 4000
    arguments = (("end_s", float(chunk.t_s[row])), ("start_s", float(chunk.t_s[row]) - 40.0))
    events.append(
        CommandHeard(
            t_s=float(chunk.t_s[row]),
            decided_s=float(chunk.t_s[row]),
            arrival_s=float(chunk.arrival_s[row]),
            name="baseline",
            arguments=arguments,
        )
    )
    return sorted(events, key=lambda event: event.decided_s)


EXAMPLES = {
    "belt quality": Example(
        lambda: BeltQuality(Role.CHEST_BELT),
        lambda: belt(Role.CHEST_BELT),
        reads=("chest_excursion",),
    ),
    "imu quality": Example(
        lambda: ImuQuality(Role.PELVIS_IMU),
        lambda: imu(Role.PELVIS_IMU, judged=False),
        reads=tuple(f"pelvis_acc_{axis}_mps2" for axis in "xyz"),
    ),
    "orientation with gyroscope": Example(
        lambda: Orientation(Role.PELVIS_IMU),
        lambda: imu(Role.PELVIS_IMU),
        reads=("pelvis_ok", *(f"pelvis_gyro_{axis}_dps" for axis in "xyz")),
    ),
    "orientation without": Example(
        lambda: Orientation(Role.STERNUM_IMU),
        lambda: imu(Role.STERNUM_IMU, gyro=False),
        reads=("sternum_ok", *(f"sternum_acc_{axis}_mps2" for axis in "xyz")),
    ),
    "breath of both belts": Example(BreathDetector, breathing),
    "breath of one belt": Example(
        lambda: BreathDetector(("chest_excursion",), cutoff_hz=1.2),
        breathing,
        reads=("chest_excursion",),
        any_unit=True,
    ),
    "separation": Example(
        Separation, breathing, breaths, reads=("chest_excursion", "abdomen_excursion")
    ),
    "stability": Example(
        lambda: Stability(Role.PELVIS_IMU),
        swaying,
        reads=tuple(channel.name for channel in swaying()[0].info.channels),
    ),
}


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
