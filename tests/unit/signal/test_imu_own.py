from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.imu_own import (
    KEEPS,
    LARGEST,
    POSTURE_DEG,
    QUIET_DPS,
    OwnBreath,
    beneath_deg,
    fastest_dps,
)
from biofeedback.signal.imu_window import Window, finding

RATE_HZ = 10.0
AXIS = np.array([0.2, 0.97, 0.1])


def rhythm(per_min: float, size_deg: float) -> FloatArray:
    t_s = np.arange(0.0, 30.0, 1.0 / RATE_HZ)
    return size_deg / 2 * np.sin(2 * np.pi * per_min / 60 * t_s)


def window(*parts: FloatArray, lean_deg: float = 0.0) -> Window:
    noise = np.random.default_rng(1).normal(0, 0.01, (300, 3))
    lean = np.full(300, lean_deg)
    return Window(sum(parts)[:, None] * AXIS + noise, None, lean, 0.01, RATE_HZ)  # type: ignore[index]


def learned(size_deg: float = 1.0, per_min: float = 15.0, n: int = 3) -> OwnBreath:
    own = OwnBreath()
    for _ in range(n):
        own.learn(window(rhythm(per_min, size_deg)), size_deg, per_min)
    return own


def moved(own: OwnBreath, seen: Window) -> bool:
    return own.moved(seen, finding(seen))


def test_fastest_turn() -> None:
    ramp = np.zeros((300, 3))
    ramp[100:, 1] = np.minimum(np.arange(200) / RATE_HZ, 2.0) * 5.0
    assert fastest_dps(ramp, RATE_HZ) == pytest.approx(5.0)


def test_before_anything_is_learned_only_a_fast_turn_is_a_movement() -> None:
    slow, fast = window(rhythm(15, 4.0)), window(rhythm(30, 4.0))
    assert np.pi * 4.0 * 0.25 < QUIET_DPS < np.pi * 4.0 * 0.5
    assert not moved(OwnBreath(), slow)
    assert moved(OwnBreath(), fast)
    assert not moved(learned(n=2), window(rhythm(15, 3.3)))  # two windows are no own breath
    assert moved(learned(n=3), window(rhythm(15, 3.3)))


@pytest.mark.parametrize(
    ("per_min", "size_deg"), [(9.0, 1.2), (12.0, 0.9), (15.0, 2.5), (17.0, 2.5), (24.0, 1.2)]
)
def test_a_breath_of_about_the_own_size_is_one(per_min: float, size_deg: float) -> None:
    assert not moved(learned(), window(rhythm(per_min, size_deg)))


@pytest.mark.parametrize("per_min", [6.0, 12.0, 15.0, 24.0])
def test_nothing_much_larger_is_a_breath(per_min: float) -> None:
    assert moved(learned(), window(rhythm(per_min, 1.1 * LARGEST)))


def test_deep_slow_breathing_is_told_from_a_slow_movement_beside_the_breath() -> None:
    own = learned()
    assert not moved(own, window(rhythm(6, 2.0)))
    assert moved(own, window(rhythm(6, 2.4), rhythm(15, 0.8)))
    assert moved(own, window(rhythm(24, 1.0), rhythm(15, 0.8)))  # nor a quicker one above it


def test_deeper_at_a_rate_that_hides_the_old_one_may_be_a_movement() -> None:
    for per_min in (12.0, 30.0, 7.5):
        assert moved(learned(), window(rhythm(per_min, 1.3)))


def test_what_goes_on_beneath() -> None:
    found = finding(window(rhythm(6, 2.0), rhythm(15, 0.8)))
    assert found.rhythm is not None
    assert beneath_deg(found.spectrum, found.rhythm, 15.0) == pytest.approx(0.8, rel=0.1)
    assert beneath_deg(found.spectrum, found.rhythm, 24.0) < 0.1
    assert math.isnan(beneath_deg(found.spectrum, found.rhythm, 6.5))  # not resolved
    assert math.isnan(beneath_deg(found.spectrum, found.rhythm, 12.0))  # may be its double


def test_another_posture_and_a_command_have_it_learned_anew() -> None:
    large = rhythm(15, 4.0)
    own = learned()
    assert moved(own, window(large, lean_deg=0.9 * POSTURE_DEG))
    assert not moved(own, window(large, lean_deg=1.1 * POSTURE_DEG))
    assert not own.sizes_deg
    own = learned()
    own.forget()
    assert not moved(own, window(large))


def test_the_last_minutes_count_and_a_copy_is_its_own() -> None:
    own = learned(3.0, n=KEEPS)
    other = own.copy()
    for _ in range(KEEPS):
        own.learn(window(rhythm(15, 1.0)), 1.0, 15.0)
    assert moved(own, window(rhythm(15, 3.5)))
    assert not moved(other, window(rhythm(15, 3.5)))
