"""``biofeedback replay``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result


def test_verify_says_what_it_compared(run: Callable[..., Result], session: Path) -> None:
    result = run("replay", session, "--verify")
    assert result.exit_code == 0, result.output
    assert "replay identical" in result.stdout
    assert "byte for byte" in result.stdout


def test_a_torn_recording_is_compared_up_to_its_end(
    run: Callable[..., Result], session: Path, tmp_path: Path
) -> None:
    torn = tmp_path / "torn"
    shutil.copytree(session, torn)
    data = (torn / "input.mcap").read_bytes()
    (torn / "input.mcap").unlink()
    (torn / "input.mcap.part").write_bytes(data[: len(data) * 2 // 3])
    result = run("replay", torn, "--speed", "max", "--verify")
    assert "it ends after" in result.stdout
    assert result.exit_code == 0, result.output


def test_shown_without_a_terminal_it_ends_by_itself(
    run: Callable[..., Result], session: Path
) -> None:
    assert run("replay", session, "--speed", "100", "--start-s", "40").exit_code == 0
