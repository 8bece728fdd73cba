"""``biofeedback analyze``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from biofeedback.core.errors import RecordingFormatError
from tests.unit.session.test_offline import write_coughs


def test_words_and_files(run: Callable[..., Result], session: Path, tmp_path: Path) -> None:
    result = run("analyze", session, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "per min" in result.stdout
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"summary.json", "breaths.csv", "breaths_refined.csv"}


def test_json_is_json_alone(run: Callable[..., Result], session: Path) -> None:
    summary = json.loads(run("analyze", session, "--json").stdout)
    assert summary["torn"] == ""
    assert summary["breathing"]["breaths"] > 5


def test_what_is_no_session_is_said(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("analyze", tmp_path)
    assert isinstance(result.exception, RecordingFormatError)
    with pytest.raises(RecordingFormatError, match="session"):
        raise result.exception


def test_a_tap_check_says_why_there_is_no_lag(run: Callable[..., Result], session: Path) -> None:
    result = run("analyze", session, "--tap-check", "20")
    assert result.exit_code == 0
    assert "abdomen_belt after chest_belt: unknown: the chest belt felt no jolt" in result.stdout


def test_a_tap_check_at_the_very_end_is_refused(run: Callable[..., Result], session: Path) -> None:
    result = run("analyze", session, "--tap-check", "55")
    assert result.exit_code == 1
    assert "ends too soon" in result.stdout


def test_a_tap_check_tells_what_to_write_into_the_kit_file(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    result = run("analyze", write_coughs(tmp_path / "s", 0.1), "--tap-check", "20")
    assert "abdomen_belt after chest_belt: +" in result.stdout
    assert "3 jolts" in result.stdout
    assert "to its lag_s in the kit file" in result.stdout
