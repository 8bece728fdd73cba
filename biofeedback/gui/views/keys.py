"""The sheet of keys, made from the table of actions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from biofeedback.gui.actions import ACTIONS
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.parts import label

__all__ = ["KeysSheet"]

COLUMN = 14


class KeysSheet(QDialog):
    """Every key and what it does; Esc closes it.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    parent : QWidget
        Owner.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys")
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 20, 24, 20)
        grid.setHorizontalSpacing(theme.px(16))
        for number, action in enumerate(ACTIONS):
            row, column = number % COLUMN, 3 * (number // COLUMN)
            grid.addWidget(label(theme, action.key, "section"), row, column)
            grid.addWidget(label(theme, action.words), row, column + 1)
            where = "" if action.page == "everywhere" else action.page.capitalize()
            grid.addWidget(label(theme, where, "caption", "text-3"), row, column + 2)
