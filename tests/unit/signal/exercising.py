"""A table at 50 Hz of a person who exercises: what the sensors' columns would hold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from biofeedback.core.results import CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo

RATE_HZ = 50.0
UNITS = {
    "tilt_ap_deg": "deg",
    "tilt_ml_deg": "deg",
    "acc_up_mps2": "m/s2",
    "turn_dps": "deg/s",
    "speed_dps": "deg/s",
    "ok": "flag",
}


def step(t_s: FloatArray, at_s: float, lasts_s: float) -> FloatArray:
    """Minimum-jerk step from 0 to 1."""
    x = np.clip((t_s - at_s) / lasts_s, 0.0, 1.0)
    return np.asarray(x**3 * (10 - 15 * x + 6 * x**2))


def hump(t_s: FloatArray, at_s: float, rise_s: float = 1.0, hold_s: float = 0.5) -> FloatArray:
    """Out, held, back."""
    return step(t_s, at_s, rise_s) - step(t_s, at_s + rise_s + hold_s, rise_s)


def times(length_s: float) -> FloatArray:
    return np.arange(0, length_s, 1 / RATE_HZ)


def sensor(
    role: Role,
    ap: FloatArray,
    ml: FloatArray | None = None,
    height_m: FloatArray | None = None,
    turn: FloatArray | None = None,
) -> dict[str, FloatArray]:
    """Columns of one motion sensor."""
    zero = np.zeros_like(ap)
    ml = zero if ml is None else ml
    speed = np.hypot(np.gradient(ap), np.gradient(ml)) * RATE_HZ
    up = zero if height_m is None else np.gradient(np.gradient(height_m)) * RATE_HZ**2
    values = (ap, ml, up, zero if turn is None else turn, speed, zero + 1.0)
    return {f"{role.prefix}_{name}": v for name, v in zip(UNITS, values, strict=True)}


def table(columns: Mapping[str, FloatArray], more: Mapping[str, str] | None = None) -> Chunk:
    units = dict(more or {})
    channels = tuple(
        Channel(name, units.get(name) or UNITS[name.split("_", 1)[1]]) for name in columns
    )
    data = np.column_stack(list(columns.values()))
    t_s = np.arange(len(data)) / RATE_HZ
    return Chunk(StreamInfo("table", channels, RATE_HZ), t_s, t_s + 0.1, data)


def command(name: str, at_s: float, /, **arguments: str) -> CommandHeard:
    return CommandHeard(
        t_s=at_s,
        decided_s=at_s,
        arrival_s=at_s + 0.1,
        name=name,
        arguments=tuple(sorted(arguments.items())),
    )
