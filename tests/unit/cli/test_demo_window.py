"""Where the demo opens a window."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from biofeedback.cli import demo_window
from biofeedback.cli.demo_window import there_is_a_display
from tests.x_server import X_SERVER, needs_x_server

PROJECT = Path(__file__).parents[3]
CLOSING = """
    import sys
    from functools import partial
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QMessageBox
    from biofeedback.cli.demo.wires import simulated_place
    from biofeedback.cli.demo_window import in_window
    from biofeedback.gui import app

    class Closing(app.Rehearsal):
        def _look(self):
            super()._look()
            if self.over:
                QTimer.singleShot(1500, self._window.close)

    app.Rehearsal = Closing
    QMessageBox.question = lambda *_: QMessageBox.StandardButton.Discard
    in_window(partial(simulated_place, seed=3), 25.0)
"""


def test_a_script_gets_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(demo_window.sys.stdout, "isatty", lambda: False, raising=False)
    assert not there_is_a_display("linux")


@pytest.mark.parametrize(
    ("platform", "display", "expected"),
    [("linux", "", False), ("linux", ":0", True), ("win32", "", True), ("darwin", "", True)],
)
def test_a_terminal_gets_one_where_there_is_a_display(
    monkeypatch: pytest.MonkeyPatch, platform: str, display: str, expected: bool
) -> None:
    monkeypatch.setattr(demo_window.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    assert there_is_a_display(platform) is expected


@needs_x_server
def test_the_demo_runs_in_the_window_and_says_what_was_measured(tmp_path: Path) -> None:
    done = subprocess.run(
        [*X_SERVER, sys.executable, "-c", textwrap.dedent(CLOSING)],
        cwd=PROJECT,
        env={**os.environ, "QT_QPA_PLATFORM": "xcb", "BIOFEEDBACK_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "per min" in done.stdout
    assert "identical" in done.stdout
