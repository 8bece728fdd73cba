"""Plain sentences and headline numbers."""

from __future__ import annotations

import pytest

from biofeedback.core.results import BaselineSet, BreathShare, Hold
from biofeedback.report.headline import (
    factor_words,
    headline,
    in_step,
    quality_word,
    sentences,
    signed_deg,
)
from tests.unit.report.made import made_session

TIMES = {"t_s": 0.0, "decided_s": 0.0, "arrival_s": 0.0}


def test_quality_has_three_words() -> None:
    words = [quality_word(value) for value in (1.0, 0.7, 0.2, float("nan"))]
    assert words == ["good", "doubtful", "unknown", "unknown"]


def test_factors_and_angles_are_written_for_people() -> None:
    assert factor_words(0.0) == "×1.00"
    assert factor_words(-0.7) == "×2.01"
    assert [signed_deg(angle) for angle in (18.2, -3.6, -0.2)] == ["+18°", "−4°", "0°"]


def test_headline_of_a_made_session() -> None:
    session = made_session()
    shares = [event for event in session.events if isinstance(event, BreathShare)]
    baselines = [event for event in session.events if isinstance(event, BaselineSet)]
    figures = headline(session.breaths, shares, baselines, [])
    assert [figure.quality for figure in figures] == ["good"] * 4
    assert figures[2].value == pytest.approx("×1.00")
    assert len(in_step(shares)) >= 10


def test_holds_and_poor_sensors_are_said() -> None:
    holds = [Hold(state="ended", start_s=5.0, duration_s=6.4, **TIMES)]
    text = " ".join(sentences(made_session().breaths, [], holds, ["chest"]))
    assert "held once, the longest for 6 s" in text
    assert "chest sensor was not good" in text


def test_too_few_breaths_are_said() -> None:
    assert "Too few" in sentences([], [], [], [])[0]
