from __future__ import annotations

import math

import pytest

from biofeedback.core.results import BracingAlert
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.signal.bracing_guard import CUE, BracingGuard, is_stiff
from tests.unit.signal.exercising import command, sensor, times
from tests.unit.signal.loading import REST, breath, breaths, hold, run, swaying

PELVIS = Role.PELVIS_IMU


def alerts(sway_part: float, heard: list[Event]) -> list[BracingAlert]:
    """Sway as at rest for 40 s, then a part of it until 80 s, then again as at rest."""
    t_s = times(120.0)
    angle = swaying(120.0)
    angle[(t_s >= 40) & (t_s < 80)] *= sway_part
    events = run(BracingGuard(PELVIS), sensor(PELVIS, angle), [REST, *heard])
    return [event for event in events if isinstance(event, BracingAlert)]


def breathing(part: float) -> list[Event]:
    return [*breaths(0.0, 40.0), *breaths(40.0, 80.0, part), *breaths(80.0, 120.0)]


def test_both_collapse() -> None:
    begun, ended = alerts(0.2, breathing(0.3))
    assert (begun.kind, begun.state, begun.cue) == ("stiff", "begun", CUE)
    assert 50.0 < begun.decided_s < 56.0
    assert begun.angle_pct < 50.0
    assert begun.breath_pct == pytest.approx(30.0)
    assert (ended.state, ended.cue) == ("ended", "")
    assert 80.0 < ended.decided_s < 92.0


@pytest.mark.parametrize(("sway", "breath"), [(0.2, 1.0), (1.0, 0.3), (0.2, 0.7), (0.7, 0.3)])
def test_one_alone_is_allowed(sway: float, breath: float) -> None:
    assert alerts(sway, breathing(breath)) == []


@pytest.mark.parametrize(("still_s", "told"), [(9.0, 0), (10.0, 0), (20.0, 1)])
def test_a_dip_of_the_sway_is_not_stiffness(still_s: float, told: int) -> None:
    """Breath is small all along; a trunk that happens to be quiet for two sways is no habit."""
    angle, t_s = swaying(100.0), times(100.0)
    angle[(t_s >= 60.0) & (t_s < 60.0 + still_s)] *= 0.1
    events = run(BracingGuard(PELVIS), sensor(PELVIS, angle), [REST, *breaths(0.0, 100.0, 0.4)])
    begun = [one for one in events if isinstance(one, BracingAlert) and one.state == "begun"]
    assert [one.kind for one in begun] == ["stiff"] * told


def test_a_breath_held_under_load() -> None:
    working = [command("task", 50.0, name="heel_slide"), command("task", 90.0)]
    begun, ended = alerts(1.0, [*breaths(0.0, 60.0), *working, *hold(60.0, 68.0)])
    assert begun.kind == "hold"
    assert 64.0 <= begun.decided_s <= 64.5
    assert begun.held_s == pytest.approx(4.0, abs=0.5)
    assert ended.decided_s == pytest.approx(68.5)


def test_a_short_hold_and_one_at_rest_are_allowed() -> None:
    working = [command("task", 50.0, name="heel_slide"), command("task", 70.0)]
    heard = [*breaths(0.0, 48.0), *working, *hold(60.0, 63.6), *hold(80.0, 90.0)]
    assert alerts(1.0, heard) == []


def test_without_rest_nothing_is_stiff() -> None:
    angle = 0.01 * swaying(60.0)
    assert run(BracingGuard(PELVIS), sensor(PELVIS, angle), breaths(0.0, 60.0, 0.1)) == []
    assert not is_stiff(math.nan, 0.1)
    assert not is_stiff(0.1, math.nan)
    assert is_stiff(0.1, 0.1)


def test_a_slow_breather_can_be_stiff() -> None:
    """Three breaths of 10 s are not too old: each follows the one before."""
    before = [breath(number, 10.0 * number + 10.0, total_s=10.0) for number in range(4)]
    shallow = [breath(number, 10.0 * number + 10.0, 0.3, total_s=10.0) for number in range(4, 8)]
    after = [breath(number, 10.0 * number + 10.0, total_s=10.0) for number in range(8, 12)]
    begun, ended = alerts(0.2, [*before, *shallow, *after])
    assert 60.0 < begun.decided_s < 65.0
    assert 80.0 < ended.decided_s < 95.0


def test_an_alert_ends_when_breaths_are_no_longer_seen() -> None:
    begun, ended = alerts(0.2, [*breaths(0.0, 40.0), *breaths(40.0, 60.0, 0.3)])
    assert begun.decided_s < ended.decided_s == pytest.approx(75.0, abs=0.5)
    assert math.isnan(ended.breath_pct)
