"""The Konno-Mead loop."""

from __future__ import annotations

import dataclasses

from biofeedback.gui.presenters import present_readout
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.loop import LoopWidget
from biofeedback.session.live import Live
from tests.gui.made import pixels


def test_loops_are_drawn_and_held_ones_hatched(theme: Theme, live: Live) -> None:
    widget = LoopWidget(theme)
    empty = pixels(widget, 360, 330)
    loop = present_readout(live).loop
    widget.show_state(loop)
    drawn = pixels(widget, 360, 330)
    assert (drawn != empty).any()
    widget.show_state(dataclasses.replace(loop, held="needs both belts; chest lost"))
    held = pixels(widget, 360, 330)
    assert (held != drawn).any(axis=2).mean() > 0.1
    assert "chest lost" in widget.accessibleDescription()
