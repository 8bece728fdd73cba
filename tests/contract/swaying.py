"""A pelvis that sways and is partly missing, for the stage that measures sway."""

from __future__ import annotations

import numpy as np

from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, StreamInfo
from biofeedback.signal.stability import Stability
from tests.contract.stage_contract import Example

NAMES = [
    *((f"pelvis_acc_{axis}_mps2", "m/s2") for axis in ("ap", "ml")),
    *((f"pelvis_tilt_{axis}_deg", "deg") for axis in ("ap", "ml")),
    ("pelvis_ok", "flag"),
]


def swaying() -> list[Chunk]:
    """Tilt and horizontal acceleration at 50 Hz, with a hole, and a break of 3 s."""
    random = np.random.default_rng(3)
    data = np.cumsum(random.normal(0, 0.01, (3900, 4)), axis=0)
    ok = np.ones((len(data), 1))
    ok[1200:1300] = ok[3600:3900] = 0
    data[1200:1300] = np.nan
    info = StreamInfo("table", tuple(Channel(*name) for name in NAMES), 50.0)
    rows = np.concatenate([data, ok], axis=1)
    return [
        Chunk(info, t_s, t_s + 0.1, rows[begin : begin + len(t_s)], number)
        for number, (begin, t_s) in enumerate(
            ((0, 1.0 + np.arange(2100) / 50.0), (2100, 46.0 + np.arange(1800) / 50.0))
        )
    ]


SWAYED = {
    "stability": Example(
        lambda: Stability(Role.PELVIS_IMU), swaying, reads=tuple(name for name, _ in NAMES)
    )
}
