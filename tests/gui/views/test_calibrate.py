"""The page leads a simulated person through everything; what the steps give is the truth."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from biofeedback.core.roles import Role
from biofeedback.gui.main_window import MainWindow
from biofeedback.gui.theme import Theme
from biofeedback.session.guide import Guide
from biofeedback.session.guiding import Guiding
from biofeedback.session.last_calibration import Belts, last_calibrations_file
from biofeedback.session.studio import Studio
from firmware_sim.wearing import Wearing
from tests.twin.guided_person import WORN, Instrument, guided_entries, starts_s


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, studio: Studio) -> MainWindow:
    window = MainWindow(studio, theme)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.addWidget(window, before_close_func=lambda window: window.bridge.stop())
    return window


def sentences(window: MainWindow) -> set[str]:
    return {words.text() for words in window.calibrate_page.findChildren(QLabel)}


def test_it_is_reached_and_left_by_keys(qtbot: QtBot, window: MainWindow) -> None:
    window.go_to("sensors")
    qtbot.keyClick(window.sensors_page, Qt.Key.Key_C)
    assert window.calibrate_page.isVisible()
    assert "Nothing to calibrate." in sentences(window)
    buttons = window.calibrate_page.findChildren(QPushButton)
    assert [one.text() for one in buttons if one.isVisible()] == ["Start over"]
    qtbot.keyClick(window.calibrate_page, Qt.Key.Key_Escape)
    assert window.sensors_page.isVisible()


def test_steps_are_those_of_what_is_worn_now(window: MainWindow, studio: Studio) -> None:
    page = window.calibrate_page
    window.go_to("calibrate")
    studio.roles = {"a/1": Role.PELVIS_IMU}
    window.go_to("sensors")
    window.go_to("calibrate")
    assert page.guiding is not None
    assert [step.name for step in page.guiding.guide.steps] == ["bows"]
    guiding = page.guiding
    window.go_to("live")
    window.go_to("calibrate")
    assert page.guiding is guiding  # what was finished is kept
    studio.folder = Path("another session")
    page.tick()
    assert page.guiding is not guiding
    studio.folder = None
    studio.roles = {}


@pytest.mark.parametrize("text_pct", [100, 200])
def test_what_to_press_is_in_sight_on_a_small_screen(
    qtbot: QtBot, studio: Studio, text_pct: int
) -> None:
    window = MainWindow(studio, Theme("light", text_pct))
    qtbot.addWidget(window, before_close_func=lambda window: window.bridge.stop())
    window.resize(1280, 800)
    window.show()
    window.go_to("calibrate")
    page = window.calibrate_page
    guide = Guide(WORN, "sitting")
    now_ns = int(guide.steps[0].seconds * 2e9)
    guide.begin(0)
    guide.tick(now_ns)
    guide.tick(2 * now_ns)  # nobody answers
    page.guiding = Guiding(guide, None, lambda: 2 * now_ns, lambda *_: None)
    page.tick()
    QApplication.processEvents()
    shown = [one for one in page.findChildren(QPushButton) if not one.visibleRegion().isEmpty()]
    words = [one.text() for one in shown]
    assert {"Repeat  R", "Go on without it  S"} <= set(words)
    for one in shown:
        if one.text() in ("Repeat  R", "Go on without it  S"):
            assert one.visibleRegion().boundingRect() == one.rect()  # nothing of it is cut off
    reason = next(one for one in page.findChildren(QLabel) if one.text().endswith("Once more?"))
    assert reason.visibleRegion().boundingRect() == reason.rect()


def test_a_person_is_led_through_everything(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path))
    instrument, due = Instrument(guided_entries()), starts_s()
    belts = Belts("", "chest", "belly", "sitting")
    window.go_to("calibrate")
    page = window.calibrate_page
    guiding = page.guiding = Guiding(
        Guide(WORN, "sitting"),
        belts,
        lambda: instrument.now_ns,
        lambda *commands: instrument.give(commands),
    )
    seen: set[str] = set()
    while guiding.guide.phase != "over" and not instrument.over:
        step = guiding.guide.step
        ready = step is not None and guiding.guide.phase == "ready"
        if ready and instrument.now_s >= due.get(step.name, math.inf):
            del due[step.name]
            qtbot.keyClick(page, Qt.Key.Key_Space)
            assert guiding.guide.phase == "going"
        guiding.hear(instrument.advance(0.2))
        page.tick()
        seen |= sentences(window)
    assert "Bow forward three times, slowly, and come back up each time." in seen
    assert {f"{n} of 6 breaths" for n in range(1, 6)} <= seen
    assert "That is all." in seen
    assert "Nothing to compare with" in sentences(window)
    assert guiding.guide.result is not None
    error = guiding.guide.result.ln_k - math.log(Wearing().volume_ratio)
    assert abs(error) < 2 * guiding.guide.result.ln_k_se
    assert last_calibrations_file().is_file()
