from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.scenarios import SCENARIOS, scenario


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("duration_s", [20.0, 300.0])
def test_every_person_breathes_for_the_whole_session(name, duration_s):
    body = scenario(name, duration_s, 1)
    assert body.duration_s == pytest.approx(duration_s)
    truth = body.truth
    assert len(truth.onset_s) >= 1
    assert np.all(truth.volume_l > 0.0)
    assert np.all(np.diff(truth.onset_s) > 0.5)
    if duration_s > 60:
        assert truth.end_s[-1] > duration_s - 20.0


@pytest.mark.parametrize(
    ("name", "rate", "share"),
    [
        ("belly_breather", 8, 0.30),
        ("chest_breather", 18, 0.80),
        ("paradox", 16, 1.40),
        ("quiet", 15, 0.55),
        ("seated", 15, 0.55),
        ("slow", 6, 0.50),
        ("fast", 28, 0.70),
    ],
)
def test_people_are_what_they_are_called(name, rate, share):
    truth = scenario(name, 600, 3).truth
    assert 60.0 / np.diff(truth.onset_s).mean() == pytest.approx(rate, rel=0.1)
    assert truth.rib_share.mean() == pytest.approx(share, abs=0.05)


def test_coached_goes_from_chest_to_belly_and_holds_once_under_load():
    truth = scenario("coached", 180, 1).truth
    chest_led, _, load = truth.phases
    early = truth.rib_share[truth.end_s < chest_led.end_s]
    late = truth.rib_share[truth.onset_s > load.start_s]
    assert early.mean() > 0.7
    assert late.mean() < 0.5
    (hold,) = truth.holds
    assert load.start_s < hold.start_s < hold.end_s < load.end_s
    assert 6.0 <= hold.end_s - hold.start_s < 7.5
    assert np.all(truth.leg_lifts_s >= load.start_s)


@pytest.mark.parametrize("seed", range(12))
def test_the_hold_of_a_one_minute_demo_fits_for_every_seed(seed):
    truth = scenario("coached", 60, seed).truth
    (hold,) = truth.holds
    assert hold.end_s < 60.0


def test_an_irregular_person_sighs_and_varies():
    truth = scenario("irregular", 600, 1).truth
    assert truth.sigh.sum() >= 3
    total_s = np.diff(truth.onset_s)
    assert total_s.std() / total_s.mean() > 0.2


@pytest.mark.parametrize(
    ("name", "what"),
    [("cough", "coughs"), ("talker", "talks"), ("slipping_belt", "slips"), ("bracer", "holds")],
)
def test_what_must_befall_is_in_truth(name, what):
    assert getattr(scenario(name, 60, 1).truth, what)


def test_an_unknown_person_is_refused_with_those_there_are():
    with pytest.raises(KeyError, match=r"no scenario 'nobody'; there are: belly_breather, bracer"):
        scenario("nobody", 60, 1)


def test_who_sits_sways_less_than_who_stands():
    seated, standing = (scenario(name, 120, 1).truth for name in ("seated", "quiet"))
    assert seated.sway_ap_deg.std() == pytest.approx(0.2 * standing.sway_ap_deg.std(), rel=0.01)
