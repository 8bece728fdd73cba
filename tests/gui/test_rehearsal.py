"""A session that runs by itself."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from biofeedback.core.roles import Role
from biofeedback.gui.main_window import MainWindow
from biofeedback.gui.rehearsal import Rehearsal
from biofeedback.gui.theme import Theme
from biofeedback.recording.reader import SessionReader
from biofeedback.session.studio import Studio

PATIENCE_MS = 90_000


def test_it_finds_wears_records_stops_and_reviews(
    qtbot: QtBot, theme: Theme, studio: Studio
) -> None:
    window = MainWindow(studio, theme)
    qtbot.addWidget(window)
    window.show()
    rehearsal = Rehearsal(window, 12.0)
    qtbot.waitUntil(lambda: studio.state == "recording", timeout=PATIENCE_MS)
    assert set(studio.roles.values()) == {Role.CHEST_BELT, Role.ABDOMEN_BELT, Role.PELVIS_IMU}
    qtbot.waitUntil(lambda: rehearsal.over, timeout=PATIENCE_MS)
    assert rehearsal.saved is not None
    qtbot.waitUntil(lambda: window.review_page.playback is not None, timeout=PATIENCE_MS)
    assert SessionReader(rehearsal.saved).torn() == ""
    window.bridge.stop()
    window.hide()
