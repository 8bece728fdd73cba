"""Motion sensors on a trunk that breathes: an example table and what is said meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import BreathingRate, CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo

RATE_HZ = 50.0


def breathing_trunk() -> list[Chunk]:
    """Rotation of sternum, belly and back at 50 Hz: breathing, a lost sensor, then exercise."""
    random = np.random.default_rng(11)
    t_s = np.arange(5200) / 50.0
    breath = 0.5 * np.sin(2 * np.pi * t_s / 4.0)
    body = np.where(t_s > 40, 6.0 * np.sin(2 * np.pi * t_s / 7.0), 0.0)
    columns: dict[tuple[str, str], FloatArray] = {}
    for prefix, size in (("sternum", 1.0), ("abdomen_imu", -2.0), ("back", 0.1)):
        ok = np.ones(len(t_s))
        ok[1000:1060] = 0
        ok[2300:2700] = prefix != "back"
        turned = np.outer(size * breath, [0.8, 0.6, 0.0]) + np.outer(body, [0.0, 0.6, 0.8])
        turned += random.normal(0, 0.02, turned.shape)
        turned[ok == 0] = np.nan
        columns |= {
            (f"{prefix}_rotation_{axis}_deg", "deg"): turned[:, number]
            for number, axis in enumerate("xyz")
        }
        columns[f"{prefix}_ok", "flag"] = ok
        columns[f"{prefix}_reason", "reason"] = 1.0 - ok
    columns["sternum_tilt_ap_deg", "deg"] = -breath
    columns["sternum_motion_mps2", "m/s2"] = np.where((t_s > 90) & (t_s < 100), 0.5, 0.01)
    info = StreamInfo("table", tuple(Channel(*name) for name in columns), RATE_HZ)
    data = np.column_stack(list(columns.values()))
    return [
        Chunk(info, begin_s + t_s[rows], begin_s + t_s[rows] + 0.1, data[rows], number)
        for number, (begin_s, rows) in enumerate(
            ((1.0, slice(0, 2900)), (4.0, slice(2900, len(data))))
        )
    ]


def breathing_in(chunks: Sequence[Chunk]) -> list[Event]:
    """Guided breaths, told where the stage is not looking and before it knows; an exercise."""
    said: list[tuple[int, int, str, dict[str, float | str]]] = [
        (0, 40, "breathe_in", {}),
        (0, 1777, "breathe_in", {"start_s": 34.0, "end_s": 36.0}),
        (0, 1903, "task", {"name": "heel_slide"}),
        (0, 2111, "task", {"name": ""}),
        (1, 901, "breathe_in", {"end_s": 79.0}),
        (1, 1307, "task", {"name": "walk"}),
    ]
    return [
        CommandHeard(
            t_s=float(chunks[part].t_s[row]),
            decided_s=float(chunks[part].t_s[row]),
            arrival_s=float(chunks[part].arrival_s[row]),
            name=name,  # type: ignore[arg-type]
            arguments=tuple(sorted(arguments.items())),
        )
        for part, row, name, arguments in said
    ]


def both_rates(chunks: Sequence[Chunk]) -> list[Event]:
    """What both sensors tell every 5 s, not always known; a new start in between."""
    events: list[Event] = []
    for chunk in chunks:
        for row in range(100, len(chunk), 250):
            at = {
                "t_s": float(chunk.t_s[row]),
                "decided_s": float(chunk.t_s[row]),
                "arrival_s": float(chunk.arrival_s[row]),
            }
            for role, size_deg in ((Role.STERNUM_IMU, 1.0), (Role.ABDOMEN_IMU, 2.0 + row / 900.0)):
                known = row % 1750 != 600
                events.append(
                    BreathingRate(
                        **at,
                        role=role.value,
                        start_s=at["t_s"] - 30.0,
                        rate_per_min=15.0 if known else np.nan,
                        quality_pct=90.0,
                        state="known" if known else "unclear",
                        size_deg=size_deg,
                        direction="mounting",
                        reference="",
                    )
                )
            if row == 1350:
                events.append(CommandHeard(**at, name="baseline"))
    return events
