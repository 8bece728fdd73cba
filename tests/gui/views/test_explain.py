"""The page behind every "?"."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from biofeedback.gui.theme import Theme
from biofeedback.gui.views import explain
from biofeedback.gui.views.live import LivePanels
from biofeedback.gui.widgets.parts import Tile


def test_every_number_on_the_screen_has_a_page(qtbot: QtBot, theme: Theme) -> None:
    panels = LivePanels(theme)
    qtbot.addWidget(panels)
    pages = {tile.page for tile in panels.findChildren(Tile)}
    assert len(pages) > 4
    for page in pages:
        assert explain.page_text(page).startswith("# ")


def test_a_page_is_shown_and_its_links_open_the_next(qtbot: QtBot, theme: Theme) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    sheet = explain.MetricPage(theme, "breath_rate", owner)
    assert sheet.text.toPlainText().startswith("Breathing rate")
    sheet.text.anchorClicked.emit(QUrl("breath_timing.md"))
    assert "Ti" in sheet.text.toPlainText()
    sheet.text.anchorClicked.emit(QUrl("hold.md#limits"))
    assert "hold" in sheet.text.toPlainText().lower()


def test_a_page_that_is_not_here_says_where_to_look(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(explain, "FOLDERS", (tmp_path,))
    assert "docs/metrics/sway.md" in explain.page_text("sway")


def test_the_question_mark_opens_the_focused_number(qtbot: QtBot, theme: Theme) -> None:
    panels = LivePanels(theme)
    qtbot.addWidget(panels)
    panels.resize(900, 600)
    panels.show()
    panels.activateWindow()
    panels.rate.setFocus()
    panels.explain()
    sheet = panels.findChild(explain.MetricPage)
    assert sheet is not None
    assert sheet.text.toPlainText().startswith("Breathing rate")
    sheet.close()
    panels.hide()
