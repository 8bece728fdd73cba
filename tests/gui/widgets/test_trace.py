"""Lines are reduced honestly, and what is known is on the picture."""

from __future__ import annotations

import dataclasses

import pytest

from biofeedback.gui.motion import present_motion
from biofeedback.gui.states import Flag, Gap
from biofeedback.gui.theme import Theme, tokens
from biofeedback.gui.widgets.trace import TraceWidget
from biofeedback.session.live import Live
from tests.gui.made import has_colour, pixels


@pytest.mark.parametrize("strip", ["", "Forward lean"])
def test_both_belts_are_drawn_in_their_colours(theme: Theme, live: Live, strip: str) -> None:
    widget = TraceWidget(theme, strip=strip)
    widget.show_state(present_motion(live).trace)
    picture = pixels(widget, 800, 300)
    assert has_colour(picture, tokens()["light"]["chest"], 60)
    assert has_colour(picture, tokens()["light"]["abdomen"], 60)


def test_gaps_and_flags_change_the_picture_and_painting_is_told(theme: Theme, live: Live) -> None:
    trace = present_motion(live).trace
    widget = TraceWidget(theme, absolute=True)
    told: list[bool] = []
    widget.on_painted = lambda: told.append(True)
    widget.show_state(trace)
    plain = pixels(widget, 800, 300)
    now_s = trace.now_s
    gaps = (Gap(now_s - 30, now_s - 28, "chest gap 2.0 s", False),)
    widget.show_state(dataclasses.replace(trace, gaps=gaps, flags=(Flag(now_s - 10, "cough"),)))
    marked = pixels(widget, 800, 300)
    assert told
    assert 300 < (plain != marked).any(axis=2).sum() < 20_000


def test_an_empty_plot_says_what_will_appear(theme: Theme) -> None:
    widget = TraceWidget(theme)
    blank = pixels(widget)
    widget.show_state(present_motion(Live()).trace)
    assert (pixels(widget) != blank).any()
