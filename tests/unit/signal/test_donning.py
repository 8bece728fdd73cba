from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.results import BreathCycle, CommandHeard
from biofeedback.core.stream import Channel, Chunk, Event
from biofeedback.signal.donning import Donning
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.guided import INFO, RATE_HZ, Guided

LEANING = dataclasses.replace(
    INFO,
    channels=(
        *INFO.channels,
        Channel("sternum_tilt_ap_deg", "deg"),
        Channel("sternum_tilt_ml_deg", "deg"),
    ),
)
NAMES = ("chest", "abdomen")


def run(chunk: Chunk, heard: Sequence[Event]) -> list[BeltsChanged]:
    pipeline = Pipeline([Donning()])
    pipeline.bind(chunk.info)
    events = pipeline.process(chunk, heard)[1]
    assert all(isinstance(event, BeltsChanged) for event in events)
    return [event for event in events if isinstance(event, BeltsChanged)]


def breathing(
    *, at_s: float = 61.0, levels: tuple[float, float] = (0, 0), sizes: tuple[float, float] = (1, 1)
) -> tuple[Chunk, Sequence[Event]]:
    """Quiet breaths of 4 s; at a time both belts take other levels and sizes."""
    guided = Guided(1.0)
    for number in range(30):
        later = 4.0 * number + 2.0 > at_s
        size = sizes if later else (1.0, 1.0)
        guided.breathe(size[0], size[1], 1)
    chunk = guided.table()
    data = chunk.data.copy()
    data[chunk.t_s >= at_s, 0] += levels[0]
    data[chunk.t_s >= at_s, 3] += levels[1]
    return dataclasses.replace(chunk, data=data), guided.events(chunk)


def leaning(*holds: tuple[float, float, float]) -> tuple[Chunk, Sequence[Event]]:
    """Quiet breaths; the trunk leans by so many degrees from one time to another."""
    chunk, heard = breathing()
    tilt = np.zeros((len(chunk), 2))
    for start_s, end_s, lean_deg in holds:
        tilt[(chunk.t_s >= start_s) & (chunk.t_s < end_s), 0] = lean_deg
    data = np.column_stack([chunk.data, tilt])
    return dataclasses.replace(chunk, info=LEANING, data=data), heard


def told(at_s: float, name: str, **arguments: str) -> CommandHeard:
    return CommandHeard(
        t_s=at_s,
        decided_s=at_s,
        arrival_s=at_s + 0.3,
        name=name,
        arguments=tuple(sorted(arguments.items())),
    )


def with_command(heard: Sequence[Event], command: Event) -> list[Event]:
    return sorted([*heard, command], key=lambda event: event.decided_s)


@pytest.mark.parametrize("belt", [0, 1])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_belt_that_slips_or_is_pulled_tight_is_named(belt: int, sign: float) -> None:
    levels, sizes = [0.0, 0.0], [1.0, 1.0]
    levels[belt], sizes[belt] = sign * 0.8, 1.0 + sign * 0.3
    chunk, heard = breathing(levels=(levels[0], levels[1]), sizes=(sizes[0], sizes[1]))
    (event,) = run(chunk, heard)
    assert (event.reason, event.role) == ("slip", f"{NAMES[belt]}_belt")
    assert event.t_s == pytest.approx(64.0)
    assert event.decided_s == pytest.approx(88.5)
    assert event.words == f"The {NAMES[belt]} belt has slipped."
    assert event.posture == 0


@pytest.mark.parametrize(
    ("levels", "sizes"),
    [
        ((0.0, 0.0), (1.0, 0.5)),  # the belly moves less, and lies where it lay
        ((0.0, -0.8), (1.0, 1.0)),  # another level, the same excursion
        ((0.0, -0.4), (1.0, 0.7)),  # drawn in by less than half a breath
        ((0.0, 0.8), (1.0, 0.7)),  # pushed out and moving less: braced, not loose
        ((-0.5, -0.8), (1.0, 0.7)),  # both lie elsewhere
    ],
)
def test_what_is_no_slip(levels: tuple[float, float], sizes: tuple[float, float]) -> None:
    assert run(*breathing(levels=levels, sizes=sizes)) == []


def test_drift_is_no_slip() -> None:
    chunk, heard = breathing(sizes=(1.0, 0.7))
    data = chunk.data.copy()
    data[:, 3] -= np.clip((chunk.t_s - 40.0) / 40.0, 0.0, 1.0)
    assert run(dataclasses.replace(chunk, data=data), heard) == []


