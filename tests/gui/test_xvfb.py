"""The same scripted session on a real X server: what offscreen drawing cannot show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.x_server import X_SERVER, needs_x_server

SCRIPTED = "tests/gui/test_main_window.py"


@needs_x_server
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
