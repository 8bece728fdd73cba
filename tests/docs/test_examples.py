"""Every example runs, as it stands, and says something."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from biofeedback.core.capability import capability
from biofeedback.core.config import load_kit
from biofeedback.drivers.registry import drivers, protocol_for

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
KITS = sorted(EXAMPLES.glob("kits/*.toml"))
BOARDS = sorted(EXAMPLES.glob("boards/*.toml"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_script_runs(script: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "BIOFEEDBACK_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.strip()


@pytest.mark.parametrize("path", KITS, ids=lambda path: path.stem)
def test_the_kit_is_accepted(path: Path) -> None:
    kit = load_kit(path, {spec.name: spec.kinds for spec in drivers().values()})
    assert "Can tell" in capability([sensor.role for sensor in kit.sensors])


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_the_board_file_is_accepted_and_its_driver_takes_it(path: Path) -> None:
    kit = load_kit(None, {spec.name: spec.kinds for spec in drivers().values()}, [path])
    for sensor in kit.sensors:
        assert list(protocol_for(sensor.device_id, sensor.options).start()) == []


def test_there_are_examples() -> None:
    assert len(SCRIPTS) >= 3
    assert len(KITS) >= 2
    assert len(BOARDS) >= 2
