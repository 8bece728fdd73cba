from __future__ import annotations

import math
from typing import Any

from biofeedback.core.results import HoldEnded, HoldProgress
from biofeedback.signal.summary import summary_words
from biofeedback.signal.summary_endurance import endurance_summary, endurance_words
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


def test_words_of_a_drift_and_of_own_longest() -> None:
    assert endurance_words(hold(**DRIFTED)) == "plank: 52 s until the trunk left its start"
    known = {"slope_deg_per_min": 0.051, "low_deg_per_min": -0.01, "high_deg_per_min": 0.09}
    assert endurance_words(hold(**DRIFTED, longest_before_s=61.0, **known)) == (
        "plank: 52 s until the trunk left its start (own longest before: 61 s); "
        "sway +0.05 °/min (-0.01 to +0.09)"
    )


def test_words_of_a_hold_without_drift() -> None:
    assert endurance_words(hold()) == "plank: held 30 s, stopped"
    assert endurance_words(hold(reason="longest", held_s=120.0, slope_deg_per_min=None)) == (
        "plank: held 120 s, two minutes were full"
    )


def test_what_is_not_known_is_said() -> None:
    assert endurance_words(hold(problem="gaps", longest_before_s=61.0)) == (
        "plank: held 30 s, stopped; drift unknown, too little of it was seen"
    )


def test_analyze_prints_each_hold() -> None:
    whole = summary(*(breath(number) for number in range(3)))
    words = summary_words(whole | {"trunk": {"endurance": [hold(**DRIFTED)]}})
    assert "endurance  plank: 52 s until the trunk left its start" in words
