"""The trunk from above."""

from __future__ import annotations

import numpy as np

from biofeedback.gui.states import Quality, TrunkState
from biofeedback.gui.theme import Theme, tokens
from biofeedback.gui.widgets.bullseye import BullseyeWidget
from tests.gui.made import has_colour, pixels


def lean(ap_deg: float, ml_deg: float) -> TrunkState:
    ellipse = (0.0, 0.0, 1.2, 0.8, 30.0)
    points = np.linspace(0, 1, 30)
    return TrunkState("Pelvis", ap_deg * points, ml_deg * points, ellipse, Quality("good"))


def spot(theme: Theme, state: TrunkState) -> np.ndarray:
    widget = BullseyeWidget(theme)
    widget.show_state(state)
    picture = pixels(widget, 300, 300)
    trunk = np.array([0x5E, 0x27, 0x66])
    rows, columns = np.nonzero(np.abs(picture - trunk).max(axis=2) < 6)
    return np.array([rows.mean(), columns.mean()])


def test_forward_is_up_and_right_is_right(theme: Theme) -> None:
    middle = spot(theme, lean(0.0, 0.0))
    assert spot(theme, lean(1.5, 0.0))[0] < middle[0] - 10
    assert spot(theme, lean(0.0, 1.5))[1] > middle[1] + 10


def test_the_own_ellipse_is_drawn_as_target(theme: Theme) -> None:
    widget = BullseyeWidget(theme)
    widget.show_state(lean(0.5, 0.5))
    assert has_colour(pixels(widget, 300, 300), tokens()["light"]["target"], 70)


def test_without_a_sensor_it_says_why(theme: Theme) -> None:
    widget = BullseyeWidget(theme)
    none = np.empty(0)
    blank = pixels(widget, 300, 300)
    widget.show_state(TrunkState("", none, none, None, Quality("unknown", "no trunk sensor")))
    assert (pixels(widget, 300, 300) != blank).any()
