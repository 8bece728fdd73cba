"""``biofeedback record`` from a simulated IMU on a real pyserial port."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from biofeedback.core.errors import ConfigError
from biofeedback.recording.reader import SessionReader
from firmware_sim.link import serial_link
from firmware_sim.scenarios import scenario
from firmware_sim.witmotion import WitMotionSerial

KIT = """
name = "one IMU"
[[sensor]]
role = "pelvis_imu"
driver = "witmotion"
address = "{address}"
"""


def test_a_sensor_is_recorded_for_as_long_as_asked(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    start_s = time.perf_counter()

    def now_us() -> int:
        return int((time.perf_counter() - start_s) * 1e6)

    with serial_link(WitMotionSerial(scenario("quiet", 60, 1)), now_us) as port:
        kit = tmp_path / "kit.toml"
        kit.write_text(KIT.format(address=port.url))
        result = run("record", "--kit", kit, "--out", tmp_path / "s", "--seconds", "4")
    assert result.exit_code == 0, result.output
    assert "Can tell" in result.stdout
    reader = SessionReader(tmp_path / "s")
    assert sum(1 for _ in reader.entries()) > 100
    assert reader.torn() == ""


def test_a_sensor_that_never_speaks_ends_with_words_and_code_1(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    kit = tmp_path / "kit.toml"
    kit.write_text(KIT.format(address=tmp_path / "nothing"))
    result = run("record", "--kit", kit, "--out", tmp_path / "s", "--seconds", "1")
    assert result.exit_code == 1
    assert "biofeedback scan" in result.stdout


def test_a_bad_kit_makes_nothing(run: Callable[..., Result], tmp_path: Path) -> None:
    kit = tmp_path / "kit.toml"
    kit.write_text("name = 3")
    result = run("record", "--kit", kit, "--out", tmp_path / "s")
    assert isinstance(result.exception, ConfigError)
    with pytest.raises(ConfigError, match="name"):
        raise result.exception
    assert not (tmp_path / "s").exists()
