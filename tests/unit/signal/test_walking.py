from __future__ import annotations

import math

import pytest

from biofeedback.core.results import Gait
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event, FloatArray
from biofeedback.signal.stage import Pipeline
from biofeedback.signal.walking import Walking
from tests.unit.signal.exercising import command
from tests.unit.signal.strolling import INFO, strolling, table_of

WALK = command("task", 5.0, name="walk")


def gaits(data: FloatArray, *heard: Event) -> list[Gait]:
    pipeline = Pipeline([Walking(Role.PELVIS_IMU)])
    pipeline.bind(INFO)
    events = pipeline.process(table_of(data), heard)[1]
    return [event for event in events if isinstance(event, Gait)]


def test_walking_is_told_every_five_seconds_of_the_task() -> None:
    found = gaits(strolling(40.0, 0.0), WALK, command("task", 32.0))
    assert [one.decided_s for one in found] == [15.0, 20.0, 25.0, 30.0]
    for one in found:
        assert one.start_s >= 5.0
        assert one.step_rate_per_min == pytest.approx(60.0 / 0.55, rel=0.005)
        assert one.step_regularity == pytest.approx(1.0, abs=0.03)
        assert one.rms_ap_mps2 == pytest.approx(1.0, rel=0.05)
        assert one.rms_ml_mps2 == pytest.approx(0.5, rel=0.05)
        assert one.rms_up_mps2 == pytest.approx(2.0, rel=0.05)
        assert (one.valid, one.problem, one.role) == (1.0, "", "pelvis_imu")


def test_without_the_task_nothing_is_told() -> None:
    assert gaits(strolling(40.0, 0.0)) == []
    assert gaits(strolling(40.0, 0.0), command("task", 5.0, name="stand")) == []


def test_standing_is_not_walking() -> None:
    found = gaits(strolling(40.0, 60.0), WALK)
    assert {one.problem for one in found} == {"not_walking"}
    for one in found:
        assert math.isnan(one.step_rate_per_min)
        assert math.isnan(one.rms_ml_mps2)


def test_rows_not_trusted_are_bridged_up_to_a_fifth() -> None:
    data = strolling(40.0, 0.0)
    data[620:640, 3] = 0.0
    data[620:640, :3] = 1000.0
    data[1100:1400, 3] = 0.0
    found = {one.decided_s: one for one in gaits(data, WALK)}
    assert found[15.0].valid == pytest.approx(0.96)
    assert found[15.0].step_rate_per_min == pytest.approx(60.0 / 0.55, rel=0.01)
    assert (found[30.0].valid, found[30.0].problem) == (pytest.approx(0.4, abs=0.01), "quality")
    assert math.isnan(found[30.0].step_rate_per_min)


def test_a_break_begins_the_window_anew() -> None:
    pipeline = Pipeline([Walking(Role.PELVIS_IMU)])
    pipeline.bind(INFO)
    data = strolling(60.0, 0.0)
    first = pipeline.process(table_of(data[:1000]), [WALK])[1]
    second = pipeline.process(table_of(data[1000:], 23.0, 1))[1]
    times_s = [event.decided_s for event in (*first, *second) if isinstance(event, Gait)]
    assert times_s[0] == 15.0
    assert min(t_s for t_s in times_s if t_s > 20.0) >= 33.0
