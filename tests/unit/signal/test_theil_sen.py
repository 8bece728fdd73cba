from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import theilslopes

from biofeedback.signal.theil_sen import theil_sen


def test_a_line_with_odd_values() -> None:
    x = np.arange(12.0)
    y = 0.4 * x + 1.0
    y[[3, 9]] += (40.0, -25.0)
    slope, low, high = theil_sen(x, y)
    assert slope == pytest.approx(0.4)
    assert low <= 0.4 <= high


@pytest.mark.parametrize("n", [6, 9, 24])
def test_slope_and_interval_as_elsewhere(n: int) -> None:
    """SciPy's interval may be one rank wider or narrower: it rounds where Sen does not say how."""
    random = np.random.default_rng(n)
    x, y = np.arange(float(n)), random.normal(size=n)
    slope, low, high = theil_sen(x, y)
    other = theilslopes(y, x)
    slopes = np.sort([(y[j] - y[i]) / (x[j] - x[i]) for j in range(n) for i in range(j)])
    assert slope == pytest.approx(other.slope)
    ranks = np.searchsorted(slopes, [low, high])
    others = np.searchsorted(slopes, [other.low_slope, other.high_slope])
    assert np.abs(ranks - others).max() <= 1


def test_the_interval_holds_the_truth_19_times_of_20() -> None:
    random = np.random.default_rng(5)
    x = np.arange(20.0)
    found = [theil_sen(x, 0.1 * x + random.normal(size=20)) for _ in range(1000)]
    inside = np.mean([low <= 0.1 <= high for _, low, high in found])
    assert inside == pytest.approx(0.95, abs=0.02)


def test_five_values_are_too_few() -> None:
    x = np.arange(5.0)
    assert all(math.isnan(value) for value in theil_sen(x, x))
    assert all(math.isnan(value) for value in theil_sen(x[:0], x[:0]))
