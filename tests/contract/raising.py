"""An arm that is raised, a belly that draws in, for the stage that times them: table and events."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from biofeedback.core.labels import BeltsCoupled
from biofeedback.core.results import CommandHeard, TapAlignment
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event
from biofeedback.signal.onset_timing import OnsetTiming
from tests.contract.stage_contract import Example
from tests.unit.signal.arm_raising import RATE_HZ, person, table_of
from tests.unit.signal.loading import breath

RAISES_S = (24.0, 30.0, 36.0, 42.0, 48.0, 54.0, 60.0, 66.0, 72.0, 86.0, 92.0)


def raising() -> list[Chunk]:
    """Raises with draw-ins of which one is missing, one jolts the trunk, one runs into a break."""
    columns = person(100.0, RAISES_S)
    columns["abdomen_excursion"][round(48.2 * RATE_HZ)] = np.nan
    columns["abdomen_ok"][round(54.1 * RATE_HZ)] = 0.0
    columns["pelvis_tilt_ap_deg"][round(60.3 * RATE_HZ) :] += 9.0
    whole = table_of(columns)
    cut = round(72.5 * RATE_HZ)
    first, second = whole.rows(0, cut), whole.rows(cut, len(whole))
    later = 3.0
    return [
        first,
        Chunk(second.info, second.t_s + later, second.arrival_s + later, second.data, 1),
    ]


def asked(chunks: Sequence[Chunk]) -> list[Event]:
    """Breaths, the task, a tap check within, belts that move as one for a while, another lag."""

    def at(row: int) -> dict[str, float]:
        chunk, row = (chunks[0], row) if row < len(chunks[0]) else (chunks[1], row - len(chunks[0]))
        stamp_s = float(chunk.t_s[row])
        return {"t_s": stamp_s, "decided_s": stamp_s, "arrival_s": float(chunk.arrival_s[row])}

    def said(row: int, name: str, /, **arguments: str | float) -> CommandHeard:
        return CommandHeard(**at(row), name=name, arguments=tuple(sorted(arguments.items())))

    checks = [
        TapAlignment(
            **at(3250),
            reference=Role.ABDOMEN_BELT.value,
            role=role.value,
            lag_s=lag_s,
            lag_se_s=0.01,
            jolts=3,
            reason="",
        )
        for role, lag_s in ((Role.PELVIS_IMU, 0.01), (Role.ARM_IMU, 0.03))
    ]
    belts = [
        BeltsCoupled(**at(row), coupled=coupled, correlation=0.99, ratio_spread=0.01, breaths=20)
        for row, coupled in ((2000, True), (2200, False))
    ]
    breaths = [
        dataclasses.replace(
            breath(number, 4.0 * number + 4.0, 1.0),
            abdomen_amplitude=1.0,
            chest_amplitude=0.7,
            **at(200 * number + 250),
        )
        for number in range(4)
    ]
    return sorted(
        [
            *breaths,
            said(1000, "task", name="arm_raise_fast"),
            *belts,
            *checks,
            said(4400, "lag", stream="x", lag_s=0.03),
        ],
        key=lambda event: event.decided_s,
    )


TIMED = {
    "onset timing": Example(
        lambda: OnsetTiming(Role.PELVIS_IMU),
        raising,
        asked,
        reads=("arm_speed_dps", "arm_tilt_ap_deg", "abdomen_ok", "arm_ok"),
    )
}
