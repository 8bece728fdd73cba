"""The command of the window."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_screenshot_needs_no_display(tmp_path: Path) -> None:
    path = tmp_path / "live.png"
    command = [sys.executable, "-m", "biofeedback", "gui", "--screenshot", str(path)]
    done = subprocess.run(
        [*command, "--state", "empty", "--theme", "dark"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_qt_it_says_what_to_install() -> None:
    code = (
        "import sys\n"
        "sys.modules['PySide6'] = None\n"
        "sys.argv = ['biofeedback', 'gui']\n"
        "from biofeedback.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "biofeedback[gui]" in done.stderr
