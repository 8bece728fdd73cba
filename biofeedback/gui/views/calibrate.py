"""Calibrate: one ring, one sentence, what is known so far."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from biofeedback.core.stream import Event
from biofeedback.gui.bridge import Bridge
from biofeedback.gui.calibrate import CalibrateState, KnownLine, present_calibrate
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.countdown import Countdown
from biofeedback.gui.widgets.parts import Card, LampWidget, label
from biofeedback.gui.widgets.step_row import StepRow
from biofeedback.session.guiding import Guiding, guided

__all__ = ["CalibratePage"]

TICK_MS = 33
POSTURES = ("sitting", "standing", "lying")
KEYS = "Space begins and breaks off, R repeats, S leaves out, Esc leaves; finished steps are kept."


class KnownRow(QWidget):
    """One thing that is known, or what it needs.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    style : str
        Of its title.
    """

    def __init__(self, theme: Theme, style: str = "section") -> None:
        super().__init__()
        self._lamp = LampWidget(theme)
        self._title, self._words = label(theme, "", style), label(theme, "", "caption", "text-2")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, theme.px(4), 0, theme.px(4))
        row.addWidget(self._lamp, 0, Qt.AlignmentFlag.AlignTop)
        rows = QVBoxLayout()
        for words in (self._title, self._words):
            words.setWordWrap(True)
            rows.addWidget(words)
        row.addLayout(rows, 1)

    def show_state(self, line: KnownLine) -> None:
        """Show another state.

        Parameters
        ----------
        line : KnownLine
            What to show.
        """
        self._lamp.show_word(line.word)
        self._title.setText(line.title)
        self._words.setText(line.words)
        self.setAccessibleName(line.title)
        self.setAccessibleDescription(f"{line.word}: {line.words}")


def _scrolled(*cards: QWidget) -> QScrollArea:
    """Put cards one below the other, where they may be higher than the window."""
    content = QWidget()
    content.setObjectName("page")
    rows = QVBoxLayout(content)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(12)
    for card in cards:
        rows.addWidget(card)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(content)
    return scroll


class CalibratePage(QWidget):
    """Leads through a calibration of what is worn.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    bridge : Bridge
        Tells what the instrument answers.

    Attributes
    ----------
    guiding : Guiding or None
        The calibration that goes on; None before the page was first opened.
    """

    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("page")
        self._theme = theme
        self._studio = bridge.studio
        self.guiding: Guiding | None = None
        self._folder: Path | None = None
        self._steps: list[StepRow] = []
        self._known: list[KnownRow] = []
        bridge.heard.connect(self._hear)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.tick)
        self._ring = Countdown(theme)
        self._sentence = label(theme, "", "calibration_sentence")
        self._detail = label(theme, "", "body_large", "text-2")
        self._count = label(theme, "", "body", "text-2")
        for words in (self._sentence, self._detail, self._count):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            words.setWordWrap(True)
        self._left = label(theme, "", "caption", "text-2")
        self._comparable = KnownRow(theme, "title")
        self._buttons = {
            "begin": QPushButton("Begin  Space"),
            "repeat": QPushButton("Repeat  R"),
            "skip": QPushButton("Leave out  S"),
        }
        self._buttons["begin"].setObjectName("solid")
        for name, do in (("begin", self.begin), ("repeat", self.repeat), ("skip", self.skip)):
            self._buttons[name].clicked.connect(do)
        self._posture = QComboBox()
        self._posture.addItems(POSTURES)
        self._posture.setAccessibleName("Posture")
        self._posture.activated.connect(self.start_over)
        self._lay_out()

    def _lay_out(self) -> None:
        theme = self._theme
        left = Card(theme, "Steps")
        posture = QHBoxLayout()
        posture.addWidget(label(theme, "Posture", "label"))
        posture.addWidget(self._posture, 1)
        left.body.addLayout(posture)
        self._step_rows = QVBoxLayout()
        left.body.addLayout(self._step_rows)
        left.body.addStretch(1)
        over = QPushButton("Start over")
        over.clicked.connect(self.start_over)
        keys = label(theme, KEYS, "caption", "text-2")
        keys.setWordWrap(True)
        for part in (self._left, keys, over):
            left.body.addWidget(part)
        middle = Card(theme)
        middle.body.addStretch(1)
        middle.body.addWidget(self._ring, 6)
        for words in (self._sentence, self._count, self._detail):
            middle.body.addWidget(words)
        middle.body.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in self._buttons.values():
            buttons.addWidget(button)
        buttons.addStretch(1)
        right = Card(theme, "What we know so far")
        self._known_rows = QVBoxLayout()
        right.body.addLayout(self._known_rows)
        right.body.addStretch(1)
        right.body.addWidget(label(theme, "Comparable with last time", "caption", "text-2"))
        right.body.addWidget(self._comparable)
        outer = QVBoxLayout(self) if theme.large else QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(12)
        if theme.large:  # the buttons stay in sight, whatever is scrolled to
            outer.addWidget(_scrolled(middle, left, right), 1)
            outer.addLayout(buttons)
            return
        middle.body.addLayout(buttons)
        steps, known = _scrolled(left), _scrolled(right)
        for side in (steps, known):
            side.setFixedWidth(theme.px(280))
        outer.addWidget(steps)
        outer.addWidget(middle, 1)
        outer.addWidget(known)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Begin with what is worn now; a calibration that has begun goes on."""
        super().showEvent(event)
        worn = frozenset(self._studio.roles.values())
        if self.guiding is None or self.guiding.guide.worn != worn or self._is_past():
            self.start_over()
        self._timer.start(TICK_MS)
        self.tick()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Break off the step that goes on: nobody reads what comes next."""
        super().hideEvent(event)
        self._timer.stop()
        if self.guiding is not None:
            self.guiding.stop()

    def start_over(self) -> None:
        """Begin anew, in the posture that is chosen."""
        if self.guiding is not None:
            self.guiding.stop()
        self._folder = self._studio.folder
        self.guiding = guided(self._studio, self._posture.currentText())
        self.tick()

    def begin(self) -> None:
        """Begin the step, or break it off while it goes on."""
        if self.guiding is not None:
            going = self.guiding.guide.phase == "going"
            (self.guiding.stop if going else self.guiding.begin)()
            self.tick()

    def repeat(self) -> None:
        """Begin the step from its first sentence."""
        if self.guiding is not None:
            self.guiding.repeat()
            self.tick()

    def skip(self) -> None:
        """Go on without the step."""
        if self.guiding is not None:
            self.guiding.skip()
            self.tick()

    def choose(self, name: str) -> None:
        """Make a step the next.

        Parameters
        ----------
        name : str
            As the guide calls it.
        """
        if self.guiding is not None:
            self.guiding.guide.choose(name)
            self.tick()
            self.setFocus()

    def tick(self) -> None:
        """Let time pass, and show where it is."""
        if self._is_past():
            self.start_over()
        elif self.guiding is not None:
            self.guiding.tick()
            now_ns = self.guiding.now_ns
            self._show(present_calibrate(self.guiding.guide, self.guiding.comparison, now_ns))

    def _is_past(self) -> bool:
        """Tell whether another session has begun: a calibration holds for its own alone."""
        return self.guiding is not None and self._studio.folder != self._folder

    def _hear(self, events: tuple[Event, ...]) -> None:
        if self.guiding is not None:
            self.guiding.hear(events)

    def _show(self, state: CalibrateState) -> None:
        self._ring.show_time(state.part, state.seconds)
        # With large text an empty ring would push the reason out of sight.
        self._ring.setVisible(not (self._theme.large and state.phase == "ready"))
        count = f"{state.counted} of {state.asked} breaths" if state.asked else ""
        for words, text in (
            (self._sentence, state.sentence),
            (self._detail, state.detail),
            (self._count, count if state.phase == "going" else ""),
            (self._left, state.left),
        ):
            if words.text() != text:
                words.setText(text)
        going = state.phase == "going"
        self._buttons["begin"].setText("Break off  Space" if going else "Begin  Space")
        self._buttons["begin"].setVisible(not state.again and state.phase != "over")
        self._buttons["repeat"].setVisible(going or state.again)
        self._buttons["skip"].setVisible(state.phase != "over")
        self._buttons["skip"].setText("Go on without it  S" if state.again else "Leave out  S")
        for button in self._buttons.values():
            button.setEnabled(state.phase in ("ready", "going"))
        while len(self._steps) < len(state.steps):
            self._steps.append(step := StepRow(self._theme))
            step.chosen.connect(self.choose)
            self._step_rows.addWidget(step)
        while len(self._known) < len(state.known):
            self._known.append(known := KnownRow(self._theme))
            self._known_rows.addWidget(known)
        for number, step in enumerate(self._steps):
            step.setVisible(number < len(state.steps))
            if number < len(state.steps):
                step.show_state(state.steps[number])
        for number, known in enumerate(self._known):
            known.setVisible(number < len(state.known))
            if number < len(state.known):
                known.show_state(state.known[number])
        self._comparable.show_state(state.comparable)
