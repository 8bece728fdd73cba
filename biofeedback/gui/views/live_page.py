"""The page of a running session: panels, banner, markers."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from biofeedback.gui.actions import MARKERS
from biofeedback.gui.states import Banner, Readout
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.live import LivePanels
from biofeedback.gui.views.task_line import TaskChoice, TaskLine
from biofeedback.gui.widgets.parts import Card, LampWidget, label
from biofeedback.gui.widgets.reading import ReadingWidget

__all__ = ["BannerBar", "LivePage"]


class BannerBar(QWidget):
    """What is wrong, since when, what is being done; there until it is over.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, theme.px(8), 14, theme.px(8))
        self._sign = LampWidget(theme)
        self._title = label(theme, "", "section")
        self._words = label(theme, "")
        self._advice = label(theme, "", "body", "text-2")
        row.addWidget(self._sign)
        row.addWidget(self._title)
        row.addWidget(self._words, 1)
        row.addWidget(self._advice)
        for words in (self._words, self._advice):
            words.setWordWrap(theme.large)
        self.hide()

    def show_state(self, banner: Banner | None) -> None:
        """Show a banner, or none.

        Parameters
        ----------
        banner : Banner or None
            What to show.
        """
        self.setVisible(banner is not None)
        if banner is not None:
            self._sign.show_word(banner.word)
            self._title.setText(banner.title)
            self._words.setText(banner.words)
            self._advice.setText(banner.advice)


class LivePage(QWidget):
    """Live, for the clinician.

    Parameters
    ----------
    theme : Theme
        Colours and type.

    Attributes
    ----------
    mark_asked : Signal of str
        A marker was pressed.
    tasks : TaskChoice
        Where a task is announced.
    line : TaskLine
        What is known of it.
    panels : LivePanels
        Traces and numbers.
    """

    mark_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("page")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(12)
        self._banner = BannerBar(theme)
        self.panels = LivePanels(theme)
        self.panels.show_window(60.0)
        self.tasks, self.line = TaskChoice(theme), TaskLine(theme)
        self.tasks.task_asked.connect(self._told)
        self.line.explain_asked.connect(self.panels.explain_page)
        rows.addWidget(self._banner)
        rows.addWidget(self.panels, 1)
        bar = Card(theme)
        row = QHBoxLayout()
        row.setSpacing(theme.px(6))
        row.addWidget(label(theme, "Mark", "label"))
        for key, words in MARKERS:
            button = QPushButton(f"{key}  {words}")
            button.setObjectName("plain")
            button.clicked.connect(partial(self.mark_asked.emit, words))
            row.addWidget(button)
        if not theme.large:
            row.addSpacing(theme.px(12))
            row.addWidget(self.tasks)
        row.addStretch(1)
        self._said = label(theme, "N  note", "body", "text-2")
        row.addWidget(self._said)
        bar.body.addLayout(row)
        if theme.large:
            bar.body.addWidget(self.tasks, 0, Qt.AlignmentFlag.AlignLeft)
        bar.body.addWidget(self.line)
        bar.body.setContentsMargins(14, 4, 14, 4)
        rows.addWidget(bar)

    def choose_task(self) -> None:
        """Open the list of tasks."""
        self.tasks.task.setFocus()
        self.tasks.task.showPopup()

    def explain(self) -> None:
        """Open the page of the focused number."""
        focused = self.focusWidget()
        if isinstance(focused, ReadingWidget):
            self.panels.explain_page(focused.page)
        else:
            self.panels.explain()

    def _told(self) -> None:
        self.setFocus()  # letters are markers again

    def say(self, words: str) -> None:
        """Say what has happened.

        Parameters
        ----------
        words : str
            One sentence.
        """
        self._said.setText(words)

    def show_readout(self, readout: Readout) -> None:
        """Show what is read.

        Parameters
        ----------
        readout : Readout
            What to show.
        """
        self._banner.show_state(readout.banner)
        self.panels.show_readout(readout)
        self.tasks.follow(readout.task.name)
        self.line.show_state(readout.task)
