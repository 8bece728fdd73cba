"""The same scripted session on a real X server: what offscreen drawing cannot show."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

X_SERVER = ("xvfb-run", "-a", "-s", "-screen 0 1600x1000x24")
SCRIPTED = "tests/gui/test_main_window.py"


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs Xvfb (make venv installs it)")
def test_the_scripted_session_runs_on_an_x_server() -> None:
    done = subprocess.run(
        [*X_SERVER, sys.executable, "-m", "pytest", "-q", SCRIPTED, "-p", "no:cacheprovider"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "failed" not in done.stdout
