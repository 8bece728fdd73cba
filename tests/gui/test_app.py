"""One application, and a run that ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from biofeedback.cli.demo.wires import simulated_place
from biofeedback.gui.app import application, run


def test_there_is_one_application(qapp: QApplication) -> None:
    assert application() is application()


def test_the_window_opens_and_closes(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path))
    QTimer.singleShot(2500, qapp.closeAllWindows)
    assert run(demo=True, simulator=simulated_place, theme="light") == 0
