from __future__ import annotations

import pytest

from biofeedback.core.roles import Role
from biofeedback.signal.tasks import TASKS

NAMES = {
    "sit_to_stand",
    "hip_hinge",
    "lift",
    "bridge",
    "bird_dog",
    "dead_bug",
    "heel_slide",
    "bent_knee_fall_out",
    "single_leg_stance",
    "walk",
    "arm_raise_fast",
    "arm_raise_slow",
}
NOT_COUNTED = {"walk", "arm_raise_fast", "arm_raise_slow"}


def test_every_exercise_is_there_by_its_name() -> None:
    assert set(TASKS) == NAMES
    assert all(task.name == name for name, task in TASKS.items())


@pytest.mark.parametrize("name", sorted(NAMES - NOT_COUNTED))
def test_a_pelvis_sensor_alone_shows_every_one_that_is_counted(name: str) -> None:
    angle = TASKS[name].angle({Role.PELVIS_IMU})
    assert angle is not None
    assert angle.role is Role.PELVIS_IMU
    assert 0 < angle.least_deg < angle.usual_deg


def test_the_best_sensor_that_is_worn_is_used() -> None:
    worn = {Role.PELVIS_IMU, Role.THIGH_IMU, Role.BACK_IMU}
    assert [TASKS[name].angle(worn).role for name in ("hip_hinge", "dead_bug", "bridge")] == [  # type: ignore[union-attr]
        Role.BACK_IMU,
        Role.THIGH_IMU,
        Role.PELVIS_IMU,
    ]
    assert TASKS["dead_bug"].angle({Role.STERNUM_IMU}) is None
    assert {TASKS[name].angle(set(Role)) for name in NOT_COUNTED} == {None}


def test_legs_load_the_pelvis_in_leg_exercises_only() -> None:
    loading = {name for name, task in TASKS.items() if task.leg_load}
    assert loading == {
        "bird_dog",
        "dead_bug",
        "heel_slide",
        "bent_knee_fall_out",
        "single_leg_stance",
    }
    assert [name for name, task in TASKS.items() if task.stands] == ["sit_to_stand"]
