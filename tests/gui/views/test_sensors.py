"""The Sensors page before anything is found; the whole way is in test_main_window.py."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from biofeedback.gui.bridge import Bridge
from biofeedback.gui.motion import present_motion
from biofeedback.gui.presenters import present_readout
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.sensors import SWAP_S, SensorsPage
from biofeedback.session.studio import Studio
from tests.gui.made import made_live


def test_empty_says_what_to_do(qtbot: QtBot, theme: Theme, studio: Studio) -> None:
    bridge = Bridge(studio)
    page = SensorsPage(theme, bridge, None)
    qtbot.addWidget(page)
    page.show()
    page.show_readout(present_readout(bridge.live))
    words = " ".join(part.text() for part in page.findChildren(QLabel))
    assert "Switch the sensors on" in words
    assert "not worn yet" in words
    assert "nothing to record" in words
    page.hide()


def test_a_swap_check_ends_by_itself(qtbot: QtBot, theme: Theme, studio: Studio) -> None:
    bridge = Bridge(studio)
    bridge.live = made_live(80.0)
    page = SensorsPage(theme, bridge, None)
    qtbot.addWidget(page)
    page.show()
    page.check_swap()
    bridge.live.now_s -= SWAP_S + 1
    page.check_swap()
    bridge.live.now_s += SWAP_S + 1
    page.show_motion(present_motion(bridge.live))
    page.show_readout(present_readout(bridge.live))
    words = " ".join(part.text() for part in page.findChildren(QLabel))
    assert "both moved alike" in words
    page.hide()
