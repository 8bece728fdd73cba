"""Write constraints.txt from the environment this runs in: names and versions only.

Holds what the project, its tests and its window need, and what those need in turn. What other
systems need besides (winrt on Windows, pyobjc on macOS) is left to the ranges of the packages
that ask for it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def asked_for() -> list[Requirement]:
    """Return what pyproject.toml asks for, the peers of the accuracy suite left out."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = table["optional-dependencies"]
    lines = [*table["dependencies"], *extras["gui"], *extras["dev"]]
    wanted = [Requirement(line) for line in lines]
    return [requirement for requirement in wanted if requirement.name != table["name"]]


def closure(start: Iterable[Requirement]) -> dict[str, str]:
    """Return name and version of all that is asked for, and of what that needs here."""
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = list(start)
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        for extra in {"", *wanted.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, extra))
            try:
                found = distribution(name)
            except PackageNotFoundError:
                raise SystemExit(f"{name} is not installed; run make venv first") from None
            versions[name] = found.version
            for line in found.requires or ():
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    waiting.append(needed)
    return versions


if __name__ == "__main__":
    lines = [f"{name}=={number}\n" for name, number in sorted(closure(asked_for()).items())]
    (ROOT / "constraints.txt").write_text("".join(lines))
