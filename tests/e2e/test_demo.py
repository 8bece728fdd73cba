"""The demo as a newcomer runs it: real bleak, real pyserial, simulated air."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def demo(*arguments: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "biofeedback", "demo", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "BIOFEEDBACK_HOME": str(home), "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


def rate_error(text: str) -> float:
    found = re.search(r"rate error\s+([\d.]+)", text)
    assert found, text
    return float(found.group(1))


def test_over_the_radio_at_four_times_the_speed(tmp_path: Path) -> None:
    text = demo("--seconds", "60", "--speed", "4", home=tmp_path)
    assert rate_error(text) <= 0.3
    assert "replay identical" in text


@pytest.mark.parametrize(("scenario", "seconds"), [("coached", "60"), ("paradox", "40")])
def test_directly_in_simulated_time(scenario: str, seconds: str, tmp_path: Path) -> None:
    text = demo("--speed", "max", "--seconds", seconds, "--scenario", scenario, home=tmp_path)
    assert rate_error(text) <= 0.3
    assert "without a radio" in text
    assert "replay identical" in text
    if scenario == "paradox":
        paradox = re.search(r"(\d+) paradox", text)
        assert paradox is not None
        assert int(paradox.group(1)) >= 5


@pytest.mark.parametrize("kit", ["home", "polar"])
def test_a_smaller_kit_over_its_own_wires(kit: str, tmp_path: Path) -> None:
    text = demo("--kit", kit, "--seconds", "40", "--speed", "4", "--no-window", home=tmp_path)
    assert f"kit        {kit}:" in text
    assert "Can tell: " in text
    assert "Cannot tell: " in text
    tilt = re.search(r"tilt RMS °\s+([\d.]+)\s+([\d.]+)", text)
    assert tilt is not None
    assert float(tilt.group(1)) == pytest.approx(float(tilt.group(2)), abs=0.5)
    if kit == "polar":
        error = re.search(r"RR error ms\s+([\d.]+)", text)
        assert error is not None
        assert float(error.group(1)) < 2.0
    assert "not known   share: " in text
    assert "replay identical" in text


def test_exercises_are_announced_and_counted(tmp_path: Path) -> None:
    arguments = ("--kit", "trunk", "--seconds", "120", "--speed", "4", "--no-window")
    text = demo(*arguments, home=tmp_path)
    for exercise in ("hip hinge", "sit to stand", "heel slide"):
        row = re.search(rf"^{exercise}\s+(\d+)\s+(\d+)$", text, flags=re.MULTILINE)
        assert row is not None, text
        assert row.group(1) == row.group(2)
    assert "replay identical" in text
