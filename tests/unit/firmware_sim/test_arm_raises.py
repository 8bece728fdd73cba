from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.arm_raises import SENSOR_LAG_S, ArmRaises, ArmRaising, raised_cosine
from firmware_sim.body import Body
from firmware_sim.script import Pattern, Phase, Script

QUIET = Pattern(15, 0.5)
READY_S = np.arange(0.0, 4000.0, 4.0)


def drawn(seed: int = 1, **how) -> ArmRaising:
    raises = ArmRaises(**({"trials": 400} | how))
    return ArmRaising([(0.0, raises)], READY_S, np.random.default_rng(seed))


def body(seed: int = 1, **how) -> Body:
    phase = Phase("raises", 60.0, QUIET, sway_deg=0.0, arm_raises=ArmRaises(trials=5, **how))
    return Body(Script((phase,)), seed)


def test_truth_tells_tone_and_lag_apart():
    raised = drawn(delay_s=0.02).raised
    core_s = np.array([one.core_s - one.limb_s for one in raised])
    lag_s = np.array([one.belt_s - one.core_s for one in raised])
    assert core_s.mean() == pytest.approx(0.02, abs=0.003)
    assert core_s.std() == pytest.approx(0.015, abs=0.002)
    assert lag_s == pytest.approx(lag_s[0])  # of a day
    assert SENSOR_LAG_S[0] <= lag_s[0] <= SENSOR_LAG_S[1]
    assert drawn(seed=2).raised[0].belt_s != raised[0].belt_s


def test_a_raise_follows_the_first_end_of_a_breath_after_its_cue():
    raised = drawn(trials=20, period_s=9.0, after_s=3.0, reaction_sd_s=0.0).raised
    cues_s = 3.0 + 9.0 * np.arange(20)
    assert [one.limb_s for one in raised] == [4.0 * np.ceil(cue_s / 4.0) for cue_s in cues_s]


def test_the_arm_goes_up_stays_and_comes_down():
    arms = drawn(trials=1, move_s=0.4, hold_s=2.0, size_deg=80.0)
    one = arms.raised[0]
    at_s = one.limb_s + np.array([0.0, 0.2, 0.4, 2.4, 2.6, 2.8])
    assert arms.arm_deg(at_s) == pytest.approx([0, 40, 80, 80, 40, 0])


@pytest.mark.parametrize("form", ["raised_cosine", "minimum_jerk"])
def test_the_belly_draws_in_from_its_onset_on(form):
    arms = drawn(trials=1, rise_s=0.2, draw_in_mm=3.0, form=form)
    at_s = arms.raised[0].belt_s + np.array([-0.01, 0.0, 0.1, 0.2, 1.0])
    assert arms.stretch_mm("abdomen", at_s) == pytest.approx([0, 0, -1.5, -3, -3])
    assert arms.stretch_mm("chest", at_s) == pytest.approx([0, 0, 0.3, 0.6, 0.6])


def test_half_a_cosine():
    assert raised_cosine(np.array([-1.0, 0.0, 0.25, 0.5, 1.0, 2.0])) == pytest.approx(
        [0.0, 0.0, 0.1464466, 0.5, 1.0, 1.0]
    )


def test_belt_and_arm_of_a_body_do_what_truth_says():
    raised, still = body(draw_in_mm=2.0), body(draw_in_mm=0.0, size_deg=1e-9)
    for one in raised.truth.arm_raises:
        at_s = np.array([one.belt_s, one.belt_s + one.rise_s])
        change_mm = raised.belt_mm("abdomen", at_s) - still.belt_mm("abdomen", at_s)
        assert change_mm == pytest.approx([0.0, -2.0])
        arm = raised.trunk("arm", np.array([one.limb_s, one.limb_s + 1.0]))
        assert np.diff(arm.tilt_deg[:, 0])[0] == pytest.approx(-90.0, abs=1.0)
        # A raised arm feels gravity along the way that was forward and up.
        assert arm.force_mps2[1, 2] == pytest.approx(0.0, abs=0.5)
        turning = raised.trunk("arm", np.array([one.limb_s + 0.15])).rate_dps[0]
        assert np.abs(turning[1]) == pytest.approx(1.875 * 90.0 / 0.3, rel=0.02)
    pelvis = raised.trunk("pelvis", np.linspace(0, 60, 600)).tilt_deg
    assert np.abs(pelvis).max() < 1.0


def test_without_raises_a_body_is_as_it_was():
    plain = Body(Script((Phase("quiet", 30.0, QUIET),)), 4)
    assert plain.truth.arm_raises == ()
    assert np.abs(plain.trunk("arm", np.linspace(0, 30, 100)).rate_dps).max() < 5.0  # it sways
