"""One sensor: what it is, where it is worn, how it is doing, what it sends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDrag, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QWidget

from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.gui.fitting import SensorCard
from biofeedback.gui.lamps import NAMES
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.body_figure import dragged
from biofeedback.gui.widgets.parts import Card, LampWidget, label

__all__ = ["MiniTrace", "SensorCardWidget"]

MINI_S = 20.0
POINTS = 200


class MiniTrace(QWidget):
    """The last seconds of one signal.

    Parameters
    ----------
    theme : Theme
        Colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._colour = "trunk"
        self._t_s: FloatArray = np.empty(0)
        self._values: FloatArray = np.empty(0)
        self.setMinimumSize(theme.px(150), theme.px(48))
        self.setAccessibleName("Signal of the last seconds")

    def show_signal(self, colour: str, t_s: FloatArray, values: FloatArray) -> None:
        """Show a signal.

        Parameters
        ----------
        colour : str
            Role in the palette.
        t_s, values : ndarray, shape (n_samples,)
            Session time, s; any unit.
        """
        known = np.isfinite(values)
        if known.any():
            known &= t_s > t_s[known][-1] - MINI_S
        self._colour, self._t_s, self._values = colour, t_s[known], values[known]
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.pen("sunken"))
        painter.setBrush(self._theme.brush("sunken"))
        painter.drawRoundedRect(self.rect(), 6, 6)
        if len(self._t_s) > 1:
            step = max(1, len(self._t_s) // POINTS)
            t_s, values = self._t_s[::-step][::-1], self._values[::-step][::-1]
            low, high = float(values.min()), float(values.max())
            x = 3 + (t_s - t_s[-1] + MINI_S) / MINI_S * (self.width() - 9)
            y = 5 + (high - values) / (high - low or 1.0) * (self.height() - 10)
            painter.setPen(self._theme.pen(self._colour))
            points = [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
            painter.drawPolyline(QPolygonF(points))
        painter.end()


class SensorCardWidget(Card):
    """A card on the Sensors page.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    card : SensorCard
        Which sensor.
    wear : callable
        Told device and role when a place is chosen.
    """

    def __init__(
        self,
        theme: Theme,
        card: SensorCard,
        wear: Callable[[str, Role | None], None],
    ) -> None:
        super().__init__(theme)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag it to its place on the body, or choose the place here.")
        self._wear = wear
        self._card = card
        self._lamp = LampWidget(theme)
        self._word = label(theme, "", "body", "text-2")
        head = QHBoxLayout()
        head.addWidget(self._lamp)
        head.addWidget(label(theme, card.title, "section"))
        head.addStretch(1)
        head.addWidget(self._word)
        self.body.addLayout(head)
        self.place = QComboBox()
        self.place.addItem("Not worn", None)
        for role in card.choices:
            self.place.addItem(NAMES[role], role.value)
        self.place.setAccessibleName(f"Place of {card.title}")
        self.place.activated.connect(self._chosen)
        self.body.addWidget(self.place)
        self._mini = MiniTrace(theme)
        row = QHBoxLayout()
        row.addWidget(self._mini, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(0)
        self._values = {}
        for number, name in enumerate(("Rate", "Loss", "Signal", "Battery", "Clock", "Jitter")):
            value = label(theme, "–", "label")
            grid.addWidget(label(theme, name, "caption", "text-3"), 2 * (number // 2), number % 2)
            grid.addWidget(value, 2 * (number // 2) + 1, number % 2)
            self._values[name] = value
        row.addLayout(grid)
        self.body.addLayout(row)
        self._reason = label(theme, "", "caption", "doubtful")
        self._reason.setWordWrap(True)
        self.body.addWidget(self._reason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Begin to drag the sensor to its place on the body."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            drag = QDrag(self)
            drag.setMimeData(dragged(self._card.device_id, self._card.choices))
            drag.exec(Qt.DropAction.CopyAction)

    def _chosen(self, number: int) -> None:
        value = self.place.itemData(number)
        self._wear(self._card.device_id, Role(value) if value else None)

    def show_state(self, card: SensorCard, t_s: FloatArray, values: FloatArray) -> None:
        """Show how it is doing.

        Parameters
        ----------
        card : SensorCard
            What to show.
        t_s, values : ndarray, shape (n_samples,)
            Its signal.
        """
        self._card = card
        number = self.place.findData(card.role.value) if card.role is not None else 0
        if not self.place.view().isVisible() and number != self.place.currentIndex():
            self.place.setCurrentIndex(number)
        lamp = card.lamp
        self._lamp.show_word(lamp.quality.word if lamp is not None else "unknown")
        self._word.setText(lamp.quality.word if lamp is not None else "found, not placed")
        reason = lamp.quality.reason if lamp is not None else ""
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        self._values["Rate"].setText(lamp.rate if lamp is not None else "–")
        self._values["Loss"].setText(lamp.loss if lamp is not None else "–")
        self._values["Signal"].setText(card.signal)
        self._values["Battery"].setText(lamp.battery if lamp is not None else "–")
        self._values["Clock"].setText(lamp.clock if lamp is not None else "–")
        self._values["Jitter"].setText(lamp.jitter if lamp is not None else "–")
        belt = card.role is not None and card.role.kind == "belt"
        colour = card.role.site if belt and card.role is not None else "trunk"
        self._mini.show_signal(colour, t_s, values)
