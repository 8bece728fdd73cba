from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest

from biofeedback.core.results import HoldEnded, HoldProgress
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event, FloatArray
from biofeedback.signal.endurance import Endurance
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.exercising import command, table, times
from tests.unit.signal.holding import (
    BEGIN_S,
    breath_hold,
    breaths,
    in_order,
    made,
    person,
    rows_of,
)
from tests.unit.signal.loading import REST

LENGTH_S = 180.0


def watched(
    columns: dict[str, FloatArray],
    said: Sequence[Event] = (),
    *,
    breathes: bool = True,
    belts: bool = True,
) -> tuple[list[HoldEnded], list[HoldProgress]]:
    """A hold from 40 s on, through the stage."""
    chunk = made(columns)
    begun = command("task", BEGIN_S, name="hold")
    heard = in_order([REST, begun], breaths(LENGTH_S) if breathes else [], said)
    pipeline = Pipeline([Endurance(Role.PELVIS_IMU, belts)])
    pipeline.bind(chunk.info)
    events = pipeline.process(chunk, heard)[1]
    return (
        [event for event in events if isinstance(event, HoldEnded)],
        [event for event in events if isinstance(event, HoldProgress)],
    )


def test_time_to_drift_is_when_the_trunk_left_its_start() -> None:
    """From 60 s on it sags by 0.1 degrees a second, forward and to the right: 3 degrees at 90 s."""
    (ended,), progress = watched(person(LENGTH_S, sag_dps=0.1))
    assert (ended.reason, ended.drifted, ended.problem) == ("drift", "trunk", "")
    assert ended.time_to_drift_s == pytest.approx(50.0, abs=1.0)
    assert ended.earliest_s == ended.time_to_drift_s
    assert ended.t_s == BEGIN_S + ended.time_to_drift_s
    assert ended.decided_s == pytest.approx(ended.t_s + 2.0, abs=0.02)
    assert ended.held_s == ended.time_to_drift_s + 2.0
    assert progress[-1].decided_s == ended.decided_s
    assert math.isnan(ended.longest_before_s)
    assert ended.valid == 1.0


def test_progress_comes_every_second_with_angle_and_limit() -> None:
    _, progress = watched(person(LENGTH_S, sag_dps=0.1))
    assert [one.held_s for one in progress] == list(range(1, len(progress) + 1))
    assert all(math.isnan(one.angle_deg) for one in progress[:10])
    assert progress[9].limit_deg == 3.0
    assert progress[20].trunk_pct == pytest.approx(0.0, abs=10.0)
    late = progress[44]
    assert late.angle_deg == pytest.approx(0.1 * 24.5, abs=0.1)
    assert late.trunk_pct == pytest.approx(100.0 * late.angle_deg / 3.0)


def test_a_steady_hold_is_over_after_two_minutes() -> None:
    (ended,), progress = watched(person(LENGTH_S))
    assert (ended.reason, ended.drifted, ended.problem) == ("longest", "", "")
    assert ended.held_s == 120.0
    assert len(progress) == 120
    assert math.isnan(ended.time_to_drift_s)
    assert ended.windows == 24
    assert ended.slope_deg_per_min == pytest.approx(0.0, abs=0.01)
    assert ended.tremor_ratio == pytest.approx(1.0, abs=0.01)


