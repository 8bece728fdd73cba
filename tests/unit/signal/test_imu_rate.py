from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.imu_rate import Rhythm, moved, narrow, quality_pct, rhythm_of
from tests.unit.signal.turning import RATE_HZ, times, wave


def rhythm(values: FloatArray, per_min: float) -> Rhythm:
    return rhythm_of(narrow(values, per_min / 60, RATE_HZ), per_min / 60, RATE_HZ)


@pytest.mark.parametrize("per_min", [8.0, 15.0, 24.0, 40.0])
def test_three_ways_agree_on_a_steady_rhythm(per_min: float) -> None:
    found = rhythm(wave(per_min, 1.0), per_min)
    assert found.rate_per_min == pytest.approx(per_min, abs=0.2)
    assert found.phase_per_min == pytest.approx(per_min, rel=0.05)
    assert found.periodic > 0.9
    assert found.size_deg == pytest.approx(1.0, rel=0.1)
    assert found.credible(rival=0.3)


def test_the_count_follows_breaths_of_changing_length() -> None:
    phase = 2 * np.pi * (0.2 * times() + 0.002 * times() ** 2)
    truth = 60 * (0.2 + 2 * 0.002 * 15.0)
    found = rhythm(np.sin(phase), truth)
    assert found.rate_per_min == pytest.approx(truth, rel=0.05)


def test_noise_has_no_rhythm() -> None:
    for seed in range(20):
        noise = np.cumsum(np.random.default_rng(seed).normal(0, 1, 300))
        found = rhythm(noise, 15.0)
        if found.credible(rival=0.5):
            assert found.periodic < 0.9
    assert (
        sum(
            rhythm(np.cumsum(np.random.default_rng(seed).normal(0, 1, 300)), 15.0).credible(0.5)
            for seed in range(20)
        )
        < 10
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"rate_per_min": math.nan},
        {"spectral_per_min": 18.0},
        {"phase_per_min": 17.0},
        {"periodic": 0.4},
        {"size_deg": 13.0},
    ],
)
def test_each_disagreement_is_enough(changed: dict[str, float]) -> None:
    good = {
        "rate_per_min": 15.0,
        "spectral_per_min": 15.5,
        "phase_per_min": 15.2,
        "periodic": 0.8,
        "size_deg": 1.0,
    }
    assert Rhythm(**good).credible(0.3)
    assert not Rhythm(**good).credible(0.95)
    assert not Rhythm(**(good | changed)).credible(0.3)


def test_standing_still_has_no_rate() -> None:
    found = rhythm_of(np.zeros(300), 0.25, RATE_HZ)
    assert math.isnan(found.rate_per_min)
    assert not found.credible(0.0)


def test_quality_index() -> None:
    assert quality_pct(0.9, 0.7, 0.0) == 100.0
    assert quality_pct(0.6, 0.7, 0.0) == pytest.approx(50.0)
    assert quality_pct(0.9, 0.3, 0.5) == pytest.approx(25.0)
    assert quality_pct(0.3, 0.7, 0.0) == quality_pct(0.9, -0.1, 0.0) == 0.0
    assert quality_pct(0.9, 0.7, 1.2) == 0.0


def test_movement_is_acceleration_or_else_turning() -> None:
    assert moved(0.15, 100.0) == pytest.approx(0.5)
    assert moved(math.nan, 2.0) == pytest.approx(0.25)
