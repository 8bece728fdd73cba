"""Banner and markers."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from biofeedback.gui.presenters import present_readout
from biofeedback.gui.states import Banner, TaskState
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.live_page import BannerBar, LivePage
from biofeedback.session.live import Live
from biofeedback.session.task_readings import TaskReading


def test_markers_are_told(qtbot: QtBot, theme: Theme) -> None:
    page = LivePage(theme)
    qtbot.addWidget(page)
    button = next(b for b in page.findChildren(QPushButton) if b.text() == "C  cough")
    with qtbot.waitSignal(page.mark_asked) as told:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert told.args == ["cough"]


def test_a_banner_stays_until_it_is_over(qtbot: QtBot, theme: Theme) -> None:
    bar = BannerBar(theme)
    qtbot.addWidget(bar)
    assert bar.isHidden()
    bar.show_state(Banner("Chest belt lost 4 s ago.", "It is being looked for.", "Check it."))
    assert not bar.isHidden()
    bar.show_state(None)
    assert bar.isHidden()


def test_letters_are_markers_again_once_a_task_is_chosen(qtbot: QtBot, theme: Theme) -> None:
    page = LivePage(theme)
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    page.choose_task()
    assert page.tasks.task.view().isVisible()
    page.tasks.task.hidePopup()
    page.tasks.task.setCurrentIndex(3)
    page.tasks.task.activated.emit(3)
    assert page.hasFocus()


def test_the_focused_number_of_a_task_is_explained(
    qtbot: QtBot, theme: Theme, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = LivePage(theme)
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    opened: list[str] = []
    monkeypatch.setattr(page.panels, "explain_page", opened.append)
    readings = (TaskReading("Steady", "92", "%", "steadiness"),)
    state = dataclasses.replace(
        present_readout(live), task=TaskState("hold", "hold · 0:42", "", readings)
    )
    page.show_readout(state)
    page.explain()
    page.line.readings[0].setFocus()
    page.explain()
    assert opened == ["rib_cage_log_ratio", "steadiness"]