def test_sway_and_tremor_that_grow_are_seen() -> None:
    columns = person(LENGTH_S)
    grown = 1.0 + np.clip((times(LENGTH_S) - BEGIN_S) / 60.0, 0.0, None)
    columns["pelvis_tilt_ap_deg"] = grown * columns["pelvis_tilt_ap_deg"]
    columns["pelvis_acc_ap_mps2"] = grown * columns["pelvis_acc_ap_mps2"]
    (ended,), _ = watched(columns)
    # A sine of 0.3 has an RMS of 0.21, which doubles in a minute; a straight line takes a little.
    assert ended.slope_deg_per_min == pytest.approx(0.21, abs=0.02)
    assert ended.low_deg_per_min <= ended.slope_deg_per_min <= ended.high_deg_per_min
    assert ended.low_deg_per_min > 0.1
    first, last = 1.0 + 7.5 / 60.0, 1.0 + 112.5 / 60.0
    assert ended.tremor_ratio == pytest.approx((last / first) ** 2, rel=0.05)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (command("task", 70.0, name=""), "stopped"),
        (command("task", 70.0, name="walk"), "stopped"),
        (command("mark", 70.0, text="pain"), "pain"),
        (command("baseline", 70.0), "lost"),
    ],
)
def test_it_is_over_when_someone_says_so(said: Event, reason: str) -> None:
    (ended,), progress = watched(person(LENGTH_S), [said])
    assert (ended.reason, ended.held_s) == (reason, 30.0)
    assert ended.decided_s == 70.0
    assert len(progress) == 29 or len(progress) == 30
    assert math.isnan(ended.time_to_drift_s)


def test_other_marks_end_nothing() -> None:
    (ended,), _ = watched(person(LENGTH_S), [command("mark", 70.0, text="cough")])
    assert ended.reason == "longest"


def test_two_long_breath_holds_end_it_and_short_ones_do_not() -> None:
    long = [*breath_hold(60.0, 68.0), *breath_hold(80.0, 95.0)]
    (ended,), _ = watched(person(LENGTH_S), long, breathes=False)
    assert ended.reason == "breath_holds"
    assert ended.t_s == pytest.approx(87.0)  # while it is held: the first second beyond six
    short = [one for at_s in (50.0, 70.0, 90.0) for one in breath_hold(at_s, at_s + 5.5)]
    (ended,), _ = watched(person(LENGTH_S), short, breathes=False)
    assert ended.reason == "longest"


def test_without_a_belt_breath_holds_are_not_heard_of() -> None:
    long = [*breath_hold(60.0, 68.0), *breath_hold(80.0, 95.0)]
    (ended,), _ = watched(person(LENGTH_S), long, breathes=False, belts=False)
    assert ended.reason == "longest"


def test_of_a_breath_hold_only_what_is_within_counts() -> None:
    held = [*breath_hold(30.0, 45.0), *breath_hold(80.0, 95.0)]
    (ended,), _ = watched(person(LENGTH_S), held, breathes=False)
    assert ended.reason == "longest"


def test_a_breath_hold_that_a_pause_cuts_is_not_held_on() -> None:
    """Nobody tells its end: breathing that is not seen is no breath hold."""
    chunk = made(person(LENGTH_S))
    begun = [breath_hold(start_s, start_s + 9.0)[0] for start_s in (60.0, 80.0)]
    heard = in_order([REST, command("task", BEGIN_S, name="hold")], begun)
    pipeline = Pipeline([Endurance(Role.PELVIS_IMU)])
    pipeline.bind(chunk.info)
    events: list[Event] = []
    for segment, (begin_s, end_s) in enumerate(((0.0, 64.0), (66.0, 84.0), (86.0, LENGTH_S))):
        seen = rows_of(begin_s, end_s)
        part = dataclasses.replace(chunk.rows(seen.start, seen.stop), segment=segment)
        within = [one for one in heard if begin_s <= one.decided_s < end_s]
        events += pipeline.process(part, within)[1]
    (ended,) = [event for event in events if isinstance(event, HoldEnded)]
    assert (ended.reason, ended.held_s) == ("longest", pytest.approx(120.0))


