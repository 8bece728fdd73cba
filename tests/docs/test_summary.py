"""docs/summary.md explains every key and column that ``analyze`` writes, and no other."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from biofeedback.cli.main import app
from biofeedback.core.roles import Role

PAGE = (Path(__file__).parents[2] / "docs" / "summary.md").read_text(encoding="utf-8")


def explained(text: str) -> set[str]:
    """Return the names in backticks in the first cells of tables and before them."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {word for cell in cells for word in re.findall(r"`([\w]+)`", cell)}


def write_session(path: Path) -> None:
    """Write three minutes of two belts and a trunk sensor at 50 Hz, with one breath hold."""
    t_s = np.arange(0, 180, 1 / 50)
    breathing_s = np.where(t_s < 120, t_s, np.maximum(120, t_s - 10))  # held from 120 to 130 s
    noise = np.random.default_rng(11).normal(0, 0.02, (5, len(t_s)))
    columns = {
        "chest": np.cos(2 * np.pi * 0.25 * breathing_s) + noise[0],
        "belly": 1.5 * np.cos(2 * np.pi * 0.25 * breathing_s + 0.2) + noise[1],
        "x": 0.1 * np.sin(2 * np.pi * 0.4 * t_s) + noise[2],
        "y": 9.80665 + noise[3],
        "z": 0.1 * np.sin(2 * np.pi * 0.3 * t_s) + noise[4],
    }
    table = np.column_stack(list(columns.values()))
    np.savetxt(path, table, "%.5f", ",", header=",".join(columns), comments="")


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session that has everything, analysed."""
    folder = tmp_path_factory.mktemp("analyzed")
    write_session(folder / "table.csv")
    session, out = str(folder / "session"), str(folder / "out")
    maps = ("chest=chest", "abdomen=belly", "pelvis.acc=x,y,z")
    options = [word for text in maps for word in ("--map", text)]
    options += ["--unit", "pelvis.acc=m/s2", "--rate-hz", "50", "--out", session]
    for arguments in (
        ["import", str(folder / "table.csv"), *options],
        ["analyze", session, "--out", out],
    ):
        result = CliRunner().invoke(app, arguments)
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
    assert summary["sway"]
    assert summary["share"]["baseline"]
    assert summary["breathing"]["holds"]
    found = keys(summary) - {role.value for role in Role}
    named = set(re.findall(r"`(\w+)`", PAGE.partition("## breaths.csv")[0]))
    assert sorted(found - named) == []


def test_every_column_is_explained_and_no_other(analyzed: Path) -> None:
    documented = explained(PAGE.partition("## breaths.csv")[2])
    for name in ("breaths.csv", "breaths_refined.csv"):
        with (analyzed / name).open(encoding="utf-8") as file:
            assert set(next(csv.reader(file))) == documented
