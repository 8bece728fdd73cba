"""Walking through a sensor's bytes against exact truth, and on a person's recording."""

from __future__ import annotations

import pytest

from benchmarks.trunk_recordings import DATA
from benchmarks.trunk_session import run
from benchmarks.walk import recorded, simulated
from biofeedback.core.results import Gait
from biofeedback.core.roles import Role
from firmware_sim.body import Body
from firmware_sim.exercises import Exercise, ExerciseKind
from firmware_sim.scenarios import QUIET
from firmware_sim.script import Happening, Phase, Script
from firmware_sim.walking import Walk


@pytest.mark.parametrize(("role", "rate"), [(Role.PELVIS_IMU, 80.0), (Role.STERNUM_IMU, 130.0)])
def test_steps_are_counted_and_standing_is_not(role: Role, rate: float) -> None:
    found = simulated(role, Walk(rate), seed=4)
    assert found["told"] == found["windows"] >= 11
    assert found["told_standing"] == 0
    assert found["rate_worst_per_min"] < 1.0
    for axis in ("ap", "ml", "up"):
        assert abs(found[f"rms_{axis}_bias_pct"]) < 8.0


@pytest.mark.parametrize("kind", ["hip_hinge", "sit_to_stand"])
def test_other_movements_are_no_walk(kind: ExerciseKind) -> None:
    fidgets = tuple(Happening("motion", 5.0 + 6.0 * n, 3.0, 6.0) for n in range(3))
    phases = (
        Phase("fidgets", 25.0, QUIET, happenings=fidgets),
        Phase(kind, 60.0, QUIET, exercise=Exercise(kind, 11)),
    )
    said = ((1.0, "task", {"name": "walk"}),)
    events = run(Body(Script(phases), 2), (Role.PELVIS_IMU,), 2, said).events
    told = [event.problem for event in events if isinstance(event, Gait)]
    assert len(told) >= 13
    assert set(told) == {"not_walking"}


@pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the recordings in {DATA}")
def test_a_recorded_walk_has_the_rate_of_its_spectrum() -> None:
    found = recorded()
    assert found is not None
    for name in ("HA_001_TimeMeasure1_Test5_Trial1", "HA_001_TimeMeasure1_Test5_Trial2"):
        one = found[name]
        assert isinstance(one, dict)
        assert one["walking"] == 1
        assert one["difference_median_per_min"] < 2.0
