from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.smoothness import log_dimensionless_jerk, spectral_arc_length

RATE_HZ = 100.0


def bell() -> FloatArray:
    """The movement in the reference implementation's own example."""
    t_s = np.arange(-1, 1, 1 / RATE_HZ)
    return np.asarray(np.exp(-5 * t_s**2))


def minimum_jerk(times: int) -> FloatArray:
    """So many minimum-jerk movements of one second, one after another."""
    t_s = np.arange(0, 1, 1 / RATE_HZ)
    return np.tile(30 * t_s**2 * (1 - t_s) ** 2, times)


def test_the_published_example() -> None:
    assert spectral_arc_length(bell(), RATE_HZ) == pytest.approx(-1.41403, abs=1e-5)
    assert log_dimensionless_jerk(bell(), RATE_HZ) == pytest.approx(-5.81636, abs=1e-5)


@pytest.mark.parametrize(("times", "length"), [(1, -1.4058), (2, -2.2445), (3, -2.7039)])
def test_submovements_lengthen_the_arc(times: int, length: float) -> None:
    assert spectral_arc_length(minimum_jerk(times), RATE_HZ) == pytest.approx(length, abs=1e-4)


def test_size_does_not_matter() -> None:
    assert spectral_arc_length(7 * bell(), RATE_HZ) == pytest.approx(
        spectral_arc_length(bell(), RATE_HZ)
    )
    assert log_dimensionless_jerk(7 * bell(), RATE_HZ) == pytest.approx(
        log_dimensionless_jerk(bell(), RATE_HZ)
    )


def test_no_movement_has_no_smoothness() -> None:
    for speed in (np.zeros(100), np.ones(3), np.empty(0)):
        assert math.isnan(spectral_arc_length(speed, RATE_HZ))
        assert math.isnan(log_dimensionless_jerk(speed, RATE_HZ))


def test_a_constant_speed_has_no_jerk() -> None:
    assert math.isnan(log_dimensionless_jerk(np.ones(50), RATE_HZ))
