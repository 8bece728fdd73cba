from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.body import Body
from firmware_sim.scenarios import QUIET, scenario
from firmware_sim.script import Happening, Phase, Script
from firmware_sim.sensors import BeltForce, InertialSensor, SensorClock, noise_source

BODY = scenario("coached", 60, 1)
T_S = np.arange(0.0, 60.0, 0.1)


@given(
    error=st.floats(-0.015, 0.015),
    period_us=st.integers(5_000, 1_000_000),
    now_us=st.integers(0, 10**10),
)
def test_a_tick_is_due_when_it_is_counted(error, period_us, now_us):
    clock = SensorClock(1_000, period_us, error)
    count = clock.ticks_until(now_us)
    assert count == 0 or clock.due_us(count - 1) <= now_us
    assert clock.due_us(count) > now_us


def test_a_fast_clock_ticks_early():
    assert SensorClock(0, 100_000, 0.01).due_us(101) == pytest.approx(10_000_000, abs=1)
    assert SensorClock(0, 100_000, 0.0).ticks_until(10_000_000) == 101


def test_noise_sources_are_independent_and_repeat():
    first, again = noise_source(1, "a").random(5), noise_source(1, "a").random(5)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, noise_source(1, "b").random(5))
    assert not np.allclose(first, noise_source(2, "a").random(5))


def test_force_follows_the_belt_with_breaths_of_newtons():
    quiet = scenario("quiet", 60, 1)
    force_n = BeltForce(quiet, "chest", 1).sample_n(T_S)
    truth = quiet.truth
    swing = np.interp(truth.peak_s, T_S, force_n) - np.interp(truth.onset_s, T_S, force_n)
    assert np.all((swing > 0.4) & (swing < 3.5))
    stretch = quiet.belt_mm("chest", T_S)
    assert np.corrcoef(force_n, stretch)[0, 1] > 0.98


def test_force_comes_in_steps_with_noise():
    still = np.full(500, 30.0) + np.arange(500) * 1e-9
    force_n = BeltForce(BODY, "chest", 1).sample_n(still)
    steps = force_n / BeltForce.STEP_N
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    assert force_n[100:].std() == pytest.approx(0.01, rel=0.2)


def test_a_belt_put_on_too_tightly_hits_the_end_stop():
    force_n = BeltForce(BODY, "chest", 1, pretension_n=49.5).sample_n(T_S)
    assert force_n.max() == 50.0
    assert np.mean(force_n == 50.0) > 0.1


def test_a_slack_belt_hits_the_other():
    assert BeltForce(BODY, "chest", 1, pretension_n=-20.0).sample_n(T_S).min() == -1.0


def test_the_elastic_lags_behind_a_step():
    class Elastic(BeltForce):
        HYSTERESIS = 0.0

    lean = Happening("posture", 10.0, 0.2, size=20.0)  # takes 3 mm off the chest
    body = Body(Script((Phase("p", 60, QUIET, happenings=(lean,)),)), 1)
    lagging = BeltForce(body, "chest", 1, noise_n=0.0).sample_n(T_S)
    prompt = Elastic(body, "chest", 1, noise_n=0.0).sample_n(T_S)
    share = (lagging - prompt) / 0.25 / BeltForce.HYSTERESIS
    assert share[103] - share[99] == pytest.approx(0.0, abs=1.5)
    assert share[160] - share[100] > 2.0


def test_the_strap_creeps():
    class Inert(BeltForce):
        CREEP_N = 0.0

    t_s = np.array([0.0, 240.0])
    crept = BeltForce(BODY, "chest", 1).sample_n(t_s) - Inert(BODY, "chest", 1).sample_n(t_s)
    np.testing.assert_allclose(crept, [0.0, -0.316], atol=0.004)


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_any_cut_of_force_gives_the_same_values(cut):
    whole, pieces = BeltForce(BODY, "chest", 3), BeltForce(BODY, "chest", 3)
    joined = [pieces.sample_n(T_S[at : at + cut]) for at in range(0, len(T_S), cut)]
    np.testing.assert_array_equal(np.concatenate(joined), whole.sample_n(T_S))


def test_motion_becomes_counts_with_bias_and_noise():
    sensor = InertialSensor(scenario("quiet", 60, 1), "pelvis", 1)
    sample = sensor.sample(np.arange(0.0, 60.0, 0.01))
    acc_g = sample.acc_counts / 2048.0
    assert np.linalg.norm(acc_g, axis=1).mean() == pytest.approx(1.0, abs=0.05)
    assert acc_g[:, 1].mean() > 0.95  # y is worn up
    gyro_dps = sample.gyro_counts / 32768.0 * 2000.0
    np.testing.assert_allclose(gyro_dps.mean(axis=0), sensor.gyro_bias_dps, atol=0.05)
    assert np.all(gyro_dps.std(axis=0) > 0.03)


def test_counts_saturate():
    sensor = InertialSensor(BODY, "pelvis", 1, acc_range_g=0.5, gyro_range_dps=0.1)
    sample = sensor.sample(np.arange(0.0, 5.0, 0.01))
    assert sample.acc_counts.max() == 32767
    assert sample.gyro_counts.min() == -32768


def test_angles_and_quaternion_describe_one_orientation():
    sample = InertialSensor(BODY, "sternum", 1).sample(np.arange(40.0, 60.0, 0.1))
    w, x, y, z = sample.quaternion.T
    np.testing.assert_allclose(w * w + x * x + y * y + z * z, 1.0)
    roll = np.rad2deg(np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)))
    pitch = np.rad2deg(np.arcsin(2 * (w * y - z * x)))
    yaw = np.rad2deg(np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)))
    np.testing.assert_allclose(np.stack([roll, pitch, yaw], axis=-1), sample.angle_deg, atol=1e-6)


def test_angles_agree_with_gravity():
    still = scenario("quiet", 60, 1)
    sample = InertialSensor(still, "pelvis", 2).sample(np.arange(0.0, 60.0, 0.05))
    roll, pitch, _ = np.deg2rad(sample.angle_deg).T
    up = np.stack(
        [-np.sin(pitch), np.cos(pitch) * np.sin(roll), np.cos(pitch) * np.cos(roll)], axis=-1
    )
    acc_g = sample.acc_counts / 2048.0
    np.testing.assert_allclose(acc_g.mean(axis=0), up.mean(axis=0), atol=0.06)


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_any_cut_of_motion_gives_the_same_counts(cut):
    t_s = T_S[:300]
    whole = InertialSensor(BODY, "back", 3).sample(t_s)
    sensor = InertialSensor(BODY, "back", 3)
    pieces = [sensor.sample(t_s[at : at + cut]) for at in range(0, len(t_s), cut)]
    for name in ("acc_counts", "gyro_counts", "angle_deg", "quaternion"):
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        np.testing.assert_array_equal(joined, getattr(whole, name))


@pytest.mark.parametrize(
    ("make", "words"),
    [(BeltForce, "a belt is not worn at 'knee'"), (InertialSensor, "nothing is worn at 'knee'")],
)
def test_an_unknown_place_is_refused(make, words):
    with pytest.raises(ValueError, match=f"{words}; choose from"):
        make(BODY, "knee", 1)
