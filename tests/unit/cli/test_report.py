"""``biofeedback report``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from typer.testing import Result


def test_the_page_is_written_where_asked(
    run: Callable[..., Result], session: Path, tmp_path: Path
) -> None:
    path = tmp_path / "r.html"
    result = run("report", session, "--out", path)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(path)
    assert "Session report" in path.read_text()
