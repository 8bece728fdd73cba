from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.rotation import between_poses, between_ups, running


def pose(axis: tuple[float, float, float], angle_deg: float) -> FloatArray:
    half = np.deg2rad(angle_deg) / 2
    return np.array([np.cos(half), *(np.sin(half) * np.array(axis))])


def product(a: FloatArray, b: FloatArray) -> FloatArray:
    w = a[0] * b[0] - a[1:] @ b[1:]
    return np.array([w, *(a[0] * b[1:] + b[0] * a[1:] + np.cross(a[1:], b[1:]))])


def up(pose_: FloatArray) -> FloatArray:
    w, x, y, z = pose_
    return np.array([2 * (x * z - w * y), 2 * (y * z + w * x), w * w + z * z - x * x - y * y])


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, 0, 0.8)])
def test_a_turn_about_an_own_axis_is_found_whatever_the_pose(
    axis: tuple[float, float, float],
) -> None:
    start = product(pose((0, 0.6, 0.8), 70.0), pose((1, 0, 0), -130.0))
    after = product(start, pose(axis, 3.0))
    for sign in (1.0, -1.0):
        turn = between_poses(np.array([start, 2.5 * sign * after]))
        assert turn[0] == pytest.approx(3.0 * np.array(axis), abs=1e-9)


def test_large_turns_are_taken_the_short_way() -> None:
    turn = between_poses(np.array([pose((1, 0, 0), 0.0), pose((1, 0, 0), 350.0)]))
    assert turn[0] == pytest.approx([-10.0, 0.0, 0.0])


def test_standing_still_is_no_turn() -> None:
    still = np.tile(pose((0, 1, 0), 40.0), (3, 1))
    assert np.abs(between_poses(still)).max() < 1e-9


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_the_way_up_tells_the_same_but_for_turns_about_it(
    axis: tuple[float, float, float],
) -> None:
    start = pose((1, 0, 0), 25.0)
    after = product(start, pose(axis, 0.5))
    whole = between_poses(np.array([start, after]))[0]
    ups = np.array([up(start), up(after)])
    along = float(whole @ ups[0])
    assert between_ups(ups)[0] == pytest.approx(whole - along * ups[0], abs=0.005)


def test_sums_do_not_depend_on_the_cut() -> None:
    turns = np.random.default_rng(1).normal(0, 1, (50, 3))
    whole = running(turns, np.ones(3))
    first = running(turns[:17], np.ones(3))
    second = running(turns[17:], first[-1])
    assert np.concatenate([first, second]).tobytes() == whole.tobytes()
    assert whole[-1] == pytest.approx(1.0 + turns.sum(axis=0))
