"""A hold in which one tires, by the bytes of a motion sensor: when it drifts, and how it ends."""

from __future__ import annotations

import pytest

from benchmarks.endurance import BAR_S, held, person, true_slope
from biofeedback.core.roles import Role

PELVIS = Role.PELVIS_IMU


def test_time_to_drift_is_that_of_the_body() -> None:
    body = person(1.0, seed=4)
    (ended,) = held(body, PELVIS, seed=4)
    (truth,) = body.truth.fatigued
    assert (ended.reason, ended.drifted, ended.valid) == ("drift", "trunk", 1.0)
    assert ended.start_s == pytest.approx(truth.start_s, abs=0.05)
    assert abs(ended.time_to_drift_s - truth.time_to_drift_s["pelvis"]) <= BAR_S
    slope = true_slope(body, PELVIS, ended.start_s, ended.held_s)
    assert ended.slope_deg_per_min == pytest.approx(slope, abs=0.03)
    assert ended.tremor_ratio > 1.3


def test_who_does_not_tire_does_not_drift() -> None:
    (ended,) = held(person(0.0, seed=4), PELVIS, seed=4)
    assert (ended.reason, ended.problem, ended.held_s) == ("longest", "", pytest.approx(120.0))
