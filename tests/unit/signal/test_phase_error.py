"""What is said of the error of a phase angle, beside the error it has."""

from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.belt_rows import BreathRows
from biofeedback.signal.phase import phase_angle_deg
from biofeedback.signal.phase_error import phase_se_deg, timing_as_phase_deg

GRID_HZ = 50.0
MARGIN = 5


def shape(part: FloatArray) -> FloatArray:
    """One breath: raised cosine in for 0.4 of it, slower out."""
    part = np.mod(part, 1.0)
    rise, fall = np.pi * part / 0.4, np.pi * (part - 0.4) / 0.6
    return np.where(part < 0.4, 0.5 - 0.5 * np.cos(rise), 0.5 + 0.5 * np.cos(fall))


def breath(
    ttot_s: float, noise: float, rate_hz: float, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Chest 20° behind the abdomen, sampled at `rate_hz`, put on the table by straight lines."""
    grid_s = np.arange(-MARGIN, round(ttot_s * GRID_HZ) + MARGIN + 1) / GRID_HZ
    own_s = np.arange(-2.0, ttot_s + 2.0, 1.0 / rate_hz) + random.uniform(0, 1 / rate_hz)
    belts = []
    for lag in (20.0 / 360.0, 0.0):
        values = shape(own_s / ttot_s - lag) + random.normal(0, noise, len(own_s))
        belts.append(np.interp(grid_s, own_s, values))
    return belts[0], belts[1]


@pytest.mark.parametrize("rate_hz", [10.0, 20.0, 50.0])
@pytest.mark.parametrize("noise", [0.01, 0.05])
@pytest.mark.parametrize("ttot_s", [2.0, 4.0, 10.0])
def test_the_error_said_is_the_error_there_is(ttot_s: float, noise: float, rate_hz: float) -> None:
    random = np.random.default_rng(1)
    found, said = [], []
    for _ in range(150):
        chest, abdomen = breath(ttot_s, noise, rate_hz, random)
        found.append(phase_angle_deg(chest, abdomen, MARGIN))
        said.append(phase_se_deg(BreathRows(chest, abdomen, MARGIN, 1), ttot_s, math.nan))
    assert 0.7 < float(np.median(said)) / float(np.std(found)) < 2.0


def test_the_clocks_are_part_of_it() -> None:
    assert timing_as_phase_deg(0.02, 4.0) == pytest.approx(1.8)
    chest, abdomen = breath(4.0, 0.01, 50.0, np.random.default_rng(2))
    rows = BreathRows(chest, abdomen, MARGIN, 1)
    without, within = (phase_se_deg(rows, 4.0, se_s) for se_s in (math.nan, 0.02))
    assert within == pytest.approx(math.hypot(without, 1.8))


def test_a_belt_that_does_not_move_has_no_angle_and_no_error() -> None:
    chest, _ = breath(4.0, 0.01, 50.0, np.random.default_rng(3))
    assert math.isnan(phase_se_deg(BreathRows(chest, np.zeros(len(chest)), MARGIN, 1), 4.0, 0.0))


def test_short_breaths_have_an_error_too() -> None:
    chest, abdomen = breath(1.0, 0.02, 50.0, np.random.default_rng(4))
    assert 0.1 < phase_se_deg(BreathRows(chest, abdomen, MARGIN, 1), 1.0, math.nan) < 20.0
