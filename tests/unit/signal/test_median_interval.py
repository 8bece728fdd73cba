from __future__ import annotations

import numpy as np
import pytest

from biofeedback.signal.median_interval import median_interval


def test_it_is_the_same_every_time() -> None:
    values = np.random.default_rng(1).normal(0.05, 0.02, 12)
    assert median_interval(values, 0.01) == median_interval(values.copy(), 0.01)


def test_equal_values_are_as_sure_as_what_they_share() -> None:
    assert median_interval(np.full(9, 0.04)) == (0.04, 0.04, 0.04)
    median, low, high = median_interval(np.full(9, 0.04), 0.01)
    assert median == 0.04
    assert high - low == pytest.approx(2 * 1.96 * 0.01, rel=0.1)


def test_it_holds_the_true_median_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    held = 0
    for _ in range(300):
        shared = 0.01 * random.standard_normal()
        _, low, high = median_interval(random.normal(0.05, 0.02, 15) + shared, 0.01)
        held += low <= 0.05 <= high
    assert held / 300 == pytest.approx(0.95, abs=0.04)


def test_more_trials_make_it_narrower_but_not_what_they_share() -> None:
    random = np.random.default_rng(3)
    widths = []
    for n in (10, 160):
        _, low, high = median_interval(random.normal(0.0, 0.04, n))
        _, low_shared, high_shared = median_interval(random.normal(0.0, 0.04, n), 0.02)
        widths.append((high - low, high_shared - low_shared))
    assert widths[1][0] < 0.5 * widths[0][0]
    assert widths[1][1] > 2 * 1.96 * 0.02
