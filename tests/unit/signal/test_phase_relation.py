from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.phase_relation import phase_relation

PART = np.arange(401) / 400


def breath(lag_deg: float) -> FloatArray:
    return -np.cos(2 * np.pi * (PART - lag_deg / 360.0))


@pytest.mark.parametrize("lag_deg", [0, 20, 60, 90, 120, 180, -40, -90, -150])
def test_shifted_sines_are_opposed_for_their_angles_part(lag_deg: float) -> None:
    found = phase_relation(breath(lag_deg), 3 * breath(0), 200)
    assert found.breath_pct == pytest.approx(100 * abs(lag_deg) / 180, abs=1.0)
    assert found.inspiration_pct == pytest.approx(found.breath_pct, abs=1.5)
    assert found.expiration_pct == pytest.approx(found.breath_pct, abs=1.5)


def test_inspiration_and_expiration_are_told_apart() -> None:
    """A chest that sinks in the first half of inspiration and follows from then on."""
    chest = np.interp(PART, [0.0, 0.2, 0.4, 1.0], [0.0, -0.5, 1.0, 0.0])
    abdomen = np.interp(PART, [0.0, 0.4, 1.0], [0.0, 1.0, 0.0])
    found = phase_relation(chest, abdomen, 160)
    assert found.inspiration_pct == pytest.approx(50.0, abs=1.0)
    assert found.expiration_pct == pytest.approx(0.0, abs=1.0)
    assert found.breath_pct == pytest.approx(20.0, abs=1.0)


def test_creep_in_a_pause_is_no_direction() -> None:
    chest = np.interp(PART, [0.0, 0.4, 0.6, 1.0], [0.0, 1.0, 0.0, 0.05])
    abdomen = np.interp(PART, [0.0, 0.4, 0.6, 1.0], [0.0, 1.0, 0.0, -0.05])
    assert phase_relation(chest, abdomen, 160).breath_pct == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("peak_row", [0, 400])
def test_nothing_is_known_without_two_halves(peak_row: int) -> None:
    assert math.isnan(phase_relation(breath(0), breath(10), peak_row).breath_pct)


def test_nothing_is_known_of_a_belt_that_stands_still() -> None:
    assert math.isnan(phase_relation(np.zeros(401), breath(0), 200).inspiration_pct)
