from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.entropy import movement_entropy, sample_entropy


def by_definition(values: FloatArray, length: int, tolerance: float) -> float:
    """Richman & Moorman 2000, one pair at a time."""
    near = tolerance * float(np.std(values))
    n = len(values) - length
    counts = []
    for size in (length, length + 1):
        counts.append(
            sum(
                max(abs(values[i + k] - values[j + k]) for k in range(size)) <= near
                for i in range(n)
                for j in range(n)
                if i != j
            )
        )
    return -math.log(counts[1] / counts[0])


@pytest.mark.parametrize("length", [1, 2, 3])
def test_it_is_the_definition(length: int) -> None:
    values = np.cumsum(np.random.default_rng(3).normal(size=80))
    assert sample_entropy(values, length, 0.3) == pytest.approx(
        by_definition(values, length, 0.3), rel=1e-12
    )


def test_what_repeats_itself_is_regular_and_noise_is_not() -> None:
    wave = np.sin(2 * np.pi * np.arange(600) / 20)
    noise = np.random.default_rng(4).normal(size=600)
    assert sample_entropy(wave) < 0.2
    assert sample_entropy(noise) > 1.8


def test_what_does_not_vary_has_none() -> None:
    assert math.isnan(sample_entropy(np.ones(100)))
    assert math.isnan(sample_entropy(np.array([1.0, 2.0, 3.0])))


def test_a_slow_signal_is_sampled_slowly_and_needs_two_minutes() -> None:
    random = np.random.default_rng(5)
    t_s = np.arange(0, 180, 0.02)
    regular = np.sin(2 * np.pi * 0.3 * t_s)
    rough = np.repeat(random.normal(size=900), 10)
    assert movement_entropy(regular, 50.0) < 0.5 < movement_entropy(rough, 50.0)
    assert math.isnan(movement_entropy(regular[:5999], 50.0))
    holes = regular.copy()
    holes[:3000] = np.nan
    assert math.isnan(movement_entropy(holes, 50.0))
    holes[:2000] = regular[:2000]
    holes[2000:2100] = np.nan
    holes[2100:3000] = regular[2100:3000]
    assert movement_entropy(holes, 50.0) < 0.5
