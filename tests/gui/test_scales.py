"""What changes slowly on the screen."""

from __future__ import annotations

import numpy as np
import pytest

from biofeedback.gui.motion import present_motion
from biofeedback.gui.scales import is_onset, nice, present_scales, resting, trunk_role
from biofeedback.session.live import Live


def test_levels_and_depths_are_of_the_belts(live: Live) -> None:
    scales = present_scales(live)
    assert scales.resting["chest_excursion"] == pytest.approx(-1.0, abs=0.1)
    assert resting(live, "chest_excursion") == scales.resting["chest_excursion"]
    assert scales.usual["abdomen_excursion"] == pytest.approx(3.0, abs=0.3)
    assert scales.high >= scales.usual["abdomen_excursion"]
    assert scales.ellipse is None
    assert trunk_role(live) is None


def test_given_or_worked_out_the_picture_is_the_same(live: Live) -> None:
    given = present_motion(live, scales=present_scales(live))
    made = present_motion(live)
    assert (given.trace.low, given.trace.high) == (made.trace.low, made.trace.high)
    for one, other in zip(given.trace.lines, made.trace.lines, strict=True):
        np.testing.assert_array_equal(one.values, other.values)


@pytest.mark.parametrize(("highest", "end"), [(0.0, 1.0), (0.9, 1.0), (1.2, 1.5), (47.0, 60.0)])
def test_an_axis_ends_at_a_round_number(highest: float, end: float) -> None:
    assert nice(highest) == pytest.approx(end)


def test_nothing_worn_has_ordinary_axes() -> None:
    scales = present_scales(Live())
    assert (scales.high, scales.lean_deg) == (1.5, 2.0)


def test_only_confirmed_onsets_count(live: Live) -> None:
    kinds = {(mark.kind, mark.state) for mark in live.marks if is_onset(mark)}
    assert kinds == {("inspiration_onset", "confirmed")}
