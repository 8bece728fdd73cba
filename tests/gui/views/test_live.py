"""Panels show what they are given."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from biofeedback.gui.motion import present_motion
from biofeedback.gui.presenters import present_readout
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.live import LivePanels
from biofeedback.session.live import Live


@pytest.mark.parametrize("text_pct", [100, 200])
def test_numbers_reach_their_tiles(qtbot: QtBot, live: Live, text_pct: int) -> None:
    panels = LivePanels(Theme("dark", text_pct))
    qtbot.addWidget(panels)
    panels.resize(1200, 760)
    panels.show_motion(present_motion(live))
    panels.show_readout(present_readout(live))
    panels.show_window(30.0)
    assert panels.rate.accessibleDescription() == "Rate 15.0 /min, good"
    assert "phase angle" in panels.loop.accessibleDescription()
    assert not panels.grab().isNull()
