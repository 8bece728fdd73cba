from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biofeedback.core.results import SteadinessScore
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event, FloatArray
from biofeedback.signal.bracing_guard import CUE
from biofeedback.signal.steadiness import (
    Band,
    Steadiness,
    breathing_continuity,
    cue,
    own_band,
    score,
    stability,
)
from tests.unit.signal.exercising import command, hump, sensor, times
from tests.unit.signal.loading import REST, breaths, hold, run, swaying

PELVIS = Role.PELVIS_IMU
LEG, STAY = command("task", 10.0, name="heel_slide"), command("task", 10.0, name="hold")
OVER = command("task", 40.0)


def scores(angle: FloatArray, *heard: Event) -> list[SteadinessScore]:
    events = run(Steadiness(PELVIS), sensor(PELVIS, angle), [REST, *heard])
    return [event for event in events if isinstance(event, SteadinessScore)]


def whole(angle: FloatArray, *heard: Event) -> SteadinessScore:
    (found,) = (one for one in scores(angle, *heard) if one.state == "whole")
    return found


def test_inside_the_band_is_full_marks_and_the_reference_half() -> None:
    assert stability(0.0, Band()) == stability(2.0, Band()) == 1.0
    assert stability(8.0, Band()) == pytest.approx(0.5)
    assert stability(5.0, Band()) == pytest.approx(0.5**0.25)
    assert math.isnan(stability(math.nan, Band()))


def test_the_own_band_takes_three_baselines() -> None:
    assert own_band([9.0, 9.0]) == Band(2.0, 8.0)
    assert own_band([3.0, 4.0, 5.0, 6.0, 7.0]) == Band(4.0, pytest.approx(6.6))  # type: ignore[arg-type]
    assert own_band([3.0, 3.0, 3.0]) == Band(3.0, 5.0)


def test_breathing_continuity() -> None:
    assert breathing_continuity(0.6, 0.0) == breathing_continuity(1.4, 0.0) == 1.0
    assert breathing_continuity(0.3, 0.0) == pytest.approx(0.5)
    assert breathing_continuity(1.0, 0.25) == 0.75
    assert breathing_continuity(0.0, 0.0) == 0.0
    assert math.isnan(breathing_continuity(math.nan, 0.0))


@pytest.mark.parametrize(
    ("numbers", "weaker", "words"),
    [
        ((1.0, 1.0, 1.0, 0.0), "", ""),
        ((1.0, 1.0, 0.1, 0.0), "breathing", "steady, but you stopped breathing"),
        ((1.0, 1.0, 0.4, 0.0), "breathing", "steady, now breathe more"),
        ((9.0, 1.0, 0.1, 0.0), "breathing", "keep breathing"),
        ((12.0, 1.0, 1.0, 0.0), "steadiness", "breathing well; let the trunk move less"),
        ((12.0, 1.0, 0.1, 0.0), "steadiness", "let the trunk move less"),
        ((1.0, 0.2, 0.2, 0.0), "breathing", CUE),
        ((math.nan, 1.0, 1.0, 0.0), "", ""),
    ],
)
def test_the_weaker_is_named(
    numbers: tuple[float, float, float, float], weaker: str, words: str
) -> None:
    found = score(*numbers)
    assert found.weaker == weaker
    assert cue(found) == words


part = st.floats(0.0, 1.5)


@given(
    deviation_deg=st.floats(0.0, 2.0),
    angle=part,
    breathing=part,
    held=st.floats(0.0, 1.0),
    freeze=st.floats(0.0, 1.0),
    shallower=st.floats(0.0, 1.0),
)
def test_freezing_never_raises_the_score(
    deviation_deg: float,
    angle: float,
    breathing: float,
    held: float,
    freeze: float,
    shallower: float,
) -> None:
    """Whoever keeps within the band gains nothing by moving less, with or without breath."""
    free = score(deviation_deg, angle, breathing, held)
    for breath in (breathing, breathing * shallower, 0.0):
        frozen = score(deviation_deg * freeze, angle * freeze, breath, held)
        assert not frozen.swr_pct > free.swr_pct or free.stiff
        assert not frozen.swr_pct > 100.0 * math.sqrt(breathing_continuity(breath, held))


