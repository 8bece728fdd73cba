"""Belly against chest, beside the own baseline."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from biofeedback.gui.states import GaugeState
from biofeedback.gui.theme import Theme

__all__ = ["GaugeWidget"]


class GaugeWidget(QWidget):
    """A scale from chest to belly with the baseline in the middle.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    parent : QWidget or None
        Owner.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = GaugeState(math.nan, math.nan)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px(44))
        self.setMinimumWidth(theme.px(150))
        self.setAccessibleName("Belly against chest, gauge")

    def sizeHint(self) -> QSize:  # noqa: N802
        """See QWidget."""
        return QSize(self._theme.px(180), self._theme.px(44))

    def show_state(self, state: GaugeState) -> None:
        """Draw another state, if it is another.

        Parameters
        ----------
        state : GaugeState
            What to show.
        """
        if state != self._state:
            self._state = state
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        y, left, right = theme.px(12), 8.0, self.width() - 8.0
        middle = (left + right) / 2
        bar = QRectF(left, y - 5, right - left, 10)
        painter.setPen(theme.pen("line"))
        painter.setBrush(theme.brush("unknown-soft"))
        painter.drawRoundedRect(bar, 5, 5)
        painter.setPen(theme.pen("control", 2))
        painter.drawLine(QPointF(middle, y - 9), QPointF(middle, y + 9))
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.pen("text-2"))
        words = QRectF(left, y + 10, right - left, theme.px(18))
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft, "chest")
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter, "baseline")
        painter.drawText(words, Qt.AlignmentFlag.AlignRight, "belly")
        if math.isfinite(self._state.position):
            half = (right - left) / 2
            x = middle + self._state.position * half
            painter.setPen(theme.pen("text", 2))
            if math.isfinite(self._state.error):
                reach = self._state.error * half
                painter.drawLine(
                    QPointF(max(left, x - reach), y), QPointF(min(right, x + reach), y)
                )
            painter.setBrush(theme.brush("text"))
            painter.drawEllipse(QPointF(x, y), 5, 5)
        painter.end()
