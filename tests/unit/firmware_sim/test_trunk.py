from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.script import Happening, Pattern, Phase, Script
from firmware_sim.trunk import GRAVITY_MPS2, SITES, Trunk, world_to_body

PATTERN = Pattern(15, 0.5)
T_S = np.arange(0.0, 120.0, 0.01)


def no_breath(t_s):
    return np.zeros(t_s.shape), np.zeros(t_s.shape)


def make_trunk(volumes_l=no_breath, seed=1, **phase):
    script = Script((Phase("p", 120.0, PATTERN, **phase),))
    return Trunk(script, volumes_l, np.random.default_rng(seed))


def test_sway_has_the_size_and_slowness_of_quiet_stance():
    trunk = make_trunk(sway_deg=0.3)
    sway = trunk.sway_deg(np.arange(0.0, 1600.0, 0.05))
    assert sway[:, 0].std() == pytest.approx(0.3, rel=0.05)
    assert sway[:, 1].std() == pytest.approx(0.18, rel=0.05)
    power = np.abs(np.fft.rfft(sway[:, 0])) ** 2
    frequency_hz = np.fft.rfftfreq(len(sway), 0.05)
    assert power[frequency_hz < 0.5].sum() / power.sum() > 0.9
    force = trunk.state("pelvis", T_S).force_mps2
    assert 0.03 < force[:, 0].std() < 0.1  # lumbar RMS, eyes open (Mancini 2012)


def test_angular_rate_is_the_derivative_of_tilt():
    trunk = make_trunk(leg_load_deg=5.0)
    state = trunk.state("pelvis", T_S)
    numeric = np.gradient(state.tilt_deg[:, 0], T_S)
    error = (state.rate_dps[:, 1] - numeric)[1:-1]
    assert error.std() < 0.02 * numeric.std()


def test_gravity_shows_the_tilt_and_its_sign():
    lean = Happening("posture", 10.0, 1.5, size=20.0)
    state = make_trunk(sway_deg=1e-6, happenings=(lean,)).state("sternum", T_S)
    upright, forward = state.force_mps2[500], state.force_mps2[3000]
    np.testing.assert_allclose(upright, [0.0, 0.0, GRAVITY_MPS2], atol=1e-3)
    assert state.tilt_deg[3000, 0] == pytest.approx(20.0, abs=1e-3)
    # Leaning forward turns the body's x axis down, away from "up".
    expected = GRAVITY_MPS2 * np.array([-np.sin(np.deg2rad(20)), 0, np.cos(np.deg2rad(20))])
    np.testing.assert_allclose(forward, expected, atol=1e-3)


def test_leaning_right_shows_up_on_the_left_axis():
    force = world_to_body(np.deg2rad([[0.0, 10.0, 0.0]]), np.array([[0.0, 0.0, GRAVITY_MPS2]]))
    assert force[0, 1] == pytest.approx(GRAVITY_MPS2 * np.sin(np.deg2rad(10.0)))


def test_turning_keeps_length_and_gravity():
    angle = np.deg2rad([[30.0, -20.0, 110.0]])
    vector = world_to_body(angle, np.array([[1.0, 2.0, 3.0]]))
    assert np.linalg.norm(vector) == pytest.approx(np.sqrt(14.0))


def test_a_leg_lift_tilts_the_pelvis_by_its_size():
    trunk = make_trunk(sway_deg=1e-6, leg_load_deg=5.0)
    assert len(trunk.leg_lifts_s) == 24
    tilt = trunk.tilt_deg("pelvis", T_S)
    tops = [tilt[(start_s < T_S) & (start_s + 4.0 > T_S), 0].max() for start_s in trunk.leg_lifts_s]
    assert np.mean(tops) == pytest.approx(5.0, rel=0.1)
    sides = [tilt[int((start_s + 2.0) * 100), 1] for start_s in trunk.leg_lifts_s[:4]]
    assert np.sign(sides).tolist() == [1, -1, 1, -1]


def test_breathing_tilts_sternum_and_abdomen_backwards():
    def breath(t_s):
        volume = 0.25 - 0.25 * np.cos(2.0 * np.pi * (t_s % 4.0) / 4.0)
        return 0.6 * volume, 0.4 * volume

    trunk = make_trunk(breath, sway_deg=1e-6)
    swing = {site: np.ptp(trunk.tilt_deg(site, T_S)[:, 0]) for site in SITES}
    assert 0.3 < swing["sternum"] < 1.5
    assert 0.5 < swing["abdomen"] < 3.0
    assert swing["pelvis"] < 0.1
    assert swing["thigh"] == pytest.approx(0.0, abs=1e-3)
    deepest = trunk.tilt_deg("abdomen", np.array([2.0]))[0, 0]
    assert deepest == pytest.approx(trunk.tilt_deg("abdomen", T_S)[:, 0].min(), abs=0.05)


@pytest.mark.parametrize("cut", [1, 7, 500])
def test_any_cut_of_time_gives_the_same_state(cut):
    trunk = make_trunk(leg_load_deg=4.0, happenings=(Happening("motion", 3.0, 2.0, 5.0),))
    t_s = T_S[:1000]
    whole = trunk.state("back", t_s)
    pieces = [trunk.state("back", t_s[at : at + cut]) for at in range(0, 1000, cut)]
    for name in ("tilt_deg", "rate_dps", "force_mps2"):
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        np.testing.assert_array_equal(joined, getattr(whole, name))
