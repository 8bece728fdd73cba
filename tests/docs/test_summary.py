"""docs/summary.md explains every key and column that ``analyze`` writes, and no other."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from biofeedback.cli.main import app
from biofeedback.core.roles import Role

PAGE = (Path(__file__).parents[2] / "docs" / "summary.md").read_text(encoding="utf-8")


def explained(text: str) -> set[str]:
    """Return the names in backticks in the first cells of tables and before them."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {word for cell in cells for word in re.findall(r"`([\w]+)`", cell)}


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of the demo long enough to have everything, analysed."""
    folder = tmp_path_factory.mktemp("analyzed")
    session = str(folder / "session")
    arguments = ["demo", "--seconds", "120", "--speed", "max", "--out", session]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, ["analyze", session, "--out", str(folder / "out")])
    assert result.exit_code == 0, result.output
    return folder / "out"


def keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for part in value.values() for key in keys(part)}
    if isinstance(value, list):
        return {key for part in value for key in keys(part)}
    return set()


def test_every_key_is_explained(analyzed: Path) -> None:
    summary = json.loads((analyzed / "summary.json").read_text(encoding="utf-8"))
    assert summary["sway"], "the demo should be long enough for every part"
    assert summary["share"]["baseline"]
    found = keys(summary) - {role.value for role in Role}
    named = set(re.findall(r"`(\w+)`", PAGE.partition("## breaths.csv")[0]))
    assert sorted(found - named) == []


def test_every_column_is_explained_and_no_other(analyzed: Path) -> None:
    documented = explained(PAGE.partition("## breaths.csv")[2])
    for name in ("breaths.csv", "breaths_refined.csv"):
        with (analyzed / name).open(encoding="utf-8") as file:
            assert set(next(csv.reader(file))) == documented
