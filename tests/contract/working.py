"""A person at work, for stages that watch effort: a table, and what is heard beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.results import CommandHeard, Hold
from biofeedback.core.stream import Channel, Chunk, Event, StreamInfo
from biofeedback.signal.rest import UNKNOWN_REST
from tests.unit.signal.loading import breath


def quiet(chunks: Sequence[Chunk]) -> list[Event]:
    """A breath every 4 s, shallow for a while, known at a row."""
    events: list[Event] = []
    for chunk in chunks:
        for number, row in enumerate(range(250, len(chunk), 200)):
            part = 0.3 if 84.0 < chunk.t_s[row] < 100.0 else 1.2
            one = breath(number, float(chunk.t_s[row - 50]), part)
            known_s, came_s = float(chunk.t_s[row]), float(chunk.arrival_s[row])
            events.append(dataclasses.replace(one, decided_s=known_s, arrival_s=came_s))
    return events


def working() -> list[Chunk]:
    """A belly that breathes and draws in, a pelvis that sways, stiffens and drifts, a thigh."""
    random = np.random.default_rng(17)
    t_s = np.arange(6500) / 50.0
    calm = (t_s > 84) & (t_s < 100)
    abdomen = 12 + np.where(calm, 0.2, 1.2) * np.sin(2 * np.pi * t_s / 4.0)
    abdomen -= 1.5 * np.clip((t_s - 40.0) / 0.3, 0.0, 1.0) * (t_s < 60)
    sway = 0.4 * np.sin(2 * np.pi * 0.31 * t_s) + 0.3 * np.sin(2 * np.pi * 0.43 * t_s)
    forward = np.where(calm, 0.1, 1.0) * sway + np.clip(t_s - 112.0, 0.0, 8.0)
    ok = np.ones((len(t_s), 3))
    ok[3300:3340, 0] = ok[2300:2340, 1] = ok[5900:5910, 2] = 0
    values = np.column_stack([abdomen, forward, 0.5 * sway, np.where(t_s % 5 < 1, 80.0, 0.0)])
    values += random.normal(0, 0.01, values.shape)
    values[np.repeat(ok == 0, (1, 2, 1), axis=1)] = np.nan
    names = [
        ("abdomen_excursion", "N"),
        ("pelvis_tilt_ap_deg", "deg"),
        ("pelvis_tilt_ml_deg", "deg"),
        ("thigh_speed_dps", "deg/s"),
        *((f"{prefix}_ok", "flag") for prefix in ("abdomen", "pelvis", "thigh")),
    ]
    info = StreamInfo("table", tuple(Channel(*name) for name in names), 50.0)
    data = np.concatenate((values, ok), axis=1)
    cuts = ((0, 5500, 0.0), (5500, 6500, 20.0))
    return [
        Chunk(info, t_s[begin:end] + late_s, t_s[begin:end] + late_s + 0.1, data[begin:end], number)
        for number, (begin, end, late_s) in enumerate(cuts)
    ]


PELVIS = ("pelvis_tilt_ap_deg", "pelvis_tilt_ml_deg", "pelvis_ok")


def effort(chunks: Sequence[Chunk]) -> list[Event]:
    """Its breaths, holds within tasks, a new neutral, belts that moved, and what was asked for."""
    said: list[tuple[int, str, dict[str, str]]] = [
        (3250, "task", {"name": "heel_slide", "side": "left"}),
        (4010, "task", {"name": "hold"}),
        (4700, "baseline", {}),
        (5100, "task", {}),
        (5540, "task", {"name": "hold"}),
    ]
    stamps = np.concatenate([chunk.t_s for chunk in chunks])
    arrivals = np.concatenate([chunk.arrival_s for chunk in chunks])
    at = [(float(stamps[row]), float(arrivals[row])) for row in range(len(stamps))]
    events: list[Event] = [
        CommandHeard(
            t_s=at[row][0],
            decided_s=at[row][0],
            arrival_s=at[row][1],
            name=name,
            arguments=tuple(sorted(arguments.items())),
        )
        for row, name, arguments in said
    ]
    for begun, known, let_go, ended in ((4300, 4465, 4800, 4815), (5600, 5765, 6000, 6010)):
        for state, row, seen in (("begun", begun, known), ("ended", let_go, ended)):
            events.append(
                Hold(
                    t_s=at[row][0],
                    decided_s=at[seen][0],
                    arrival_s=at[seen][1],
                    state="begun" if state == "begun" else "ended",
                    start_s=at[begun][0],
                    duration_s=at[seen][0] - at[begun][0],
                )
            )
    moved = BeltsChanged(
        t_s=at[3600][0],
        decided_s=at[3600][0],
        arrival_s=at[3600][1],
        reason="posture",
        role="",
        posture=1,
        words="The posture changed.",
    )
    held = ((4300, 4850), (5600, 6050))
    breaths = [
        event
        for event in quiet(chunks)
        if not any(at[begin][0] < event.t_s < at[end][0] for begin, end in held)
    ]
    return sorted([*breaths, *events, moved], key=lambda event: event.decided_s)


def rested(chunks: Sequence[Chunk]) -> list[Event]:
    """The same, where rest is known from the start."""
    first = chunks[0]
    rest = dataclasses.replace(
        UNKNOWN_REST,
        t_s=float(first.t_s[10]),
        decided_s=float(first.t_s[10]),
        arrival_s=float(first.arrival_s[10]),
        source="marked",
        abdomen_amplitude=5.0,
        angle_sd_deg=1.0,
    )
    return [rest, *effort(chunks)]