@pytest.mark.parametrize("seed", range(5))
def test_restless_breathing_is_no_slip(seed: int) -> None:
    """Level and ratio change from breath to breath by more than a slip changes them."""
    random = np.random.default_rng(seed)
    chunk, heard = breathing()
    data = chunk.data.copy()
    data[:, 3] += random.normal(0, 1.0, 40)[(chunk.t_s // 4.0).astype(int)]
    sizes = np.exp(random.normal(0, 0.4, 40))
    restless = [
        dataclasses.replace(event, abdomen_amplitude=sizes[event.breath])
        if isinstance(event, BreathCycle)
        else event
        for event in heard
    ]
    assert run(dataclasses.replace(chunk, data=data), restless) == []


def test_one_odd_breath_is_no_slip() -> None:
    chunk, heard = breathing()
    changed = [
        dataclasses.replace(event, abdomen_amplitude=0.3)
        if isinstance(event, BreathCycle) and event.breath == 14
        else event
        for event in heard
    ]
    data = chunk.data.copy()
    data[(chunk.t_s >= 56.0) & (chunk.t_s < 60.0), 3] -= 0.9
    assert run(dataclasses.replace(chunk, data=data), changed) == []


def test_without_a_motion_sensor_both_levels_tell_a_posture() -> None:
    (event,) = run(*breathing(levels=(-1.5, 1.2)))
    assert (event.reason, event.role, event.posture) == ("posture", "", 1)


def test_a_motion_sensor_tells_a_posture_after_three_seconds_and_knows_it_again() -> None:
    chunk, heard = leaning((20.0, 50.0, 20.0), (70.0, 90.0, -15.0), (90.0, 110.0, 22.0))
    events = run(chunk, heard)
    assert [event.posture for event in events] == [1, 0, 2, 1, 0]
    assert {event.role for event in events} == {"sternum_imu"}
    times_s = [event.decided_s for event in events]
    assert times_s == pytest.approx([23.0, 53.0, 73.0, 93.0, 113.0], abs=0.05)


def test_it_is_the_same_when_rows_come_one_by_one() -> None:
    chunk, heard = leaning((20.0, 50.0, 20.0), (90.0, 110.0, 22.0))
    pipeline = Pipeline([Donning()])
    pipeline.bind(chunk.info)
    events: list[Event] = []
    for row in range(len(chunk)):
        part = chunk.rows(row, row + 1)
        now = [event for event in heard if event.decided_s == part.t_s[0]]
        events += pipeline.process(part, now)[1]
    assert events == run(chunk, heard)


@pytest.mark.parametrize("hold", [(20.0, 22.8, 30.0), (20.0, 60.0, 11.0)])
def test_a_short_or_small_lean_is_no_posture(hold: tuple[float, float, float]) -> None:
    assert run(*leaning(hold)) == []


def test_with_a_motion_sensor_levels_tell_no_posture() -> None:
    chunk, heard = breathing(levels=(-1.5, 1.2))
    data = np.column_stack([chunk.data, np.zeros((len(chunk), 2))])
    assert run(dataclasses.replace(chunk, info=LEANING, data=data), heard) == []


@pytest.mark.parametrize("command", [told(60.0, "baseline"), told(60.0, "calibrate")])
def test_a_new_neutral_is_no_posture(command: Event) -> None:
    """Angles count from where the trunk is: leaning by 20° is zero from then on."""
    chunk, heard = leaning((40.0, 60.0, 20.0), (61.0, 63.0, 20.0), (80.0, 100.0, -20.0))
    events = run(chunk, with_command(heard, command))
    assert [event.posture for event in events] == [1, 2, 1]
    assert events[1].decided_s == pytest.approx(83.0, abs=0.05)


def test_a_belt_put_on_later_is_told_and_one_put_on_before_is_not() -> None:
    chunk, heard = breathing()
    assert run(chunk, [told(0.0, "assign", stream="a", role="chest_belt"), *heard]) == []
    later = with_command(heard, told(30.0, "assign", stream="a", role="abdomen_belt"))
    (event,) = run(chunk, later)
    assert (event.reason, event.role, event.posture) == ("donned", "abdomen_belt", 0)
    thigh = with_command(heard, told(30.0, "assign", stream="a", role="thigh_imu"))
    assert run(chunk, thigh) == []


def test_where_the_trunk_is_when_a_belt_is_put_on_is_the_first_posture() -> None:
    chunk, heard = leaning((20.0, 80.0, 20.0))
    events = run(chunk, with_command(heard, told(40.0, "assign", stream="a", role="chest_belt")))
    assert [(event.reason, event.posture) for event in events] == [
        ("posture", 1),
        ("donned", 0),
        ("posture", 1),
    ]


@pytest.mark.parametrize(("ends_s", "slips"), [(None, 0), (50.0, 1)])
def test_breaths_of_a_guided_calibration_are_not_judged(ends_s: float | None, slips: int) -> None:
    chunk, heard = breathing(at_s=81.0, levels=(0.0, -0.8), sizes=(1.0, 0.7))
    told_so = with_command(heard, told(40.0, "calibrate", step="quiet"))
    if ends_s is not None:
        told_so = with_command(told_so, told(ends_s, "calibrate", step="finish"))
    assert len(run(chunk, told_so)) == slips


def test_what_is_known_survives_a_gap() -> None:
    chunk, heard = leaning((20.0, 130.0, 20.0))
    cut = round(60.0 * RATE_HZ)
    pipeline = Pipeline([Donning()])
    pipeline.bind(chunk.info)
    early = [event for event in heard if event.decided_s < 60.0]
    first = pipeline.process(chunk.rows(0, cut), early)[1]
    rest = dataclasses.replace(chunk.rows(cut, len(chunk)), segment=1, first_index=0)
    late = [event for event in heard if event.decided_s >= 60.0]
    assert len(first) == 1
    assert pipeline.process(rest, late)[1] == []
