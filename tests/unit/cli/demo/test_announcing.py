"""What is announced, and when."""

from __future__ import annotations

from biofeedback.cli.demo.announcing import Announcer
from firmware_sim.exercises import Exercise
from firmware_sim.scenarios import LOADED, QUIET
from firmware_sim.script import Phase, Script


def test_every_exercise_is_announced_once_it_begins_and_ended_when_it_is_over() -> None:
    slide = Exercise("heel_slide", 2, side="left")
    script = Script(
        (
            Phase("still", 10.0, QUIET),
            Phase("slide", 20.0, LOADED, exercise=slide),
            Phase("still", 10.0, QUIET),
            Phase("more", 10.0, QUIET),
        )
    )
    announcer = Announcer(script)
    said = []
    for second in range(51):
        for command in announcer.due(float(second), lambda second=second: second):  # type: ignore[misc]
            assert command.name == "task"
            said.append((command.host_time_ns, *command.arguments.values()))
    assert said == [(11, "heel_slide", "left"), (30, "", "")]


def test_nobody_asked_to_do_anything_is_told_nothing() -> None:
    announcer = Announcer(Script((Phase("still", 10.0, QUIET),)))
    assert announcer.due(100.0, lambda: 0) == []
