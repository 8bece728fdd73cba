from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.results import RestSet
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.signal.rest import UNKNOWN_REST, Rest, angle_sd_deg, breath_part
from tests.unit.signal.exercising import command, sensor
from tests.unit.signal.loading import REST, breath, breaths, run, swaying

PELVIS = Role.PELVIS_IMU


def rests(heard: list[Event], length_s: float = 100.0, belts: bool = True) -> list[RestSet]:
    columns = sensor(PELVIS, swaying(length_s), 0.5 * swaying(length_s))
    events = run(Rest(PELVIS, belts), columns, heard)
    return [event for event in events if isinstance(event, RestSet)]


def changed(reason: str, at_s: float, posture: int) -> BeltsChanged:
    return BeltsChanged(
        t_s=at_s,
        decided_s=at_s,
        arrival_s=at_s + 0.1,
        reason="slip" if reason == "slip" else "posture",
        role="chest_belt",
        posture=posture,
        words="Something changed.",
    )


def test_the_first_minute_is_taken() -> None:
    (rest,) = rests(breaths(0.0, 100.0))
    assert rest.source == "first_minute"
    assert rest.decided_s == 60.0
    assert (rest.start_s, rest.end_s) == (0.0, 60.0)
    assert rest.breaths == 14
    assert (rest.chest_amplitude, rest.abdomen_amplitude) == (2.0, 4.0)
    assert rest.angle_sd_deg == pytest.approx(0.4 * math.sqrt(1.25), rel=0.03)


def test_a_task_is_no_rest() -> None:
    working: list[Event] = [command("task", 30.0, name="hold"), command("task", 38.0)]
    (rest,) = rests([*breaths(0.0, 104.0), *working], 104.0)
    assert rest.decided_s == 100.0
    assert rest.start_s == 40.0


def test_a_minute_with_few_breaths_is_not_taken() -> None:
    assert rests(breaths(0.0, 16.0), 80.0) == []
    (rest,) = rests([], 80.0, belts=False)
    assert math.isnan(rest.chest_amplitude)
    assert rest.angle_sd_deg > 0


def test_the_minute_asked_for_replaces_it() -> None:
    heard = [*breaths(0.0, 64.0), *breaths(64.0, 100.0, 2.0), command("baseline", 99.0)]
    first, second = rests(heard)
    assert second.source == "marked"
    assert (second.start_s, second.end_s) == (39.0, 99.0)
    assert second.abdomen_amplitude == 8.0
    assert first.abdomen_amplitude == 4.0


def test_belts_that_slip_drop_it_and_a_posture_is_taken_up_again() -> None:
    moved = [changed("posture", 70.0, 1), changed("posture", 80.0, 0), changed("slip", 90.0, 0)]
    taken, dropped, resumed, gone = rests([*breaths(0.0, 100.0), *moved])
    assert dropped.source == "dropped"
    assert math.isnan(dropped.abdomen_amplitude + dropped.angle_sd_deg)
    assert resumed == dataclasses.replace(
        taken, source="resumed", t_s=80.0, decided_s=80.0, arrival_s=80.1
    )
    assert gone.source == "dropped"


def test_size_of_a_breath() -> None:
    assert breath_part(breath(0, 4.0, 0.5), REST) == 0.5
    one_belt = dataclasses.replace(breath(0, 4.0, 0.5), chest_amplitude=math.nan)
    assert breath_part(one_belt, REST) == 0.5
    inverted = dataclasses.replace(breath(0, 4.0), abdomen_amplitude=-4.0)
    assert breath_part(inverted, REST) == 1.0
    assert math.isnan(breath_part(breath(0, 4.0), UNKNOWN_REST))


def test_spread_of_what_is_not_known_is_not_known() -> None:
    tilt = np.column_stack([swaying(10.0), swaying(10.0)])
    known_deg = angle_sd_deg(tilt)
    tilt[:50] = np.nan
    assert angle_sd_deg(tilt) == pytest.approx(known_deg, rel=0.15)
    tilt[:150] = np.nan
    assert math.isnan(angle_sd_deg(tilt))
