from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.results import PostureChange
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event, FloatArray
from biofeedback.signal.posture import Posture, is_change, lumbopelvic_ratio
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.exercising import command, hump, sensor, step, table, times

BACK, PELVIS = Role.BACK_IMU, Role.PELVIS_IMU


def run(columns: dict[str, FloatArray], *heard: Event) -> tuple[Chunk, list[PostureChange]]:
    chunk = table(columns)
    roles = [role for role in (BACK, PELVIS) if chunk.info.has(f"{role.prefix}_ok")]
    pipeline = Pipeline([Posture(roles)])
    pipeline.bind(chunk.info)
    done, events = pipeline.process(chunk, heard)
    return done, [event for event in events if isinstance(event, PostureChange)]


def test_nothing_below_five_degrees_is_a_change() -> None:
    assert not is_change(3.0, 7.9)
    assert is_change(3.0, 8.0)
    assert is_change(3.0, -2.0)
    assert not is_change(math.nan, 40.0)


def test_lumbar_flexion_is_back_minus_pelvis() -> None:
    t_s = times(10.0)
    back, pelvis = 40 * hump(t_s, 3.0), 25 * hump(t_s, 3.0)
    done, _ = run(sensor(BACK, back, 0.1 * back) | sensor(PELVIS, pelvis))
    assert done.column("lumbar_flexion_deg") == pytest.approx(back - pelvis)
    assert done.column("lumbar_lateral_deg") == pytest.approx(0.1 * back)


def test_one_sensor_has_no_lumbar_angle() -> None:
    done, _ = run(sensor(BACK, times(10.0)))
    assert not done.info.has("lumbar_flexion_deg")


def test_slumping_is_told_once_and_sitting_up_again() -> None:
    t_s = times(60.0)
    lean = 8.0 * step(t_s, 10.0, 3.0) - 8.0 * step(t_s, 40.0, 3.0) + 0.3 * np.sin(t_s)
    _, found = run(sensor(BACK, lean, -0.5 * lean))
    assert len(found) == 2
    slump, up = found
    assert 13.0 < slump.t_s < 19.0
    assert (slump.flexion_deg, slump.lateral_deg) == pytest.approx((8.0, -4.0), abs=1.0)
    assert slump.change_deg == pytest.approx(math.hypot(8, 4), abs=2.0)
    assert up.change_deg == pytest.approx(math.hypot(8, 4), abs=2.0)
    assert abs(up.flexion_deg) < 1.0


def test_four_degrees_are_not_told() -> None:
    t_s = times(40.0)
    assert run(sensor(BACK, 4.0 * step(t_s, 10.0, 3.0)))[1] == []


def test_moving_is_no_posture() -> None:
    t_s = times(60.0)
    bends = sum(50.0 * hump(t_s, 5.0 + 3.0 * n, 1.2, 0.3) for n in range(15))
    assert run(sensor(BACK, np.asarray(bends)))[1] == []


def test_what_is_not_trusted_is_not_told() -> None:
    columns = sensor(BACK, 20.0 * step(times(40.0), 10.0, 3.0))
    columns["back_ok"][500:] = 0.0
    assert run(columns)[1] == []


def test_a_new_neutral_begins_anew() -> None:
    t_s = times(60.0)
    lean = np.where(t_s < 20.0, 0.0, np.where(t_s < 32.0, 10.0, 0.0))
    _, found = run(sensor(BACK, lean), command("calibrate", 30.0))
    assert len(found) == 1
    assert 20.0 < found[0].t_s < 30.0


@pytest.mark.parametrize("share", [0.0, 0.45, 1.0])
def test_the_lumbar_part_of_a_bend(share: float) -> None:
    way = step(times(2.0), 0.0, 2.0)
    trunk = 60.0 * way
    # The ends do otherwise: only the middle counts.
    lumbar = 60.0 * share * way + np.where(way < 0.1, 5.0, 0.0)
    assert lumbopelvic_ratio(lumbar, trunk) == pytest.approx(share, abs=0.01)


def test_a_small_bend_has_no_lumbar_part() -> None:
    way = step(times(2.0), 0.0, 2.0)
    assert math.isnan(lumbopelvic_ratio(4 * way, 9 * way))
    assert math.isnan(lumbopelvic_ratio(np.ones(1), np.ones(1)))
    assert math.isnan(lumbopelvic_ratio(way * np.nan, way * np.nan))
