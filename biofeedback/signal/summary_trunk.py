"""What a session did with the trunk, in numbers: exercises, posture, pushes, holds, alignment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from biofeedback.core.results import (
    Aligned,
    FiveStands,
    Gait,
    PostureChange,
    RelativeTiming,
    Repetition,
    Settled,
)
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event, FloatArray
from biofeedback.core.task_words import task_words
from biofeedback.signal.asymmetry import asymmetry
from biofeedback.signal.entropy import movement_entropy
from biofeedback.signal.summary_endurance import endurance_summary

__all__ = ["exercise_words", "trunk_summary"]

LEAST_PUSHES = 5


def trunk_summary(
    table: Chunk, events: Sequence[Event], roles: Sequence[Role]
) -> dict[str, object] | None:
    """Sum up what was found about the trunk.

    Parameters
    ----------
    table : Chunk
        The 50 Hz table of the whole session.
    events : sequence of Event
        Everything decided.
    roles : sequence of Role
        What was worn.

    Returns
    -------
    summary : dict or None
        Keys in docs/summary.md; numbers not known are NaN; None without a motion sensor.
    """
    worn = [role for role in roles if role.kind == "imu"]
    if not worn:
        return None
    names = {e.task: None for e in events if isinstance(e, Repetition)}
    fives = [event for event in events if isinstance(event, FiveStands)]
    return {
        "sensors_aligned": _aligned(events),
        "posture_changes": sum(isinstance(event, PostureChange) for event in events),
        "exercises": {name: _exercise(name, events) for name in names},
        "five_stands": [
            {"start_s": five.start_s, "stood_s": five.stood_s, "seated_s": five.seated_s}
            for five in fives
        ],
        "settling": _settling([event for event in events if isinstance(event, Settled)]),
        "relative_timing": _relative_timing(events),
        "walk": _walk([event for event in events if isinstance(event, Gait)]),
        "endurance": endurance_summary(events),
        "entropy": _entropy(table, worn),
    }


def exercise_words(name: str, exercise: Mapping[str, object]) -> str:
    """Say what was done of an exercise, in a line for a terminal.

    Parameters
    ----------
    name : str
        As announced.
    exercise : mapping
        One of ``exercises`` of `trunk_summary`; numbers not known are NaN or None.

    Returns
    -------
    words : str
    """
    words = [f"{exercise['repetitions']} counted"]
    if missed := exercise["not_counted"]:
        words.append(f"{missed} unlike the others or too small")
    for field, what, unit in (
        ("rom_deg", "range", "°"),
        ("duration_s", "each", " s"),
        ("deviation_deg", "pelvis moved", "°"),
    ):
        value = exercise[field]
        if isinstance(value, float) and math.isfinite(value):
            words.append(f"{what} {value:.1f}{unit}")
    return f"{task_words(name):10} {', '.join(words)}"


def _aligned(events: Sequence[Event]) -> list[str]:
    """Which sensors the last alignment found."""
    last = {event.role: event.ok for event in events if isinstance(event, Aligned)}
    return sorted(role for role, ok in last.items() if ok)


def _exercise(name: str, events: Sequence[Event]) -> dict[str, object]:
    every = [event for event in events if isinstance(event, Repetition) and event.task == name]
    done = [one for one in every if one.counted]

    def values(field: str, side: str | None = None) -> FloatArray:
        chosen = [one for one in done if side is None or one.side == side]
        return np.array([getattr(one, field) for one in chosen], dtype=np.float64)

    roms = values("rom_deg")
    medians = (
        "rom_deg",
        "duration_s",
        "peak_speed_dps",
        "sparc",
        "deviation_deg",
        "lateral_deg",
        "axial_deg",
        "lumbar_deg",
        "lumbopelvic_ratio",
        "alike_first",
    )
    held = values("held_s")
    return {
        "repetitions": len(done),
        "not_counted": len(every) - len(done),
        **{field: _median(values(field)) for field in medians},
        "rom_cv": float(roms.std() / roms.mean()) if len(roms) > 1 else math.nan,
        "held_part": float(np.mean(held > 0.0)) if np.isfinite(held).any() else math.nan,
        "left_right": {
            field: found
            for field in ("rom_deg", "deviation_deg")
            if (found := _sides(values(field, "left"), values(field, "right"))) is not None
        },
    }


def _sides(left_deg: FloatArray, right_deg: FloatArray) -> dict[str, object] | None:
    found = asymmetry(left_deg, right_deg)
    if found is None:
        return None
    return {
        "left_deg": found.left_deg,
        "right_deg": found.right_deg,
        "difference_deg": found.difference_deg,
        "index": found.index,
        "differs": found.differs,
    }


def _settling(pushes: Sequence[Settled]) -> dict[str, object] | None:
    known = [push for push in pushes if math.isfinite(push.peak_deg)]
    if len(known) < LEAST_PUSHES:
        return None
    fields = ("settling_s", "overshoot", "damping")
    return {
        "pushes": len(known),
        **{name: _median(np.array([getattr(push, name) for push in known])) for name in fields},
    }


def _walk(windows: Sequence[Gait]) -> dict[str, object] | None:
    if not windows:
        return None
    fields = (
        "step_rate_per_min",
        "step_regularity",
        "stride_regularity",
        "rms_ap_mps2",
        "rms_ml_mps2",
        "rms_up_mps2",
    )
    return {
        "windows": len(windows),
        "known": sum(not one.problem for one in windows),
        **{name: _median(np.array([getattr(one, name) for one in windows])) for name in fields},
    }


def _relative_timing(events: Sequence[Event]) -> dict[str, object]:
    """Of each task the last: it holds every trial before it."""
    last = {event.task: event for event in events if isinstance(event, RelativeTiming)}
    return {
        task: {
            "trials": one.trials,
            "usable": one.usable,
            "delay_s": one.delay_s,
            "low_s": one.low_s,
            "high_s": one.high_s,
            "lag_checked": one.lag_checked,
            "reason": one.reason,
        }
        for task, one in last.items()
    }


def _entropy(table: Chunk, worn: Sequence[Role]) -> dict[str, float]:
    """Of the sensor lowest on the trunk; everything is in it, movement too."""
    order = (Role.PELVIS_IMU, Role.BACK_IMU, Role.STERNUM_IMU, Role.ABDOMEN_IMU)
    site = next((role.prefix for role in order if role in worn), "")
    rate_hz = table.info.sample_rate_hz
    return {
        f"sample_entropy_{axis}": movement_entropy(table.column(name), rate_hz)
        if table.info.has(name := f"{site}_tilt_{axis}_deg")
        else math.nan
        for axis in ("ap", "ml")
    }


def _median(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else math.nan
