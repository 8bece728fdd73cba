"""The whole session in a strip."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from biofeedback.gui.states import Flag
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.overview import Overview
from tests.gui.made import pixels


def test_a_click_seeks_and_gaps_are_hatched(qtbot: QtBot, theme: Theme) -> None:
    overview = Overview(theme)
    qtbot.addWidget(overview)
    t_s = np.concatenate([np.arange(0, 40, 0.1), np.arange(60, 100, 0.1)])
    overview.show_session(t_s, np.sin(t_s), 100.0, [Flag(20.0, "cue")])
    overview.show_stretch(-30.0, 30.0)
    picture = pixels(overview, 500, 64)
    assert len(np.unique(picture[40, 220:280].reshape(-1, 3), axis=0)) > 1
    with qtbot.waitSignal(overview.sought) as sought:
        qtbot.mouseClick(overview, Qt.MouseButton.LeftButton, pos=QPoint(250, 20))
    assert sought.args[0] == pytest.approx(50.0, abs=0.5)