@given(deviation_deg=st.floats(0.0, 40.0), angle=part, breathing=part, held=part)
def test_a_frozen_trunk_without_breath_has_no_score(
    deviation_deg: float, angle: float, breathing: float, held: float
) -> None:
    """However it moved before: there is none, or it is nought."""
    free = score(deviation_deg, angle, breathing, held)
    frozen = score(0.0, 0.0, 0.0, held)
    assert frozen.stiff
    assert math.isnan(frozen.swr_pct)
    assert not frozen.swr_pct > free.swr_pct
    assert score(0.0, math.nan, 0.0, held).swr_pct == 0.0


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    sd_deg=st.floats(0.25, 0.9),
    freeze=st.floats(0.0, 1.0),
    breath=st.sampled_from([1.0, 0.55, 0.3]),
)
def test_freezing_a_hold_on_the_table_never_raises_it(
    seed: int, sd_deg: float, freeze: float, breath: float
) -> None:
    sway = np.cumsum(np.random.default_rng(seed).normal(size=len(times(45.0))))
    sway *= sd_deg / np.abs(sway - sway[500:550].mean())[500:2000].max()
    breathing = breaths(0.0, 44.0, breath)
    free = whole(sway, *breathing, STAY, OVER)
    frozen = whole(freeze * sway, *breathing, STAY, OVER)
    assert not frozen.swr_pct > free.swr_pct or free.stiff
    held = whole(freeze * sway, *hold(12.0, 44.0), STAY, OVER)
    assert not held.swr_pct > 0.0


def test_the_score_of_a_hold() -> None:
    angle = swaying(60.0)
    found = scores(angle, *breaths(0.0, 60.0), STAY, OVER)
    assert [one.state for one in found] == ["so_far"] * 5 + ["whole"]
    assert [one.decided_s for one in found] == [15.0, 20.0, 25.0, 30.0, 35.0, 40.0]
    assert found[-1].deviation_deg == pytest.approx(0.8, abs=0.5)
    assert found[-1].swr_pct == 100.0
    assert found[-1].cue == ""


def test_a_leg_load_takes_the_largest_deviation() -> None:
    angle = 8.0 * hump(times(60.0), 20.0)
    found = whole(angle, *breaths(0.0, 60.0), LEG, OVER)
    assert found.deviation_deg == pytest.approx(8.0, abs=0.01)
    assert found.steady_pct == pytest.approx(50.0, abs=0.2)
    assert found.weaker == "steadiness"
    assert found.swr_pct == pytest.approx(100 * math.sqrt(0.5), abs=0.2)


def test_what_is_held_is_taken_off() -> None:
    found = whole(swaying(60.0), *breaths(0.0, 24.0), *hold(24.0, 39.0), STAY, OVER)
    assert found.breathing_pct == pytest.approx(50.0)
    assert found.weaker == "breathing"


def test_stiff_has_no_score_but_the_cue() -> None:
    found = whole(0.1 * swaying(60.0), *breaths(0.0, 60.0, 0.2), STAY, OVER)
    assert found.stiff
    assert math.isnan(found.steady_pct)
    assert math.isnan(found.swr_pct)
    assert found.cue == CUE


def test_without_breath_or_rest_only_steadiness_is_told() -> None:
    found = whole(swaying(60.0), STAY, OVER)
    assert found.steady_pct == 100.0
    assert math.isnan(found.breathing_pct)
    assert math.isnan(found.swr_pct)


def test_baselines_widen_the_band() -> None:
    angle = 6.0 * hump(times(60.0), 12.0, hold_s=40.0)
    tasks: list[Event] = []
    for at_s in (10.0, 20.0, 30.0, 40.0):
        said = command("task", at_s, name="hold")
        arguments = (("baseline", True), *said.arguments)
        object.__setattr__(said, "arguments", arguments)
        tasks.append(said)
    found = [one for one in scores(angle, *tasks, command("task", 50.0)) if one.state == "whole"]
    assert len(found) == 4
    assert found[0].steady_pct < 100.0
    assert found[3].steady_pct == 100.0


def test_a_movement_and_a_new_neutral_are_not_judged() -> None:
    assert scores(swaying(60.0), command("task", 10.0, name="hip_hinge"), OVER) == []
    angle = swaying(60.0) + np.where(times(60.0) > 20.0, 15.0, 0.0)
    found = whole(angle, STAY, command("calibrate", 19.0), OVER)
    assert found.start_s == 22.0
    assert found.deviation_deg < 2.0
