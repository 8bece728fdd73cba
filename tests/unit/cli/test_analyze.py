"""``biofeedback analyze``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from biofeedback.core.errors import RecordingFormatError


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
