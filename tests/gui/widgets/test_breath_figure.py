"""The torso swells."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from biofeedback.gui.motion import present_motion
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.breath_figure import BreathFigure, torso
from biofeedback.session.live import Live
from tests.gui.made import pixels


def coloured(theme: Theme, chest: float, abdomen: float, paused: str = "") -> tuple[int, int]:
    """Count pixels that are plainly blue, and plainly orange."""
    state = dataclasses.replace(
        present_motion(Live()).person, chest=chest, abdomen=abdomen, paused=paused
    )
    figure = BreathFigure(theme)
    figure.show_state(state)
    picture = pixels(figure, 420, 520)
    tint = picture[:, :, 2] - picture[:, :, 0]
    return int(np.sum(tint > 30)), int(np.sum(tint < -30))


def test_each_compartment_swells_with_its_belt(theme: Theme) -> None:
    rest, full = coloured(theme, 0.0, 0.0), coloured(theme, 1.0, 0.0)
    assert full[0] > 1.2 * rest[0]
    assert abs(full[1] - rest[1]) < 0.1 * rest[1]
    assert coloured(theme, 0.0, 1.0)[1] > 1.3 * rest[1]


def test_without_signal_there_are_outlines_only(theme: Theme) -> None:
    assert coloured(theme, math.nan, math.nan, "abdomen") == (0, 0)


def test_the_torso_is_the_same_on_both_sides() -> None:
    outline, filled = torso(0.5, 0.5)
    box = outline.boundingRect()
    assert abs(box.left() + box.right()) < 1e-6
    assert filled.contains(box.center())
