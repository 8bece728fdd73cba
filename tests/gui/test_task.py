"""A task in words with its time."""

from __future__ import annotations

from biofeedback.gui.states import TaskState
from biofeedback.gui.task import present_task
from biofeedback.session.live import Live
from tests.unit.session.tasked import alerted, announced


def test_a_task_has_its_side_and_its_time_and_says_when_it_is_over() -> None:
    live = Live()
    assert present_task(live) == TaskState()
    live.task.hear(announced(10, "heel_slide", "left"))
    live.now_s = 52.0
    state = present_task(live)
    assert (state.name, state.words) == ("heel_slide", "heel slide · left · 0:42")
    assert [one.title for one in state.readings] == ["Counted", "Steady"]
    live.task.hear(announced(60, ""))
    live.now_s = 90.0
    assert present_task(live).words == "heel slide · left · 0:50 · over"
    assert present_task(live).name == ""


def test_an_alert_is_said_without_a_task() -> None:
    live = Live()
    live.task.hear(alerted(5))
    assert present_task(live).cue == "soften, keep breathing"
