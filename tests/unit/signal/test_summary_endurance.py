from __future__ import annotations

import math
from typing import Any

from biofeedback.core.results import HoldEnded, HoldProgress
from biofeedback.signal.summary import summary_words
from biofeedback.signal.summary_endurance import endurance_summary
from tests.unit.signal.test_summary import breath, summary
from tests.unit.signal.test_summary_trunk import made

DRIFTED = {
    "task": "plank",
    "reason": "drift",
    "drifted": "trunk",
    "held_s": 54.0,
    "time_to_drift_s": 52.0,
    "earliest_s": 52.0,
    "problem": "",
}


def hold(**known: Any) -> dict[str, object]:
    blank = {"reason": "stopped", "drifted": "", "problem": "", "task": "plank", "held_s": 30.0}
    (one,) = endurance_summary([made(HoldProgress), made(HoldEnded, **(blank | known))])
    return one


def test_every_hold_is_listed_without_the_stamps_of_its_event() -> None:
    one = hold(**DRIFTED)
    assert one["time_to_drift_s"] == 52.0
    assert math.isnan(one["sway_deg"])  # type: ignore[arg-type]
    assert not {"t_s", "decided_s", "arrival_s"} & set(one)
    assert endurance_summary([made(HoldProgress)]) == []


def test_analyze_prints_each_hold() -> None:
    whole = summary(*(breath(number) for number in range(3)))
    words = summary_words(whole | {"trunk": {"endurance": [hold(**DRIFTED)]}})
    assert "endurance  plank: 52 s until the trunk left its start" in words
