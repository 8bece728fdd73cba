"""The exercises whose repetitions are counted: which angle of which sensor shows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from biofeedback.core.roles import Role

__all__ = ["TASKS", "MainAngle", "Task"]

AngleKind = Literal["flexion", "deviation"]


@dataclass(frozen=True, slots=True)
class MainAngle:
    """The angle whose swings are the repetitions.

    Parameters
    ----------
    role : Role
        The motion sensor.
    kind : {"flexion", "deviation"}
        Forward lean with its sign, or the angle to where it was when the task began, whichever way
        (so it does not matter how the sensor sits).
    usual_deg : float
        Range to expect before the own one is known, degrees.
    least_deg : float
        A smaller swing is no repetition, degrees.
    """

    role: Role
    kind: AngleKind
    usual_deg: float
    least_deg: float


@dataclass(frozen=True, slots=True)
class Task:
    """One exercise.

    Parameters
    ----------
    name : str
        As in ``Command("task", {"name": …})``.
    angles : tuple of MainAngle
        The first whose sensor is worn is used; none: repetitions are not counted.
    leg_load : bool
        A leg moves while the pelvis should not: its deviation is measured.
    stands : bool
        Two swings, rising and sitting down, are one repetition.
    """

    name: str
    angles: tuple[MainAngle, ...]
    leg_load: bool = False
    stands: bool = False

    def angle(self, worn: Collection[Role]) -> MainAngle | None:
        """Return the angle that shows it with these sensors.

        Parameters
        ----------
        worn : collection of Role
            Whatever is worn.

        Returns
        -------
        angle : MainAngle or None
            None when no sensor shows it.
        """
        return next((angle for angle in self.angles if angle.role in worn), None)


def _bends(usual_deg: float, least_deg: float) -> tuple[MainAngle, ...]:
    return tuple(
        MainAngle(role, "flexion", part * usual_deg, part * least_deg)
        for role, part in ((Role.BACK_IMU, 1.0), (Role.STERNUM_IMU, 1.0), (Role.PELVIS_IMU, 0.5))
    )


def _leg(usual_deg: float) -> tuple[MainAngle, ...]:
    """Without a sensor on the thigh only what reaches the pelvis is seen."""
    return (
        MainAngle(Role.THIGH_IMU, "deviation", usual_deg, 10.0),
        MainAngle(Role.PELVIS_IMU, "deviation", 5.0, 2.0),
    )


TASKS: Mapping[str, Task] = MappingProxyType(
    {
        task.name: task
        for task in (
            Task("sit_to_stand", _bends(40.0, 15.0), stands=True),
            Task("hip_hinge", _bends(60.0, 20.0)),
            Task("lift", _bends(50.0, 20.0)),
            Task(
                "bridge",
                (
                    MainAngle(Role.PELVIS_IMU, "deviation", 25.0, 8.0),
                    MainAngle(Role.THIGH_IMU, "deviation", 25.0, 8.0),
                    MainAngle(Role.BACK_IMU, "deviation", 20.0, 8.0),
                ),
            ),
            Task("bird_dog", _leg(60.0), leg_load=True),
            Task("dead_bug", _leg(40.0), leg_load=True),
            Task("heel_slide", _leg(35.0), leg_load=True),
            Task("bent_knee_fall_out", _leg(35.0), leg_load=True),
            Task("single_leg_stance", _leg(30.0), leg_load=True),
            Task("walk", ()),
            Task("arm_raise_fast", ()),
            Task("arm_raise_slow", ()),
        )
    }
)
"""By name."""
