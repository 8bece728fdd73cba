"""The task that is going on: its time, one cue, its numbers; and the choice of the next."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from biofeedback.core.task_words import SIDED, TASK_WORDS
from biofeedback.gui.states import TaskState
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.parts import label
from biofeedback.gui.widgets.reading import ReadingWidget

__all__ = ["TaskChoice", "TaskLine"]

ACROSS, ACROSS_LARGE = 5, 2
"""Numbers beside each other, at usual and at large text."""


class TaskLine(QWidget):
    """What is known of the task: shown live and in review.

    Parameters
    ----------
    theme : Theme
        Colours and type.

    Attributes
    ----------
    explain_asked : Signal of str
        A number's "?" was pressed: which page.
    readings : list of ReadingWidget
        Those that are shown come first.
    """

    explain_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(4))
        said = QHBoxLayout()
        said.setSpacing(theme.px(12))
        self._words = label(theme, "", "label")
        self._cue = label(theme, "", "body_large")
        self._cue.setWordWrap(theme.large)
        said.addWidget(self._words)
        said.addWidget(self._cue, 1)
        rows.addLayout(said)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(16))
        self._grid.setVerticalSpacing(theme.px(2))
        rows.addLayout(self._grid)
        self.readings: list[ReadingWidget] = []
        self.hide()

    def show_state(self, state: TaskState) -> None:
        """Show another state.

        Parameters
        ----------
        state : TaskState
            What to show.
        """
        self._words.setText(state.words)
        self._cue.setText(state.cue.capitalize())
        across = ACROSS_LARGE if self._theme.large else ACROSS
        while len(self.readings) < len(state.readings):
            widget = ReadingWidget(self._theme)
            widget.explain_asked.connect(self.explain_asked)
            self._grid.addWidget(widget, *divmod(len(self.readings), across))
            self.readings.append(widget)
        for number, widget in enumerate(self.readings):
            widget.setVisible(number < len(state.readings))
            if number < len(state.readings):
                widget.show_state(state.readings[number])
        for column in range(across):
            self._grid.setColumnStretch(column, int(column < len(state.readings)))
        self.setVisible(bool(state.words or state.cue))


class TaskChoice(QWidget):
    """Announces a task.

    Parameters
    ----------
    theme : Theme
        Colours and type.

    Attributes
    ----------
    task_asked : Signal of (str, str, bool)
        What is to be done from now on, with which side, and whether it makes the own band; empty
        when it is over.
    task, side : QComboBox
        To choose from.
    own : QCheckBox
        Whether it makes the own band.
    """

    task_asked = Signal(str, str, bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(10))
        row.addWidget(label(theme, "Task", "label"))
        self.task, self.side = QComboBox(), QComboBox()
        for name, words in (("", "none"), *TASK_WORDS.items()):
            self.task.addItem(words, name)
        for name in ("", "left", "right"):
            self.side.addItem(name or "either side", name)
        self.own = QCheckBox("own band")
        self.own.setToolTip("How steady you are in the next task becomes part of your own band.")
        for choice, name in ((self.task, "Task"), (self.side, "Side"), (self.own, "Own band")):
            choice.setAccessibleName(name)
            choice.setFont(theme.font("body"))
            row.addWidget(choice)
        self._heard = ""
        self.task.activated.connect(self._ask)
        self.side.activated.connect(self._ask)
        self.side.hide()

    def follow(self, name: str) -> None:
        """Show what goes on, once that is another: it is over, or a new session has begun.

        Parameters
        ----------
        name : str
            Of the task; empty for none.
        """
        if name != self._heard:
            self._heard = name
            self.task.setCurrentIndex(max(0, self.task.findData(name)))
            self.side.setVisible(name in SIDED)

    def end(self) -> None:
        """Choose none: the task is over."""
        self.task.setCurrentIndex(0)
        self._ask()

    def _ask(self) -> None:
        name = str(self.task.currentData())
        self.side.setVisible(name in SIDED)
        side = str(self.side.currentData()) if name in SIDED else ""
        self.task_asked.emit(name, side, self.own.isChecked())
