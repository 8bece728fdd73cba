"""``biofeedback export``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result


@pytest.mark.parametrize(("form", "names"), [("csv", 3), ("edf", 1)])
def test_files_are_written_and_named(
    form: str, names: int, run: Callable[..., Result], session: Path, tmp_path: Path
) -> None:
    result = run("export", session, "--format", form, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    paths = [Path(line) for line in result.stdout.splitlines()]
    assert len(paths) == names
    assert all(path.is_file() for path in paths)


def test_an_unknown_format_is_wrong_use(run: Callable[..., Result], session: Path) -> None:
    result = run("export", session, "--format", "docx")
    assert result.exit_code == 2
    assert "csv" in result.output
