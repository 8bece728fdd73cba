"""A number of a task in one line."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.reading import ReadingWidget
from biofeedback.session.task_readings import TaskReading


def test_it_says_everything_and_opens_its_page(qtbot: QtBot, theme: Theme) -> None:
    widget = ReadingWidget(theme)
    qtbot.addWidget(widget)
    widget.show_state(TaskReading("Steady", "92", "%", "steadiness"))
    assert widget.accessibleName() == "Steady"
    assert widget.accessibleDescription() == "Steady 92 %, good"
    widget.show_state(TaskReading("Steady", "unknown", "", "steadiness", "unknown", "stiff"))
    assert widget.accessibleDescription() == "Steady unknown, unknown: stiff"
    ask = widget.findChild(QPushButton)
    with qtbot.waitSignal(widget.explain_asked) as told:
        qtbot.mouseClick(ask, Qt.MouseButton.LeftButton)
    assert told.args == ["steadiness"]
