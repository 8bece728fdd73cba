"""The shell: rail, top bar, pages, status bar."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from biofeedback.gui.actions import ACTIONS, Action
from biofeedback.gui.bridge import Bridge
from biofeedback.gui.motion import clock_words
from biofeedback.gui.rail import RailButton
from biofeedback.gui.states import Motion, Readout
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.calibrate import CalibratePage
from biofeedback.gui.views.keys import KeysSheet
from biofeedback.gui.views.live_page import LivePage
from biofeedback.gui.views.palette import Palette
from biofeedback.gui.views.person import PersonView
from biofeedback.gui.views.review import ReviewPage
from biofeedback.gui.views.sensors import SensorsPage
from biofeedback.gui.widgets.parts import label
from biofeedback.gui.widgets.status_bar import StatusBar
from biofeedback.session.place import OpenPlace
from biofeedback.session.studio import Studio

__all__ = ["MainWindow"]

PAGES = ("sensors", "live", "review")
ALSO = {"calibrate": "sensors"}
"""Pages without a place of their own in the rail, and whose place they share."""
WINDOWS_S = (30.0, 60.0, 120.0)


class MainWindow(QMainWindow):
    """One window for the whole session.

    Parameters
    ----------
    studio : Studio
        What a person can do; opened already.
    theme : Theme
        Colours and type.
    simulator : callable or None
        Place where a simulated person wears sensors, for *Use the simulator*.
    """

    def __init__(self, studio: Studio, theme: Theme, simulator: OpenPlace | None = None) -> None:
        super().__init__()
        self.studio = studio
        self.bridge = Bridge(studio)
        self._theme = theme
        self.setWindowTitle("biofeedback")
        self.setStyleSheet(theme.style_sheet())
        self.setPalette(theme.palette())
        self.resize(1440, 900)
        self.setMinimumSize(960, 640)
        self.person = PersonView(theme, self)
        self.live_page = LivePage(theme)
        self.sensors_page = SensorsPage(theme, self.bridge, simulator)
        self.review_page = ReviewPage(theme, self.bridge)
        self.status = StatusBar(theme)
        self._pages = QStackedWidget()
        self.calibrate_page = CalibratePage(theme, self.bridge)
        pages = (self.sensors_page, self.live_page, self.review_page, self.calibrate_page)
        for page in pages:
            self._pages.addWidget(page)
        self._title = label(theme, "", "screen_title")
        self._time = label(theme, "", "figure_small")
        self._record = QPushButton("Record")
        self._record.setObjectName("solid")
        self._record.clicked.connect(self.toggle_recording)
        self._rail: dict[str, RailButton] = {}
        self._does: dict[Action, Callable[[], object]] = {}
        self._lay_out()
        self.sensors_page.start_asked.connect(self.start_recording)
        self.sensors_page.calibrate_asked.connect(partial(self.go_to, "calibrate"))
        self.live_page.mark_asked.connect(self.mark)
        self.live_page.tasks.task_asked.connect(studio.task)
        self.bridge.failed.connect(self.sensors_page.say)
        self.bridge.failed.connect(self.live_page.say)
        self.bridge.moved.connect(self._show_motion)
        self.bridge.read.connect(self._show_readout)
        self.live_page.panels.trace.on_painted = self.bridge.painted
        self._make_shortcuts()
        self.go_to("sensors")
        self.bridge.start()

    def _lay_out(self) -> None:
        theme = self._theme
        middle = QWidget()
        middle.setObjectName("page")
        columns = QHBoxLayout(middle)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(0)
        rail = QWidget()
        rail.setObjectName("rail")
        rail.setFixedWidth(theme.size("rail"))
        rail_rows = QVBoxLayout(rail)
        rail_rows.setContentsMargins(6, 12, 6, 12)
        group = QButtonGroup(self)
        for page in PAGES:
            entry = RailButton(theme, page)
            entry.clicked.connect(partial(self.go_to, page))
            group.addButton(entry)
            self._rail[page] = entry
            rail_rows.addWidget(entry)
        rail_rows.addStretch(1)
        columns.addWidget(rail)
        right = QVBoxLayout()
        right.setSpacing(0)
        top = QWidget()
        top.setObjectName("bar")
        top.setFixedHeight(theme.size("topbar"))
        bar = QHBoxLayout(top)
        bar.setContentsMargins(20, 0, 20, 0)
        bar.setSpacing(12)
        bar.addWidget(self._title)
        bar.addStretch(1)
        bar.addWidget(self._time)
        for words, do in (
            ("Open session", self.open_session),
            ("Person screen", self.toggle_person),
        ):
            button = QPushButton(words)
            button.clicked.connect(do)
            bar.addWidget(button)
        bar.addWidget(self._record)
        right.addWidget(top)
        inside = QVBoxLayout()
        inside.setContentsMargins(16, 12, 16, 12)
        inside.addWidget(self._pages, 1)
        right.addLayout(inside, 1)
        right.addWidget(self.status)
        columns.addLayout(right, 1)
        self.setCentralWidget(middle)

    def _make_shortcuts(self) -> None:
        does: dict[str, Callable[[], object]] = {
            **{page: partial(self.go_to, page) for page in PAGES},
            "open": self.open_session,
            "keys": self.show_keys,
            "palette": self.show_palette,
            "uncover": self.uncover,
            "explain": self.live_page.explain,
            "person": self.toggle_person,
            "save": self.stop_recording,
            "scan": self.sensors_page.scan,
            "record": self.start_recording,
            "calibrate": partial(self.go_to, "calibrate"),
            "step": self.calibrate_page.begin,
            "repeat": self.calibrate_page.repeat,
            "skip": self.calibrate_page.skip,
            "leave": partial(self.go_to, "sensors"),
            "note": self.ask_note,
            "baseline": self.studio.baseline,
            "task": self.live_page.choose_task,
            "task over": self.live_page.tasks.end,
            "window": self.change_window,
            "play": self.review_page.toggle,
            "back": partial(self.review_page.step, -5.0),
            "forward": partial(self.review_page.step, 5.0),
            "breath back": partial(self.review_page.step_breath, -1),
            "breath forward": partial(self.review_page.step_breath, 1),
            "begin": partial(self.review_page.seek, 0.0),
            "end": self.review_page.to_end,
        }
        pages = {
            "everywhere": self,
            "sensors": self.sensors_page,
            "live": self.live_page,
            "review": self.review_page,
            "calibrate": self.calibrate_page,
        }
        for action in ACTIONS:
            owner = pages[action.page]
            shortcut = QShortcut(QKeySequence(action.key), owner)
            if action.page != "everywhere":
                shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            kind, _, words = action.name.partition(" ")
            do = partial(self.mark, words) if kind == "mark" else does[action.name]
            self._does[action] = do
            shortcut.activated.connect(do)

    def go_to(self, page: str) -> None:
        """Show a page.

        Parameters
        ----------
        page : str
            ``sensors``, ``live``, ``review`` or ``calibrate``.
        """
        self._pages.setCurrentIndex((*PAGES, *ALSO).index(page))
        self._rail[ALSO.get(page, page)].setChecked(True)
        self._title.setText(page.capitalize())
        shown = self._pages.currentWidget()
        if shown is not None:
            shown.setFocus()

    def toggle_recording(self) -> None:
        """Start, or stop and save."""
        if self.studio.state == "recording":
            self.stop_recording()
        else:
            self.start_recording()

    def start_recording(self) -> None:
        """Start recording; with no sensor, say so and record nothing."""
        if self.studio.state == "waiting":
            self.go_to("sensors")
            self.sensors_page.say("Nothing to record yet: no sensor is connected.")
            return
        self.bridge.ask(self.studio.record())
        self.go_to("live")

    def stop_recording(self) -> None:
        """Stop and save; asks nothing, loses nothing."""
        if self.studio.state == "recording":
            self.bridge.ask(self.studio.stop(), self._saved)

    def _saved(self, folder: Path | None) -> None:
        if folder is not None:
            self.live_page.say(f"Saved as {folder.name}. Open it under Review.")
            self.review_page.offer(folder)

    def mark(self, words: str) -> None:
        """Set a mark, now.

        Parameters
        ----------
        words : str
            What.
        """
        self.studio.mark(words)

    def ask_note(self) -> None:
        """Ask for a note and write it."""
        text, given = QInputDialog.getText(self, "Note", "What do you want to note?")
        if given and text.strip():
            self.studio.note(text.strip())

    def change_window(self) -> None:
        """Go on to the next length of the time axis."""
        number = WINDOWS_S.index(self.bridge.window_s)
        self.bridge.window_s = WINDOWS_S[(number + 1) % len(WINDOWS_S)]
        self.live_page.panels.show_window(self.bridge.window_s)

    def open_session(self) -> None:
        """Ask for the folder of a session and open it."""
        path = QFileDialog.getExistingDirectory(self, "Open a session folder")
        if path:
            self.review(Path(path))

    def review(self, folder: Path) -> None:
        """Open a recorded session.

        Parameters
        ----------
        folder : Path
            Session folder.
        """
        self.go_to("review")
        self.review_page.open(folder)

    def toggle_person(self) -> None:
        """Show the person's screen, or hide it; on a second screen where there is one."""
        if self.person.isVisible():
            self.person.hide()
            return
        screens = self.screen().virtualSiblings()
        if len(screens) > 1:
            other = next(screen for screen in screens if screen is not self.screen())
            self.person.setGeometry(other.geometry())
            self.person.showFullScreen()
        else:
            self.person.resize(1280, 800)
            self.person.show()

    def show_keys(self) -> None:
        """Show the sheet of keys."""
        KeysSheet(self._theme, self).open()

    def show_palette(self) -> None:
        """Offer every action by its words."""
        Palette(self._theme, self._do, self).open()

    def _do(self, action: Action) -> None:
        if action.page != "everywhere":
            self.go_to(action.page)
        self._does[action]()

    def uncover(self) -> None:
        """Show traces although the quiet baseline is still being taken, or hide them again."""
        self.bridge.lifted = not self.bridge.lifted
        self.bridge.tell_motion()
        self.bridge.tell_readout()

    def _show_motion(self, motion: Motion) -> None:
        if self.live_page.isVisible():
            self.live_page.panels.show_motion(motion)
        elif not self.person.isVisible():
            self.bridge.painted()
        if self.person.isVisible():
            self.person.show_state(motion.person)
        self.sensors_page.show_motion(motion)

    def _show_readout(self, readout: Readout) -> None:
        self.live_page.show_readout(readout)
        self.sensors_page.show_readout(readout)
        recording = self.studio.state == "recording"
        self._time.setText(clock_words(self.studio.recorded_s) if recording else "")
        words = "Stop" if recording else "Saving…" if self.studio.state == "saving" else "Record"
        self._record.setText(words)
        self.status.show_state(readout.lamps, self.bridge.latency_ms, self.studio)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Never lose a recording by accident; always let go."""
        keep = True
        if self.studio.state == "recording":
            asked = QMessageBox.question(
                self,
                "A recording is running",
                "Stop it, save it, and close the window?",
                QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Cancel,
                QMessageBox.StandardButton.Cancel,
            )
            if asked != QMessageBox.StandardButton.Save:
                event.ignore()
                return
        elif self.studio.state == "seen":
            keep = self._keep_unmarked()
        self.bridge.stop()
        self.person.close()
        self.review_page.close_session()
        self.studio.close(keep=keep)
        event.accept()

    def _keep_unmarked(self) -> bool:
        """Ask what becomes of what was seen but never recorded."""
        if not any(link.received for link in self.bridge.live.links):
            return False
        asked = QMessageBox.question(
            self,
            "Nothing was recorded",
            f"{clock_words(self.bridge.live.now_s)} were seen since the sensors were connected. "
            "Keep them?",
            QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Discard,
            QMessageBox.StandardButton.Save,
        )
        return asked != QMessageBox.StandardButton.Discard
