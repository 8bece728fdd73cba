from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.stillness import Stillness

RATES_HZ = [5.0, 10.0, 50.0, 200.0, 1000.0]


def worn(
    rate_hz: float, level: float, noise: float, breathe_s: float = 60.0, still_s: float = 25.0
) -> tuple[FloatArray, FloatArray]:
    """Breathe between 9 and 11, then rest at `level`; return times and values."""
    t_s = np.arange(0, breathe_s + still_s, 1 / rate_hz)
    values = np.where(t_s < breathe_s, 10 - np.cos(2 * np.pi * t_s / 4), level)
    return t_s, values + np.random.default_rng(0).normal(0, 1, len(t_s)) * noise


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("level", [9.0, 10.5])
def test_a_held_breath_stays_measurable(rate_hz: float, noise: float, level: float) -> None:
    t_s, values = worn(rate_hz, level, noise)
    assert not Stillness(rate_hz).step(values)[t_s > 5].any()


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("scale", [1e-3, 1e4])
def test_a_belt_that_came_off_is_known_after_4_s(
    rate_hz: float, noise: float, scale: float
) -> None:
    t_s, values = worn(rate_hz, 2.0, noise)
    flat = Stillness(rate_hz).step(scale * values)
    assert flat[t_s >= 65.0].all()
    assert not flat[(t_s > 5) & (t_s < 63)].any()


def test_a_sensor_that_used_to_carry_noise_and_repeats_itself_is_dead() -> None:
    t_s, values = worn(10.0, 9.0, 0.02)
    values[150:160] = 9.0 + np.random.default_rng(1).normal(0, 0.02, 10)  # a pause
    values[t_s >= 60] = values[t_s >= 60][0]
    flat = Stillness(10.0).step(values)
    assert flat[t_s >= 65].all()


def test_nobody_holds_still_for_longer_than_half_a_minute() -> None:
    t_s, values = worn(25.0, 9.5, 0.02, still_s=60.0)
    flat = Stillness(25.0).step(values)
    assert not flat[(t_s > 5) & (t_s < 89)].any()
    assert flat[t_s > 91].all()


def test_a_belt_that_never_moved_is_flat_until_it_does() -> None:
    t_s = np.arange(0, 60, 0.1)
    moving = np.where(t_s < 30, 0.0, np.sin(2 * np.pi * (t_s - 30) / 4))
    values = moving + np.random.default_rng(2).normal(0, 0.02, len(t_s))
    flat = Stillness(10.0).step(values)
    assert flat[(t_s > 5) & (t_s < 30)].all()
    assert not flat[t_s > 31.5].any()


@pytest.mark.parametrize("per_min", [5, 12, 30, 45])
def test_breathing_moves_at_any_rate_and_coarseness(per_min: int) -> None:
    t_s = np.arange(0, 120, 0.1)
    values = np.round(10 * np.sin(2 * np.pi * per_min / 60 * t_s))
    assert not Stillness(10.0).step(values)[t_s > 6].any()


def test_any_cut_gives_the_same() -> None:
    _, values = worn(10.0, 2.0, 0.02)
    values[100:130] = np.nan
    whole = Stillness(10.0).step(values)
    for size in (1, 3, 64):
        stillness = Stillness(10.0)
        parts = [stillness.step(values[k : k + size]) for k in range(0, len(values), size)]
        assert (np.concatenate(parts) == whole).all()
