"""A person who holds at 50 Hz: what the table's columns would be, and the breaths beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import BreathCycle, Hold
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event, FloatArray
from tests.unit.signal.exercising import RATE_HZ, sensor, table, times
from tests.unit.signal.loading import breath

BEGIN_S = 40.0
"""When the hold begins."""
BREATH_S = 4.0
MORE = {
    "pelvis_acc_ap_mps2": "m/s2",
    "pelvis_acc_ml_mps2": "m/s2",
    "abdomen_excursion": "N",
    "abdomen_ok": "flag",
}


def person(length_s: float, sag_dps: float = 0.0, sag_s: float = 60.0) -> dict[str, FloatArray]:
    """A trunk that sags from a time on, a tremor, a belly that breathes: columns by name."""
    t_s = times(length_s)
    sway = 0.3 * np.sin(2 * np.pi * 1.0 * t_s)
    sag = sag_dps * np.maximum(t_s - sag_s, 0.0)
    columns = sensor(Role.PELVIS_IMU, sway + 0.6 * sag, 0.8 * sag)
    columns["pelvis_acc_ap_mps2"] = 0.05 * np.sin(2 * np.pi * 8.0 * t_s)
    columns["pelvis_acc_ml_mps2"] = 0.0 * t_s
    columns["abdomen_excursion"] = 12.0 - 2.0 * np.cos(2 * np.pi * t_s / BREATH_S)
    columns["abdomen_ok"] = 0.0 * t_s + 1.0
    return columns


def made(columns: dict[str, FloatArray]) -> Chunk:
    return table(columns, MORE)


def breaths(length_s: float) -> list[BreathCycle]:
    """Each known 0.6 s after its end, from the first one on."""
    ends_s = np.arange(BREATH_S, length_s - 1.0, BREATH_S).tolist()
    return [breath(number, end_s) for number, end_s in enumerate(ends_s)]


def breath_hold(start_s: float, end_s: float) -> list[Hold]:
    """A breath hold that is seen 3 s after its start, and at its end."""
    begun = Hold(
        t_s=start_s,
        decided_s=start_s + 3.0,
        arrival_s=start_s + 3.1,
        state="begun",
        start_s=start_s,
        duration_s=3.0,
    )
    ended = dataclasses.replace(
        begun,
        t_s=end_s,
        decided_s=end_s + 0.2,
        arrival_s=end_s + 0.3,
        state="ended",
        duration_s=end_s - start_s,
    )
    return [begun, ended]


def in_order(*events: Sequence[Event]) -> list[Event]:
    return sorted((one for some in events for one in some), key=lambda one: one.decided_s)


def rows_of(begin_s: float, end_s: float) -> slice:
    return slice(round(begin_s * RATE_HZ), round(end_s * RATE_HZ))
