"""Exercises the simulated person does: minimum-jerk movements of pelvis, low back, leg, height.

Angles count from the posture the exercise begins in, whatever that is: a bridge turns the pelvis
backwards although the simulated person stands, for a sensor cannot tell once neutral is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from firmware_sim.motions import FloatArray, Ramps

__all__ = ["CHANNELS", "Exercise", "ExerciseKind", "Exercises", "Repeated"]

ExerciseKind = Literal[
    "sit_to_stand",
    "hip_hinge",
    "lift",
    "bridge",
    "bird_dog",
    "dead_bug",
    "heel_slide",
    "bent_knee_fall_out",
    "single_leg_stance",
]
CHANNELS = ("pelvis_ap", "pelvis_ml", "lumbar_ap", "turn", "thigh_ap", "thigh_ml", "height_m")
USUAL_DEG: Mapping[str, float] = {
    "sit_to_stand": 40.0,
    "hip_hinge": 65.0,
    "lift": 50.0,
    "bridge": 25.0,
    "bird_dog": 60.0,
    "dead_bug": 45.0,
    "heel_slide": 35.0,
    "bent_knee_fall_out": 35.0,
    "single_leg_stance": 35.0,
}
SEAT_M, BRIDGE_M = 0.42, 0.15
SIDE_PART = 0.44
"""Of the pelvis' deviation under a leg, this part of the forward tilt goes to the side."""
TURN_PART = 0.15
"""A lift turns the trunk by this part of its bend."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One set of repetitions.

    Parameters
    ----------
    kind : ExerciseKind
        What is done.
    repetitions : int
        How often.
    period_s : float
        From one to the next, s; each must fit.
    move_s : float
        Way out, and way back, s.
    hold_s : float
        Between them, s.
    size_deg : float or None
        Range of the main angle, deg; None for what is usual.
    cv : float
        Coefficient of variation of range and time from one to the next.
    lumbar_share : float
        Part of a bend made by the low back, ratio.
    deviation_deg : float
        How far a leg pulls the pelvis along, deg.
    fatigue_per_min, fatigue_after_s : float
        From so many s on that deviation grows by this part per minute.
    side : str
        ``left``, ``right`` or empty.
    after_s : float
        Rest before the first, s.
    """

    kind: ExerciseKind
    repetitions: int
    period_s: float = 5.0
    move_s: float = 1.2
    hold_s: float = 0.6
    size_deg: float | None = None
    cv: float = 0.07
    lumbar_share: float = 0.5
    deviation_deg: float = 4.0
    fatigue_per_min: float = 0.0
    fatigue_after_s: float = 0.0
    side: str = ""
    after_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Repeated:
    """One repetition as it really was.

    Parameters
    ----------
    start_s, peak_s, end_s : float
        Movement begins; middle of the time out there (for standing up: of the first lean); it
        has ended, s.
    label : str
        Which exercise.
    side : str
        ``left``, ``right`` or empty.
    rom_deg : float
        Range of its main angle, deg.
    deviation_deg : float
        How far the pelvis was pulled along, deg; 0 where it is meant to move.
    """

    start_s: float
    peak_s: float
    end_s: float
    label: str
    side: str
    rom_deg: float
    deviation_deg: float


Step = tuple[str, float, float, float]
"""Channel, start s, rise s, level."""


class Exercises:
    """All sets of a session, as functions of time.

    Parameters
    ----------
    sets : iterable of (float, Exercise)
        Each with the time it begins, s.
    rng : numpy.random.Generator
        Source of chance.

    Attributes
    ----------
    repetitions : list of Repeated
        What is done, in order.
    """

    def __init__(self, sets: Iterable[tuple[float, Exercise]], rng: np.random.Generator) -> None:
        ramps: dict[str, list[tuple[float, float, float]]] = {name: [] for name in CHANNELS}
        self.repetitions: list[Repeated] = []
        for begin_s, exercise in sets:
            for number in range(exercise.repetitions):
                start_s = begin_s + exercise.after_s + number * exercise.period_s
                since_s = start_s - begin_s - exercise.fatigue_after_s
                fatigue = 1.0 + exercise.fatigue_per_min * max(0.0, since_s) / 60.0
                size, pace = 1.0 + exercise.cv * rng.standard_normal(2).clip(-2.5, 2.5)
                steps, done = _one(exercise, start_s, float(size), float(pace), fatigue)
                for channel, at_s, rise_s, level in steps:
                    ramps[channel].append((at_s, rise_s, level))
                self.repetitions.append(done)
        self._ramps = {name: Ramps(0.0, one) for name, one in ramps.items() if one}

    def __call__(self, channel: str, t_s: FloatArray) -> FloatArray:
        """Evaluate a channel.

        Parameters
        ----------
        channel : str
            One of `CHANNELS`.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        level : ndarray, shape (n,)
            deg; m for ``height_m``.
        """
        ramps = self._ramps.get(channel)
        return np.zeros(t_s.shape) if ramps is None else ramps(t_s)


