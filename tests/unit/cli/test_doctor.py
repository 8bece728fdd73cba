from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from biofeedback.cli import doctor as module
from biofeedback.cli.doctor import Port, doctor

app = typer.Typer()
app.command()(doctor)


def test_json_tells_every_topic_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path / "not" / "there yet"))
    result = CliRunner().invoke(app, ["--json"])
    said = json.loads(result.stdout)
    assert result.exit_code == 0
    assert said["works"] is True
    by_topic = {finding["topic"]: finding for finding in said["findings"]}
    assert list(by_topic) == [
        "Python",
        "libraries",
        "sessions",
        "Bluetooth",
        "serial ports",
        "window (Qt)",
        "sound",
        "extra gui",
    ]
    for finding in said["findings"]:
        assert finding["state"] in ("ok", "attention", "missing")
        assert (finding["state"] == "ok") == (finding["remedy"] == "")
    assert "there yet" in by_topic["sessions"]["words"]
    assert not (tmp_path / "not").exists()


def test_without_a_place_for_sessions_nothing_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(in_the_way / "sessions"))
    monkeypatch.setenv("COLUMNS", "200")
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 1
    assert "cannot be written" in result.stdout
    assert "set BIOFEEDBACK_HOME" in result.stdout
    assert "Nothing can run" in result.stdout


@pytest.mark.parametrize(
    ("free_bytes", "state"), [(1e12, "ok"), (0.5e9, "attention"), (10e6, "missing")]
)
def test_little_room_is_told(free_bytes: float, state: str) -> None:
    finding = module._room(Path("somewhere"), free_bytes)
    assert finding.state == state
    assert finding.essential


def test_a_port_that_may_not_be_opened_names_its_group() -> None:
    finding = module._serial([Port("/dev/ttyUSB0", False, "dialout"), Port("COM3", True, "")])
    assert finding.state == "missing"
    assert "/dev/ttyUSB0" in finding.words
    assert "COM3" not in finding.words
    assert "usermod -aG dialout" in finding.remedy


def test_no_port_and_usable_ports() -> None:
    assert module._serial([]).state == "attention"
    assert module._serial([Port("COM3", True, "")]).state == "ok"


def test_sound_that_nobody_hears_is_no_sound() -> None:
    null = "Discard all samples (playback) or generate zero samples (capture)"
    assert module._audio([null]).state == "attention"
    assert module._audio(None).state == "attention"
    finding = module._audio([null, "Loudspeaker"])
    assert finding.state == "ok"
    assert finding.words == "Loudspeaker"


def test_what_fails_or_crashes_apart_says_nothing() -> None:
    assert module._python_says("print('words')") == "words\n"
    assert module._python_says("import no_such_module") is None
    assert module._python_says("import os; os.abort()") is None


def test_needs_are_read_from_the_package_itself() -> None:
    assert {"numpy", "bleak", "mcap"} <= set(module._versions(""))
    assert "miniaudio" in module._versions("gui")
    assert not {"numpy", "pytest"} & set(module._versions("gui"))


def test_the_same_system_packages_as_the_set_up_installs() -> None:
    path = Path(__file__).parents[3] / "tools" / "bootstrap.py"
    spec = importlib.util.spec_from_file_location("bootstrap", path)
    assert spec is not None
    assert spec.loader is not None
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    assert module.QT_PACKAGES.split() == list(bootstrap.QT_PACKAGES)
