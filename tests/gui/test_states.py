"""States speak."""

from __future__ import annotations

from biofeedback.gui.states import NumberState, Quality


def test_a_quality_has_its_word_and_reason() -> None:
    assert Quality("good").text == "good"
    assert Quality("doubtful", "one belt").text == "doubtful: one belt"


def test_a_number_is_spoken_whole() -> None:
    number = NumberState("Rate", "13.2", "/min", "± 0.4", Quality("good"))
    assert number.spoken == "Rate 13.2 /min plus or minus  0.4, good"
