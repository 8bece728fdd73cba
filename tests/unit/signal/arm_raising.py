"""A table at 50 Hz of a person who raises an arm and draws the belly in, and breathes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo
from tests.unit.signal.exercising import RATE_HZ, step, times

__all__ = ["DELAY_S", "RATE_HZ", "UNITS", "person", "table_of"]

DELAY_S = 0.08
"""From the arm's onset to the belly's."""
UNITS = {
    "abdomen_excursion": "N",
    "chest_excursion": "N",
    "arm_speed_dps": "deg/s",
    "arm_tilt_ap_deg": "deg",
    "arm_tilt_ml_deg": "deg",
    "pelvis_tilt_ap_deg": "deg",
    "pelvis_tilt_ml_deg": "deg",
    "abdomen_ok": "flag",
    "arm_ok": "flag",
    "abdomen_reason": "reason",
    "arm_reason": "reason",
    "abdomen_clock_se_s": "s",
    "arm_clock_se_s": "s",
}


def person(
    length_s: float,
    raises_s: Sequence[float],
    *,
    delay_s: float = DELAY_S,
    rise_s: float = 0.2,
    depth: float = 0.5,
    move_s: float = 0.3,
    seed: int = 5,
) -> dict[str, FloatArray]:
    """Columns by name; a breath is 1 N on the belly, and raises hold for 2 s."""
    t_s = times(length_s)
    random = np.random.default_rng(seed)
    breath = 0.5 - 0.5 * np.cos(2 * np.pi * t_s / 4.0)
    arm_deg, drawn = np.zeros_like(t_s), np.zeros_like(t_s)
    for at_s in raises_s:
        arm_deg += 90.0 * (step(t_s, at_s, move_s) - step(t_s, at_s + 2.0 + move_s, move_s))
        inwards = np.clip((t_s - at_s - delay_s) / rise_s, 0.0, 1.0)
        outwards = np.clip((t_s - at_s - 2.0 - move_s) / 0.6, 0.0, 1.0)
        drawn += depth * 0.5 * (np.cos(np.pi * outwards) - np.cos(np.pi * inwards))
    noise = random.normal(0, 0.003, (2, len(t_s)))
    zero, one = np.zeros_like(t_s), np.ones_like(t_s)
    return {
        "abdomen_excursion": 10.0 + breath - drawn + noise[0],
        "chest_excursion": 8.0 + 0.7 * breath + 0.2 * drawn + noise[1],
        "arm_speed_dps": np.abs(np.gradient(arm_deg)) * RATE_HZ + 0.2,
        "arm_tilt_ap_deg": -arm_deg,
        "arm_tilt_ml_deg": 0.05 * arm_deg,
        "pelvis_tilt_ap_deg": zero.copy(),
        "pelvis_tilt_ml_deg": zero.copy(),
        "abdomen_ok": one.copy(),
        "arm_ok": one.copy(),
        "abdomen_reason": zero.copy(),
        "arm_reason": zero.copy(),
        "abdomen_clock_se_s": zero + 0.003,
        "arm_clock_se_s": zero + 0.004,
    }


def table_of(columns: dict[str, FloatArray]) -> Chunk:
    """One chunk of them; rows arrive 0.1 s late."""
    channels = tuple(Channel(name, UNITS[name]) for name in columns)
    data = np.column_stack(list(columns.values()))
    t_s = np.arange(len(data)) / RATE_HZ
    return Chunk(StreamInfo("table", channels, RATE_HZ), t_s, t_s + 0.1, data)
