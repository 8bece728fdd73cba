from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from biofeedback.core.results import (
    Aligned,
    FiveStands,
    Gait,
    PostureChange,
    RelativeTiming,
    Repetition,
    Settled,
)
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event
from biofeedback.signal.summary_trunk import exercise_words, trunk_summary
from tests.unit.signal.exercising import sensor, table, times

PELVIS = Role.PELVIS_IMU


def made(kind: type[Event], **known: object) -> Any:
    """An event of which only some fields matter."""
    blank = {"float": math.nan, "int": 0, "str": "", "bool": True, "Vector": (0.0, 0.0, 0.0)}
    fields = {f.name: blank.get(str(f.type), "") for f in dataclasses.fields(kind)}
    return kind(**(fields | known))  # type: ignore[arg-type]


def rows(length_s: float = 20.0) -> Chunk:
    return table(sensor(PELVIS, np.sin(times(length_s))))


def summed(*events: Event, chunk: Chunk | None = None) -> dict[str, Any]:
    found = trunk_summary(chunk or rows(), events, [PELVIS])
    assert found is not None
    return found


def test_without_a_motion_sensor_there_is_nothing() -> None:
    assert trunk_summary(rows(), [], [Role.CHEST_BELT]) is None


def test_each_exercise_has_its_medians() -> None:
    how = {"task": "hip_hinge", "duration_s": 3.0, "held_s": 0.0}
    bends = [made(Repetition, rom_deg=rom, **how) for rom in (50.0, 60.0, 64.0)]
    held = made(Repetition, rom_deg=61.0, **(how | {"held_s": 1.0}))
    missed = made(Repetition, rom_deg=10.0, counted=False, **how)
    leg = made(Repetition, task="dead_bug", rom_deg=40.0)
    exercises = summed(*bends, held, missed, leg)["exercises"]
    assert list(exercises) == ["hip_hinge", "dead_bug"]
    hinge = exercises["hip_hinge"]
    assert (hinge["repetitions"], hinge["not_counted"]) == (4, 1)
    assert (hinge["rom_deg"], hinge["duration_s"]) == (60.5, 3.0)
    assert hinge["rom_cv"] == pytest.approx(np.std([50, 60, 64, 61]) / 58.75)
    assert hinge["held_part"] == 0.25
    assert hinge["left_right"] == {}
    assert math.isnan(hinge["lumbopelvic_ratio"])
    assert math.isnan(exercises["dead_bug"]["held_part"])


def test_left_and_right_are_compared() -> None:
    legs = [
        made(Repetition, task="dead_bug", side=side, rom_deg=rom, deviation_deg=3.0)
        for side, rom in (("left", 40.0), ("right", 30.0))
        for _ in range(3)
    ]
    sides = summed(*legs)["exercises"]["dead_bug"]["left_right"]
    assert sides["rom_deg"]["difference_deg"] == 10.0
    assert sides["rom_deg"]["differs"] is True
    assert sides["deviation_deg"]["differs"] is False


def test_five_pushes_are_summed_up_and_four_are_not() -> None:
    pushes = [made(Settled, peak_deg=5.0, settling_s=float(n)) for n in range(5)]
    assert summed(*pushes)["settling"]["settling_s"] == 2.0
    assert summed(*pushes)["settling"]["pushes"] == 5
    assert summed(*pushes[:4], made(Settled))["settling"] is None


def test_relative_timing_is_the_last_of_each_task() -> None:
    fast = [made(RelativeTiming, task="arm_raise_fast", usable=n, delay_s=0.01 * n) for n in (5, 6)]
    slow = made(RelativeTiming, task="arm_raise_slow", usable=2, reason="2 of 4 trials usable")
    found = summed(*fast, slow)["relative_timing"]
    assert list(found) == ["arm_raise_fast", "arm_raise_slow"]
    assert (found["arm_raise_fast"]["usable"], found["arm_raise_fast"]["delay_s"]) == (6, 0.06)
    assert math.isnan(found["arm_raise_slow"]["delay_s"])
    assert found["arm_raise_slow"]["reason"] == "2 of 4 trials usable"


def test_walks_are_medians_of_what_is_known() -> None:
    rates = (100.0, 110.0, 104.0)
    known = [made(Gait, problem="", step_rate_per_min=rate, rms_ml_mps2=0.5) for rate in rates]
    found = summed(*known, made(Gait, problem="not_walking"))["walk"]
    assert (found["windows"], found["known"]) == (4, 3)
    assert (found["step_rate_per_min"], found["rms_ml_mps2"]) == (104.0, 0.5)
    assert summed()["walk"] is None


def test_the_rest_is_listed() -> None:
    found = summed(
        made(Aligned, role="pelvis_imu", ok=False),
        made(Aligned, role="pelvis_imu", ok=True),
        made(Aligned, role="thigh_imu", ok=False),
        made(PostureChange),
        made(FiveStands, start_s=3.0, stood_s=9.0, seated_s=11.0),
    )
    assert found["sensors_aligned"] == ["pelvis_imu"]
    assert found["posture_changes"] == 1
    assert found["five_stands"] == [{"start_s": 3.0, "stood_s": 9.0, "seated_s": 11.0}]


def test_entropy_needs_two_minutes() -> None:
    assert math.isnan(summed()["entropy"]["sample_entropy_ap"])
    found = summed(chunk=rows(130.0))["entropy"]
    assert 0 <= found["sample_entropy_ap"] < 0.5
    assert math.isnan(found["sample_entropy_ml"])  # it never leaned to the side


def test_an_exercise_is_said_in_a_line() -> None:
    how = {"task": "heel_slide", "duration_s": 3.0, "held_s": 0.0, "deviation_deg": 4.2}
    done = [made(Repetition, rom_deg=rom, **how) for rom in (50.0, 60.0, 64.0)]
    missed = made(Repetition, rom_deg=10.0, counted=False, **how)
    said = exercise_words("heel_slide", summed(*done, missed)["exercises"]["heel_slide"])
    assert said == (
        "heel slide 3 counted, 1 unlike the others or too small, range 60.0°, each 3.0 s, "
        "pelvis moved 4.2°"
    )
    nothing = summed(missed)["exercises"]["heel_slide"]
    assert exercise_words("heel_slide", nothing).startswith("heel slide 0 counted")
