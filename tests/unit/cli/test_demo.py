"""``biofeedback demo`` without a radio; over the radio it runs in tests/e2e."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from typer.testing import Result


def test_truth_stands_beside_what_was_measured(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("demo", "--speed", "max", "--seconds", "30", "--out", tmp_path / "s")
    assert result.exit_code == 0, result.output
    for words in ("measured", "truth", "rate error", "tilt error", "replay identical"):
        assert words in result.stdout
    assert str(tmp_path / "s") in result.stdout


def test_an_unknown_scenario_lists_those_there_are(run: Callable[..., Result]) -> None:
    result = run("demo", "--scenario", "nobody")
    assert result.exit_code == 2
    assert "paradox" in result.output
