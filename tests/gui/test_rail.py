"""Buttons of the rail."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from biofeedback.gui.rail import STROKES, RailButton
from biofeedback.gui.theme import Theme
from tests.gui.made import pixels


@pytest.mark.parametrize("page", sorted(STROKES))
def test_the_page_shown_is_framed(qtbot: QtBot, theme: Theme, page: str) -> None:
    button = RailButton(theme, page)
    qtbot.addWidget(button)
    plain = pixels(button, 76, 60)
    button.setChecked(True)
    assert (pixels(button, 76, 60) != plain).any()
    assert button.accessibleName() == page.capitalize()
