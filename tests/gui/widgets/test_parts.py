"""Small parts."""

from __future__ import annotations

import numpy as np

from biofeedback.gui.states import NumberState, Quality
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.parts import Card, LampWidget, QualityLine, Tile, Words, label
from tests.gui.made import pixels


def test_a_tile_shows_number_unit_and_quality(theme: Theme) -> None:
    tile = Tile(theme, "Rate", "breath_rate")
    tile.show_state(NumberState("Rate", "13.2", "/min", "", Quality("good")))
    texts = {words.text() for words in tile.findChildren(Words.__base__)}
    assert {"Rate", "13.2", "/min", "good"} <= texts
    assert tile.accessibleDescription() == "Rate 13.2 /min, good"
    tile.show_state(NumberState("Rate", "unknown", "", "", Quality("unknown", "first breaths")))
    assert "unknown: first breaths" in tile.accessibleDescription()


def test_a_tile_that_was_told_nothing_says_unknown_in_small_words(theme: Theme) -> None:
    fresh, told = Tile(theme, "Rate", "breath_rate"), Tile(theme, "Rate", "breath_rate")
    told.show_state(NumberState("Rate", "13.2", "/min", "", Quality("good")))
    told.show_state(NumberState("Rate", "unknown", "", "", Quality("unknown")))
    assert np.array_equal(pixels(fresh, 118, 90), pixels(told, 118, 90))
    assert fresh.accessibleDescription() == "Rate unknown, unknown"


def test_words_too_long_end_in_dots_and_are_in_the_tool_tip(theme: Theme) -> None:
    words = label(theme, "unknown: needs both belts; abdomen lost", elided=True)
    pixels(words, 90, 20)
    assert words.toolTip() == words.text()
    pixels(words, 600, 20)
    assert words.toolTip() == ""


def test_a_lamp_is_named_for_those_who_listen(theme: Theme) -> None:
    lamp = LampWidget(theme)
    lamp.show_word("lost")
    assert lamp.accessibleName() == "lost"
    line = QualityLine(theme)
    line.show_quality(Quality("doubtful", "one belt"))
    assert (pixels(line, 200, 20) != pixels(QualityLine(theme), 200, 20)).any()


def test_a_card_has_a_heading(theme: Theme) -> None:
    card = Card(theme, "Breathing", "60 s")
    assert card.hint.text() == "60 s"
