"""One application, and a run that ends."""

from __future__ import annotations

import subprocess
import sys
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


def test_the_first_picture_does_not_wait_for_the_filters() -> None:
    asks = (
        "import sys, biofeedback.gui.app; "
        "print([name for name in ('scipy.signal', 'matplotlib', 'bumble') if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", asks], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
