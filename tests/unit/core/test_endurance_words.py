"""A hold in words: how long, why it ended, and what is not known."""

from __future__ import annotations

from typing import get_args

from biofeedback.core.endurance_results import HoldEnd
from biofeedback.core.endurance_words import endurance_words
from tests.unit.signal.test_summary_endurance import DRIFTED, hold


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


def test_a_drift_that_may_have_come_sooner_says_so() -> None:
    assert endurance_words(hold(**(DRIFTED | {"earliest_s": 47.0}))) == (
        "plank: 52 s until the trunk left its start, perhaps from 47 s on: it was not seen just "
        "before"
    )


def test_a_drift_at_its_very_limit_says_so() -> None:
    assert endurance_words(hold(**(DRIFTED | {"sure": False}))).endswith(
        "left its start, at its very limit: perhaps seconds sooner or later"
    )


def test_every_reason_has_words_of_its_own_and_the_task_its_plain_name() -> None:
    words = {
        reason: endurance_words(hold(task="four_point", reason=reason))
        for reason in get_args(HoldEnd)
        if reason != "drift"
    }
    assert len(set(words.values())) == 5
    assert words["breath_holds"] == (
        "hold on all fours: held 30 s, the breath was held for more than 6 s twice"
    )
    assert words["pain"] == "hold on all fours: held 30 s, pain was marked"
