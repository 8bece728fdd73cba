"""A number in one line: its mark, its name, its value, and why it is not known."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.parts import LampWidget, label
from biofeedback.session.task_readings import TaskReading

__all__ = ["ReadingWidget"]


class ReadingWidget(QWidget):
    """One number of a task.

    Parameters
    ----------
    theme : Theme
        Colours and type.

    Attributes
    ----------
    explain_asked : Signal of str
        "?" was pressed: which page.
    page : str
        The page it would open.
    """

    explain_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.page = ""
        self._shown: TaskReading | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(5))
        self._lamp = LampWidget(theme)
        self._title = label(theme, "", "label", "text-2")
        self._value = label(theme, "", "section")
        self._unit = label(theme, "", "caption", "text-2", elided=True)
        self._ask = QPushButton("?")
        self._ask.setObjectName("ask")
        self._ask.setFixedSize(theme.px(22), theme.px(20))
        self._ask.clicked.connect(lambda: self.explain_asked.emit(self.page))
        for part in (self._lamp, self._title, self._value):
            row.addWidget(part)
        row.addWidget(self._unit, 1)
        row.addWidget(self._ask)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_state(self, reading: TaskReading) -> None:
        """Show another number, if it is another.

        Parameters
        ----------
        reading : TaskReading
            What to show.
        """
        if reading == self._shown:
            return
        self._shown, self.page = reading, reading.page
        self._lamp.show_word(reading.word)
        self._title.setText(reading.title)
        self._value.setText(reading.text)
        self._unit.setText(" · ".join(part for part in (reading.unit, reading.reason) if part))
        self._ask.setAccessibleName(f"What {reading.title} is")
        self.setAccessibleName(reading.title)
        said = " ".join(part for part in (reading.title, reading.text, reading.unit) if part)
        quality = f"{reading.word}: {reading.reason}" if reading.reason else reading.word
        self.setAccessibleDescription(f"{said}, {quality}")
