"""Chest against abdomen, breath by breath: the Konno-Mead loop."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from biofeedback.gui import marks
from biofeedback.gui.states import LoopState
from biofeedback.gui.theme import Theme

__all__ = ["LoopWidget"]

POINTS = 120


class LoopWidget(QWidget):
    """The last breaths, fading, with the phase angle. Painted once a breath.

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
        self._state: LoopState | None = None
        self._hatch = marks.hatch(theme)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(theme.px(180), theme.px(170))
        self.setAccessibleName("Chest against abdomen, loop")

    def sizeHint(self) -> QSize:  # noqa: N802
        """See QWidget."""
        return QSize(360, 330)

    def show_state(self, state: LoopState) -> None:
        """Draw another state, if it is another.

        Parameters
        ----------
        state : LoopState
            What to show.
        """
        old = self._state
        self._state = state
        if old is None or (old.breath, old.held, old.phase, len(old.loops)) != (
            state.breath,
            state.held,
            state.phase,
            len(state.loops),
        ):
            self.setAccessibleDescription(f"phase angle {state.phase} {state.held}")
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, state = self._theme, self._state
        left, foot = theme.px(48), theme.px(44)
        side = min(self.width() - left - 12, self.height() - foot - 12)
        plot = QRectF(left + (self.width() - left - 12 - side) / 2, 8, side, side)
        if state is None or not state.loops:
            painter.setPen(theme.pen("text-2"))
            painter.setFont(theme.font("body"))
            words = "The loop appears with the first breaths of both belts."
            wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(24, 0, -24, 0), int(wrap), words)
            painter.end()
            return
        values = np.concatenate([np.concatenate(loop) for loop in state.loops])
        low, high = float(values.min()), float(values.max())
        room = 0.06 * (high - low or 1.0)
        low, high = low - room, high + room
        if state.held:
            painter.fillRect(plot, self._hatch)
        painter.setPen(theme.pen("line-strong"))
        painter.drawLine(plot.topLeft(), plot.bottomLeft())
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())

        def at(abdomen: float, chest: float) -> QPointF:
            k = side / (high - low)
            return QPointF(plot.left() + (abdomen - low) * k, plot.bottom() - (chest - low) * k)

        self._axes(painter, plot, low, high, state.unit)
        painter.setPen(theme.pen("line-strong", 1, Qt.PenStyle.DashLine))
        painter.drawLine(at(low, low), at(high, high))
        for age, (abdomen, chest) in enumerate(reversed(state.loops)):
            step = max(1, len(abdomen) // POINTS)
            points = [
                at(a, c)
                for a, c in zip(abdomen[::step].tolist(), chest[::step].tolist(), strict=True)
            ]
            colour = QColor(theme.colour("text"))
            colour.setAlphaF(max(0.12, (1 - age / len(state.loops)) ** 2) if age else 1.0)
            if state.held:
                colour.setAlphaF(0.35)
            painter.setPen(QPen(colour, 2 if age == 0 and not state.held else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))
            if age == 0 and not state.held and len(points) > 20:
                self._arrow(painter, points[len(points) // 5], points[len(points) // 5 + 2])
        self._phase(painter, plot, state)
        painter.end()

    def _axes(self, painter: QPainter, plot: QRectF, low: float, high: float, unit: str) -> None:
        theme = self._theme
        painter.setFont(theme.font("tick"))
        painter.setPen(theme.pen("axis"))
        step = 10 ** math.floor(math.log10(high - low))
        step = step / 2 if (high - low) / step < 3 else step
        k = plot.width() / (high - low)
        first = math.ceil(low / step)
        for number in range(first, math.floor(high / step) + 1):
            value = number * step
            x, y = plot.left() + (value - low) * k, plot.bottom() - (value - low) * k
            text = f"{value:.3g}".replace("-", "−")
            box = QRectF(x - 30, plot.bottom() + 3, 60, theme.px(15))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            box = QRectF(plot.left() - 40, y - theme.px(8), 34, theme.px(16))
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, int(align), text)
        painter.setFont(theme.font("label"))
        painter.setPen(theme.pen("abdomen-text"))
        below = QRectF(plot.left(), plot.bottom() + theme.px(19), plot.width(), theme.px(18))
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"Abdomen ({unit})")
        painter.setPen(theme.pen("chest-text"))
        painter.save()
        painter.translate(plot.left() - theme.px(38), plot.center().y())
        painter.rotate(-90)
        beside = QRectF(-plot.height() / 2, -theme.px(9), plot.height(), theme.px(18))
        painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, f"Chest ({unit})")
        painter.restore()

    def _arrow(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        angle = math.atan2(end.y() - start.y(), end.x() - start.x())
        tips = [
            QPointF(end.x() - 9 * math.cos(angle + turn), end.y() - 9 * math.sin(angle + turn))
            for turn in (0.45, -0.45)
        ]
        painter.setBrush(self._theme.brush("text"))
        painter.drawPolygon(QPolygonF([end, *tips]))

    def _phase(self, painter: QPainter, plot: QRectF, state: LoopState) -> None:
        theme = self._theme
        words = state.held or state.phase
        title = "held at the last good breath" if state.held else "phase angle"
        painter.setFont(theme.font("section"))
        width = max(
            painter.fontMetrics().horizontalAdvance(words),
            painter.fontMetrics().horizontalAdvance(title),
        )
        box = QRectF(0, 0, min(width + 20, plot.width()), theme.px(44))
        box.moveBottomRight(plot.bottomRight() - QPointF(2, 8))
        painter.setPen(theme.pen("line"))
        painter.setBrush(theme.brush("unknown-soft"))
        painter.drawRoundedRect(box, 6, 6)
        inside = box.adjusted(10, 4, -8, -4)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.pen("text-2"))
        painter.drawText(inside, Qt.AlignmentFlag.AlignTop, title)
        painter.setFont(theme.font("label" if state.held else "section"))
        painter.setPen(theme.pen("text"))
        shown = painter.fontMetrics().elidedText(
            words, Qt.TextElideMode.ElideRight, int(inside.width())
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignBottom, shown)
