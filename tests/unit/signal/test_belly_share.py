from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.belly_share import belly_share, labored_breathing_index

PART = np.arange(401) / 400


def breath(size: float, lag_deg: float = 0.0) -> FloatArray:
    return size * (0.5 - 0.5 * np.cos(2 * np.pi * (PART - lag_deg / 360.0)))


@pytest.mark.parametrize("ratio", [0.4, 1.0, 3.0])
@pytest.mark.parametrize("belly", [0.1, 0.5, 0.9])
def test_the_share_is_that_of_the_volume(ratio: float, belly: float) -> None:
    chest, abdomen = breath((1 - belly) / ratio), breath(belly)
    found = belly_share(chest, abdomen, 200, (math.log(ratio), 0.0), (0.0, 0.0))
    assert found.signed_pct == pytest.approx(100 * belly)
    assert found.range_pct == pytest.approx(100 * belly)
    assert found.signed_se_pct == 0.0
    assert found.index == pytest.approx(1.0)


def test_a_belly_that_is_sucked_in_has_a_share_below_zero() -> None:
    found = belly_share(breath(1.4), breath(-0.4), 200, (0.0, 0.0), (0.0, 0.0))
    assert found.signed_pct == pytest.approx(-40.0)
    assert found.range_pct == pytest.approx(100 * 0.4 / 1.8)
    assert found.index == pytest.approx(1.8)


@pytest.mark.parametrize(
    ("belly", "error", "points"), [(0.5, 0.10, 2.5), (0.5, 0.69, 17.25), (0.2, 0.1, 1.6)]
)
def test_its_error_follows_from_that_of_the_ratio(
    belly: float, error: float, points: float
) -> None:
    """K known to 10 % is 2.5 points at a half; known to within a factor of two it is 17."""
    found = belly_share(breath(1 - belly), breath(belly), 200, (0.0, error), (0.0, 0.0))
    assert found.signed_se_pct == pytest.approx(points, abs=0.05)


def test_its_error_holds_what_noise_does_to_the_readings() -> None:
    random = np.random.default_rng(1)
    ratio, chest_sd, abdomen_sd = 2.0, 0.02, 0.03
    found = belly_share(
        breath(0.3), breath(0.4), 200, (math.log(ratio), 0.0), (chest_sd, abdomen_sd)
    )
    rib = ratio * (0.3 + chest_sd * np.diff(random.normal(size=(20000, 2)))[:, 0])
    belly = 0.4 + abdomen_sd * np.diff(random.normal(size=(20000, 2)))[:, 0]
    scatter = float(np.std(100 * belly / (rib + belly)))
    assert found.signed_se_pct == pytest.approx(scatter, rel=0.05)


def test_nothing_is_shared_out_where_no_volume_moves() -> None:
    found = belly_share(breath(1.0), breath(-1.0), 200, (0.0, 0.0), (0.0, 0.0))
    assert math.isnan(found.signed_pct)
    assert math.isnan(found.range_pct)


@pytest.mark.parametrize(
    ("lag_deg", "index"), [(0, 1.0), (20, 1.02), (60, 1.15), (90, 1.41), (120, 2.0)]
)
def test_the_index_of_equal_shifted_sines(lag_deg: float, index: float) -> None:
    """(R + A) / sqrt(R² + A² + 2 R A cos φ)."""
    assert labored_breathing_index(breath(1, lag_deg), breath(1)) == pytest.approx(index, abs=0.005)


def test_the_index_of_unequal_shifted_sines() -> None:
    found = labored_breathing_index(breath(1, 75), breath(3))
    assert found == pytest.approx(4 / math.sqrt(10 + 6 * math.cos(math.radians(75))), rel=1e-3)
    assert math.isnan(labored_breathing_index(np.ones(9), np.zeros(9)))
