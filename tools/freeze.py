"""Write constraints.txt from the environment this runs in: names and versions only.

Holds what the project, its tests and its window need, and what those need in turn. What other
systems need besides (winrt on Windows, pyobjc on macOS) is left to the ranges of the packages
that ask for it.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def closure(start: str) -> dict[str, str]:
    """Return name and version of all that `start` needs, itself left out."""
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(start)]
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.extras):
            name = canonicalize_name(wanted.name)
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                versions[name] = version(name)
            except PackageNotFoundError:
                raise SystemExit(f"{name} is not installed; run make venv first") from None
            for line in distribution(name).requires or ():
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    waiting.append(needed)
    del versions[canonicalize_name(Requirement(start).name)]
    return versions


if __name__ == "__main__":
    lines = [f"{name}=={number}\n" for name, number in sorted(closure("biofeedback[dev]").items())]
    (ROOT / "constraints.txt").write_text("".join(lines))
