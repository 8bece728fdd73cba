"""Sensors: find them, put them on, check them."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from biofeedback.core.roles import Role
from biofeedback.gui.bridge import Bridge
from biofeedback.gui.fitting import Device, FittingState, present_fitting, swap_words
from biofeedback.gui.lamps import BELTS, NAMES
from biofeedback.gui.states import Motion, Quality, Readout
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.body_figure import BodyFigure
from biofeedback.gui.widgets.parts import Card, LampWidget, label
from biofeedback.gui.widgets.sensor_card import SensorCardWidget
from biofeedback.session.place import OpenPlace
from biofeedback.session.remembered import last_places

__all__ = ["SensorsPage"]

SCAN_S = 4.0
SWAP_S, BEFORE_S = 8.0, 20.0
EMPTY = (
    "Nothing found yet. Switch the sensors on, bring them within two metres, and close other "
    "programs or phones that use them."
)
UNCHECKED = Quality("unknown", "waiting for one breath into the belly")


class SensorsPage(QWidget):
    """Scan, connect, assign, check.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    bridge : Bridge
        Studio and live data.
    simulator : callable or None
        Place of the simulated person.

    Attributes
    ----------
    start_asked, calibrate_asked : Signal
        Start, or calibrate, was pressed.
    """

    start_asked = Signal()
    calibrate_asked = Signal()

    def __init__(self, theme: Theme, bridge: Bridge, simulator: OpenPlace | None) -> None:
        super().__init__()
        self.setObjectName("page")
        self._theme = theme
        self._bridge = bridge
        self._studio = bridge.studio
        self._simulator = simulator
        self._scanning = False
        self._swap = UNCHECKED
        self._swap_from_s: float | None = None
        self._cards: dict[str, SensorCardWidget] = {}
        self._checks: list[tuple[QWidget, LampWidget, QLabel, QLabel]] = []
        self._step = label(theme, "Put the sensors on and give each its place.", "title")
        self._step.setWordWrap(True)
        self._figure = BodyFigure(theme)
        self._figure.site_asked.connect(self._ask_site)
        self._figure.dropped.connect(self.wear)
        self._capability = label(theme, "", "body", "text-2")
        self._capability.setWordWrap(True)
        self._start_words = label(theme, "", "caption", "text-2")
        self._start_words.setWordWrap(True)
        self._said = label(theme, EMPTY, "body", "text-2")
        self._said.setWordWrap(True)
        self._lay_out()

    def _lay_out(self) -> None:
        theme = self._theme
        preflight = Card(theme, "Pre-flight", "expected against found")
        self._check_rows = QVBoxLayout()
        preflight.body.addLayout(self._check_rows)
        preflight.body.addStretch(1)
        self._swap_button = QPushButton("Check for swapped belts")
        self._swap_button.clicked.connect(self.check_swap)
        self._swap_names = QPushButton("Swap names")
        self._swap_names.clicked.connect(self.swap_belts)
        calibrate = QPushButton("Calibrate  C")
        calibrate.clicked.connect(self.calibrate_asked)
        start = QPushButton("Start recording")
        start.setObjectName("solid")
        start.setMinimumHeight(theme.px(44))
        start.clicked.connect(self.start_asked)
        parts = (self._swap_button, self._swap_names, calibrate, start, self._start_words)
        for part in parts:
            preflight.body.addWidget(part)
        middle = Card(theme)
        middle.body.addWidget(self._step)
        middle.body.addWidget(self._figure, 1)
        middle.body.addWidget(self._capability)
        right = QWidget()
        right.setObjectName("page")
        rows = QVBoxLayout(right)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(12)
        buttons = QHBoxLayout()
        self._scan_button = QPushButton("Search again  R")
        self._scan_button.clicked.connect(self.scan)
        buttons.addWidget(self._scan_button)
        self._as_last = QPushButton("Wear as last time")
        self._as_last.clicked.connect(self.wear_as_last)
        self._as_last.hide()
        buttons.addWidget(self._as_last)
        if self._simulator is not None:
            simulator = QPushButton("Use the simulator")
            simulator.clicked.connect(self.use_simulator)
            buttons.addWidget(simulator)
        rows.addLayout(buttons)
        rows.addWidget(self._said)
        self._card_rows = QVBoxLayout()
        self._card_rows.setSpacing(12)
        rows.addLayout(self._card_rows)
        rows.addStretch(1)
        grid = QGridLayout()
        grid.setSpacing(12)
        grid.setContentsMargins(0, 0, 0, 0)
        if theme.large:
            content = QWidget()
            content.setObjectName("page")
            content.setLayout(grid)
            for row, card in enumerate((middle, right, preflight)):
                grid.addWidget(card, row, 0)
            middle.setMinimumHeight(theme.px(400))
            outer = QVBoxLayout(self)
            outer.setContentsMargins(0, 0, 0, 0)
            page = QScrollArea()
            page.setWidgetResizable(True)
            page.setWidget(content)
            outer.addWidget(page)
        else:
            self.setLayout(grid)
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.setWidget(right)
            preflight.setFixedWidth(theme.px(262))
            scroll.setFixedWidth(theme.px(390))
            grid.addWidget(preflight, 0, 0)
            grid.addWidget(middle, 0, 1)
            grid.addWidget(scroll, 0, 2)

    def say(self, words: str) -> None:
        """Say what has happened.

        Parameters
        ----------
        words : str
            One sentence.
        """
        self._said.setText(words)

    def scan(self) -> None:
        """Look for sensors; what is found appears by itself."""
        if self._scanning:
            return
        self._scanning = True
        self.say("Looking for sensors…")
        future = self._studio.scan(SCAN_S)
        future.add_done_callback(lambda _: setattr(self, "_scanning", False))
        self._bridge.ask(future, lambda _: self._after_scan())

    def _after_scan(self) -> None:
        self.say(self._studio.problem or ("" if self._studio.found else EMPTY))
        places = last_places(self._studio.found, self._studio.roles)
        self._as_last.setVisible(bool(places))
        self._as_last.setToolTip(", ".join(NAMES[role] for role in places.values()))
        self._bridge.tell_readout()

    def use_simulator(self) -> None:
        """Look for sensors on a simulated person."""
        if self._simulator is not None:
            self.say("Dressing the simulated person…")
            self._bridge.ask(self._studio.use(self._simulator), lambda _: self.scan())

    def wear(self, device_id: str, role: Role | None) -> None:
        """Give a sensor its place.

        Parameters
        ----------
        device_id : str
            Which.
        role : Role or None
            Where; None takes it off.
        """
        self._swap = UNCHECKED
        self._as_last.hide()
        self._bridge.ask(self._studio.wear(device_id, role))

    def wear_as_last(self) -> None:
        """Put every sensor where it was worn last time."""
        self._as_last.hide()
        self._bridge.ask(self._studio.wear_as_last())

    def swap_belts(self) -> None:
        """Let the two belts change names."""
        self._swap = UNCHECKED
        self._bridge.ask(self._studio.swap_belts())

    def check_swap(self) -> None:
        """Begin the swap check: one slow breath into the belly."""
        self._swap_from_s = self._bridge.live.now_s
        self._step.setText("Take one slow breath into your belly.")

    def _ask_site(self, role: Role) -> None:
        """Offer the sensors that fit a site."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for card in self._present().cards:
            if role in card.choices:
                action = menu.addAction(card.title)
                action.triggered.connect(partial(self.wear, card.device_id, role))
        if menu.isEmpty():
            menu.addAction("No sensor found that fits here").setEnabled(False)
        menu.popup(QCursor.pos())

    def _present(self) -> FittingState:
        devices = {
            name: Device(found.name, self._studio.kinds(name), found.rssi_dbm)
            for name, found in self._studio.found.items()
        }
        return present_fitting(
            devices,
            self._studio.roles,
            self._bridge.live,
            self._studio.free_bytes(),
            self._swap,
        )

    def show_motion(self, motion: Motion) -> None:
        """Show the small traces; finish a swap check when its time is over.

        Parameters
        ----------
        motion : Motion
            What moves.
        """
        started_s = self._swap_from_s
        if started_s is not None and motion.trace.now_s > started_s + SWAP_S:
            self._swap_from_s = None
            self._swap = self._judge_swap(started_s)
            self._step.setText("Put the sensors on and give each its place.")

    def _judge_swap(self, started_s: float) -> Quality:
        parts = []
        for role in BELTS:
            t_s, values = self._bridge.live.table.column(f"{role.prefix}_excursion")
            before = (t_s > started_s - BEFORE_S) & (t_s <= started_s)
            parts.append((values[before], values[t_s > started_s]))
        (chest_before, chest_during), (abdomen_before, abdomen_during) = parts
        return swap_words(chest_before, abdomen_before, chest_during, abdomen_during)

    def show_readout(self, _: Readout) -> None:
        """Show what is found, worn and still open."""
        if not self.isVisible():
            return
        state = self._present()
        if state.cards and self._said.text() == EMPTY:
            self.say("")
        self._figure.show_worn(state.worn)
        self._capability.setText(state.capability)
        self._start_words.setText(state.start)
        both = all(role in state.worn for role in BELTS)
        self._swap_button.setVisible(both)
        self._swap_names.setVisible(both)
        self._show_checks(state)
        self._show_cards(state)

    def _show_checks(self, state: FittingState) -> None:
        theme = self._theme
        while len(self._checks) > len(state.checks):
            self._checks.pop()[0].deleteLater()
        while len(self._checks) < len(state.checks):
            box = QWidget()
            grid = QGridLayout(box)
            grid.setContentsMargins(0, theme.px(6), 0, theme.px(6))
            lamp = LampWidget(theme)
            title, words = label(theme, "", "section"), label(theme, "", "caption", "text-2")
            words.setWordWrap(True)
            grid.addWidget(lamp, 0, 0)
            grid.addWidget(title, 0, 1)
            grid.addWidget(words, 1, 1)
            grid.setColumnStretch(1, 1)
            self._check_rows.addWidget(box)
            self._checks.append((box, lamp, title, words))
        for check, (_, lamp, title, words) in zip(state.checks, self._checks, strict=True):
            lamp.show_word(check.quality.word)
            title.setText(check.title)
            words.setText(check.words)

    def _show_cards(self, state: FittingState) -> None:
        names = [card.device_id for card in state.cards]
        for gone in set(self._cards) - set(names):
            self._cards.pop(gone).deleteLater()
        for number, card in enumerate(state.cards):
            widget = self._cards.get(card.device_id)
            if widget is None:
                widget = SensorCardWidget(self._theme, card, self.wear)
                self._cards[card.device_id] = widget
                self._card_rows.insertWidget(number, widget)
            t_s = values = np.empty(0)
            if card.role is not None:
                ends = "excursion" if card.role.kind == "belt" else "tilt_ap_deg"
                t_s, values = self._bridge.live.trace(f"{card.role.prefix}_{ends}")
            widget.show_state(card, t_s, values)
