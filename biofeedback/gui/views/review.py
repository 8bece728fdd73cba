"""Review: a recorded session in the same views, at any speed, from any moment."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from biofeedback.core.endurance_words import endurance_words
from biofeedback.core.results import BreathCycle, CommandHeard, Hold, HoldEnded, SensorQuality
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Event
from biofeedback.gui.bridge import Bridge
from biofeedback.gui.lamps import NAMES
from biofeedback.gui.motion import clock_words, present_motion
from biofeedback.gui.playback import SPEEDS, Playback
from biofeedback.gui.presenters import present_readout
from biofeedback.gui.states import Flag
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.live import LivePanels
from biofeedback.gui.views.task_line import TaskLine
from biofeedback.gui.widgets.overview import Overview
from biofeedback.gui.widgets.parts import Card, label
from biofeedback.session.review import Review

__all__ = ["ReviewPage", "event_rows"]

PICTURE_MS = 25
READ_EVERY = 8
EMPTY = "No session is open. Choose Open session, or record one."
STARTING = Reason.SETTLING | Reason.STALE_CLOCK
"""Every sensor begins so: nothing happened."""


def event_rows(events: list[Event]) -> Iterator[tuple[float, str, str]]:
    """Give what is worth a line in the table of events.

    Parameters
    ----------
    events : list of Event
        Everything that was decided.

    Yields
    ------
    row : tuple of (float, str, str)
        Session time, s; kind; detail.
    """
    for event in events:
        match event:
            case CommandHeard(name="mark" | "note"):
                yield event.t_s, event.name, str(event.argument("text") or "")
            case CommandHeard(name="record" | "stop" | "baseline"):
                yield event.t_s, event.name, ""
            case Hold(state="ended"):
                yield event.start_s, "hold", f"{event.duration_s:.1f} s"
            case HoldEnded():
                yield event.t_s, "endurance", endurance_words(dataclasses.asdict(event))
            case BreathCycle(sigh=True):
                yield event.onset_s, "sigh", f"{event.amplitude:.1f} × usual"
            case SensorQuality(ok=False, reason=reason) if reason & ~STARTING:
                words = Reason(reason).in_words()
                yield event.t_s, "signal", f"{NAMES[Role(event.role)]}: {words}"
            case _:
                pass


class ReviewPage(QWidget):
    """Overview, panels, events, transport.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    bridge : Bridge
        Reads sessions in the background.
    """

    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("page")
        self._bridge = bridge
        self.playback: Playback | None = None
        self._last_s = 0.0
        self._frames = 0
        self._offered: Path | None = None
        self.overview = Overview(theme)
        self.overview.sought.connect(self.seek)
        self.panels = LivePanels(theme, absolute=True)
        self.events = QTableWidget(0, 3)
        self.events.setHorizontalHeaderLabels(["Time", "Kind", "Detail"])
        self.events.verticalHeader().hide()
        self.events.setShowGrid(False)
        self.events.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.events.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.events.horizontalHeader().setStretchLastSection(True)
        self.events.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.events.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.events.cellClicked.connect(self._event_chosen)
        self._said = label(theme, EMPTY, "body", "text-2")
        self._said.setWordWrap(True)
        self._last_button = QPushButton("Open the last recording")
        self._last_button.clicked.connect(self._open_offered)
        self._last_button.hide()
        self._time = label(theme, "0:00", "figure_small")
        self._play = QPushButton("Play")
        self._play.setObjectName("solid")
        self._play.clicked.connect(self.toggle)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self.task = TaskLine(theme)
        self.task.explain_asked.connect(self.panels.explain_page)
        self._lay_out(theme)

    def _lay_out(self, theme: Theme) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(12)
        top = Card(theme)
        said = QHBoxLayout()
        said.addWidget(self._said, 1)
        said.addWidget(self._last_button)
        top.body.addLayout(said)
        top.body.addWidget(self.overview)
        rows.addWidget(top)
        middle = QHBoxLayout()
        middle.setSpacing(12)
        middle.addWidget(self.panels, 1)
        events = Card(theme, "Events")
        events.body.addWidget(self.events)
        events.setFixedWidth(theme.px(250))
        middle.addWidget(events)
        events.setVisible(not theme.large)
        rows.addLayout(middle, 1)
        self._task_card = Card(theme)
        self._task_card.body.setContentsMargins(14, 4, 14, 4)
        self._task_card.body.addWidget(self.task)
        self._task_card.hide()
        rows.addWidget(self._task_card)
        bar = Card(theme)
        bar.body.setContentsMargins(12, 6, 12, 6)
        row = QHBoxLayout()
        row.setSpacing(8)
        for words, step_s in (("−5 s", -5.0), ("", 0.0), ("+5 s", 5.0)):
            button = self._play if not step_s else QPushButton(words)
            if step_s:
                button.clicked.connect(partial(self.step, step_s))
            row.addWidget(button)
        row.addWidget(self._time)
        row.addStretch(1)
        group = QButtonGroup(self)
        for speed in SPEEDS:
            button = QPushButton(f"×{speed:g}")
            button.setCheckable(True)
            button.setChecked(speed == 1.0)
            button.clicked.connect(partial(self.set_speed, speed))
            group.addButton(button)
            row.addWidget(button)
        bar.body.addLayout(row)
        rows.addWidget(bar)

    def offer(self, folder: Path) -> None:
        """Offer a session that was just saved.

        Parameters
        ----------
        folder : Path
            Its folder.
        """
        self._offered = folder
        self._last_button.show()

    def _open_offered(self) -> None:
        if self._offered is not None:
            self.open(self._offered)

    def open(self, folder: Path) -> None:
        """Read a session in the background and show it.

        Parameters
        ----------
        folder : Path
            Session folder, or a file inside it.
        """
        self._said.setText("Reading session…")
        future = self._bridge.studio.review(folder)
        self._bridge.ask(future, self.show_review, self._said.setText)

    def show_review(self, review: Review) -> None:
        """Show a session from its beginning.

        Parameters
        ----------
        review : Review
            The session.
        """
        self.playback = Playback(review)
        words = f"{review.folder.name}, {clock_words(review.length_s)}"
        self._said.setText(f"{words}. It {review.torn}." if review.torn else words)
        rows = list(event_rows(review.events))
        self.events.setRowCount(len(rows))
        for number, (t_s, kind, detail) in enumerate(rows):
            for column, text in enumerate((clock_words(max(0.0, t_s)), kind, detail)):
                item = QTableWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, t_s)
                item.setToolTip(text)
                self.events.setItem(number, column, item)
        for column in (0, 1):
            self.events.resizeColumnToContents(column)
        flags = [Flag(t_s, detail) for t_s, kind, detail in rows if kind in ("mark", "note")]
        when_s, breathing = review.column("abdomen_excursion")
        if not np.isfinite(breathing).any():
            when_s, breathing = review.column("chest_excursion")
        self.overview.show_session(when_s, breathing, review.length_s, flags)
        self.seek(0.0)

    def close_session(self) -> None:
        """Let go of the session."""
        self._timer.stop()
        self.playback = None

    def toggle(self) -> None:
        """Play or pause."""
        if self.playback is None:
            return
        if self.playback.now_s >= self.playback.review.length_s:
            self.playback.seek(0.0)
        self.playback.playing = not self.playback.playing
        self._last_s = perf_counter()
        self._show_playing()

    def _show_playing(self) -> None:
        playing = self.playback is not None and self.playback.playing
        self._play.setText("Pause" if playing else "Play")
        if playing:
            self._timer.start(PICTURE_MS)
        else:
            self._timer.stop()

    def set_speed(self, speed: float) -> None:
        """Play faster or slower.

        Parameters
        ----------
        speed : float
            Session seconds per second.
        """
        if self.playback is not None:
            self.playback.speed = speed

    def seek(self, t_s: float) -> None:
        """Go to another moment.

        Parameters
        ----------
        t_s : float
            Session time, s.
        """
        if self.playback is not None:
            self.playback.seek(t_s)
            self._show(everything=True)

    def step(self, step_s: float) -> None:
        """Go a little back or forward.

        Parameters
        ----------
        step_s : float
            How far, s.
        """
        if self.playback is not None:
            self.seek(self.playback.now_s + step_s)

    def step_breath(self, steps: int) -> None:
        """Go to the onset of a breath.

        Parameters
        ----------
        steps : int
            −1 for the one before, 1 for the next.
        """
        if self.playback is not None:
            self.seek(self.playback.breath(steps))

    def to_end(self) -> None:
        """Go to the end."""
        self.seek(math.inf)

    def _event_chosen(self, row: int, _: int) -> None:
        item = self.events.item(row, 0)
        if item is not None:
            self.seek(float(item.data(Qt.ItemDataRole.UserRole)) + 1.0)

    def _tick(self) -> None:
        if self.playback is None:
            return
        now_s = perf_counter()
        moved = self.playback.advance(now_s - self._last_s)
        self._last_s = now_s
        if moved:
            self._frames += 1
            self._show(everything=self._frames % READ_EVERY == 0 or not self.playback.playing)
        self._show_playing()

    def _show(self, *, everything: bool) -> None:
        playback = self.playback
        assert playback is not None
        motion = present_motion(playback.live)
        self.panels.show_motion(motion)
        self.overview.show_stretch(playback.now_s - motion.trace.window_s, playback.now_s)
        length = clock_words(playback.review.length_s)
        self._time.setText(f"{clock_words(playback.now_s)} of {length}")
        if everything:
            readout = present_readout(playback.live)
            self.panels.show_readout(readout)
            self.task.show_state(readout.task)
            self._task_card.setVisible(bool(readout.task.words))
