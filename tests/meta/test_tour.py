"""The ten-minute tour stays ten minutes, and leads to files that exist."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

from tests.meta.source import PROJECT, tree

LONGEST_TOUR = 1200

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def stops() -> list[Path]:
    """Return what the tour's numbered list links to, in order."""
    text = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    tour = text.partition("## The tour")[2].partition("\n## ")[0].partition("\nNot on the tour")[0]
    return [PROJECT / link for link in re.findall(r"\]\(([^)]+)\)", tour)]


def code_lines(path: Path) -> int:
    """Count lines of code: docstrings, comments and blank lines are read, not understood."""
    words = {
        line
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    code = {
        line
        for token in tokens
        if token.type not in NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(code - words)


def test_every_stop_exists() -> None:
    assert [stop for stop in stops() if not stop.exists()] == []


def test_the_tour_is_short() -> None:
    # The simulator's twin is named as what need not be read.
    read = [stop for stop in stops() if stop.suffix == ".py" and "firmware_sim" not in stop.parts]
    counts = {stop.name: code_lines(stop) for stop in read}
    assert len(counts) >= 6
    assert sum(counts.values()) <= LONGEST_TOUR, counts


def test_code_is_counted_without_words(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text('"""Words.\n\nMore.\n"""\n\n# why\nx = (\n    1\n)\ndef f():\n    """Say."""\n')
    assert code_lines(path) == 4
