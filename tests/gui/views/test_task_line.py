"""A task is chosen, and what is known of it shown."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from biofeedback.gui.states import TaskState
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.task_line import TaskChoice, TaskLine
from biofeedback.session.task_readings import TaskReading

STEADY = TaskReading("Steady", "92", "%", "steadiness")
COUNTED = TaskReading("Counted", "7", "", "repetition")


def choose(box: object, data: str) -> None:
    box.setCurrentIndex(box.findData(data))  # type: ignore[attr-defined]
    box.activated.emit(box.currentIndex())  # type: ignore[attr-defined]


def test_a_task_is_announced_with_its_side(qtbot: QtBot, theme: Theme) -> None:
    choice = TaskChoice(theme)
    qtbot.addWidget(choice)
    told: list[tuple[str, str, bool]] = []
    choice.task_asked.connect(lambda *asked: told.append(asked))
    choose(choice.task, "heel_slide")
    assert not choice.side.isHidden()
    choose(choice.side, "left")
    choice.own.setChecked(True)
    choose(choice.task, "hold")
    assert choice.side.isHidden()
    choice.end()
    assert told == [
        ("heel_slide", "", False),
        ("heel_slide", "left", False),
        ("hold", "", True),
        ("", "", True),
    ]


@pytest.mark.parametrize("text_pct", [100, 200])
def test_only_what_belongs_to_the_task_is_shown(qtbot: QtBot, text_pct: int) -> None:
    line = TaskLine(Theme("dark", text_pct))
    qtbot.addWidget(line)
    line.show_state(TaskState())
    assert line.isHidden()
    line.show_state(TaskState("hold", "hold · 0:42", "keep breathing", (COUNTED, STEADY)))
    assert not line.isHidden()
    assert [w.accessibleName() for w in line.readings] == ["Counted", "Steady"]
    line.show_state(TaskState("hold", "hold · 0:43", "", (STEADY,)))
    assert [w.isHidden() for w in line.readings] == [False, True]
    assert line.readings[0].accessibleDescription() == "Steady 92 %, good"
    with qtbot.waitSignal(line.explain_asked) as told:
        line.readings[0].explain_asked.emit(line.readings[0].page)
    assert told.args == ["steadiness"]


def test_the_choice_follows_what_goes_on(qtbot: QtBot, theme: Theme) -> None:
    choice = TaskChoice(theme)
    qtbot.addWidget(choice)
    told: list[tuple[str, str, bool]] = []
    choose(choice.task, "hold")
    choice.task_asked.connect(lambda *asked: told.append(asked))
    choice.follow("")  # not heard yet
    assert choice.task.currentData() == "hold"
    choice.follow("hold")
    choice.follow("heel_slide")
    assert choice.task.currentData() == "heel_slide"
    assert not choice.side.isHidden()
    choice.follow("")
    assert choice.task.currentData() == ""
    assert told == []  # it only shows
