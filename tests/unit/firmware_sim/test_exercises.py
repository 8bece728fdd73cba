from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.exercises import CHANNELS, USUAL_DEG, Exercise, Exercises
from firmware_sim.script import Pattern, Phase, Script

QUIET = Pattern(15, 0.5)
LEGS = ("bird_dog", "dead_bug", "heel_slide", "bent_knee_fall_out", "single_leg_stance")


def drawn(seed: int = 1, **how) -> Exercises:
    return Exercises([(0.0, Exercise(**how))], np.random.default_rng(seed))


def body(**how) -> Body:
    phase = Phase("set", 60.0, QUIET, sway_deg=0.0, exercise=Exercise(**how))
    return Body(Script((phase,)), 1)


def test_repetitions_vary_as_much_as_told():
    done = drawn(kind="hip_hinge", repetitions=400).repetitions
    roms = np.array([one.rom_deg for one in done])
    times = np.array([one.end_s - one.start_s for one in done])
    assert roms.mean() == pytest.approx(65, rel=0.02)
    assert roms.std() / roms.mean() == pytest.approx(0.07, abs=0.01)
    assert times.std() / times.mean() == pytest.approx(0.07, abs=0.01)
    assert [one.start_s for one in done[:3]] == [3.0, 8.0, 13.0]


@pytest.mark.parametrize("kind", USUAL_DEG)
def test_every_movement_begins_and_ends_at_rest(kind):
    exercises = drawn(kind=kind, repetitions=3)
    moved = 0.0
    for one in exercises.repetitions:
        for channel in CHANNELS:
            ends = exercises(channel, np.array([one.start_s, one.end_s]))
            assert ends == pytest.approx([0, 0], abs=1e-9)
            between = exercises(channel, np.linspace(one.start_s, one.end_s, 200))
            moved = max(moved, float(np.abs(between).max()))
    assert moved > 10


@pytest.mark.parametrize("kind", ["hip_hinge", "lift"])
def test_a_bend_is_shared_by_pelvis_and_low_back(kind):
    person = body(kind=kind, repetitions=8, lumbar_share=0.4, cv=0.05)
    for one in person.truth.repetitions:
        still, bent = np.array([one.start_s, one.peak_s])
        back, pelvis = (
            person.trunk(site, np.array([still, bent])).tilt_deg[:, 0]
            for site in ("back", "pelvis")
        )
        assert np.diff(back)[0] == pytest.approx(one.rom_deg, abs=0.5)
        assert np.diff(pelvis)[0] == pytest.approx(0.6 * one.rom_deg, abs=0.5)


@pytest.mark.parametrize("kind", LEGS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_leg_pulls_the_pelvis_along(kind, side):
    person = body(kind=kind, repetitions=8, side=side, deviation_deg=5.0)
    for one in person.truth.repetitions:
        assert one.side == side
        tilt = person.trunk("pelvis", np.array([one.start_s, one.peak_s])).tilt_deg
        ap, ml, _ = tilt[1] - tilt[0]
        assert np.hypot(ap, ml) == pytest.approx(one.deviation_deg, abs=0.15)
        assert (ml < 0) == (side == "left")
        thigh = person.trunk("thigh", np.array([one.start_s, one.peak_s])).tilt_deg
        assert np.abs(np.diff(thigh, axis=0)[0, :2]).max() == pytest.approx(one.rom_deg, abs=0.5)


def test_tired_people_let_the_pelvis_go():
    how = {"kind": "dead_bug", "repetitions": 12, "cv": 0.0}
    fresh = drawn(**how).repetitions
    tired = drawn(**how, fatigue_per_min=1.0, fatigue_after_s=20.0).repetitions
    gains = [b.deviation_deg / a.deviation_deg for a, b in zip(fresh, tired, strict=True)]
    after_s = np.array([one.start_s for one in fresh]) - 20.0
    assert gains == pytest.approx(1 + np.maximum(0, after_s) / 60)


def test_standing_up_raises_the_trunk_and_is_felt():
    person = body(kind="sit_to_stand", repetitions=3, cv=0.0)
    one = person.truth.repetitions[0]
    t_s = np.arange(one.start_s, one.start_s + 1.5, 0.001)
    force = person.trunk("back", t_s).force_mps2
    up = np.sqrt((force**2).sum(axis=1)) - 9.80665
    assert up.max() > 2.0
    assert up.min() < -2.0
    assert one.end_s - one.start_s == pytest.approx(2 * 1.2 + 0.6)
    assert len(person.truth.as_dict()["repetitions"]) == 3


def test_who_does_nothing_stays():
    exercises = drawn(kind="bridge", repetitions=0)
    assert exercises.repetitions == []
    assert exercises("pelvis_ap", np.arange(5.0)) == pytest.approx(np.zeros(5))
