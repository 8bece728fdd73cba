"""A pelvis that stands, walks, is partly missing and walks on after a break: table and commands."""

from __future__ import annotations

from collections.abc import Sequence

from biofeedback.core.results import CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event
from biofeedback.signal.walking import Walking
from tests.contract.stage_contract import Example
from tests.unit.signal.strolling import INFO, strolling, table_of


def walking() -> list[Chunk]:
    """Ten seconds of standing, then walking with holes, then a break of 3 s."""
    data = strolling(70.0, 10.0)
    data[:, 4:] = 3.0 + data[:, :2]
    data[1400:1420, 3] = 0.0
    data[1700:1950, :3] = float("nan")
    data[1700:1950, 3] = 0.0
    return [table_of(data[:2500], 1.0), table_of(data[2500:], 54.0, 1)]


def walks(chunks: Sequence[Chunk]) -> list[Event]:
    """The task begins, is announced again, and ends."""
    return [
        CommandHeard(
            t_s=float(chunks[number].t_s[row]),
            decided_s=float(chunks[number].t_s[row]),
            arrival_s=float(chunks[number].arrival_s[row]),
            name="task",
            arguments=(("name", name),),
        )
        for number, row, name in ((0, 120, "walk"), (0, 600, "walk"), (1, 900, "stand"))
    ]


WALKED = {
    "walking": Example(lambda: Walking(Role.PELVIS_IMU), walking, walks, reads=tuple(INFO.names))
}
