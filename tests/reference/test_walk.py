"""Walking through a sensor's bytes against exact truth, and on a person's recording."""

from __future__ import annotations

import pytest

from benchmarks.trunk_recordings import DATA
from benchmarks.walk import recorded, simulated
from biofeedback.core.roles import Role
from firmware_sim.walking import Walk


@pytest.mark.parametrize(("role", "rate"), [(Role.PELVIS_IMU, 80.0), (Role.STERNUM_IMU, 130.0)])
def test_steps_are_counted_and_standing_is_not(role: Role, rate: float) -> None:
    found = simulated(role, Walk(rate), seed=4)
    assert found["told"] == found["windows"] >= 11
    assert found["told_standing"] == 0
    assert found["rate_worst_per_min"] < 1.0
    assert abs(found["rms_up_bias_pct"]) < 5.0


@pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the recordings in {DATA}")
def test_a_recorded_walk_has_the_rate_of_its_spectrum() -> None:
    found = recorded()
    assert found is not None
    for name in ("HA_001_TimeMeasure1_Test5_Trial1", "HA_001_TimeMeasure1_Test5_Trial2"):
        one = found[name]
        assert isinstance(one, dict)
        assert one["walking"] == 1
        assert one["difference_median_per_min"] < 2.0
