"""Belly against chest."""

from __future__ import annotations

import math

import numpy as np

from biofeedback.gui.states import GaugeState
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.gauge import GaugeWidget
from tests.gui.made import pixels


def test_belly_is_right_and_unknown_has_no_pointer(theme: Theme) -> None:
    def ink(position: float) -> np.ndarray:
        widget = GaugeWidget(theme)
        widget.show_state(GaugeState(position, 0.05))
        # The row of the bar, without the baseline's line in the middle.
        return pixels(widget, 240, 44)[12, :, 0] < 60

    belly, chest, unknown = ink(0.6), ink(-0.6), ink(math.nan)
    assert np.nonzero(belly)[0].mean() > 150
    assert np.nonzero(chest)[0].mean() < 90
    assert not unknown.any()
