from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.onset import RampFitter, limb_onset_s, ramp
from tests.unit.signal.exercising import step

RATE_HZ = 50.0
FITTER = RampFitter(RATE_HZ)
T_S = np.arange(-FITTER.n_before, FITTER.n_after + 1) / RATE_HZ


def one(onset_s: float, rise_s: float) -> FloatArray:
    return ramp(T_S, np.array([onset_s]), np.array([rise_s]))[0]


def test_a_ramp_goes_from_0_to_1_between_its_ends() -> None:
    rising = ramp(np.array([0.0, 0.1, 0.2, 0.3, 0.5]), np.array([0.1]), np.array([0.2]))[0]
    assert rising == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0])


@pytest.mark.parametrize("onset_s", [-0.153, 0.0, 0.081, 0.27])
@pytest.mark.parametrize("rise_s", [0.14, 0.4])
@pytest.mark.parametrize("height", [-1.3, 0.4])
def test_onset_rise_and_height_are_found_on_any_quartic(
    onset_s: float, rise_s: float, height: float
) -> None:
    background = 7.0 + 2.0 * T_S - 1.5 * T_S**2 + 0.7 * T_S**3 + 0.4 * T_S**4
    fit = FITTER.fit(background + height * one(onset_s, rise_s))
    assert fit.onset_s == pytest.approx(onset_s, abs=0.0021)
    assert fit.rise_s == pytest.approx(rise_s, abs=0.011)
    assert fit.amplitude == pytest.approx(height, rel=0.02)
    assert fit.explained > 0.999
    assert not fit.onset_at_edge
    assert not fit.rise_at_edge


def test_the_height_of_a_known_ramp_in_another_belt() -> None:
    other = 3.0 + T_S**2 + 0.25 * one(0.1, 0.3)
    assert FITTER.amplitude(other, 0.1, 0.3) == pytest.approx(0.25)


def test_a_background_alone_has_no_ramp() -> None:
    noise = np.random.default_rng(3).normal(0, 0.01, (40, len(T_S)))
    explained = [FITTER.fit(2.0 + T_S**3 + row).explained for row in noise]
    assert max(explained) < 0.5


def test_what_begins_or_rises_beyond_the_grid_is_at_its_edge() -> None:
    assert FITTER.fit(one(0.42, 0.15)).onset_at_edge
    early = FITTER.fit(one(-0.3, 0.15))
    assert early.explained < 0.5
    assert FITTER.fit(one(0.0, 0.75)).rise_at_edge


def test_breathing_alone_shifts_an_onset_by_milliseconds() -> None:
    """A quartic follows a sine of 4 s; a ramp of half its height is found at any phase."""
    errors_s = [
        FITTER.fit(np.sin(2 * np.pi * (T_S / 4.0 + phase)) + one(0.08, 0.15)).onset_s - 0.08
        for phase in np.arange(0.0, 1.0, 0.05)
    ]
    assert np.abs(errors_s).max() < 0.01


def test_the_same_bits_wherever_the_values_lie_in_memory() -> None:
    values = np.sin(T_S) + one(0.1, 0.2)
    wide = np.full((len(T_S), 7), 3.0)
    wide[:, 4] = values
    assert FITTER.fit(wide[:, 4]) == FITTER.fit(values)


@pytest.mark.parametrize("lasts_s", [0.25, 0.4, 1.2])
@pytest.mark.parametrize("begins_s", [1.0, 1.007, 1.013])
def test_a_limb_begins_where_its_movement_does(lasts_s: float, begins_s: float) -> None:
    t_s = np.arange(0.0, 3.0, 1 / RATE_HZ)
    ends = step(t_s + 1e-4, begins_s, lasts_s) - step(t_s - 1e-4, begins_s, lasts_s)
    speed = 90.0 * ends / 2e-4 + 0.3
    # The first row in motion is up to 20 ms later than the onset itself.
    assert limb_onset_s(t_s, speed) == pytest.approx(begins_s, abs=0.012)


def test_a_tremble_long_before_is_not_the_onset() -> None:
    t_s = np.arange(0.0, 3.0, 1 / RATE_HZ)
    speed = np.abs(np.gradient(90.0 * step(t_s, 2.0, 0.5))) * RATE_HZ
    speed[40:45] = 20.0  # of 337 deg/s
    assert limb_onset_s(t_s, speed) == pytest.approx(2.0, abs=0.03)


def test_a_limb_that_never_rests_has_no_onset() -> None:
    t_s = np.arange(0.0, 1.0, 1 / RATE_HZ)
    assert math.isnan(limb_onset_s(t_s, 100.0 + 50.0 * np.sin(t_s)))
    assert math.isnan(limb_onset_s(t_s, np.zeros_like(t_s)))
