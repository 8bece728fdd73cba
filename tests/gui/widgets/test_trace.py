"""Lines are reduced honestly, and what is known is on the picture."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from biofeedback.gui.motion import present_motion
from biofeedback.gui.states import Flag, Gap
from biofeedback.gui.theme import Theme, tokens
from biofeedback.gui.widgets.trace import TraceWidget, by_column
from biofeedback.session.live import Live
from tests.gui.made import has_colour, pixels


def test_smallest_and_largest_of_every_column_are_kept() -> None:
    t_s = np.arange(6000) / 100
    values = np.random.default_rng(1).normal(size=6000)
    ((t_kept, kept),) = by_column(t_s, values, 0.1, 0.6)
    assert len(kept) <= 2 * 601
    assert kept.max() == values.max()
    assert kept.min() == values.min()
    assert (np.diff(t_kept) > 0).all()


def test_columns_do_not_move_when_time_goes_on() -> None:
    t_s = np.arange(6000) / 100
    values = np.sin(t_s)
    ((_, one),) = by_column(t_s[:5000], values[:5000], 0.1, 0.6)
    ((_, two),) = by_column(t_s, values, 0.1, 0.6)
    assert np.array_equal(one[:-4], two[: len(one) - 4])


def test_a_gap_breaks_the_line() -> None:
    t_s = np.concatenate([np.arange(0, 2, 0.1), np.arange(5, 7, 0.1)])
    pieces = by_column(t_s, t_s, 0.01, 0.6)
    assert len(pieces) == 2
    assert by_column(np.empty(0), np.empty(0), 0.1, 0.6) == []


@pytest.mark.parametrize("strip", [False, True])
def test_both_belts_are_drawn_in_their_colours(theme: Theme, live: Live, strip: bool) -> None:
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
