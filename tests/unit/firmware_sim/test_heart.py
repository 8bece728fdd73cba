from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.heart import Heart
from firmware_sim.motions import SmoothNoise

T_S = np.arange(0.0, 120.0, 0.002)
STEADY = SmoothNoise(lambda f: 0.0 * f + 1.0, 1000.0, 16_000.0, np.random.default_rng(1))


def breath_l(t_s):
    """Six breaths a minute of one litre."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * 0.1 * t_s)


def still_l(t_s):
    return np.zeros(t_s.shape)


def test_at_rest_it_beats_at_its_rate():
    heart = Heart(still_l, STEADY, 120.0)
    assert np.diff(heart.beats_s) == pytest.approx(60.0 / 62.0, rel=0.01)
    assert np.all((heart.beats_s >= 0.0) & (heart.beats_s <= 120.1))


def test_it_beats_faster_while_the_breath_is_in():
    heart = Heart(breath_l, STEADY, 120.0)
    middle_s = (heart.beats_s[1:] + heart.beats_s[:-1]) / 2.0
    rate_per_min = 60.0 / np.diff(heart.beats_s)
    gain, rest = np.polyfit(breath_l(middle_s), rate_per_min, 1)
    assert gain == pytest.approx(15.0, rel=0.1)
    assert rest == pytest.approx(62.0, rel=0.01)


def test_the_pulse_has_one_turn_for_each_beat():
    heart = Heart(breath_l, STEADY, 120.0)
    pulse = heart.pulse(T_S)
    assert np.abs(pulse).max() == pytest.approx(0.9, abs=0.15)
    rising = T_S[1:][(pulse[:-1] < 0) & (pulse[1:] >= 0)]
    expected = heart.beats_s[(heart.beats_s > T_S[0]) & (heart.beats_s < T_S[-1])]
    np.testing.assert_allclose(rising, expected, atol=0.003)


def test_the_breast_bone_shakes_after_each_beat_and_the_pelvis_does_not():
    heart = Heart(breath_l, STEADY, 120.0)
    beat_s = heart.beats_s[10]
    soon = heart.shake_mps2("sternum", np.linspace(beat_s + 0.09, beat_s + 0.3, 500))
    late = heart.shake_mps2("sternum", np.linspace(beat_s + 0.7, beat_s + 0.75, 500))
    assert 0.1 < np.abs(soon).max() < 0.2
    assert np.abs(late).max() < 0.005
    assert not heart.shake_mps2("pelvis", T_S).any()
    assert abs(heart.shake_mps2("sternum", np.array([-5.0]))[0]) < 1e-9


def test_the_ecg_is_highest_at_the_beats():
    heart = Heart(breath_l, STEADY, 120.0)
    at_beats = heart.ecg_uv(heart.beats_s[1:-1])
    assert at_beats == pytest.approx(1100.0, rel=0.05)
    between = (heart.beats_s[1:] + heart.beats_s[:-1]) / 2.0
    assert np.abs(heart.ecg_uv(between)).max() < 100.0
    assert np.ptp(heart.ecg_uv(T_S)) < 1500.0
