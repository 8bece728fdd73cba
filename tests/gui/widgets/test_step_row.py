"""A step in the list: read aloud, and chosen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from biofeedback.gui.calibrate import StepLine, StepMark
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.step_row import StepRow
from tests.gui.made import pixels


def line(mark: StepMark, words: str = "") -> StepLine:
    return StepLine("deep", 3, "Three slow deep breaths", "25 s · 3 breaths", mark, words)


@pytest.mark.parametrize(
    ("mark", "said"), [("done", "done"), ("now", "now"), ("again", "once more"), ("to_do", "to do")]
)
def test_it_says_how_it_stands_in_words_too(
    qtbot: QtBot, theme: Theme, mark: StepMark, said: str
) -> None:
    row = StepRow(theme)
    qtbot.addWidget(row)
    row.show_state(line(mark, "Both belts read upwards."))
    assert row.accessibleName() == "Step 3: Three slow deep breaths"
    assert row.accessibleDescription().startswith(f"{said}, 25 s · 3 breaths, Both")
    assert pixels(row, 260, 80).std() > 1.0


def test_it_is_chosen_by_click_and_by_key(qtbot: QtBot, theme: Theme) -> None:
    row = StepRow(theme)
    qtbot.addWidget(row)
    row.show_state(line("to_do"))
    with qtbot.waitSignal(row.chosen) as told:
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert told.args == ["deep"]
    with qtbot.waitSignal(row.chosen):
        qtbot.keyClick(row, Qt.Key.Key_Return)
