"""What the meta tests know of the project's files, read as syntax trees."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PACKAGES = ("biofeedback", "firmware_sim")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return every file that belongs to the project: what git tracks or would track."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (PROJECT / line for line in done.stdout.splitlines())
    return tuple(sorted(path for path in paths if path.is_file()))


def modules() -> tuple[Path, ...]:
    """Return the Python files of both packages."""
    return tuple(sorted(path for name in PACKAGES for path in (PROJECT / name).rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    """Return where something is, clickable."""
    line = f":{node.lineno}" if isinstance(node, ast.stmt | ast.expr | ast.arg) else ""
    return f"{path.relative_to(PROJECT).as_posix()}{line}"
