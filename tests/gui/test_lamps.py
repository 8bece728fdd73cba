"""Lamps of sensors."""

from __future__ import annotations

import dataclasses

import pytest

from biofeedback.core.roles import Reason, Role
from biofeedback.gui.lamps import or_dash, present_lamp, present_lamps
from biofeedback.session.live import Live
from tests.gui.made import made_live


@pytest.mark.parametrize(
    ("change", "word", "reason"),
    [
        ({}, "good", ""),
        ({"state": "lost", "reason": "out of reach"}, "lost", "out of reach"),
        ({"state": "opening", "reason": "looking for it"}, "lost", "looking for it"),
        ({"state": "silent"}, "lost", "it says nothing"),
        ({"ready": False}, "unknown", "starting"),
        ({"received": 90, "lost": 10}, "doubtful", "loss 10.0 %"),
    ],
)
def test_a_lamp_says_why(change: dict[str, object], word: str, reason: str) -> None:
    live = made_live(60.0)
    link = dataclasses.replace(live.links[0], **change)  # type: ignore[arg-type]
    lamp = present_lamp(link, live, Role.CHEST_BELT)
    assert (lamp.quality.word, lamp.quality.reason) == (word, reason)
    assert lamp.name == "Chest belt"


def test_a_doubtful_role_makes_its_lamp_doubtful() -> None:
    live = made_live(60.0)
    live.quality["chest_belt"] = Reason.SATURATED
    lamp, other = present_lamps(live)
    assert other.quality.word == "good"
    assert lamp.quality.text == "doubtful: belt at the end of its range"


def test_what_is_not_known_is_a_dash() -> None:
    assert or_dash(float("nan"), "{:.1f} Hz") == "–"
    assert or_dash(2.0, "{:.1f} Hz") == "2.0 Hz"
    assert Live().links == ()
