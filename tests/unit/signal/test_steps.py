from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.stream import FloatArray
from biofeedback.signal.steps import NO_STEPS, steps

RATE_HZ = 50.0
T_S = np.arange(500) / RATE_HZ


def vertical(step_s: float, limp: float = 0.0, jolt: float = 0.3) -> FloatArray:
    """Two steps of which every other one is weaker, each with the jolt of a heel."""
    turn = 2.0 * np.pi * T_S / step_s
    return (1.0 + limp * np.cos(0.5 * turn)) * np.cos(turn) + jolt * np.cos(2.0 * turn + 0.5)


@given(st.floats(0.3, 1.15))
def test_the_time_of_a_step_is_found_between_rows(step_s: float) -> None:
    found = steps(vertical(step_s), RATE_HZ)
    assert found.step_s == pytest.approx(step_s, rel=0.01)
    assert found.step_regularity == pytest.approx(1.0, abs=0.08)
    assert found.stride_regularity == pytest.approx(1.0, abs=0.08)


@given(st.floats(0.4, 0.8), st.floats(0.2, 0.6))
def test_a_limp_lowers_the_regularity_of_steps_not_of_strides(step_s: float, limp: float) -> None:
    found = steps(vertical(step_s, limp), RATE_HZ)
    assert found.step_s == pytest.approx(step_s, rel=0.02)
    assert found.step_regularity < found.stride_regularity + 0.02
    assert found.stride_regularity > 0.85


def test_noise_is_hardly_alike() -> None:
    for seed in range(50):
        noise = np.random.default_rng(seed).normal(size=500)
        found = steps(noise, RATE_HZ)
        assert max(found.step_regularity, found.stride_regularity) < 0.4


def test_what_cannot_repeat_has_no_steps() -> None:
    assert steps(np.zeros(500), RATE_HZ) == NO_STEPS
    assert steps(vertical(0.5)[:200], RATE_HZ) == NO_STEPS
    assert math.isnan(steps(T_S, RATE_HZ).step_s)


@given(st.integers(0, 2**16), st.floats(0.9, 0.999))
def test_whatever_moves_a_step_has_a_time_and_no_more_than_full_regularity(
    seed: int, slow: float
) -> None:
    """Also where the vertical changes slowly, and two steps later lies on a slope."""
    noise = np.random.default_rng(seed).normal(size=500)
    slowly = noise.copy()
    for row in range(1, len(noise)):
        slowly[row] = slow * slowly[row - 1] + noise[row]
    found = steps(slowly, RATE_HZ)
    if not math.isnan(found.step_s):
        assert 0.2 < found.step_s < 1.5
        assert abs(found.step_regularity) < 1.5
        assert abs(found.stride_regularity) < 1.5
