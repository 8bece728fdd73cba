"""What is kept of a task, and what is not of it."""

from __future__ import annotations

import math

from biofeedback.session.task_now import TaskNow
from tests.unit.session.tasked import (
    alerted,
    announced,
    ended,
    progressed,
    repeated,
    scored,
    toned,
    walked,
)


def heard(*events: object) -> TaskNow:
    task = TaskNow()
    for event in events:
        task.hear(event)  # type: ignore[arg-type]
    return task


def test_a_task_is_followed_and_kept_when_it_is_over() -> None:
    task = heard(announced(10, "heel_slide", "left"), repeated(15, "heel_slide", 0))
    assert task.going_on
    assert (task.name, task.side, task.since_s, task.counted) == ("heel_slide", "left", 10, 1)
    for event in (announced(20, ""), scored(20, "heel_slide", 10, whole=True), announced(30, "")):
        task.hear(event)
    assert not task.going_on
    assert task.over_s == 20
    assert task.counted == 1
    assert task.score is not None


def test_the_next_task_begins_with_nothing() -> None:
    task = heard(
        announced(10, "hold"),
        progressed(25, "hold", 15, 40.0),
        ended(40, "hold", 30),
        scored(30, "hold", 10),
        announced(40, "heel_slide"),
    )
    assert (task.hold, task.hold_ended, task.score, task.counted) == (None, None, None, 0)
    assert task.going_on


def test_what_comes_late_of_the_task_before_is_not_of_this_one() -> None:
    again = heard(announced(10, "hold"), announced(40, "hold"))
    for late in (scored(40, "hold", 10, whole=True), ended(40, "hold", 30)):
        again.hear(late)
    assert (again.score, again.hold_ended) == (None, None)
    other = heard(announced(10, "heel_slide"), announced(40, "bridge"))
    other.hear(repeated(41, "heel_slide", 7))
    other.hear(repeated(44.5, "bridge", 0, counted=False))
    other.hear(walked(50, 100.0))
    assert (other.counted, other.gait) == (0, None)


def test_a_row_may_be_older_than_the_announcement() -> None:
    assert heard(announced(10, "hold"), scored(15, "hold", 9.2)).score is not None


def test_an_alert_goes_on_until_it_ends_and_tone_needs_no_task() -> None:
    task = heard(alerted(5), toned(6, 0.4))
    assert task.alert is not None
    assert task.tone is not None
    task.hear(alerted(9, "ended"))
    assert task.alert is None
    assert not task.going_on
    assert math.isnan(task.since_s)


def test_the_trunk_moves_in_an_exercise_and_not_in_a_hold() -> None:
    assert heard(announced(10, "lift")).moving
    assert not heard(announced(10, "hold")).moving
    assert not heard(announced(10, "lift"), announced(20, "")).moving