def test_gaps_are_never_drift() -> None:
    """What is not trusted may say anything."""
    columns = person(LENGTH_S)
    away = rows_of(80.0, 100.0)
    columns["pelvis_tilt_ap_deg"][away] = 40.0
    columns["pelvis_ok"][away] = 0.0
    (ended,), progress = watched(columns)
    assert ended.reason == "longest"
    assert ended.valid == pytest.approx(100 / 120)
    assert math.isnan(progress[50].trunk_pct)
    columns["pelvis_ok"][rows_of(80.0, 110.0)] = 0.0
    (ended,), _ = watched(columns)
    assert (ended.reason, ended.problem) == ("longest", "gaps")


def test_a_drift_behind_a_gap_may_have_been_earlier() -> None:
    columns = person(LENGTH_S, sag_dps=0.1)
    columns["pelvis_ok"][rows_of(84.0, 95.0)] = 0.0
    (ended,), _ = watched(columns)
    assert ended.time_to_drift_s == 55.0
    assert ended.earliest_s == 44.0


def test_without_its_start_nothing_is_said_about_drift() -> None:
    columns = person(LENGTH_S, sag_dps=0.1)
    columns["pelvis_ok"][rows_of(42.0, 45.0)] = 0.0
    (ended,), _ = watched(columns)
    assert (ended.reason, ended.problem) == ("longest", "start")
    (ended,), _ = watched(person(LENGTH_S), [command("task", 47.0, name="")])
    assert (ended.reason, ended.problem) == ("stopped", "short")
    assert math.isnan(ended.slope_deg_per_min)


def test_a_belly_that_lets_go_is_drift() -> None:
    columns = person(LENGTH_S)
    columns["abdomen_excursion"][rows_of(80.0, LENGTH_S)] += 3.0
    (ended,), progress = watched(columns)
    assert (ended.reason, ended.drifted) == ("drift", "belly")
    # Three breaths tell a level, of which two have to be of the new one.
    assert 40.0 <= ended.time_to_drift_s <= 50.0
    assert progress[-1].belly_pct == pytest.approx(300.0 / (0.5 * REST.abdomen_amplitude), rel=0.01)
    columns["abdomen_ok"][:] = 0.0
    (ended,), progress = watched(columns)
    assert ended.reason == "longest"
    assert math.isnan(progress[-1].belly_pct)


def test_it_needs_no_belt() -> None:
    columns = person(LENGTH_S, sag_dps=0.1)
    for name in ("abdomen_excursion", "abdomen_ok"):
        del columns[name]
    (ended,), progress = watched(columns, breathes=False)
    assert ended.reason == "drift"
    assert math.isnan(progress[-1].belly_pct)


def test_it_is_compared_with_own_longest_of_the_same_task() -> None:
    said = [
        command("task", 70.0, name="hold"),
        command("task", 90.0, name="plank"),
        command("task", 110.0, name="hold"),
        command("task", 125.0, name=""),
    ]
    ended, _ = watched(person(LENGTH_S), said)
    assert [one.task for one in ended] == ["hold", "hold", "plank", "hold"]
    assert [one.longest_before_s for one in ended] == pytest.approx(
        [math.nan, 30.0, math.nan, 30.0], nan_ok=True
    )


def test_another_sensor_loses_the_start() -> None:
    chunk = made(person(LENGTH_S))
    half = len(chunk) // 2
    first = Pipeline([Endurance(Role.PELVIS_IMU)])
    first.bind(chunk.info)
    first.process(chunk.rows(0, half), [command("task", BEGIN_S, name="hold")])
    columns = {
        name.replace("pelvis", "back"): values
        for name, values in zip(chunk.info.names, chunk.data.T, strict=True)
    }
    units = {c.name.replace("pelvis", "back"): c.unit for c in chunk.info.channels}
    other = table(columns, units)
    second = Pipeline([Endurance(Role.BACK_IMU)])
    second.bind(other.info, first.kept())
    (ended,) = [
        event
        for event in second.process(other.rows(half, len(other)))[1]
        if isinstance(event, HoldEnded)
    ]
    assert (ended.reason, ended.role) == ("lost", "pelvis_imu")
    assert ended.decided_s == pytest.approx(90.0)
