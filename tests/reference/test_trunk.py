"""Trunk measures through a sensor's bytes against exact truth, and on people's recordings."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import trunk_recordings
from benchmarks.trunk import BACK, BOWS_S, LED, PELVIS, STILL_S, errors, led_in, overlap, rms
from benchmarks.trunk_session import Said, Session, run, true_lean_deg, turned
from biofeedback.core.results import Aligned, FiveStands, PostureChange, Repetition
from biofeedback.core.roles import Role
from biofeedback.signal.asymmetry import asymmetry
from firmware_sim.body import Body
from firmware_sim.exercises import Exercise, ExerciseKind
from firmware_sim.scenarios import LOADED, QUIET
from firmware_sim.script import Happening, Phase

BEGIN_S, LEAN_S, BENDS = STILL_S + BOWS_S, 12.0, 8


@pytest.fixture(scope="module")
def bent() -> tuple[Body, Session]:
    """Two sensors, one worn 20 degrees round the side: aligned, a held lean, eight bends."""
    lean = Happening("posture", 2.0, 1.0, 20.0), Happening("posture", 10.5, 1.0, 0.0)
    bends = Exercise("hip_hinge", BENDS, period_s=4.5, lumbar_share=0.45)
    script = led_in(
        Phase("lean", LEAN_S, QUIET, happenings=lean), Phase("bends", 42.0, LOADED, exercise=bends)
    )
    body = Body(script, 3)
    task: Said = (BEGIN_S + LEAN_S, "task", {"name": "hip_hinge"})
    mounts = {PELVIS: turned((0, 1, 0), 20.0)}
    return body, run(body, (BACK, PELVIS), 3, (*LED, task), mounts)


def test_both_sensors_are_aligned(bent: tuple[Body, Session]) -> None:
    found = [event for event in bent[1].events if isinstance(event, Aligned)]
    assert {(event.role, event.ok, event.bows) for event in found} == {
        ("back_imu", True, 3),
        ("pelvis_imu", True, 3),
    }


def test_inclination_held_and_moving(bent: tuple[Body, Session]) -> None:
    body, session = bent
    for role in (BACK, PELVIS):
        error = errors(body, session, role, BEGIN_S + 4.0)
        t_s = session.t_s[session.t_s >= BEGIN_S + 4.0]
        assert rms(error[t_s < BEGIN_S + 10.0]) <= 0.5
        assert rms(error[t_s > BEGIN_S + LEAN_S]) <= 1.0


def test_lumbar_flexion(bent: tuple[Body, Session]) -> None:
    body, session = bent
    late = session.t_s > BEGIN_S + LEAN_S
    true = [body.trunk(role.site, session.t_s[late]).tilt_deg[:, 0] for role in (BACK, PELVIS)]
    error = session.columns["lumbar_flexion_deg"][late] - (true[0] - true[1])
    assert rms(error - np.median(error)) <= 1.0
    assert abs(float(np.median(error))) <= 2.0


def test_every_bend_is_counted_and_measured(bent: tuple[Body, Session]) -> None:
    body, session = bent
    true = [one for one in body.truth.repetitions if one.start_s > BEGIN_S]
    found = [e for e in session.events if isinstance(e, Repetition) and e.counted]
    assert len(found) == len(true) == BENDS
    for one, really in zip(found, true, strict=True):
        assert overlap(one, really) > 0.7
        assert one.rom_deg == pytest.approx(really.rom_deg, abs=1.0)
        assert one.lumbopelvic_ratio == pytest.approx(0.45, abs=0.03)
        assert one.lateral_deg < 5.0


def test_the_held_lean_is_told_and_the_bends_are_not(bent: tuple[Body, Session]) -> None:
    told = [event for event in bent[1].events if isinstance(event, PostureChange)]
    assert [event.t_s < BEGIN_S + LEAN_S + 8.0 for event in told] == [True] * len(told)
    # The back follows 0.7 of a lean.
    assert max(event.flexion_deg for event in told) == pytest.approx(14.0, abs=2.0)


def needs(folder: str) -> pytest.MarkDecorator:
    path = trunk_recordings.DATA / folder
    return pytest.mark.skipif(not path.is_dir(), reason=f"no recordings in {path}")


@needs("sway_belt")
def test_intended_sway_is_far_from_quiet_stance() -> None:
    found = trunk_recordings.quiet_and_intended()
    assert found is not None
    assert found["area_under_curve"] == 1.0
    assert found["hedges_g"] > 2.0


@needs("mobgap")
def test_walking_is_far_from_standing() -> None:
    found = trunk_recordings.standing_and_walking()
    assert found is not None
    assert found["area_under_curve"] == 1.0
    assert found["hedges_g"] > 1.0


@needs("trunkyxl")
def test_seated_movements_are_counted_in_their_plane_whatever_the_rate() -> None:
    found = trunk_recordings.seated_movements()
    assert found is not None
    fixed = found["at_fixed_rates"]
    assert isinstance(fixed, dict)
    for score in (found["at_own_rate"], *fixed.values()):
        assert score["found"] >= 0.95
        assert score["precision"] >= 0.95


@pytest.mark.parametrize("kind", ["heel_slide", "bent_knee_fall_out"])
def test_legs_are_compared_by_what_they_do_to_the_pelvis(kind: ExerciseKind) -> None:
    """Five each, the right one pulling the pelvis by 9 degrees more: D of each, and the sides."""
    sets = [
        Phase(side, 32.0, QUIET, exercise=Exercise(kind, 5, side=side, deviation_deg=size))
        for side, size in (("left", 3.0), ("right", 12.0))
    ]
    body = Body(led_in(*sets), 4)
    said: list[Said] = [
        (BEGIN_S, "task", {"name": kind, "side": "left"}),
        (BEGIN_S + 32.0, "task", {"name": kind, "side": "right"}),
    ]
    found = [
        event
        for event in run(body, (PELVIS, Role.THIGH_IMU), 4, (*LED, *said)).events
        if isinstance(event, Repetition) and event.counted and event.task == kind
    ]
    assert [one.side for one in found] == ["left"] * 5 + ["right"] * 5
    for one in found:
        before_s = np.arange(one.start_s - 0.5, one.start_s - 0.25, 0.02)
        rest_deg = true_lean_deg(body.trunk("pelvis", before_s)).mean(axis=0)
        during_s = np.arange(one.start_s, one.end_s, 0.02)
        away_deg = true_lean_deg(body.trunk("pelvis", during_s)) - rest_deg
        assert one.deviation_deg == pytest.approx(np.hypot(*away_deg.T).max(), abs=0.5)
    left, right = (
        np.array([one.deviation_deg for one in found if one.side == side])
        for side in ("left", "right")
    )
    sides = asymmetry(left, right)
    assert sides is not None
    assert sides.differs
    assert sides.difference_deg == pytest.approx(-9.0, abs=1.5)


LEGS: tuple[ExerciseKind, ...] = (
    "bird_dog",
    "dead_bug",
    "heel_slide",
    "bent_knee_fall_out",
    "single_leg_stance",
)
SET_S, REST_S = 55.0, 18.0


def test_a_pelvis_sensor_alone_counts_legs_that_pull_it_by_four_degrees() -> None:
    """Ten of each; it sways by a quarter of a degree, breathes, fidgets and coughs between."""
    between = (Happening("motion", 4.0, 4.0, size=6.0), Happening("cough", 12.0, 1.6, size=8.0))
    rest = Phase("rest", REST_S, QUIET, happenings=between)
    sets = [Phase(kind, SET_S, LOADED, exercise=Exercise(kind, 10)) for kind in LEGS]
    body = Body(led_in(*(phase for one in sets for phase in (one, rest))), 5)
    said: list[Said] = [
        (BEGIN_S + (SET_S + REST_S) * n + 1.0, "task", {"name": kind})
        for n, kind in enumerate(LEGS)
    ]
    session = run(body, (PELVIS,), 5, (*LED, *said))
    true = [one for one in body.truth.repetitions if one.start_s > BEGIN_S]
    found = [e for e in session.events if isinstance(e, Repetition) and e.counted]
    assert len(found) == len(true) == 50
    assert min(overlap(one, really) for one, really in zip(found, true, strict=True)) > 0.6


def test_who_stands_up_as_fast_as_healthy_people_do_is_counted() -> None:
    """Each lean, there and back, takes 0.6 s: half of a repetition."""
    quick = Exercise("sit_to_stand", 10, period_s=2.4, move_s=0.6, hold_s=0.2)
    body = Body(led_in(Phase("stands", 32.0, LOADED, exercise=quick)), 2)
    session = run(body, (PELVIS,), 2, (*LED, (BEGIN_S + 1.0, "task", {"name": "sit_to_stand"})))
    found = [e for e in session.events if isinstance(e, Repetition) and e.counted]
    assert len(found) == 10


@pytest.mark.parametrize("roles", [(PELVIS,), (BACK,)], ids=["pelvis", "low back"])
def test_stands_without_a_pause_are_all_counted_and_timed(roles: tuple[Role, ...]) -> None:
    stands = Exercise("sit_to_stand", 6, period_s=1.62, move_s=0.7, hold_s=0.05)
    body = Body(led_in(Phase("stands", 16.0, LOADED, exercise=stands)), 3)
    task: Said = (BEGIN_S + 1.0, "task", {"name": "sit_to_stand"})
    events = run(body, roles, 3, (*LED, task)).events
    true = [one for one in body.truth.repetitions if one.label == "sit_to_stand"]
    found = [e for e in events if isinstance(e, Repetition) and e.counted]
    assert len(found) == len(true) == 6
    (five,) = (event for event in events if isinstance(event, FiveStands))
    assert five.seated_s == pytest.approx(true[4].end_s - true[0].start_s, abs=0.3)
