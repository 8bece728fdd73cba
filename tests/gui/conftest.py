"""The window's tests: offscreen, and nothing of a window outlives its test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from biofeedback.cli.demo.announcing import Announcer
from biofeedback.cli.demo.kits import KITS
from biofeedback.cli.demo.running import run_directly
from biofeedback.gui.app import application
from biofeedback.gui.theme import Theme
from biofeedback.session.live import Live
from biofeedback.session.review import Review
from biofeedback.session.sessions import recording
from biofeedback.session.studio import Studio
from firmware_sim.scenarios import scenario
from tests.gui.made import made_live


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    return application()


@pytest.fixture(autouse=True)
def _no_leaked_windows(qapp: QApplication) -> Iterator[None]:
    yield
    qapp.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    shown = [widget for widget in qapp.topLevelWidgets() if widget.isVisible()]
    assert shown == []


@pytest.fixture(autouse=True)
def _nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question would wait for ever: whoever expects one says what is answered."""
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Discard)


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme("light")


@pytest.fixture(scope="session")
def live() -> Live:
    return made_live()


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    from biofeedback.cli.demo.wires import simulated_place
    from biofeedback.core.clock import RealClock

    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path))
    studio = Studio(lambda clock: simulated_place(clock, seed=2, lost=(22.0, 8.0)), RealClock(3.0))
    studio.open()
    yield studio
    studio.close()


@pytest.fixture(scope="session")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> Review:
    """One motion sensor on the belly of a seated person, by its bytes."""
    kit = KITS["home"]
    body = scenario(kit.scenario, 80.0, 5)
    folder = tmp_path_factory.mktemp("home") / "s"
    with recording(folder, kit.description("home")) as writer:
        run_directly(kit, kit.firmwares(body, 5), writer, 80.0, Announcer(body.script))
    return Review(folder)
