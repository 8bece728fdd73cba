"""Time in ink."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.countdown import Countdown
from tests.gui.made import pixels


def test_the_ring_closes_with_time_and_says_what_is_left(qtbot: QtBot, theme: Theme) -> None:
    ring = Countdown(theme)
    qtbot.addWidget(ring)
    dark = []
    for part in (0.0, 0.25, 0.75):
        ring.show_time(part, "" if not part else "6")
        dark.append(int((pixels(ring, 340, 340).max(axis=2) < 60).sum()))
    assert dark[0] == 0
    assert 2.2 < dark[2] / dark[1] < 3.0
    assert ring.accessibleDescription() == "6 seconds left"
