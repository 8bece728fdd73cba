from __future__ import annotations

import numpy as np

from biofeedback.core.stream import Event
from biofeedback.signal.moments import moments
from tests.unit.signal.exercising import command, table


def test_events_come_before_the_beat_of_the_same_row() -> None:
    chunk = table({"pelvis_ok": np.ones(100)})
    heard = [command("task", 0.5), command("stop", 1.0)]
    found = moments(chunk, heard, 0.5, 0.5)
    expected: list[tuple[int, Event | None]] = [(25, heard[0]), (25, None), (50, heard[1])]
    assert found == [*expected, (50, None), (75, None)]


def test_a_beat_that_is_not_due_is_not_given() -> None:
    chunk = table({"pelvis_ok": np.ones(10)})
    assert moments(chunk, [], 0.19, 0.5) == []
    assert moments(chunk, [], 0.18, 0.5) == [(9, None)]
