"""The person's screen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from biofeedback.gui.motion import present_motion
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.person import PersonView
from biofeedback.session.live import Live


def test_one_sentence_and_the_time_and_no_other_words(
    qtbot: QtBot, theme: Theme, live: Live
) -> None:
    view = PersonView(theme)
    qtbot.addWidget(view)
    view.show_state(present_motion(live, elapsed_s=96.0).person)
    said = {words.text() for words in view.findChildren(QLabel)} - {""}
    assert said == {"1:36", "Let the belly fill slowly, then let it sink."}


def test_esc_leaves_and_other_keys_do_nothing(qtbot: QtBot, theme: Theme) -> None:
    view = PersonView(theme)
    qtbot.addWidget(view)
    view.show()
    qtbot.keyClick(view, Qt.Key.Key_Q)
    assert view.isVisible()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not view.isVisible()