def _one(
    exercise: Exercise, start_s: float, size: float, pace: float, fatigue: float
) -> tuple[list[Step], Repeated]:
    """Return the ramps of one repetition, and the truth about it."""
    size_deg = size * (exercise.size_deg or USUAL_DEG[exercise.kind])
    move_s, hold_s = pace * exercise.move_s, pace * exercise.hold_s
    deviation_deg = 0.0
    if exercise.kind == "sit_to_stand":
        return _stand(exercise, start_s, size_deg, move_s, hold_s)
    if exercise.kind in ("hip_hinge", "lift"):
        levels = {
            "pelvis_ap": (1.0 - exercise.lumbar_share) * size_deg,
            "lumbar_ap": exercise.lumbar_share * size_deg,
        }
        if exercise.kind == "lift":
            levels["turn"] = TURN_PART * size_deg
    elif exercise.kind == "bridge":
        levels = {"pelvis_ap": -size_deg, "lumbar_ap": 0.3 * size_deg, "thigh_ap": -size_deg}
        levels["height_m"] = BRIDGE_M
    else:
        deviation_deg = size * fatigue * exercise.deviation_deg
        forward = deviation_deg / np.hypot(1.0, SIDE_PART)
        sign = -1.0 if exercise.side == "left" else 1.0
        thigh = "thigh_ml" if exercise.kind == "bent_knee_fall_out" else "thigh_ap"
        levels = {
            thigh: sign * size_deg if thigh == "thigh_ml" else -size_deg,
            "pelvis_ap": float(forward),
            "pelvis_ml": sign * SIDE_PART * float(forward),
        }
    steps = list(_out_and_back(levels, start_s, move_s, hold_s))
    end_s = start_s + 2.0 * move_s + hold_s
    done = Repeated(
        start_s=start_s,
        peak_s=start_s + move_s + 0.5 * hold_s,
        end_s=end_s,
        label=exercise.kind,
        side=exercise.side,
        rom_deg=size_deg,
        deviation_deg=deviation_deg,
    )
    return steps, done


def _out_and_back(
    levels: Mapping[str, float], start_s: float, move_s: float, hold_s: float
) -> Iterator[Step]:
    for channel, level in levels.items():
        yield channel, start_s, move_s, level
        yield channel, start_s + move_s + hold_s, move_s, 0.0


def _stand(
    exercise: Exercise, start_s: float, size_deg: float, move_s: float, hold_s: float
) -> tuple[list[Step], Repeated]:
    """Lean and rise, stand, lean and sit down; a lean takes `move_s`, there and back."""
    half_s = 0.5 * move_s
    sit_s = start_s + move_s + hold_s
    steps: list[Step] = []
    for at_s, part, height_m in ((start_s, 1.0, SEAT_M), (sit_s, 0.9, 0.0)):
        lean = {
            "pelvis_ap": part * (1.0 - exercise.lumbar_share) * size_deg,
            "lumbar_ap": part * exercise.lumbar_share * size_deg,
        }
        steps += _out_and_back(lean, at_s, half_s, 0.0)
        # The seat is left when the trunk is furthest forward, and reached as it is again.
        rise_at_s = at_s + (0.7 * half_s if height_m else 0.2 * half_s)
        steps.append(("height_m", rise_at_s, 1.1 * half_s, height_m))
        steps.append(("thigh_ap", rise_at_s, 1.1 * half_s, -80.0 if height_m else 0.0))
    done = Repeated(
        start_s=start_s,
        peak_s=start_s + half_s,
        end_s=sit_s + move_s,
        label=exercise.kind,
        side=exercise.side,
        rom_deg=size_deg,
        deviation_deg=0.0,
    )
    return steps, done
