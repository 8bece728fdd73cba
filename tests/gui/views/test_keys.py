"""The sheet of keys is the table of actions."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from biofeedback.gui.actions import ACTIONS
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.keys import KeysSheet


def test_every_action_is_on_the_sheet(qtbot: QtBot, theme: Theme) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    sheet = KeysSheet(theme, owner)
    shown = {words.text() for words in sheet.findChildren(QLabel)}
    assert {action.key for action in ACTIONS} <= shown
    assert {action.words for action in ACTIONS} <= shown
