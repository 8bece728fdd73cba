"""Tasks in the report, each with what is its own."""

from __future__ import annotations

import math

from biofeedback.core.results import ToneReference
from biofeedback.core.roles import Role
from biofeedback.report.tasks import TaskDone, tasks_done
from tests.unit.session.tasked import (
    alerted,
    announced,
    ended,
    repeated,
    rested,
    scored,
    stamps,
    toned,
)

ALL = (Role.CHEST_BELT, Role.ABDOMEN_BELT, Role.PELVIS_IMU, Role.THIGH_IMU)


def texts(task: TaskDone) -> dict[str, str]:
    return {one.title: one.text for one in task.readings}


def test_each_task_keeps_what_was_told_after_the_next_began() -> None:
    events = [
        rested(50),
        announced(60, "hold"),
        scored(80, "hold", 60, steady_pct=50.0),
        announced(100, "hold"),
        scored(100, "hold", 60, steady_pct=70.0, whole=True),
        ended(100, "hold", 40),
        scored(120, "hold", 100, steady_pct=90.0),
        announced(140, "heel_slide", "left"),
        scored(140, "hold", 100, steady_pct=95.0, whole=True),
        repeated(150, "heel_slide", 0),
        announced(160, ""),
        alerted(170),
    ]
    first, second, third = tasks_done(events, ALL)
    assert (first.name, first.start_s, first.end_s) == ("hold", 60, 100)
    assert texts(first) == {"Held": "40", "Steady": "70", "Breathing": "80", "Together": "75"}
    assert texts(second)["Steady"] == "95"
    assert third.name == "heel slide, left"
    assert texts(third)["Counted"] == "1"
    assert third.cue == ""


def test_a_manoeuvre_is_judged_when_the_next_has_begun() -> None:
    nan = math.nan
    relaxed = ToneReference(
        **stamps(90), manoeuvre="relax", ok=True, problem="", breaths=6, belt="tension",
        tonic=nan, phasic=nan, words="well done",
    )  # fmt: skip
    events = [
        announced(60, "tone_relax"), toned(80, 0.0), announced(90, "tone_brace"), relaxed,
        toned(100, 0.7, "bracing"),
    ]  # fmt: skip
    relax, brace = tasks_done(events, ALL)
    assert (relax.cue, brace.cue) == ("well done", "")
    assert texts(relax)["Belly tone"] == "0.0"
    assert texts(brace)["Belly tone"] == "+0.7"
    assert math.isnan(brace.end_s)


def test_without_a_task_there_is_nothing() -> None:
    assert tasks_done([rested(50), announced(60, "")], ALL) == []
