"""The import contracts keep what is kept and catch what is planted."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FLOORS = "floors"
HOUSES = "two houses: only the demo has keys to both"
QT = "Qt lives in gui"
PRESENTERS = "presenters know no Qt"
RADIO = "one file per radio and port library"
PURE = "pure rooms know no clock, thread or chance"
SCREEN = "the screen speaks to the session, never to the radio"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for package in ("biofeedback", "firmware_sim"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=ignored)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(house: Path, file: str, line: str) -> None:
    path = house / file
    path.parent.mkdir(exist_ok=True)
    (path.parent / "__init__.py").touch()
    with path.open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")


def broken_contracts(house: Path) -> set[str]:
    """Return the names of the contracts that do not hold."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(lint), "--no-cache"], cwd=house, capture_output=True, text=True, check=False
    )
    verdicts = [line for line in done.stdout.splitlines() if " KEPT" in line or " BROKEN" in line]
    assert len(verdicts) == 7, done.stdout + done.stderr
    broken = {line.partition(" BROKEN")[0] for line in verdicts if " BROKEN" in line}
    assert (done.returncode != 0) == bool(broken)
    return broken


def test_the_house_as_it_stands_keeps_all_contracts(house: Path) -> None:
    assert broken_contracts(house) == set()


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("biofeedback/core/planted.py", "import biofeedback.signal.stage", FLOORS),
        ("biofeedback/signal/planted.py", "from biofeedback.drivers import registry", FLOORS),
        ("biofeedback/session/planted.py", "import biofeedback.report.model", FLOORS),
        ("biofeedback/attic/planted.py", "A_PACKAGE_WITHOUT_A_FLOOR = True", FLOORS),
        ("firmware_sim/planted.py", "from biofeedback.core import units", HOUSES),
        ("biofeedback/drivers/planted.py", "import firmware_sim.body", HOUSES),
        ("biofeedback/cli/planted.py", "def f():\n    import firmware_sim.body", HOUSES),
        ("biofeedback/session/planted.py", "from PySide6 import QtCore", QT),
        ("biofeedback/gui/presenters.py", "import pyqtgraph", PRESENTERS),
        ("biofeedback/session/planted.py", "import bleak", RADIO),
        ("biofeedback/drivers/planted.py", "from serial import Serial", RADIO),
        ("firmware_sim/planted.py", "import bumble.device", RADIO),
        ("biofeedback/core/planted.py", "import random", PURE),
        ("biofeedback/signal/planted.py", "import asyncio", PURE),
        ("biofeedback/signal/planted.py", "from datetime import datetime", PURE),
        ("biofeedback/drivers/protocols/planted.py", "import time", PURE),
        ("biofeedback/session/kernel.py", "import threading", PURE),
        ("biofeedback/session/snapshot.py", "import time  # the kernel imports this one", PURE),
        ("biofeedback/gui/planted.py", "from biofeedback.drivers import scan", SCREEN),
    ],
)
def test_a_planted_violation_is_caught(house: Path, file: str, line: str, contract: str) -> None:
    plant(house, file, line)
    assert contract in broken_contracts(house)


def test_the_window_may_use_qt_and_the_session(house: Path) -> None:
    plant(house, "biofeedback/gui/window.py", "from PySide6 import QtWidgets")
    plant(house, "biofeedback/gui/presenters.py", "import biofeedback.session.snapshot")
    assert broken_contracts(house) == set()
