"""Any action by its words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from biofeedback.gui.actions import ACTIONS, Action
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.palette import Palette, matching


def test_nothing_typed_offers_everything_in_order() -> None:
    assert matching("") == list(ACTIONS)


def test_every_word_must_be_there_in_any_order() -> None:
    assert [action.name for action in matching("cough MARK")] == ["mark cough"]
    assert matching("there is no such thing") == []


def test_typing_and_enter_does_it(qtbot: QtBot, theme: Theme) -> None:
    done: list[Action] = []
    owner = QWidget()
    qtbot.addWidget(owner)
    palette = Palette(theme, done.append, owner)
    palette.open()
    qtbot.keyClicks(palette.words, "back")
    first, second = matching("back")[:2]
    assert palette.found.count() == len(matching("back"))
    qtbot.keyClick(palette.words, Qt.Key.Key_Down)
    qtbot.keyClick(palette.words, Qt.Key.Key_Return)
    assert done == [second]
    assert first != second
