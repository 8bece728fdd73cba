from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from biofeedback.signal.tone_measure import (
    BellyBreath,
    belly_breath,
    belt_type,
    difference_se,
    held_level,
    median_spread,
    phasic,
    rest_level,
    tonic,
)
from tests.unit.signal.bellying import RATE_HZ, bellied
from tests.unit.signal.loading import breath

T_S = np.arange(round(60 * RATE_HZ)) / RATE_HZ
ONE = BellyBreath(0.0, 4.0, 10.0, 2.0, good=True)


def test_units_tell_the_type() -> None:
    assert [belt_type(unit) for unit in ("N", "mm", "V")] == ["tension", "length", "unknown"]


def test_a_breath_is_split_into_level_and_what_rises_above() -> None:
    rows = np.column_stack([T_S, bellied(60.0, ())])
    found = belly_breath(breath(1, 20.0), rows)
    assert found is not None
    assert found.level == pytest.approx(10.0, abs=0.05)
    assert found.size == pytest.approx(2.0, abs=0.1)
    assert found.good
    # A level that climbs within the breath is not part of it.
    climbing = rows + np.column_stack([np.zeros(len(T_S)), 0.1 * T_S])
    again = belly_breath(breath(1, 20.0), climbing)
    assert again is not None
    assert again.size == pytest.approx(found.size, abs=0.02)
    assert again.level == pytest.approx(found.level + 2.0, abs=0.05)


def test_a_trough_that_is_missing_is_not_known() -> None:
    rows = np.column_stack([T_S, bellied(60.0, ())])
    rows[980:1005, 1] = np.nan
    assert belly_breath(breath(1, 20.0), rows) is None
    assert belly_breath(breath(1, 4.0), rows[100:]) is None


def test_a_held_level_is_that_of_the_last_second() -> None:
    rows = np.column_stack([T_S, np.where(T_S < 55.0, 10.0, 12.0)])
    assert held_level(rows, float(T_S[-1])) == 12.0
    rows[-25:, 1] = np.nan
    assert math.isnan(held_level(rows, float(T_S[-1])))


def test_medians_need_four() -> None:
    assert math.isnan(median_spread([1.0, 2.0, 3.0, math.nan])[0])
    assert median_spread([1.0, 2.0, 3.0, 4.0])[0] == 2.5
    assert rest_level([ONE] * 3) is None
    assert rest_level([dataclasses.replace(ONE, size=-1.0)] * 6) is None


def test_tone_is_counted_in_breaths_at_rest() -> None:
    rest = rest_level(breathed([10.0] * 7))
    assert rest is not None
    value, se = tonic(11.0, rest.at_s, rest)
    assert value == 0.5
    assert se == pytest.approx(0.05)  # a tenth of it: belts are not straight
    assert tonic(10.0, rest.at_s + 60.0, rest)[1] == pytest.approx(0.1)
    assert tonic(10.0, rest.at_s + 240.0, rest)[1] == pytest.approx(0.2)
    assert phasic(1.0, rest)[0] == 0.5


def breathed(levels: list[float]) -> list[BellyBreath]:
    """A breath every 4 s that ends at these levels."""
    return [
        dataclasses.replace(ONE, onset_s=4.0 * n, end_s=4.0 * n + 4.0, level=level)
        for n, level in enumerate(levels)
    ]


def test_what_settles_at_rest_is_taken_to_go_on_and_to_fade() -> None:
    noise = 0.02 * np.random.default_rng(1).standard_normal(15)
    falling = rest_level(breathed((10.0 - 0.01 * np.arange(15) + noise).tolist()))
    steady = rest_level(breathed((10.0 + noise).tolist()))
    assert falling is not None
    assert steady is not None
    assert -0.0032 < falling.slope_per_s < -0.0018
    assert abs(steady.slope_per_s) < 0.0005
    later_s = falling.at_s + 120.0
    value, se = tonic(falling.level, later_s, falling)
    assert 0.0 < value < 0.15  # it was to fall, and has not
    assert se > tonic(steady.level, later_s, steady)[1]


def test_few_breaths_tell_little_of_how_it_settles() -> None:
    few = rest_level(breathed([10.0, 9.9, 9.8, 9.7]))
    assert few is not None
    assert few.slope_per_s == 0.0
    assert few.slope_se_per_s > 0.0


def test_two_levels_are_compared_more_surely_than_one_with_rest() -> None:
    rest = rest_level(breathed((10.0 + 0.1 * np.sin(np.arange(8.0))).tolist()))
    assert rest is not None
    late_s = rest.at_s + 300.0
    assert difference_se(late_s - 20.0, late_s, rest) < tonic(10.0, late_s, rest)[1]
    assert difference_se(late_s - 280.0, late_s, rest) > difference_se(late_s - 20.0, late_s, rest)
