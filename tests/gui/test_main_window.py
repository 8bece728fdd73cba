"""A whole session from the window, over the simulated kit; and nothing leaks."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from biofeedback.core.entry import Command
from biofeedback.core.roles import Role
from biofeedback.gui.main_window import MainWindow
from biofeedback.gui.motion import present_motion
from biofeedback.gui.presenters import present_readout
from biofeedback.gui.theme import Theme
from biofeedback.recording.reader import SessionReader
from biofeedback.session.live import Live
from biofeedback.session.sessions import verify_session
from biofeedback.session.studio import Studio

PATIENCE_MS = 90_000


def test_scan_wear_record_lose_regain_mark_stop_replay_seek(
    qtbot: QtBot, theme: Theme, studio: Studio
) -> None:
    window = MainWindow(studio, theme)
    qtbot.addWidget(window)
    window.show()
    bridge = window.bridge

    def lamps() -> dict[Role, str]:
        shown = present_readout(bridge.live).lamps
        return {lamp.role: lamp.quality.word for lamp in shown if lamp.role is not None}

    window.start_recording()  # with no sensor: refused in words
    assert studio.state == "waiting"
    window.sensors_page.scan()
    qtbot.waitUntil(lambda: len(studio.found) == 3, timeout=PATIENCE_MS)
    belts = iter((Role.CHEST_BELT, Role.ABDOMEN_BELT))
    for device_id in sorted(studio.found):
        imu = "imu" in studio.kinds(device_id)
        window.sensors_page.wear(device_id, Role.PELVIS_IMU if imu else next(belts))
    qtbot.waitUntil(lambda: len(lamps()) == 3, timeout=PATIENCE_MS)
    window.start_recording()
    qtbot.waitUntil(lambda: studio.state == "recording", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "lost" in lamps().values(), timeout=PATIENCE_MS)
    banner = present_readout(bridge.live).banner
    assert banner is not None
    assert banner.title.startswith("Abdomen belt lost")
    qtbot.waitUntil(lambda: "lost" not in lamps().values(), timeout=PATIENCE_MS)
    window.activateWindow()  # a bare X server has no window manager that would
    qtbot.waitUntil(window.isActiveWindow, timeout=PATIENCE_MS)
    qtbot.keyClick(window.live_page, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: len(bridge.live.flags) == 1, timeout=PATIENCE_MS)
    assert bridge.latency_ms
    tasks = window.live_page.tasks
    tasks.task.setCurrentIndex(tasks.task.findData("sit"))
    tasks.task.activated.emit(tasks.task.currentIndex())
    qtbot.waitUntil(lambda: bool(bridge.live.task.score), timeout=PATIENCE_MS)
    read = {one.title: one.text for one in present_readout(bridge.live).task.readings}
    assert read["Steady"] not in ("", "unknown")
    qtbot.keyClick(window.live_page, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: not bridge.live.task.going_on, timeout=PATIENCE_MS)
    window.toggle_recording()
    qtbot.waitUntil(lambda: studio.saved is not None, timeout=PATIENCE_MS)
    saved = studio.saved
    assert saved is not None
    window.review(saved)
    page = window.review_page
    qtbot.waitUntil(lambda: page.playback is not None, timeout=PATIENCE_MS)
    page.seek(15.0)
    assert page.playback is not None
    assert page.playback.now_s == 15.0
    assert page.task.isHidden()
    page.seek(page.playback.review.length_s)
    assert page.task.readings[0].page == "endurance"
    assert not page.task.isHidden()
    commands = [e for e in SessionReader(saved).entries() if isinstance(e, Command)]
    assert [c.arguments["text"] for c in commands if c.name == "mark"] == ["cough"]
    assert [c.arguments["name"] for c in commands if c.name == "task"] == ["sit", ""]
    assert verify_session(SessionReader(saved)).identical
    bridge.stop()
    window.hide()


def test_a_recording_cannot_be_closed_by_accident(
    qtbot: QtBot, theme: Theme, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = MainWindow(studio, theme)
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Save]
    monkeypatch.setattr(QMessageBox, "question", lambda *_: answers.pop(0))
    window.show()
    window.sensors_page.scan()
    qtbot.waitUntil(lambda: len(studio.found) == 3, timeout=PATIENCE_MS)
    window.sensors_page.wear(sorted(studio.found)[0], Role.CHEST_BELT)
    qtbot.waitUntil(lambda: studio.state == "seen", timeout=PATIENCE_MS)
    window.start_recording()
    qtbot.waitUntil(lambda: studio.state == "recording", timeout=PATIENCE_MS)
    folder = studio.folder
    assert not window.close()
    assert window.isVisible()
    assert window.close()
    assert folder is not None
    assert SessionReader(folder).torn() == ""
    window.deleteLater()


def test_painting_does_not_use_up_none(qtbot: QtBot, theme: Theme, live: Live) -> None:
    """Some releases of the binding take one reference of None too many with every call."""
    from biofeedback.gui.views.live import LivePanels

    panels = LivePanels(theme)
    qtbot.addWidget(panels)
    panels.resize(900, 600)
    motion, readout = present_motion(live), present_readout(live)
    panels.show_motion(motion)
    panels.show_readout(readout)
    panels.grab()
    gc.collect()
    before = sys.getrefcount(None)
    for _ in range(200):
        panels.show_motion(motion)
        panels.trace.grab()
        panels.bullseye.grab()
    gc.collect()
    assert sys.getrefcount(None) > before - 100


def test_the_keys_open_their_pages(qtbot: QtBot, theme: Theme, studio: Studio) -> None:
    window = MainWindow(studio, Theme("dark", 200))
    qtbot.addWidget(window)
    window.show()
    for page in ("live", "review", "sensors"):
        window.go_to(page)
    window.toggle_person()
    assert window.person.isVisible()
    window.toggle_person()
    window.change_window()
    assert window.bridge.window_s == 120.0
    window.show_keys()
    window.bridge.stop()
    window.hide()


def test_a_folder_given_is_reviewed(
    qtbot: QtBot, theme: Theme, studio: Studio, tmp_path: Path
) -> None:
    window = MainWindow(studio, theme)
    qtbot.addWidget(window)
    window.review(tmp_path / "nowhere")
    assert window.review_page.playback is None
    window.bridge.stop()
