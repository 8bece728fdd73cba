"""The command line as a person uses it: exit codes, clear messages, quick help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TIMEOUT_S = 120


def biofeedback(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "biofeedback", *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        env={**os.environ, "BIOFEEDBACK_HOME": str(home), "NO_COLOR": "1"},
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "two.csv"
    t_s = np.arange(0, 90, 0.04)
    rows = np.column_stack((t_s, np.sin(1.57 * t_s), np.sin(1.57 * (t_s + 0.2))))
    np.savetxt(path, rows, delimiter=",", header="time,thorax,abdomen", comments="", fmt="%.4f")
    return path


def test_version_and_help_do_not_load_numpy_or_qt(tmp_path: Path) -> None:
    probe = (
        "import sys; from biofeedback.cli.main import app; "
        "print([n for n in ('numpy', 'PySide6', 'scipy', 'bleak') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
    assert biofeedback("--version", home=tmp_path).stdout.startswith("biofeedback ")


def test_import_analyze_report_replay(recording: Path, tmp_path: Path) -> None:
    session = tmp_path / "s"
    done = biofeedback(
        "import", str(recording), "--time-column", "time", "--out", str(session), home=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "guessed from the labels" in done.stdout
    done = biofeedback("analyze", str(session), "--json", home=tmp_path)
    summary = json.loads(done.stdout)
    assert summary["breathing"]["breath_rate_per_min"] == pytest.approx(15.0, abs=0.1)
    assert (session / "derived" / "breaths.csv").is_file()
    done = biofeedback("replay", str(session), "--speed", "max", "--verify", home=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "replay identical" in done.stdout
    done = biofeedback("report", str(session), home=tmp_path)
    assert Path(done.stdout.strip()).read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("analyze", "nowhere"), 1, "does not exist"),
        (("import", "nowhere.csv"), 1, "there is no file"),
        (("import", "FILE", "--map", "chest=nothing", "--time-column", "time"), 1, "it has"),
        (("import", "FILE", "--map", "nose=thorax"), 1, "known sites"),
        (("import", "FILE", "--map", "chest=thorax", "--rate-hz", "fast"), 1, "give a number"),
        (("demo", "--scenario", "nobody", "--speed", "max"), 2, "coached"),
        (("demo", "--speed", "slow"), 2, "neither max nor a number"),
        (("record", "--kit", "nowhere.toml"), 2, "nowhere.toml"),
        (("replay",), 2, "replay [OPTIONS]"),
    ],
)
def test_wrong_use_is_answered_without_a_traceback(
    arguments: tuple[str, ...], code: int, words: str, recording: Path, tmp_path: Path
) -> None:
    given = [str(recording) if argument == "FILE" else argument for argument in arguments]
    done = biofeedback(*given, home=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_an_existing_session_is_never_overwritten(recording: Path, tmp_path: Path) -> None:
    arguments = ("import", str(recording), "--time-column", "time", "--out", str(tmp_path / "s"))
    assert biofeedback(*arguments, home=tmp_path).returncode == 0
    done = biofeedback(*arguments, home=tmp_path)
    assert done.returncode == 1
    assert "exists already" in done.stderr
