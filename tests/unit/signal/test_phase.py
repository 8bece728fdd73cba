from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.signal.phase import angle_deg, cross_harmonic, levelled, phase_angle_deg

PART = np.arange(-5, 206) / 200


def test_phase_needs_a_breath() -> None:
    with pytest.raises(ValueError, match="7 and 7 rows"):
        phase_angle_deg(np.zeros(7), np.zeros(7))
    with pytest.raises(ValueError, match="9 and 8 rows"):
        phase_angle_deg(np.zeros(9), np.zeros(8))
    assert math.isnan(phase_angle_deg(np.zeros(50), np.sin(np.arange(50.0))))


@pytest.mark.parametrize("lag_deg", [-170.0, -90.0, 0.0, 45.0, 180.0])
def test_a_chest_that_lags_is_positive(lag_deg: float) -> None:
    turn = 2 * np.pi * PART
    found = phase_angle_deg(np.sin(turn - np.deg2rad(lag_deg)), 3 * np.sin(turn), margin=5)
    assert found == pytest.approx(lag_deg, abs=1e-6)


def test_the_angle_is_that_of_the_cross_harmonic() -> None:
    chest, abdomen = np.cumsum(np.random.default_rng(1).normal(size=(2, 211)), axis=1)
    cross = cross_harmonic(chest, abdomen, 5)
    assert phase_angle_deg(chest, abdomen, 5) == angle_deg(cross)
    assert angle_deg(complex(-1.0, -0.0)) == 180.0
    assert math.isnan(angle_deg(complex(math.nan, math.nan)))


def test_levelled_takes_the_line_off_and_keeps_the_breath() -> None:
    breath = 0.5 - 0.5 * np.cos(2 * np.pi * PART)
    level = levelled(breath + 3.0 - 0.7 * PART, 5)
    assert len(level) == 201
    assert np.ptp(level) == pytest.approx(1.0, abs=0.02)
    assert level[[0, -1]] == pytest.approx(0.0, abs=0.02)
    assert levelled(2.0 - 0.7 * PART, 5) == pytest.approx(0.0, abs=1e-12)
