"""Breathing on a time axis that ends now: pens of width 1, smallest and largest per pixel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from biofeedback.gui import marks
from biofeedback.gui.motion import GAP_S, clock_words
from biofeedback.gui.states import TraceState
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.sweep import Sweep

__all__ = ["TraceWidget"]

TICK_S = 10.0
FEET = 18


class TraceWidget(QWidget):
    """Chest and abdomen over each other, with everything that was noticed.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    parent : QWidget or None
        Owner.
    absolute : bool
        Label the axis with session time instead of seconds before now.
    strip : str
        What a low one shows: no time axis, no marks, three numbers. Empty for breathing.

    Attributes
    ----------
    on_painted : callable or None
        Told when what was shown has been drawn.
    """

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        absolute: bool = False,
        strip: str = "",
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._absolute = absolute and not strip
        self._strip = bool(strip)
        self._feet = 0 if strip else FEET
        self.on_painted: Callable[[], None] | None = None
        self._state: TraceState | None = None
        self._background: QPixmap | None = None
        self._drawn_for: tuple[float, float, float, str] | None = None
        self._hatch = marks.hatch(theme)
        self._sweep = Sweep(theme, GAP_S)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(theme.px(56 if strip else 170))
        self.setAccessibleName(strip or "Breathing, chest and abdomen")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:  # noqa: N802
        """See QWidget."""
        return QSize(900, 80 if self._strip else 340)

    def show_state(self, state: TraceState) -> None:
        """Draw another state.

        Parameters
        ----------
        state : TraceState
            What to show.
        """
        self._state = state
        self.update()

    def resizeEvent(self, _: QResizeEvent) -> None:  # noqa: N802
        """See QWidget."""
        self._background = None

    def _plot(self) -> QRectF:
        theme = self._theme
        left, right = theme.px(46), theme.px(76)
        top, foot = theme.px(8 if self._strip else 34), theme.px(10 if self._strip else 26)
        width = max(10, self.width() - left - right)
        return QRectF(int(left), int(top), int(width), int(self.height() - top - foot))

    def _x(self, t_s: float, state: TraceState, plot: QRectF) -> float:
        # Whole pixels of time: lines move without trembling.
        step_s = state.window_s / plot.width()
        now = np.floor(state.now_s / step_s) * step_s
        return float(plot.right() - (now - t_s) / state.window_s * plot.width())

    def _y(self, value: float, state: TraceState, plot: QRectF) -> float:
        part = (value - state.low) / (state.high - state.low)
        return float(plot.bottom() - self._feet - part * (plot.height() - self._feet))

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        state, theme = self._state, self._theme
        if state is None:
            painter.fillRect(self.rect(), theme.colour("card"))
            painter.end()
            return
        plot = self._plot()
        painter.drawPixmap(0, 0, self._axes(state, plot))
        if state.empty:
            painter.setPen(theme.pen("text-2"))
            painter.setFont(theme.font("body_large"))
            wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(plot, int(wrap), state.empty)
            painter.end()
            if self.on_painted is not None:
                self.on_painted()
            return
        painter.setClipRect(plot.adjusted(0, 0, 1, 1))
        for start_s, end_s in state.inspirations:
            x = self._x(start_s, state, plot)
            width = self._x(end_s, state, plot) - x
            painter.fillRect(
                QRectF(x, plot.top(), width, plot.height()), theme.colour("inspiration")
            )
        for gap in state.gaps:
            x = self._x(gap.start_s, state, plot)
            right = self._x(gap.end_s, state, plot)
            top = plot.top() if not gap.lost else plot.top() + plot.height() * 0.55
            painter.fillRect(QRectF(x, top, right - x, plot.bottom() - top), self._hatch)
        level = self._y(0.0, state, plot)
        painter.setPen(theme.pen("text-3", 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(plot.left(), level), QPointF(plot.right(), level))
        lines_plot = plot.adjusted(0, 0, 0, -self._feet)
        ends = (state.low, state.high)
        self._sweep.draw(painter, lines_plot, state.lines, ends, state.now_s, state.window_s)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for mark in state.marks:
            x = self._x(mark.t_s, state, plot)
            if x >= plot.left():
                marks.breath_mark(painter, theme, x, plot.bottom() - 12, confirmed=mark.confirmed)
        painter.setClipping(False)
        self._words(painter, state, plot)
        painter.end()
        if self.on_painted is not None:
            self.on_painted()

    def _words(self, painter: QPainter, state: TraceState, plot: QRectF) -> None:
        """Write names at the ends of lines, over gaps, and flags."""
        theme = self._theme
        x_end = plot.right() + 8
        ends = [
            (self._y(float(line.values[-1]), state, plot), line)
            for line in state.lines
            if state.now_s - line.t_s[-1] < 2.0
        ]
        ends.sort(key=lambda end: end[0])
        # Names that would meet keep their order; the end-expiratory level is the lowest.
        apart = theme.px(16)
        lowest = plot.bottom() if self._strip else max(self._y(0.0, state, plot), plot.top()) + 4
        if not self._strip:
            painter.setPen(theme.pen("text-3"))
            painter.setFont(theme.font("tick"))
            painter.drawText(QPointF(x_end, lowest), "EEL")
        painter.setFont(theme.font("label"))
        for y, line in reversed(ends):
            spot = y + 4 if self._strip else min(y + 4, lowest - apart)
            lowest = spot
            painter.setPen(theme.pen(f"{line.colour}-text"))
            painter.drawText(QPointF(x_end, spot), line.name)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.brush(line.colour))
            x = self._x(float(line.t_s[-1]), state, plot)
            painter.drawEllipse(QPointF(min(x, plot.right()), y), 3, 3)
        if self._strip:
            return
        for gap in state.gaps:
            x = max(self._x(gap.start_s, state, plot), plot.left())
            if self._x(gap.end_s, state, plot) > plot.left():
                role = "doubtful" if gap.lost else "text-2"
                marks.flag(painter, theme, x, plot.top() + 6, plot.bottom(), gap.words, role)
        for flag in state.flags:
            x = self._x(flag.t_s, state, plot)
            if plot.left() <= x <= plot.right():
                marks.flag(painter, theme, x, plot.top() - theme.px(26), plot.bottom(), flag.words)

    def _numbers(self, state: TraceState) -> list[float]:
        """Return what is written along the vertical axis."""
        if self._strip:
            return [state.low, 0.0, state.high]
        n = 5 if state.high in (1, 2, 4, 8, 10, 20, 40, 80) else 4
        return [float(value) for value in np.linspace(0.0, state.high, n)]

    def _axes(self, state: TraceState, plot: QRectF) -> QPixmap:
        """Draw axis, ticks and numbers; again only when they change."""
        shown = (state.low, state.high, state.window_s, state.unit)
        ticks_move = self._absolute
        if self._background is not None and self._drawn_for == shown and not ticks_move:
            return self._background
        theme = self._theme
        ratio = self.devicePixelRatioF()
        background = QPixmap(self.size() * ratio)
        background.setDevicePixelRatio(ratio)
        background.fill(theme.colour("card"))
        painter = QPainter(background)
        painter.setFont(theme.font("tick"))
        painter.setPen(theme.pen("line-strong"))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        height = theme.px(16)
        ago = np.arange(0.0, state.window_s + 0.1, TICK_S if state.window_s <= 60 else 2 * TICK_S)
        if self._absolute:
            newest = np.floor(state.now_s / TICK_S) * TICK_S
            ago = state.now_s - (newest - np.arange(0.0, state.window_s, TICK_S))
        for before_s in ago.tolist():
            x = plot.right() - before_s / state.window_s * plot.width()
            if x < plot.left() - 1:
                continue
            painter.setPen(theme.pen("line-strong"))
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 4))
            if self._strip:
                continue
            words = "now" if before_s == 0 else f"−{before_s:.0f} s"
            if self._absolute:
                if state.now_s < before_s:
                    continue
                words = clock_words(round(state.now_s - before_s))
            box = QRectF(x - 60, plot.bottom() + 5, 120, height)
            painter.setPen(theme.pen("axis"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if not state.empty:
            for value in self._numbers(state):
                y = self._y(float(value), state, plot)
                box = QRectF(0, y - height / 2, plot.left() - 8, height)
                painter.drawText(box, int(right), f"{value:.3g}".replace("-", "−"))
            if not self._strip:
                box = QRectF(0, plot.top() - theme.px(30), plot.left() - 8, height)
                painter.drawText(box, int(right), state.unit)
        painter.end()
        self._background, self._drawn_for = background, shown
        return background
