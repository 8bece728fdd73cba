from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.signal.drift import StartOfHold, first_drift, is_sure

NAN = math.nan
T_S = np.arange(0, 10, 0.02)


def start(sway_deg: float, up_mps2: float = 0.0) -> StartOfHold:
    """Ten seconds of whole swings about 5° forward and 2° to the left."""
    tilt = np.column_stack([5.0 + sway_deg * np.sin(np.pi * T_S), -2.0 + 0.0 * T_S])
    return StartOfHold.of(tilt, np.full(len(T_S), up_mps2))


def test_the_limit_is_three_degrees_or_three_spreads() -> None:
    calm, swaying = start(0.5), start(2.0)
    assert (calm.ap_deg, calm.ml_deg) == (pytest.approx(5.0), pytest.approx(-2.0))
    assert calm.limit_deg == 3.0
    assert swaying.limit_deg == pytest.approx(3.0 * 2.0 / math.sqrt(2.0))


def test_the_angle_counts_in_any_direction() -> None:
    there = np.array([[8.0, 2.0], [8.0, 2.0]])
    assert start(0.5).away_deg(there) == pytest.approx(5.0)


def test_a_vertical_that_reads_too_much_is_taken_out() -> None:
    """An accelerometer with 0.5 m/s2 too much along the vertical tells a tilt 5 % too small."""
    lean = np.deg2rad(np.array([0.0, 6.0]))
    up = STANDARD_GRAVITY_MPS2 * np.cos(lean) + 0.5
    told = np.rad2deg(np.arctan2(STANDARD_GRAVITY_MPS2 * np.sin(lean), up))
    assert told[1] < 5.75
    first = StartOfHold.of(np.zeros((3, 2)), np.full(3, 0.5))
    assert first.away_deg(np.array([[told[1], 0.0]])) == pytest.approx(6.0, abs=0.01)


def test_two_seconds_in_a_row_are_drift_and_one_is_not() -> None:
    assert first_drift([0.2, 1.5, 0.9, 1.2, 1.1, 2.0]) == (3, 3)
    assert first_drift([0.2, 1.5, 0.9, 1.2, 1.0]) is None
    assert first_drift([]) is None


def test_an_unknown_second_is_never_drift_nor_joins_two() -> None:
    assert first_drift([1.5, NAN, 1.5, NAN, 1.5]) is None
    assert first_drift([NAN] * 20) is None


def test_it_may_have_been_earlier_when_the_seconds_before_are_unknown() -> None:
    assert first_drift([0.1, NAN, NAN, 1.5, 1.5]) == (3, 1)
    assert first_drift([NAN, 1.5, 1.5]) == (1, 0)
    assert first_drift([0.1, NAN, 0.2, 1.5, 1.5]) == (3, 3)


@pytest.mark.parametrize(
    ("ratios", "sure"),
    [
        ([0.2, 0.9, 1.1, 1.2], True),
        ([0.2, 0.9, 1.01, 1.2], False),  # its first second may be inside
        ([0.2, 0.9, 1.1, 1.01], False),  # or its second one
        ([0.99, 0.985, 0.9, 1.1, 1.2], False),  # two before may be outside
        ([0.985, 0.9, 0.985, 0.9, 1.1, 1.2], True),  # one is none
        ([0.2, 0.985, 1.1, 1.2], False),  # it may have begun a second sooner
        ([0.2, NAN, 1.1, 1.2], True),
    ],
)
def test_a_drift_at_its_very_limit_is_not_sure(ratios: list[float], sure: bool) -> None:
    drift = first_drift(ratios)
    assert drift is not None
    assert is_sure(ratios, drift[0]) is sure
