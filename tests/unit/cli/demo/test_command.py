"""``biofeedback demo`` without a radio; over the radio it runs in tests/e2e."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
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


def test_an_unknown_kit_lists_those_there_are(run: Callable[..., Result]) -> None:
    result = run("demo", "--kit", "hospital")
    assert result.exit_code == 2
    assert all(name in result.output for name in ("clinic", "home", "polar"))


def test_the_window_is_for_the_kit_of_the_clinic(run: Callable[..., Result]) -> None:
    result = run("demo", "--kit", "home", "--window")
    assert result.exit_code == 2
    assert "--no-window" in result.output


@pytest.mark.parametrize(
    ("kit", "words"),
    [
        ("home", ("Can tell: breathing rate", "tilt error", "Cannot tell: belly against chest")),
        ("polar", ("Can tell: breathing rate", "intervals", "RR error ms")),
    ],
)
def test_every_kit_says_what_it_can_tell(
    run: Callable[..., Result], tmp_path: Path, kit: str, words: tuple[str, ...]
) -> None:
    result = run("demo", "--kit", kit, "--speed", "max", "--seconds", "30", "--out", tmp_path / "s")
    assert result.exit_code == 0, result.output
    for expected in (f"kit        {kit}:", "breaths", "not known", "replay identical", *words):
        assert expected in result.stdout
