"""One file, one idea, its own test file; nothing foreign in any of them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.meta.source import PROJECT, modules, place, tracked_files, tree

LONGEST_FILE = 450

TESTED_ELSEWHERE = {
    "biofeedback/__main__.py": "tests/docs/test_commands.py",
}
"""Modules without a test file of their own, and where they are tested."""

PRINTING = ("biofeedback/cli/", "firmware_sim/__main__.py", "tools/", "benchmarks/", "examples/")

FOREIGN = re.compile(
    "|".join(
        (
            r"(?<![\w.])/" + r"work/",
            r"/opt/" + r"(wheels|pypi)",
            r"pypi" + r"\.org|python" + r"hosted|conda" + r"\.(org|io)|crates" + r"\.io",
            r"\bscience" + r"(\.md| \d)|architecture" + r"\.md",
            r"registry\." + r"npmjs|proxy\." + r"golang",
        )
    )
)
"""Folders of one machine, papers that are not part of the project, registries' hosts."""


def own_test(path: Path) -> Path:
    """Return where a module is tested: mirrored in tests/unit, the window in tests/gui."""
    folders = path.relative_to(PROJECT).parent.parts
    if folders[0] == "biofeedback":
        folders = folders[1:]
    where = ("gui", *folders[1:]) if folders[:1] == ("gui",) else ("unit", *folders)
    return PROJECT.joinpath("tests", *where, f"test_{path.stem.strip('_')}.py")


def with_code() -> list[Path]:
    """Return the modules that do anything: all but packages' front pages."""
    return [path for path in modules() if path.name != "__init__.py"]


@pytest.mark.parametrize("path", with_code(), ids=place)
def test_every_module_has_its_test_file(path: Path) -> None:
    elsewhere = TESTED_ELSEWHERE.get(place(path))
    test = PROJECT / elsewhere if elsewhere else own_test(path)
    assert test.is_file(), f"{place(path)} wants {place(test)}"


def test_every_unit_test_file_has_its_module() -> None:
    wanted = {own_test(path) for path in with_code()}
    orphans = [place(path) for path in (PROJECT / "tests/unit").rglob("test_*.py")]
    assert sorted(set(orphans) - {place(path) for path in wanted}) == []


def python_files() -> list[Path]:
    return [path for path in tracked_files() if path.suffix == ".py"]


def test_no_file_is_long() -> None:
    counts = {place(path): len(path.read_text().splitlines()) for path in python_files()}
    assert {name: count for name, count in counts.items() if count > LONGEST_FILE} == {}


def test_only_the_command_line_prints() -> None:
    found = [
        place(path, node)
        for path in python_files()
        if not place(path).startswith(PRINTING)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    assert found == []


def test_inside_nothing_but_the_version_is_taken_from_the_front_page() -> None:
    found = [
        place(path, node)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        and node.module == "biofeedback"
        and {alias.name for alias in node.names} != {"__version__"}
    ]
    assert found == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:  # pictures
            continue
        found += [f"{place(path)}: {line}" for line in lines if FOREIGN.search(line)]
    assert found == []


@pytest.mark.parametrize(
    "line", ["cd /" + "work/x", "find-links /opt/" + "wheels", "https://pypi" + ".org/simple"]
)
def test_foreign_words_are_seen(line: str) -> None:
    assert FOREIGN.search(line)
    assert not FOREIGN.search("docs/" + "work/plan.md")
