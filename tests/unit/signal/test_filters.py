from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.errors import StreamError
from biofeedback.signal.filters import LowPass, hann_taps, held, slope, smooth

RATE_HZ = 50.0


def test_delay_is_that_of_breathing() -> None:
    """A slow sine comes out `delay_s` later, at both ends of resting rates."""
    filtered = LowPass(1.0, RATE_HZ)
    t_s = np.arange(0, 60, 1 / RATE_HZ)
    for frequency_hz in (0.1, 0.4):
        out = filtered.step(np.sin(2 * np.pi * frequency_hz * t_s), filtered.start(0.0))
        late = t_s[2000:] - filtered.delay_s
        phase = np.exp(2j * np.pi * frequency_hz * late)
        lag_s = np.angle(np.sum(out[2000:] * phase) * -1j) / (2 * np.pi * frequency_hz)
        assert abs(lag_s) < 0.02


def test_known_delay_of_two_poles() -> None:
    """A second-order low-pass normalised for phase delays by 0.275 periods of its corner."""
    assert LowPass(1.0, 100.0).delay_s == pytest.approx(0.275, abs=0.002)
    assert LowPass(2.0, 100.0).delay_s == pytest.approx(0.138, abs=0.002)


def test_starts_without_a_step() -> None:
    low = LowPass(1.0, RATE_HZ)
    assert np.allclose(low.step(np.full(100, 7.0), low.start(7.0)), 7.0, atol=1e-9)


@given(st.lists(st.integers(1, 199), max_size=8))
def test_any_cut_gives_the_same_bits(cuts: list[int]) -> None:
    values = np.random.default_rng(0).normal(size=200)
    low = LowPass(0.8, RATE_HZ)
    whole = low.step(values, low.start(values[0]))
    memory = low.start(values[0])
    parts = [low.step(part, memory) for part in np.split(values, sorted(set(cuts)))]
    assert np.array_equal(np.concatenate(parts), whole)


def test_both_ways_has_no_delay() -> None:
    t_s = np.arange(0, 40, 1 / RATE_HZ)
    out = LowPass(0.8, RATE_HZ).both_ways(np.cos(2 * np.pi * 0.25 * (t_s - 20)))
    assert abs(t_s[900 + np.argmax(out[900:1100])] - 20) < 0.021


@pytest.mark.parametrize("cutoff_hz", [0.0, -1.0, 25.0, 30.0])
def test_impossible_corner(cutoff_hz: float) -> None:
    with pytest.raises(StreamError, match=str(cutoff_hz)):
        LowPass(cutoff_hz, RATE_HZ)


def test_missing_values_are_held() -> None:
    nan = np.nan
    assert held(np.array([nan, 1, nan, nan, 2]), 5.0).tolist() == [5, 1, 1, 1, 2]
    assert held(np.array([nan, nan]), 3.0).tolist() == [3, 3]


def test_smoother_silences_a_footstep_and_keeps_a_line() -> None:
    taps = hann_taps(0.8, RATE_HZ)
    t_s = np.arange(0, 4, 1 / RATE_HZ)
    step = smooth(np.sin(2 * np.pi * 2.5 * t_s), taps)
    assert np.abs(step[50:-50]).max() < 0.03
    assert np.allclose(smooth(t_s, taps)[50:-50], t_s[50:-50])


@pytest.mark.parametrize("n_rows", [1, 2, 15, 39, 40, 41, 42, 60, 300])
def test_smoother_against_its_definition(n_rows: int) -> None:
    values = np.random.default_rng(n_rows).normal(size=n_rows)
    taps = hann_taps(0.8, RATE_HZ)
    half = len(taps) // 2
    expected = []
    for row in range(n_rows):
        inside = [shift for shift in range(-half, half + 1) if 0 <= row + shift < n_rows]
        weight = sum(taps[half + shift] for shift in inside)
        expected.append(sum(taps[half + s] * values[row + s] for s in inside) / weight)
    assert np.allclose(smooth(values, taps), expected)


def test_slope_of_a_line() -> None:
    assert np.allclose(slope(3.0 * np.arange(20) / RATE_HZ, 5, RATE_HZ), 3.0)
    assert len(slope(np.zeros(20), 5, RATE_HZ)) == 15
