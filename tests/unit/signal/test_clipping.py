from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.clipping import Clipping


def breath(t_s: FloatArray, period_s: float = 4.0) -> FloatArray:
    """Fast rise, exponential fall, pause: peak 1, trough 0."""
    part = np.mod(t_s, period_s) / period_s
    rise = 0.5 - 0.5 * np.cos(np.pi * part / 0.35)
    fall = (np.exp(-(part - 0.35) / 0.12) - np.exp(-0.5 / 0.12)) / (1 - np.exp(-0.5 / 0.12))
    return np.where(part < 0.35, rise, np.maximum(fall, 0.0))


def in_pieces(rate_hz: float, values: FloatArray, size: int) -> FloatArray:
    clipping = Clipping(rate_hz)
    return np.concatenate(
        [clipping.step(values[k : k + size]) for k in range(0, len(values), size)]
    )


@pytest.mark.parametrize("rate_hz", [5.0, 10.0, 25.0, 100.0, 1000.0])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_a_cut_off_breath_is_found_at_any_rate_and_scale(rate_hz: float, scale: float) -> None:
    t_s = np.arange(0, 60, 1 / rate_hz)
    noise = np.random.default_rng(0).normal(0, 0.004, len(t_s))
    values = scale * (np.minimum(np.sin(2 * np.pi * t_s / 6) + noise, 0.5) - 7)
    clipped = Clipping(rate_hz).step(values)
    at_rail = values == values.max()
    assert clipped[at_rail].mean() > 0.5  # the first rows of a plateau pass
    assert not clipped[~at_rail].any()


@pytest.mark.parametrize("rate_hz", [5.0, 10.0, 25.0, 100.0, 1000.0])
@pytest.mark.parametrize("steps", [10, 40, 200, 4000, None])
def test_flat_tops_and_pauses_of_a_living_breath_pass(rate_hz: float, steps: int | None) -> None:
    t_s = np.arange(0, 60, 1 / rate_hz)
    values = breath(t_s)
    if steps is not None:
        values = np.round(values * steps) / steps
    assert not Clipping(rate_hz).step(values).any()


def test_noise_and_silence_are_no_rail() -> None:
    noise = np.random.default_rng(1).normal(0, 1, 5000)
    assert not Clipping(50.0).step(noise).any()
    assert not Clipping(50.0).step(np.zeros(5000)).any()


def test_it_ends_with_the_plateau_and_unknown_rows_break_it() -> None:
    values = np.concatenate([np.linspace(0, 3, 50) ** 2, np.full(20, 9.5), np.linspace(8, 0, 30)])
    clipped = Clipping(50.0).step(values)
    assert np.flatnonzero(clipped).tolist() == list(range(54, 70))
    values[60] = np.nan
    assert np.flatnonzero(Clipping(50.0).step(values)).tolist() == list(range(54, 60))


def test_any_cut_gives_the_same() -> None:
    t_s = np.arange(0, 30, 1 / 25)
    values = np.clip(np.sin(t_s) + 0.01 * np.sin(40 * t_s), -0.8, 0.9)
    whole = Clipping(25.0).step(values)
    assert whole.any()
    for size in (1, 7, 250):
        assert (in_pieces(25.0, values, size) == whole).all()
