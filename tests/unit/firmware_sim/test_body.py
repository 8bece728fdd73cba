from __future__ import annotations

import json

import numpy as np
import pytest

from firmware_sim.body import BELT_SITES, Body
from firmware_sim.scenarios import PARADOX, QUIET, scenario
from firmware_sim.script import Happening, Phase, Script

T_S = np.arange(0.0, 60.0, 0.01)


def make_body(seconds=120.0, pattern=QUIET, seed=1, **phase):
    return Body(Script((Phase("p", seconds, pattern, **phase),)), seed)


@pytest.mark.parametrize("cut", [1, 3, 1000])
def test_any_cut_of_time_gives_the_same_values(cut):
    body = scenario("coached", 60, 4)
    t_s = T_S[:1000]
    for site in BELT_SITES:
        pieces = [body.belt_mm(site, t_s[at : at + cut]) for at in range(0, len(t_s), cut)]
        np.testing.assert_array_equal(np.concatenate(pieces), body.belt_mm(site, t_s))


def test_the_order_of_asking_does_not_matter():
    asked_first, asked_last = scenario("cough", 60, 4), scenario("cough", 60, 4)
    asked_first.belt_mm("chest", T_S[::-1])
    asked_first.trunk("pelvis", T_S[100:200])
    np.testing.assert_array_equal(
        asked_first.belt_mm("chest", T_S), asked_last.belt_mm("chest", T_S)
    )


def test_a_seed_is_a_day():
    np.testing.assert_array_equal(
        make_body(seed=1).belt_mm("chest", T_S), make_body(seed=1).belt_mm("chest", T_S)
    )
    assert not np.allclose(
        make_body(seed=1).belt_mm("chest", T_S), make_body(seed=2).belt_mm("chest", T_S)
    )


@pytest.mark.parametrize("name", ["quiet", "belly_breather", "chest_breather", "talker", "fast"])
def test_peaks_and_onsets_of_volume_are_where_truth_says(name):
    body = scenario(name, 120, 2)
    truth = body.truth
    assert len(truth.onset_s) >= 10
    for onset_s, peak_s, end_s in zip(truth.onset_s, truth.peak_s, truth.end_s, strict=True):
        t_s = np.arange(onset_s, end_s, 0.001)
        volume = body.volume_l(t_s)
        assert t_s[np.argmax(volume)] == pytest.approx(peak_s, abs=0.01)
        before = body.volume_l(np.array([onset_s - 0.02, onset_s, onset_s + 0.1]))
        assert before[0] >= before[1] - 1e-9
        assert before[2] > before[1]


def test_ends_are_the_next_onsets_and_pauses_come_before():
    truth = make_body().truth
    np.testing.assert_array_equal(truth.end_s[:-1], truth.onset_s[1:])
    assert np.all(truth.peak_s < truth.expiration_end_s)
    assert np.all(truth.expiration_end_s <= truth.end_s + 0.1)
    assert truth.end_s[-1] <= 120.1


def test_share_of_truth_is_the_share_of_the_compartments():
    body = make_body()
    truth = body.truth
    rib_mm = body.breathing_mm("chest", truth.peak_s) - body.breathing_mm("chest", truth.onset_s)
    rib_l = rib_mm / 20.0
    np.testing.assert_allclose(rib_l / truth.volume_l, truth.rib_share, atol=0.02)


def test_paradox_is_told_as_half_a_turn():
    truth = make_body(pattern=PARADOX).truth
    assert np.all(truth.rib_share > 1.0)
    assert np.all(np.abs(np.abs(truth.phase_deg) - 180.0) < 15.0)


def test_quiet_belts_swing_by_millimetres():
    body = make_body()
    for site in BELT_SITES:
        swing = np.ptp(body.breathing_mm(site, T_S))
        assert 3.0 < swing < 15.0


def test_a_hold_is_told_and_volume_stands_still_in_it():
    body = make_body(happenings=(Happening("hold", 30.0, 6.0),))
    (hold,) = body.truth.holds
    assert hold.end_s - hold.start_s == pytest.approx(6.5, abs=0.5)
    volume = body.volume_l(np.linspace(hold.start_s + 0.1, hold.end_s - 0.2, 100))
    assert np.ptp(volume) < 1e-6
    belt = body.belt_mm("chest", np.linspace(hold.start_s + 0.1, hold.end_s - 0.2, 100))
    assert 0.02 < np.ptp(belt) < 1.0  # the heart goes on beating


def test_bracing_draws_the_belly_in_and_presses_on_the_belt():
    braced = Body(Script((Phase("a", 30, QUIET), Phase("b", 30, QUIET, tone=1.0))), 1)
    free = Body(Script((Phase("a", 30, QUIET), Phase("b", 30, QUIET))), 1)
    held_mm, free_mm = (
        one.belt_mm("abdomen", T_S) - one.breathing_mm("abdomen", T_S) for one in (braced, free)
    )
    change_mm = held_mm - free_mm
    assert change_mm[2999] == pytest.approx(0.0)
    assert change_mm[3050] == pytest.approx(-2.0)
    np.testing.assert_allclose(braced.bracing_n("abdomen", np.array([10.0, 40.0])), [0.0, 3.0])


def test_a_slip_loses_gain_and_tension_of_one_belt_but_no_truth():
    slip = Happening("slip", 30.0, 0.3, size=0.3, site="abdomen")
    slipped, firm = make_body(happenings=(slip,)), make_body()
    before, after = T_S[:3000], T_S[3100:]
    same = firm.belt_mm("abdomen", before)
    np.testing.assert_array_equal(slipped.belt_mm("abdomen", before), same)
    expected = 0.7 * firm.belt_mm("abdomen", after) - 3.0
    np.testing.assert_allclose(slipped.belt_mm("abdomen", after), expected)
    np.testing.assert_array_equal(slipped.belt_mm("chest", T_S), firm.belt_mm("chest", T_S))
    np.testing.assert_array_equal(slipped.truth.volume_l, firm.truth.volume_l)
    assert slipped.truth.slips[0].label == "abdomen"


@pytest.mark.parametrize("kind", ["cough", "motion", "posture"])
def test_what_befalls_shows_in_the_belts_and_in_truth(kind):
    body = make_body(happenings=(Happening(kind, 20.0, 2.0, 8.0),))
    (told,) = getattr(body.truth, f"{kind}s")
    assert (told.start_s, told.end_s) == (20.0, 22.0)
    change = body.belt_mm("abdomen", T_S) - make_body().belt_mm("abdomen", T_S)
    assert np.all(change[:2000] == 0.0)
    assert np.abs(change[2000:2200]).max() > 2.0


def test_truth_of_tilt_contains_the_sway():
    truth = make_body(leg_load_deg=5.0).truth
    assert len(truth.tilt_t_s) == 1200
    assert len(truth.leg_lifts_s) == 24
    assert np.ptp(truth.pelvis_tilt_ap_deg) > 4.0
    assert truth.sway_ap_deg.std() < 0.6


def test_truth_goes_into_json_and_back():
    truth = scenario("coached", 60, 1).truth
    told = json.loads(json.dumps(truth.as_dict()))
    assert told["onset_s"] == truth.onset_s.tolist()
    assert told["holds"][0]["start_s"] == truth.holds[0].start_s
    assert [phase["label"] for phase in told["phases"]] == ["chest-led", "coaching", "leg load"]
