from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import hilbert

from biofeedback.signal.imu_reference import body_motion, explained
from tests.unit.signal.turning import AXIS, swaying, turned, wave

MOUNTED = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def test_movement_of_the_body_is_taken_off() -> None:
    body = swaying(20.0)
    breath = turned(wave(15, 1.0))
    trunk = breath + body @ MOUNTED
    left = trunk - body @ body_motion(trunk, body)
    before = np.corrcoef(trunk @ AXIS, wave(15, 1.0))[0, 1]
    after = np.corrcoef(left @ AXIS, wave(15, 1.0))[0, 1]
    assert before < 0.4
    assert after > 0.9


def test_breathing_of_the_reference_itself_is_not_used() -> None:
    """The back turns by a third of the front: a plain fit would cancel all breathing."""
    breath = turned(wave(15, 1.0))
    back = turned(wave(15, 0.3), np.array([1.0, 0.0, 0.0]), noise_deg=0.005, seed=3)
    left = breath - back @ body_motion(breath, back)
    size = (left @ AXIS).std() / (breath @ AXIS).std()
    assert size > 0.9
    plain = breath - back @ np.linalg.lstsq(back, breath, rcond=None)[0]
    assert (plain @ AXIS).std() < 0.2 * (breath @ AXIS).std()


def test_coherence_of_the_same_movement_late_and_of_another() -> None:
    movement, late = hilbert(wave(15, 1.0)), hilbert(np.roll(wave(15, 1.0), 10))
    assert explained(movement, late[:, None]) > 0.9
    other = hilbert(np.random.default_rng(4).normal(0, 1, (300, 1)), axis=0)
    assert explained(movement, other) < 0.2
    assert explained(0 * movement, other) == 0.0
    assert explained(movement, 0 * other) == pytest.approx(0.0)
