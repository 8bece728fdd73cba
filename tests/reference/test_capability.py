"""One motion sensor at a time, through its bytes: what the table refuses is never told."""

from __future__ import annotations

import dataclasses
import functools
import math

import pytest

from benchmarks.trunk_session import Said, Session, run
from biofeedback.core.capability import ways
from biofeedback.core.results import (
    BracingAlert,
    BreathCycle,
    BreathingRate,
    BreathShare,
    Gait,
    Hold,
    HoldEnded,
    OnsetTrial,
    Repetition,
    RestSet,
    RotationRatio,
    SteadinessScore,
    Sway,
    Tone,
)
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from firmware_sim.body import Body
from firmware_sim.exercises import Exercise
from firmware_sim.scenarios import LOADED, QUIET
from firmware_sim.script import Phase, Script
from firmware_sim.walking import Walk

PLACES = (Role.PELVIS_IMU, Role.BACK_IMU, Role.STERNUM_IMU, Role.ABDOMEN_IMU)
KITS = [(role,) for role in PLACES] + [
    (Role.BACK_IMU, Role.PELVIS_IMU),
    (Role.STERNUM_IMU, Role.ABDOMEN_IMU),
    (Role.STERNUM_IMU, Role.PELVIS_IMU),
]
COUNTED = {
    "hip_hinge": "bends, lifts and stands counted",
    "heel_slide": "leg exercises counted",
    "bridge": "bridges counted",
}
SCRIPT = Script(
    (
        Phase("rest", 80.0, QUIET, sway_deg=0.1),
        Phase("hold", 30.0, LOADED, sway_deg=0.1),
        Phase("bends", 26.0, LOADED, exercise=Exercise("hip_hinge", 4)),
        Phase("leg", 22.0, LOADED, exercise=Exercise("heel_slide", 3)),
        Phase("bridge", 20.0, LOADED, exercise=Exercise("bridge", 3)),
        Phase("walk", 32.0, LOADED, walk=Walk()),
    )
)
SAID: tuple[Said, ...] = (
    (80.0, "task", {"name": "hold"}),
    (110.0, "task", {"name": "hip_hinge"}),
    (136.0, "task", {"name": "heel_slide"}),
    (158.0, "task", {"name": "bridge"}),
    (178.0, "task", {"name": "walk"}),
)
NAMED: dict[str, tuple[type[Event], str]] = {
    "breathing rate": (BreathingRate, "rate_per_min"),
    "timing and depth of each breath": (BreathCycle, "ti_s"),
    "belly against chest": (BreathShare, "rib_cage_log_ratio"),
    "belly beside breastbone": (RotationRatio, "log_ratio"),
    "sway": (Sway, "rms_mps2"),
    "chest and belly in step": (BreathShare, "phase_angle_deg"),
    "belly tone": (Tone, "phasic"),
    "bending of the low back": (Repetition, "lumbar_deg"),
    "the low back's part of a bend": (Repetition, "lumbopelvic_ratio"),
    "turning within a repetition": (Repetition, "axial_deg"),
    "step rate": (Gait, "step_rate_per_min"),
    "pelvis under a moving leg": (Repetition, "deviation_deg"),
    "steadiness in a task": (SteadinessScore, "steady_pct"),
    "how long a hold lasts": (HoldEnded, "held_s"),
    "steadiness while breathing": (SteadinessScore, "swr_pct"),
    "timing of belly beside arm": (OnsetTrial, "limb_s"),
}


@functools.cache
def worn(*roles: Role) -> Session:
    return run(Body(SCRIPT, 1), roles, 1, SAID)


def known(session: Session, kind: type[Event], field: str) -> int:
    values = [getattr(event, field) for event in session.events if isinstance(event, kind)]
    return sum(math.isfinite(value) for value in values)


@pytest.mark.parametrize("kit", KITS)
@pytest.mark.parametrize("name", list(NAMED))
def test_a_measure_is_told_where_the_table_says_so_and_nowhere_else(
    kit: tuple[Role, ...], name: str
) -> None:
    told = known(worn(*kit), *NAMED[name])
    assert bool(told) is (ways(kit)[name] is not None)


@pytest.mark.parametrize("kit", KITS)
def test_repetitions_are_counted_where_the_table_says_so(kit: tuple[Role, ...]) -> None:
    counted = {e.task for e in worn(*kit).events if isinstance(e, Repetition) and e.counted}
    found = ways(kit)
    for task, name in COUNTED.items():
        assert (task in counted) is (found[name] is not None), task


@pytest.mark.parametrize("kit", KITS)
def test_holds_and_lean_are_told_only_where_the_table_says_so(kit: tuple[Role, ...]) -> None:
    found, session = ways(kit), worn(*kit)
    if found["breath holds"] is None:
        assert not any(isinstance(event, Hold) for event in session.events)
    for name, places in (
        ("trunk lean from neutral", ("back", "sternum", "abdomen_imu")),
        ("pelvis tilt from neutral", ("pelvis",)),
    ):
        columns = [f"{place}_tilt_ap_deg" for place in places]
        assert any(column in session.columns for column in columns) is (found[name] is not None)


@pytest.mark.parametrize("role", [Role.STERNUM_IMU, Role.ABDOMEN_IMU])
def test_one_sensor_tells_no_rate_in_an_announced_exercise(role: Role) -> None:
    """From the bends, announced at 110 s, on; its rest before is told."""
    rates = [event for event in worn(role).events if isinstance(event, BreathingRate)]
    assert {event.state for event in rates if event.t_s > 111.0} == {"not_separable"}
    assert any(event.state == "known" for event in rates if event.t_s < 110.0)


@pytest.mark.parametrize("role", PLACES)
def test_without_a_belt_nothing_is_said_of_breath_under_load(role: Role) -> None:
    events = worn(role).events
    assert not any(isinstance(event, BracingAlert) for event in events)
    for event in events:
        if isinstance(event, SteadinessScore):
            assert math.isnan(event.breathing_pct)
            assert not event.stiff
        if isinstance(event, RestSet):
            assert math.isnan(event.chest_amplitude)
            assert math.isnan(event.abdomen_amplitude)


def test_a_pelvis_alone_has_no_lumbar_column_and_no_breath() -> None:
    session = worn(Role.PELVIS_IMU)
    assert not [name for name in session.columns if "lumbar" in name or name.startswith("breath")]
    assert not any(isinstance(event, BreathCycle | Hold) for event in session.events)
    bends = [event for event in session.events if isinstance(event, Repetition)]
    for field in ("lumbar_deg", "lumbopelvic_ratio"):
        assert field in {one.name for one in dataclasses.fields(Repetition)}
        assert all(math.isnan(getattr(one, field)) for one in bends)
