from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.cough import MARGIN_S, cough_score

RATE_HZ = 50.0
MARGIN = round(MARGIN_S * RATE_HZ)
USUAL = np.array([1.0, 2.0])


def breath(per_min: float = 15.0) -> tuple[FloatArray, FloatArray]:
    """Time from the onset on, and both belts, over one breath and the margins."""
    period_s = 60.0 / per_min
    t_s = np.arange(-MARGIN, round(period_s * RATE_HZ) + MARGIN) / RATE_HZ
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * t_s / period_s)
    return t_s, np.outer(wave, USUAL)


def burst(t_s: FloatArray, at_s: float) -> FloatArray:
    """A dip, a third of a second wide."""
    return np.exp(-(((t_s - at_s) / 0.1) ** 2))


def score(belts: FloatArray, usual: FloatArray = USUAL) -> float:
    return cough_score(belts, usual, MARGIN, RATE_HZ)[0]


def test_a_burst_out_of_both_belts_is_a_cough() -> None:
    t_s, belts = breath()
    assert score(belts - np.outer(burst(t_s, 2.5), 0.5 * USUAL)) > 1.0


@pytest.mark.parametrize("belt", [0, 1])
def test_one_belt_alone_is_touched_not_coughed(belt: int) -> None:
    t_s, belts = breath(per_min=8.0)
    belts[:, belt] -= 0.8 * USUAL[belt] * burst(t_s, 5.5)
    assert score(belts) < 1.0


def test_one_belt_at_a_time_is_no_cough() -> None:
    t_s, belts = breath(per_min=8.0)
    belts[:, 0] -= 0.5 * burst(t_s, 1.0)
    belts[:, 1] -= 1.0 * burst(t_s, 6.0)
    assert score(belts) < 1.0


@pytest.mark.parametrize("per_min", [4.0, 15.0, 30.0, 50.0])
def test_breathing_slow_or_quick_is_no_cough(per_min: float) -> None:
    assert score(breath(per_min)[1]) < 0.8


def test_noise_and_heart_beat_are_no_cough() -> None:
    t_s, belts = breath()
    random = np.random.default_rng(1)
    ripple = 0.05 * np.sin(2 * np.pi * 1.2 * t_s)[:, np.newaxis] * USUAL
    assert score(belts + ripple + random.normal(0, 0.02, belts.shape) * USUAL) < 0.7


def test_what_is_small_beside_the_usual_breath_is_no_cough() -> None:
    t_s, belts = breath()
    coughed = belts - np.outer(burst(t_s, 2.5), 0.5 * USUAL)
    assert score(0.1 * coughed) < 1.0 < score(0.1 * coughed, 0.1 * USUAL)


def test_without_a_usual_breath_its_own_range_is_the_measure() -> None:
    t_s, belts = breath()
    unknown = np.full(2, np.nan)
    assert score(belts - np.outer(burst(t_s, 2.5), 0.8 * USUAL), unknown) > 1.0
    assert score(belts, unknown) < 0.5


def test_ranges_are_those_of_the_breath() -> None:
    assert cough_score(breath()[1], USUAL, MARGIN, RATE_HZ)[1] == pytest.approx(USUAL, rel=0.02)


@pytest.mark.parametrize("rows", [slice(0, 2 * MARGIN), slice(0, 0)])
def test_too_few_rows_tell_nothing(rows: slice) -> None:
    assert math.isnan(score(breath()[1][rows]))


def test_a_missing_row_tells_nothing() -> None:
    belts = breath()[1]
    belts[60, 1] = np.nan
    found, ranges = cough_score(belts, USUAL, MARGIN, RATE_HZ)
    assert math.isnan(found)
    assert np.isnan(ranges).all()


def test_belts_that_stand_still_are_no_cough() -> None:
    assert score(np.zeros((300, 2)), np.full(2, np.nan)) == 0.0
