"""Sensors and their places are remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from biofeedback.core.roles import Role
from biofeedback.drivers.scan import Found
from biofeedback.session.remembered import last_kit, last_kit_file, last_places, remember

FOUND = {
    "godirect/F1:02": Found("godirect", "F1:02", "GDX-RB 0K2", -60, None),
    "witmotion/ttyUSB0": Found("witmotion", "/dev/ttyUSB0", 'an "odd" name', None, None),
}
WORN = {"godirect/F1:02": Role.CHEST_BELT, "witmotion/ttyUSB0": Role.PELVIS_IMU}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path / "sessions"))


def test_what_is_worn_is_a_kit_next_time() -> None:
    assert last_kit() is None
    remember(WORN, FOUND)
    kit = last_kit()
    assert kit is not None
    assert [(one.driver, one.address, one.role) for one in kit.sensors] == [
        ("godirect", "F1:02", Role.CHEST_BELT),
        ("witmotion", "/dev/ttyUSB0", Role.PELVIS_IMU),
    ]
    assert last_kit_file().stat().st_mode & 0o077 == 0


def test_taking_everything_off_forgets_nothing() -> None:
    remember(WORN, FOUND)
    remember({}, FOUND)
    assert last_kit() is not None


def test_a_file_that_cannot_be_read_is_told_and_left(caplog: pytest.LogCaptureFixture) -> None:
    remember(WORN, FOUND)
    last_kit_file().write_text("name = 3")
    assert last_kit() is None
    assert "cannot be used" in caplog.text
    assert last_kit_file().read_text() == "name = 3"


def test_only_free_sensors_and_free_places_are_offered() -> None:
    assert last_places(FOUND, {}) == {}
    remember(WORN, FOUND)
    assert last_places(FOUND, {}) == WORN
    pelvis = {"witmotion/ttyUSB0": Role.PELVIS_IMU}
    assert last_places(FOUND, pelvis) == {"godirect/F1:02": Role.CHEST_BELT}
    assert last_places(FOUND, {"godirect/other": Role.CHEST_BELT}) == pelvis
    del (reach := dict(FOUND))["godirect/F1:02"]
    assert last_places(reach, {}) == pelvis
