"""What belts gave is remembered for those belts, that person and that posture alone."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest

from biofeedback.session.last_calibration import (
    Belts,
    LastCalibration,
    compared,
    last_calibration,
    last_calibrations_file,
    remember_calibration,
)
from tests.unit.session.guided_events import calibrated

BELTS = Belts("p017", "godirect/1", "godirect/2", "sitting")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path / "sessions"))


def test_it_is_found_again_and_nobody_else_can_read_it() -> None:
    assert last_calibration(BELTS) is None
    remember_calibration(calibrated(0.2, 0.1), BELTS, "2026-01-02")
    assert last_calibration(BELTS) == LastCalibration(0.2, 0.1, "2026-01-02")
    assert last_calibrations_file().stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "other", [{"person": "p018"}, {"chest": "godirect/3"}, {"posture": "standing"}]
)
def test_another_person_belt_or_posture_is_another_thing(other: dict[str, str]) -> None:
    remember_calibration(calibrated(0.2, 0.1), BELTS, "2026-01-02")
    remember_calibration(calibrated(0.9, 0.1), dataclasses.replace(BELTS, **other), "2026-01-03")
    assert last_calibration(BELTS) == LastCalibration(0.2, 0.1, "2026-01-02")


@pytest.mark.parametrize("text", ["{", "3", '{"x": 1}'])
def test_a_file_that_cannot_be_read_counts_as_none(text: str) -> None:
    remember_calibration(calibrated(0.2, 0.1), BELTS, "2026-01-02")
    last_calibrations_file().write_text(text)
    assert last_calibration(BELTS) is None


def test_words_that_mean_something_else_count_as_none(caplog: pytest.LogCaptureFixture) -> None:
    remember_calibration(calibrated(0.2, 0.1), BELTS, "2026-01-02")
    file = last_calibrations_file()
    file.write_text(file.read_text().replace("ln_k_se", "other"))
    assert last_calibration(BELTS) is None
    assert "cannot be read" in caplog.text


def test_a_difference_counts_beyond_what_both_may_be_off() -> None:
    last = LastCalibration(0.0, 0.1, "2026-01-02")
    within, beyond = 0.99 * 1.96 * math.hypot(0.1, 0.1), 1.01 * 1.96 * math.hypot(0.1, 0.1)
    assert compared(calibrated(within, 0.1), last).alike is True
    assert compared(calibrated(-beyond, 0.1), last).alike is False
    assert "1.00 on 2026-01-02" in compared(calibrated(beyond, 0.1), last).words
    assert compared(calibrated(0.0, 0.1), None).alike is None
