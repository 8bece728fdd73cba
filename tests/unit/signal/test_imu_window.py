from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.imu_window import Finding, Window, finding
from tests.unit.signal.turning import AXIS, RATE_HZ, swaying, times, turned, wave


def look(
    trunk_deg: FloatArray,
    reference_deg: FloatArray | None = None,
    tilt_ap_deg: FloatArray | None = None,
    motion_mps2: float = math.nan,
) -> Finding:
    return finding(Window(trunk_deg, reference_deg, tilt_ap_deg, motion_mps2, RATE_HZ))


def rate(found: Finding) -> float:
    assert found.rhythm is not None
    return found.rhythm.rate_per_min


@pytest.mark.parametrize("length_s", [15.0, 30.0])
def test_quiet_breathing_is_known(length_s: float) -> None:
    found = look(turned(wave(18, 0.8, length_s)), motion_mps2=0.02)
    assert found.state == "known"
    assert found.quality_pct > 90
    assert rate(found) == pytest.approx(18, abs=0.3)
    assert not found.mixing.any()


def test_a_moving_body_is_named_as_the_reason() -> None:
    breath = turned(wave(18, 0.8))
    assert look(breath, motion_mps2=0.5).state == "moving"
    steps = 4.0 * np.sin(2 * np.pi * 1.9 * times())[:, None] * np.array([0.0, 1.0, 0.0])
    shaken = look(breath + steps)
    assert shaken.state == "moving"
    assert shaken.quality_pct < 50


def test_sway_alone_seldom_looks_like_breathing() -> None:
    """One window can be deceived; that is why one has to be confirmed by others."""
    states = [look(turned(0 * times()) + swaying(3.0, seed)).state for seed in range(20)]
    assert states.count("known") <= 10


def test_no_movement_at_all() -> None:
    found = look(np.zeros((300, 3)))
    assert (found.state, found.quality_pct) == ("unclear", 0.0)
    assert look(np.zeros((300, 3)), np.zeros((300, 3))).state == "unclear"


def test_the_reference_uncovers_breathing() -> None:
    alone, together = 0, 0
    for seed in range(10):
        body = swaying(15.0, seed)
        trunk = turned(wave(16, 0.8), seed=seed) + 0.9 * body
        for found, cancelled in ((look(trunk), False), (look(trunk, body), True)):
            right = found.state == "known" and abs(rate(found) - 16) < 1
            alone += right and not cancelled
            together += right and cancelled
    assert together >= 8
    assert alone <= 4


def test_at_rest_the_reference_does_not_harm() -> None:
    back = turned(0 * times(), noise_deg=0.05, seed=9)
    found = look(turned(wave(14, 0.6)), back)
    assert found.state == "known"
    assert rate(found) == pytest.approx(14, abs=0.3)


def test_movement_in_the_rhythm_of_breathing_is_not_separable() -> None:
    lift = np.outer(wave(14, 8.0), [1.0, 0.0, 0.0])
    trunk = turned(wave(15, 0.8)) + 0.8 * lift
    assert look(trunk, lift + turned(0 * times(), seed=5)).state == "not_separable"
    slower = np.outer(wave(8, 8.0), [1.0, 0.0, 0.0])
    trunk = turned(wave(20, 0.8)) + 0.8 * slower
    found = look(trunk, slower + turned(0 * times(), seed=5))
    assert found.state == "known"
    assert rate(found) == pytest.approx(20, abs=0.5)


def test_a_back_that_breathes_a_little_is_no_movement_of_the_body() -> None:
    back = turned(wave(15, 1.2), np.array([1.0, 0.0, 0.0]), seed=6)
    assert look(turned(wave(15, 4.0)), back).state == "known"


def test_leaning_backwards_tells_the_sign() -> None:
    breath = wave(15, 1.0)
    found = look(turned(breath), tilt_ap_deg=-0.9 * breath)
    assert found.axis is not None
    along = float(np.sign(found.axis.weights @ AXIS))
    assert found.backward * along > 0.95
    opposite = look(turned(breath), tilt_ap_deg=0.9 * breath)
    assert opposite.backward == pytest.approx(-found.backward)


def test_the_order_of_axes_and_the_mounting_do_not_matter() -> None:
    trunk = turned(wave(15, 1.0)) + swaying(1.0)
    other = trunk[:, [2, 0, 1]] * np.array([1.0, -1.0, 1.0])
    assert rate(look(other)) == pytest.approx(rate(look(trunk)))


@pytest.mark.parametrize("by_gravity", [False, True])
def test_a_double_in_step_is_part_of_the_breath(by_gravity: bool) -> None:
    """A push forward adds to the same axis, twice as fast and as large as the breath itself."""
    phase = 2 * np.pi * 14 / 60 * times()
    breath = turned(0.5 * np.sin(phase) + 0.5 * np.sin(2 * phase + 0.6))
    found = finding(Window(breath, None, None, 0.02, RATE_HZ, by_gravity))
    assert rate(found) == pytest.approx(14, abs=0.5)
    assert found.state == "known"


def test_acceleration_alone_says_nothing_beside_a_slower_turn_out_of_step() -> None:
    fast, slow = wave(28, 1.0), wave(15.3, 0.8)
    breath = turned(fast + slow)
    found = finding(Window(breath, None, None, 0.02, RATE_HZ, by_gravity=True))
    assert found.state == "unclear" or rate(found) < 20
    assert not (found.likely and rate(found) > 20)
