from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.script import Pattern, Phase, Script
from firmware_sim.walking import Walk, Walking

QUIET = Pattern(15, 0.5)


def walked(seed: int = 1, **how: float) -> Walking:
    return Walking([(10.0, 120.0, Walk(**how))], np.random.default_rng(seed))


def test_steps_have_the_rate_the_spread_and_the_asymmetry_asked_for() -> None:
    walking = Walking(
        [(0.0, 3000.0, Walk(100.0, cv=0.03, asymmetry=0.1))], np.random.default_rng(2)
    )
    times_s = np.diff(walking.steps_s)
    assert times_s.mean() == pytest.approx(0.6, rel=0.005)
    one, other = times_s[::2], times_s[1::2]
    assert one.mean() / 0.6 == pytest.approx(1.1, abs=0.005)
    assert other.mean() / 0.6 == pytest.approx(0.9, abs=0.005)
    assert one.std() / one.mean() == pytest.approx(0.03, abs=0.003)


def test_the_trunk_is_lowest_when_a_foot_strikes() -> None:
    walking = walked()
    strikes_s = np.array(walking.steps_s[4:-4])
    up_m = walking.moved_m(strikes_s)[:, 2]
    assert up_m == pytest.approx(
        walking.moved_m(np.arange(20.0, 100.0, 0.01))[:, 2].min(), abs=1e-4
    )


def test_it_stands_before_and_after() -> None:
    walking = walked()
    still_s = np.array([0.0, 12.9, 129.9, 200.0])
    assert not walking.moved_m(still_s).any()
    assert not walking.tilt_deg(still_s).any()
    assert walking.steps_s[0] == 13.0
    assert walking.steps_s[-1] < 127.0


def test_what_a_sensor_feels_is_the_second_derivative() -> None:
    script = Script((Phase("walk", 60.0, QUIET, sway_deg=0.0, walk=Walk()),))
    body, t_s = Body(script, 1), np.arange(20.0, 50.0, 0.01)
    force = body.trunk("pelvis", t_s).force_mps2
    # RMS of a wave of 18 mm at 110 steps per minute, its second harmonic, and a little turning.
    turn = 2.0 * np.pi * 110.0 / 60.0
    usual = 0.018 * turn**2 * np.sqrt((1.0 + (4 * 0.08) ** 2) / 2.0)
    assert force[:, 2].std() == pytest.approx(usual, rel=0.05)
    assert force[:, 2].mean() == pytest.approx(9.80665, abs=0.05)
    assert len(body.truth.steps_s) == len([s for s in body.truth.steps_s if s < 60.0]) > 90


def test_whoever_does_not_walk_takes_no_step() -> None:
    assert len(Body(Script((Phase("quiet", 30.0, QUIET),)), 1).truth.steps_s) == 0
