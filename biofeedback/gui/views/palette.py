"""The command palette: every action by its words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from biofeedback.gui.actions import ACTIONS, Action
from biofeedback.gui.theme import Theme

__all__ = ["Palette", "matching"]

MOVING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def matching(words: str) -> list[Action]:
    """Return the actions that hold every word typed, in the order of the sheet of keys.

    Parameters
    ----------
    words : str
        What was typed; empty gives every action.

    Returns
    -------
    actions : list of Action
    """
    wanted = words.casefold().split()
    return [a for a in ACTIONS if all(word in f"{a.words} {a.page}".casefold() for word in wanted)]


class Palette(QDialog):
    """Type a few letters, press Enter.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    do : callable
        Does the action of that name.
    parent : QWidget
        Owner.
    """

    def __init__(self, theme: Theme, do: Callable[[Action], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("What do you want to do?")
        self.resize(theme.px(460), theme.px(380))
        self._do = do
        self.words = QLineEdit()
        self.words.setPlaceholderText("Type a few letters: cough, review, record…")
        self.words.setFont(theme.font("body_large"))
        self.words.setAccessibleName("Action")
        self.found = QListWidget()
        self.found.setFont(theme.font("body"))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 16, 16, 16)
        rows.addWidget(self.words)
        rows.addWidget(self.found)
        self.words.textChanged.connect(self._show)
        self.words.returnPressed.connect(self.run_chosen)
        self.found.itemActivated.connect(self.run_chosen)
        self.words.installEventFilter(self)
        self._show("")

    def _show(self, words: str) -> None:
        self.found.clear()
        for action in matching(words):
            item = QListWidgetItem(f"{action.words}    {action.key}")
            item.setData(Qt.ItemDataRole.UserRole, action)
            self.found.addItem(item)
        self.found.setCurrentRow(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Let the arrows move in the list while the words are typed."""
        pressed = event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and event.key() in MOVING:
            QApplication.sendEvent(self.found, event)
            return True
        return super().eventFilter(watched, event)

    def run_chosen(self) -> None:
        """Close, then do what is chosen."""
        item = self.found.currentItem()
        if item is not None:
            action: Action = item.data(Qt.ItemDataRole.UserRole)
            self.accept()
            self._do(action)
