"""The legend leaves out what has no room."""

from __future__ import annotations

from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.legend import Legend
from tests.gui.made import pixels


def test_a_narrow_legend_begins_like_a_wide_one(theme: Theme) -> None:
    wide, narrow = pixels(Legend(theme), 520, 20), pixels(Legend(theme), 100, 20)
    assert (wide[:, :80] == narrow[:, :80]).all()
    assert "not yet confirmed" in Legend(theme).accessibleName()
