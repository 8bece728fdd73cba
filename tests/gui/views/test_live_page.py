"""Banner and markers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from biofeedback.gui.states import Banner
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.live_page import BannerBar, LivePage


def test_markers_are_told(qtbot: QtBot, theme: Theme) -> None:
    page = LivePage(theme)
    qtbot.addWidget(page)
    button = next(b for b in page.findChildren(QPushButton) if b.text() == "C  cough")
    with qtbot.waitSignal(page.mark_asked) as told:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert told.args == ["cough"]


def test_a_banner_stays_until_it_is_over(qtbot: QtBot, theme: Theme) -> None:
    bar = BannerBar(theme)
    qtbot.addWidget(bar)
    assert bar.isHidden()
    bar.show_state(Banner("Chest belt lost 4 s ago.", "It is being looked for.", "Check it."))
    assert not bar.isHidden()
    bar.show_state(None)
    assert bar.isHidden()
