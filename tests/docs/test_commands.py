"""Commands in the guides: those marked ``run`` run, all others at least exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from biofeedback.cli.main import app

PROJECT = Path(__file__).parents[2]
GUIDES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(sh|sh run|bat)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def commands(guide: Path, *kinds: str) -> list[list[str]]:
    """Return the commands of a guide, in order, split into words, comments left out."""
    return [
        words
        for kind, body in BLOCK.findall(guide.read_text(encoding="utf-8"))
        if kind in kinds
        for line in body.splitlines()
        if (words := shlex.split(line.replace("\\", "/"), comments=True))
    ]


PYTHON = re.compile(r"^```python run\n(.*?)^```", re.MULTILINE | re.DOTALL)


def write_night(path: Path) -> None:
    """Write three minutes of two belts at 25 Hz, 15 breaths a minute, the abdomen leading."""
    t_s = np.arange(0, 180, 1 / 25)
    noise = np.random.default_rng(7).normal(0, 0.01, (2, len(t_s)))
    thoracic = np.sin(2 * np.pi * 0.25 * t_s) + noise[0]
    abdominal = 1.5 * np.sin(2 * np.pi * 0.25 * t_s + 0.2) + noise[1]
    header = "thoracic,abdominal"
    np.savetxt(
        path, np.column_stack([thoracic, abdominal]), "%.4f", ",", header=header, comments=""
    )


@pytest.mark.parametrize("guide", GUIDES, ids=name)
def test_commands_marked_to_run_do_run(guide: Path, tmp_path: Path) -> None:
    write_night(tmp_path / "night.csv")
    environment = {**os.environ, "BIOFEEDBACK_HOME": str(tmp_path / "home")}
    for command, *arguments in commands(guide, "sh run"):
        assert command == "biofeedback"
        done = subprocess.run(
            [sys.executable, "-m", "biofeedback", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("guide", GUIDES, ids=name)
def test_python_marked_to_run_does_run(guide: Path, tmp_path: Path) -> None:
    for code in PYTHON.findall(guide.read_text(encoding="utf-8")):
        subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)


def test_some_commands_are_marked_to_run() -> None:
    assert len(commands(PROJECT / "docs/user-guide.md", "sh run")) >= 6
    assert len(commands(PROJECT / "README.md", "sh run")) >= 3
    assert PYTHON.search((PROJECT / "README.md").read_text(encoding="utf-8"))


def complaint(words: list[str]) -> str:
    """Say what is wrong with a command that is not run; empty when it could be."""
    command, *arguments = words
    if command in ("make", "pre-commit"):
        return ""
    if command == "py":
        script = PROJECT / arguments[-1]
        return "" if script.is_file() else f"{script} does not exist"
    if Path(command).name != "biofeedback":
        return f"what is {command}?"
    every: dict[str, Any] = vars(typer.main.get_command(app))["commands"]
    if arguments[0] not in every:
        return f"no command {arguments[0]}"
    known = {option for parameter in every[arguments[0]].params for option in parameter.opts}
    unknown = [word for word in arguments if word.startswith("--") and word not in known]
    return f"{arguments[0]} has no {unknown}" if unknown else ""


@pytest.mark.parametrize("guide", GUIDES, ids=name)
def test_every_command_exists(guide: Path) -> None:
    every = commands(guide, "sh", "sh run", "bat")
    assert [said for words in every if (said := complaint(words))] == []


@pytest.mark.parametrize("guide", GUIDES, ids=name)
def test_every_make_target_exists(guide: Path) -> None:
    for command, *arguments in commands(guide, "sh"):
        if command == "make":
            subprocess.run(
                ["make", "--dry-run", *arguments], cwd=PROJECT, capture_output=True, check=True
            )


def test_a_wrong_command_is_seen() -> None:
    assert complaint(["biofeedback", "analyse", "x"]) == "no command analyse"
    assert complaint(["biofeedback", "replay", "x", "--verfy"]) == "replay has no ['--verfy']"
    assert complaint([".venv/bin/biofeedback", "replay", "x", "--verify"]) == ""
    assert complaint(["rm", "-rf", "x"]) == "what is rm?"
