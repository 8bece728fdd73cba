"""Every task that something listens to has a name to choose it by."""

from __future__ import annotations

from typing import get_args

from biofeedback.core.task_words import SIDED, TASK_WORDS, task_words
from biofeedback.core.tone_results import ManoeuvreName
from biofeedback.signal.onset_timing import RAISES
from biofeedback.signal.steadiness import HOLDS
from biofeedback.signal.tasks import TASKS


def test_every_task_that_is_listened_for_can_be_chosen() -> None:
    manoeuvres = {f"tone_{name}" for name in get_args(ManoeuvreName)}
    assert set(TASK_WORDS) == {*TASKS, *HOLDS, *RAISES, *manoeuvres}
    assert len(set(TASK_WORDS.values())) == len(TASK_WORDS)


def test_a_task_of_legs_has_sides() -> None:
    assert {name for name, task in TASKS.items() if task.leg_load} == SIDED


def test_a_task_nobody_knows_keeps_its_name() -> None:
    assert task_words("heel_slide") == "heel slide"
    assert task_words("my_own_task") == "my own task"
