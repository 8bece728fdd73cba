from __future__ import annotations

import numpy as np
import pytest

from biofeedback.signal.spread import robust_sd


@pytest.mark.parametrize("n", [2, 3, 5, 9, 15, 60])
def test_it_is_right_on_average_however_few(n: int) -> None:
    samples = np.random.default_rng(1).normal(size=(20000, n))
    assert np.mean([robust_sd(sample) for sample in samples]) == pytest.approx(1.0, abs=0.03)


def test_an_odd_value_hardly_counts() -> None:
    values = np.random.default_rng(2).normal(size=30)
    usual = robust_sd(values)
    values[3] = 1e6
    assert robust_sd(values) == pytest.approx(usual, rel=0.2)


def test_one_value_has_no_spread() -> None:
    assert robust_sd(np.array([3.0])) == 0.0
