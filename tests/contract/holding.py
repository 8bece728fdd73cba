"""Holds of every kind of end, for the stage that watches them: table and events."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.results import CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event
from biofeedback.signal.endurance import Endurance
from tests.contract.stage_contract import Example
from tests.unit.signal.exercising import RATE_HZ
from tests.unit.signal.holding import breath_hold, breaths, in_order, made, person, rows_of
from tests.unit.signal.loading import REST

LENGTH_S, CUT_S, LATER_S = 260.0, 130.0, 7.0


def holding() -> list[Chunk]:
    """Sagging twice, a belly that lets go, gaps; a break in the midst of a hold."""
    columns = person(LENGTH_S, sag_dps=0.15)
    for axis in ("ap", "ml"):
        columns[f"pelvis_tilt_{axis}_deg"][rows_of(115.0, LENGTH_S)] = 0.0
    noise = np.random.default_rng(3).normal(0.0, 0.05, (4, round(LENGTH_S * RATE_HZ)))
    names = ("pelvis_tilt_ap_deg", "pelvis_tilt_ml_deg", "pelvis_acc_ap_mps2", "abdomen_excursion")
    for name, values in zip(names, noise, strict=True):
        columns[name] = columns[name] + values
    columns["abdomen_excursion"][rows_of(165.0, 210.0)] += 3.0
    columns["pelvis_ok"][rows_of(66.0, 68.5)] = 0.0
    columns["pelvis_tilt_ml_deg"][rows_of(71.0, 71.5)] = np.nan
    columns["pelvis_ok"][rows_of(223.0, 226.0)] = 0.0
    whole = made(columns)
    cut = round(CUT_S * RATE_HZ)
    first, second = whole.rows(0, cut), whole.rows(cut, len(whole))
    moved = Chunk(second.info, second.t_s + LATER_S, second.arrival_s + LATER_S, second.data, 1)
    return [first, moved]


def held(chunks: Sequence[Chunk]) -> list[Event]:
    """Rest, breaths, holds announced and ended in every way, breath holds, belts that moved."""
    stamps = np.concatenate([chunk.t_s for chunk in chunks])
    arrivals = np.concatenate([chunk.arrival_s for chunk in chunks])

    def at(time_s: float) -> dict[str, float]:
        row = int(np.searchsorted(stamps, time_s))
        stamp_s = float(stamps[row])
        return {"t_s": stamp_s, "decided_s": stamp_s, "arrival_s": float(arrivals[row])}

    def said(at_s: float, name: str, /, **arguments: str) -> CommandHeard:
        return CommandHeard(**at(at_s), name=name, arguments=tuple(sorted(arguments.items())))

    begun = ((40.0, "hold"), (103.0, "plank"), (118.0, "hold"), (215.0, "bridge_hold"))
    moved = BeltsChanged(**at(230.0), reason="posture", role="", posture=1, words="")
    later = [
        dataclasses.replace(one, end_s=one.end_s + LATER_S, decided_s=one.decided_s + LATER_S)
        for one in breaths(LENGTH_S)
        if one.decided_s > CUT_S
    ]
    pauses = [*breath_hold(105.0, 112.5), *breath_hold(113.3, 121.0)]
    told = [
        dataclasses.replace(event, **at(event.decided_s))
        for event in (REST, *breaths(100.0), *pauses, *later)
    ]
    asked = [
        *(said(at_s, "task", name=name) for at_s, name in begun),
        said(250.0, "mark", text="pain"),
        said(252.0, "task", name="stand"),
        said(258.0, "baseline"),
    ]
    return in_order(told, asked, [moved])


HELD = {
    "endurance": Example(
        lambda: Endurance(Role.PELVIS_IMU),
        holding,
        held,
        reads=("pelvis_tilt_ap_deg", "pelvis_acc_up_mps2", "pelvis_acc_ml_mps2", "pelvis_ok"),
    )
}
