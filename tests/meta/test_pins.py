"""constraints.txt holds versions that fit what pyproject.toml asks for, and nothing else."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.meta.source import PROJECT, place, tracked_files, tree

LINES = (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
TABLE = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = TABLE["optional-dependencies"]
PINS = dict(line.split("==") for line in LINES)


def asked_for() -> list[Requirement]:
    """Return what the project and its tests need directly."""
    lines = [*TABLE["dependencies"], *EXTRAS["gui"], *EXTRAS["dev"]]
    wanted = [Requirement(line) for line in lines]
    return [requirement for requirement in wanted if requirement.name != TABLE["name"]]


def declared(*groups: str) -> set[str]:
    """Return the names of what the groups declare; ``""`` is what is always needed."""
    lines = [line for group in groups for line in EXTRAS.get(group, TABLE["dependencies"])]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imported(files: Iterable[Path]) -> dict[str, str]:
    """Return what is imported from outside, each with a place where it is."""
    found: dict[str, str] = {}
    for path in files:
        for node in ast.walk(tree(path)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                found.setdefault(name.partition(".")[0], place(path, node))
    own = {"biofeedback", "firmware_sim", "tests", "benchmarks", "tools"}
    return {n: where for n, where in found.items() if n not in sys.stdlib_module_names | own}


@pytest.mark.parametrize(
    ("folder", "groups"),
    [
        ("biofeedback", ("", "gui")),
        ("firmware_sim", ("",)),
        ("tests", ("", "gui", "dev")),
        ("examples", ("",)),
        ("tools", ("", "gui", "dev")),
        ("benchmarks", ("", "gui", "peers")),
    ],
)
def test_whatever_is_imported_is_declared(folder: str, groups: tuple[str, ...]) -> None:
    distributions = metadata.packages_distributions()
    allowed = declared(*groups)
    files = [path for path in tracked_files() if path.is_relative_to(PROJECT / folder)]
    foreign = imported(path for path in files if path.suffix == ".py")
    undeclared = {
        name: where
        for name, where in foreign.items()
        if not allowed & {canonicalize_name(found) for found in distributions.get(name, [name])}
    }
    assert undeclared == {}


def test_names_and_versions_only() -> None:
    assert sorted(PINS.items()) == list(PINS.items())
    assert len(PINS) == len(LINES)
    assert [line for line in LINES if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []


@pytest.mark.parametrize("requirement", asked_for(), ids=str)
def test_what_is_asked_for_is_pinned_within_its_range(requirement: Requirement) -> None:
    if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
        assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_peers_of_the_accuracy_suite_are_not_pinned_on_everyone() -> None:
    peers = {canonicalize_name(Requirement(line).name) for line in EXTRAS["peers"]}
    assert peers
    assert not peers & PINS.keys()


def test_no_qt_that_aborts_python_3_11() -> None:
    (qt,) = (Requirement(line) for line in EXTRAS["gui"] if line.startswith("PySide6"))
    assert not qt.specifier.contains("6.12.0")


def test_every_dependency_has_its_line_of_reason() -> None:
    record = (PROJECT / "docs/decisions/0006-pins.md").read_text(encoding="utf-8")
    lines = [Requirement(line) for group in EXTRAS.values() for line in group]
    wanted = [requirement.name for requirement in [*asked_for(), *lines]]
    missing = [name for name in wanted if f"`{name}`" not in record and name != TABLE["name"]]
    assert missing == []


def test_this_python_is_supported() -> None:
    assert sys.version_info >= (3, 11)
    assert TABLE["requires-python"] == ">=3.11"
