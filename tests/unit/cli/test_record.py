"""``biofeedback record`` from a simulated IMU, and from a board, on a real pyserial port."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from biofeedback import open_session
from biofeedback.core.entry import Command
from biofeedback.core.errors import ConfigError
from biofeedback.core.roles import Role
from biofeedback.drivers.scan import Found
from biofeedback.recording.reader import SessionReader
from biofeedback.session.remembered import remember
from firmware_sim.link import serial_link
from firmware_sim.scenarios import scenario
from firmware_sim.text_lines import SerialTextBoard
from firmware_sim.witmotion import WitMotionSerial

BOARDS = Path(__file__).parents[3] / "examples" / "boards"
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
        kit.write_text(KIT.format(address=port.url) + "lag_s = 0.05\n")
        result = run("record", "--kit", kit, "--out", tmp_path / "s", "--seconds", "4")
    assert result.exit_code == 0, result.output
    assert "Can tell" in result.stdout
    reader = SessionReader(tmp_path / "s")
    assert sum(1 for _ in reader.entries()) > 100
    assert reader.torn() == ""
    (device,) = open_session(tmp_path / "s").links
    assert device.streams[0].lag_s == 0.05


def test_a_board_is_recorded_and_read_again_without_its_file(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    start_s = time.perf_counter()
    text = (BOARDS / "two_belts.toml").read_text("utf-8")
    board = tmp_path / "board.toml"
    firmware = SerialTextBoard(scenario("quiet", 60, 1))
    with serial_link(firmware, lambda: int((time.perf_counter() - start_s) * 1e6)) as port:
        board.write_text(text.replace("/dev/ttyUSB0", port.url), encoding="utf-8")
        asked = ("--seconds", "4", "--task", "hold")
        result = run("record", "--board", board, "--out", tmp_path / "s", *asked)
    assert result.exit_code == 0, result.output
    assert "belly against chest" in result.stdout
    board.unlink()
    (device,) = open_session(tmp_path / "s").links
    assert device.roles == ("chest_belt", "abdomen_belt")
    assert device.received > 100
    commands = [e for e in SessionReader(tmp_path / "s").entries() if isinstance(e, Command)]
    assert [c.arguments["name"] for c in commands if c.name == "task"] == ["hold"]


def test_a_task_nobody_knows_is_refused_with_those_there_are(run: Callable[..., Result]) -> None:
    result = run("record", "--task", "handstand")
    assert result.exit_code == 2
    assert "heel_slide" in result.output


def test_a_calibration_comes_first_and_nobody_at_the_keyboard_ends_it(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    start_s = time.perf_counter()

    def now_us() -> int:
        return int((time.perf_counter() - start_s) * 1e6)

    with serial_link(WitMotionSerial(scenario("quiet", 60, 1)), now_us) as port:
        kit = tmp_path / "kit.toml"
        kit.write_text(KIT.format(address=port.url))
        result = run(
            "record", "--kit", kit, "--out", tmp_path / "s", "--seconds", "2", "--calibrate"
        )
    assert result.exit_code == 0, result.output
    assert "Stand tall, then three bows" in result.stdout
    assert SessionReader(tmp_path / "s").torn() == ""


def test_without_a_kit_it_is_worn_as_last_time(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path))
    start_s = time.perf_counter()

    def now_us() -> int:
        return int((time.perf_counter() - start_s) * 1e6)

    with serial_link(WitMotionSerial(scenario("quiet", 60, 1)), now_us) as port:
        found = Found("witmotion", port.url, "", None, None)
        remember({"witmotion/1": Role.PELVIS_IMU}, {"witmotion/1": found})
        result = run("record", "--out", tmp_path / "s", "--seconds", "3")
    assert result.exit_code == 0, result.output
    assert "as last time" in result.stdout
    (device,) = open_session(tmp_path / "s").links
    assert device.roles == ("pelvis_imu",)


def test_something_must_be_worn(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path))
    result = run("record")
    assert result.exit_code == 2
    assert "--board" in result.output


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
