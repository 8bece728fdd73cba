"""Everything but the window works where Qt is not installed."""

from __future__ import annotations

import ast
import subprocess
import sys

from tests.meta.source import PROJECT, modules, place, tracked_files, tree

QT = ("PySide6", "pyqtgraph", "shiboken6")

IMPORT_ALL = """
import importlib, sys

class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {qt!r}:
            raise ModuleNotFoundError(f"{{name}} is not installed")

sys.meta_path.insert(0, NoQt())
for name in {names!r}:
    importlib.import_module(name)
"""


def test_every_module_outside_the_window_imports_without_qt() -> None:
    names = [
        ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        for path in modules()
        if "/gui/" not in place(path)
    ]
    assert len(names) > 50
    code = IMPORT_ALL.format(qt=QT, names=[name.removesuffix(".__init__") for name in names])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_only_tests_of_the_window_import_qt() -> None:
    found = []
    for path in tracked_files():
        name = place(path)
        if path.suffix != ".py" or not name.startswith("tests/") or name.startswith("tests/gui/"):
            continue
        for node in ast.walk(tree(path)):
            imported = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            if any(module.partition(".")[0] in QT for module in imported):
                found.append(place(path, node))
    assert found == []
