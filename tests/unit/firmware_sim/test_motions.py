from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.motions import Bursts, Ramps, SmoothNoise, fractal_series, smooth_step

T_S = np.arange(0.0, 60.0, 0.01)


def make_noise(seed=1):
    return SmoothNoise(lambda f: 1.0 / (1.0 + f), 0.05, 100.0, np.random.default_rng(seed))


FUNCTIONS = {
    "noise": make_noise(),
    "ramps": Ramps(1.0, [(5.0, 0.5, 3.0), (20.0, 2.0, -1.0)]),
    "bursts": Bursts([(3.0, 2.0, 4.0, 0.8), (10.0, 1.6, 8.0, 1.25)]),
    "coughs": Bursts([(3.0, 2.0, 4.0, 0.8), (10.0, 1.6, 8.0, 1.25)], one_sided=True),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(cuts=st.lists(st.integers(1, len(T_S) - 1), max_size=20))
def test_any_cut_of_time_gives_the_same_values(name, cuts):
    function = FUNCTIONS[name]
    pieces = [function(piece) for piece in np.split(T_S, sorted(set(cuts)))]
    np.testing.assert_array_equal(np.concatenate(pieces), function(T_S))


def test_smooth_step_begins_and_ends_at_rest():
    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.0])
    np.testing.assert_allclose(smooth_step(x), [0.0, 0.0, 0.5, 1.0, 1.0])
    near = smooth_step(np.array([1e-4, 1.0 - 1e-4]))
    assert near[0] < 1e-10
    assert 1.0 - near[1] < 1e-10


def test_fractal_series_has_the_measured_lag_one_correlation():
    series = fractal_series(4096, 0.38, np.random.default_rng(3))
    assert series.mean() == pytest.approx(0.0, abs=1e-9)
    assert series.var() == pytest.approx(1.0, rel=0.02)
    lag_one = np.corrcoef(series[:-1], series[1:])[0, 1]
    assert 0.18 < lag_one < 0.36  # Tobin 1995: 0.20 to 0.30


def test_smooth_noise_has_unit_variance_and_no_kinks():
    noise = make_noise()
    t_s = np.arange(0.0, 100.0, 0.001)
    values = noise(t_s)
    assert values.std() == pytest.approx(1.0, rel=0.02)
    curvature = np.diff(values, 2) / 1e-6
    typical = np.abs(curvature).max()
    assert np.abs(np.diff(curvature)).max() < 0.05 * typical


def test_smooth_noise_is_another_for_another_seed():
    assert not np.allclose(make_noise(1)(T_S), make_noise(2)(T_S))


def test_ramps_reach_each_level_in_its_time():
    ramps = Ramps(1.0, [(5.0, 0.5, 3.0), (20.0, 2.0, -1.0)])
    t_s = np.array([-9.0, 5.0, 5.25, 5.5, 19.0, 21.0, 22.0, 99.0])
    np.testing.assert_allclose(ramps(t_s), [1.0, 1.0, 2.0, 3.0, 3.0, 1.0, -1.0, -1.0])


def test_a_ramp_waits_for_the_one_before():
    ramps = Ramps(0.0, [(0.0, 2.0, 1.0), (1.0, 1.0, 0.0)])
    np.testing.assert_allclose(ramps(np.array([1.0, 2.0, 2.5, 3.0])), [0.5, 1.0, 0.5, 0.0])


def test_without_ramps_the_level_stays():
    np.testing.assert_array_equal(Ramps(2.0, [])(T_S), np.full(T_S.shape, 2.0))


def test_bursts_are_silent_outside_their_time():
    burst = Bursts([(10.0, 2.0, 5.0, 1.0)])(T_S)
    inside = (T_S > 10.0) & (T_S < 12.0)
    assert np.all(np.abs(burst[~inside]) < 1e-9)
    assert 2.0 < np.abs(burst[inside]).max() <= 5.0


def test_coughs_only_squeeze():
    cough = FUNCTIONS["coughs"](T_S)
    assert cough.max() <= 0.0
    assert cough.min() < -4.0
