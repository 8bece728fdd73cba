"""Live, for the person: a figure, a ring, a sentence, a timer. Nothing else, ever."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from biofeedback.gui.states import PersonState
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.balance_ring import BalanceRing
from biofeedback.gui.widgets.breath_figure import BreathFigure
from biofeedback.gui.widgets.parts import label

__all__ = ["PersonView"]


class PersonView(QWidget):
    """The person's screen: a window of its own, or full screen.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    parent : QWidget or None
        Owner; it closes with it.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("biofeedback")
        self.setStyleSheet(theme.style_sheet())
        self.setPalette(theme.palette())
        self.setAutoFillBackground(True)
        self._time = label(theme, "0:00", "person_timer", "text-2")
        self._figure = BreathFigure(theme)
        self._ring = BalanceRing(theme)
        self._sentence = label(theme, "", "person_sentence")
        self._help = label(theme, "", "person_help", "text-2")
        for words in (self._sentence, self._help):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            words.setWordWrap(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(56, 32, 56, 48)
        corner = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        grid.addWidget(self._figure, 0, 0, 2, 1)
        grid.addWidget(self._time, 0, 1, corner)
        grid.addWidget(self._ring, 1, 1)
        grid.addWidget(self._sentence, 2, 0, 1, 2)
        grid.addWidget(self._help, 3, 0, 1, 2)
        grid.setColumnStretch(0, 11)
        grid.setColumnStretch(1, 8)
        grid.setRowStretch(1, 1)
        self.setCursor(Qt.CursorShape.BlankCursor)

    def show_state(self, state: PersonState) -> None:
        """Show another state.

        Parameters
        ----------
        state : PersonState
            What to show.
        """
        self._figure.show_state(state)
        self._ring.show_state(state)
        for words, text in (
            (self._time, state.time),
            (self._sentence, state.sentence),
            (self._help, state.help),
        ):
            _say(words, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Leave with Esc or F11; other keys do nothing."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F11):
            self.hide()


def _say(words: QLabel, text: str) -> None:
    if words.text() != text:
        words.setText(text)
