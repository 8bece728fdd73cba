from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biofeedback.core.stream import FloatArray
from biofeedback.signal.zigzag import Swing, ZigZag

RATE_HZ = 50.0


def bumps(*shapes: tuple[float, float, float], rest_s: float = 2.0) -> FloatArray:
    """Minimum-jerk bumps (size, rise s, hold s) with rest between; each comes back to zero."""
    parts = [np.zeros(round(rest_s * RATE_HZ))]
    for size, rise_s, hold_s in shapes:
        x = np.arange(0, 1, 1 / (rise_s * RATE_HZ))
        step = x**3 * (10 - 15 * x + 6 * x**2)
        held = np.full(round(hold_s * RATE_HZ), size)
        parts += [size * step, held, size * (1 - step), np.zeros(round(rest_s * RATE_HZ))]
    return np.concatenate(parts)


def swings(x: FloatArray, usual_deg: float = 40.0, cuts: tuple[int, ...] = ()) -> list[Swing]:
    zigzag, found = ZigZag(RATE_HZ, usual_deg), []
    for piece in np.split(x, sorted(cuts)):
        zigzag.push(piece)
        while (swing := zigzag.pop()) is not None:
            found.append(swing)
    return found


def test_start_peak_and_end_of_each_swing() -> None:
    first, second = swings(bumps((40, 1.0, 0.0), (30, 1.0, 1.0)))
    assert first.rom_deg == pytest.approx(40)
    # 5 % of a minimum-jerk rise of one second are reached after 0.19 s.
    assert (first.start, first.peak, first.end) == pytest.approx((109, 150, 190), abs=2)
    assert second.rom_deg == pytest.approx(30)
    assert second.end - second.start == pytest.approx((1.0 + 2 * 0.81) * RATE_HZ, abs=3)
    assert first.decided - first.end == pytest.approx(0.3 * RATE_HZ, abs=10)


@pytest.mark.parametrize("sooner_s", [0.5, 1.5, 2.5])
def test_a_swing_leaves_when_it_rises_not_when_sway_was_lowest(sooner_s: float) -> None:
    """Sway has come up by a fifth of the range before the movement begins at 4 s."""
    x = bumps((4, 1.2, 0.6), rest_s=4.0)
    sway = slice(round((4.0 - sooner_s) * RATE_HZ), round(4.0 * RATE_HZ))
    x[: sway.start] -= 0.8
    x[sway] -= np.linspace(0.8, 0.0, sway.stop - sway.start)
    (swing,) = swings(x, 5.0)
    assert 3.8 * RATE_HZ <= swing.start <= 4.3 * RATE_HZ


def test_a_swing_that_follows_at_once_ends_the_one_before() -> None:
    quick = np.tile(20 * (1 - np.cos(2 * np.pi * np.arange(75) / 75)), 6)
    found = swings(np.concatenate([np.zeros(100), quick, np.zeros(100)]))
    assert len(found) == 6
    assert np.diff([swing.peak for swing in found]) == pytest.approx(75, abs=1)


def test_wobbling_at_the_top_is_one_swing() -> None:
    x = bumps((40, 1.0, 3.0))
    x[170:280] += 4 * np.sin(np.arange(110) / 3)
    assert len(swings(x)) == 1


def test_slow_drift_and_small_movements_are_none() -> None:
    t_s = np.arange(0, 60, 1 / RATE_HZ)
    assert swings(0.5 * t_s + 2 * np.sin(t_s)) == []
    assert swings(bumps((8, 1.0, 0.0))) == []
    assert len(swings(bumps((8, 1.0, 0.0)), usual_deg=20.0)) == 1


def test_a_new_posture_is_no_swing() -> None:
    x = np.concatenate([np.zeros(100), np.full(2500, 30.0), bumps((40, 1, 0)) + 30.0])
    (swing,) = swings(x)
    assert swing.peak == pytest.approx(2600 + 150, abs=2)
    back = np.concatenate([x[:1700], np.zeros(800), bumps((40, 1, 0))])
    assert [swing.peak for swing in swings(back)] == [2650]


def test_half_way_down_and_up_again_are_two() -> None:
    x = np.interp(np.arange(500), [100, 150, 200, 250, 320, 500], [0, 40, 20, 40, 0, 0])
    assert [swing.peak for swing in swings(x)] == [150, 250]


def test_coming_back_only_half_the_way_ends_a_swing_after_a_second() -> None:
    """To one side, to the other, and back to the middle."""
    x = np.interp(np.arange(600), [100, 150, 250, 300, 600], [0, -40, 40, 0, 0])
    (swing,) = swings(x)
    assert swing.rom_deg == pytest.approx(80)
    assert swing.decided == pytest.approx(300 + 50, abs=2)


def test_going_further_than_where_it_began_does_not_lengthen_a_swing() -> None:
    x = np.interp(np.arange(600), [100, 150, 200, 230, 280, 600], [0, 40, 0, -20, 0, 0])
    (swing,) = swings(x)
    assert swing.end == pytest.approx(200, abs=4)


def test_what_it_needs_is_little() -> None:
    zigzag = ZigZag(RATE_HZ, 40.0)
    for _ in range(100):
        zigzag.push(np.zeros(50))
        assert zigzag.pop() is None
    assert len(zigzag.values) <= 250
    assert zigzag.first_row == 5000 - len(zigzag.values)


CLEAN = np.concatenate(
    [bumps((40, 1, 0), (35, 0.7, 2), rest_s=0.4), bumps((42, 1.2, 0.1)), np.full(1700, 30.0)]
)
NOISY = CLEAN + np.random.default_rng(1).normal(0, 1.0, len(CLEAN))


@settings(max_examples=30)
@given(cuts=st.lists(st.integers(1, len(NOISY) - 1), max_size=40))
def test_any_cut_gives_the_same(cuts: list[int]) -> None:
    assert swings(NOISY, cuts=tuple(cuts)) == swings(NOISY)


def test_one_row_at_a_time() -> None:
    whole = swings(NOISY)
    assert len(whole) == 3
    assert swings(NOISY, cuts=tuple(range(1, len(NOISY)))) == whole
