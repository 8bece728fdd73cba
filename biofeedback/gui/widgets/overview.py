"""The whole session in one strip; a click goes there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from biofeedback.core.stream import FloatArray
from biofeedback.gui import marks
from biofeedback.gui.motion import GAP_S
from biofeedback.gui.states import Flag
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.sweep import by_column

__all__ = ["Overview"]


class Overview(QWidget):
    """Envelope of breathing, with flags, gaps and the stretch on the screen.

    Parameters
    ----------
    theme : Theme
        Colours.

    Attributes
    ----------
    sought : Signal of float
        Session time that was clicked, s.
    """

    sought = Signal(float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._hatch = marks.hatch(theme)
        self._t_s: FloatArray = np.empty(0)
        self._values: FloatArray = np.empty(0)
        self._flags: tuple[Flag, ...] = ()
        self._length_s = 1.0
        self._shown_s = (0.0, 0.0)
        self._strip: QPixmap | None = None
        self.setFixedHeight(theme.px(64))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Whole session")

    def show_session(
        self, t_s: FloatArray, values: FloatArray, length_s: float, flags: Sequence[Flag]
    ) -> None:
        """Show another session.

        Parameters
        ----------
        t_s, values : ndarray, shape (n_samples,)
            Breathing, NaN where there is none.
        length_s : float
            Length of the session, s.
        flags : sequence of Flag
            Marks and notes.
        """
        self._t_s, self._values, self._flags = t_s, values, tuple(flags)
        self._length_s = max(length_s, 1.0)
        self._strip = None
        self.update()

    def show_stretch(self, start_s: float, end_s: float) -> None:
        """Show which stretch is on the screen.

        Parameters
        ----------
        start_s, end_s : float
            Session time, s.
        """
        self._shown_s = (max(0.0, start_s), end_s)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go there."""
        self.sought.emit(event.position().x() / max(1, self.width()) * self._length_s)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go along."""
        self.mousePressEvent(event)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        if self._strip is None or self._strip.size() != self.size() * ratio:
            self._strip = self._drawn(ratio)
        painter.drawPixmap(0, 0, self._strip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        k = self.width() / self._length_s
        start_s, end_s = self._shown_s
        box = QRectF(start_s * k, 1, max(4.0, (end_s - start_s) * k), self.height() - 2)
        painter.setPen(self._theme.pen("text", 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)
        painter.end()

    def _drawn(self, ratio: float) -> QPixmap:
        theme = self._theme
        strip = QPixmap(self.size() * ratio)
        strip.setDevicePixelRatio(ratio)
        strip.fill(theme.colour("card"))
        painter = QPainter(strip)
        width, height = self.width(), self.height()
        known = np.isfinite(self._values)
        step_s = self._length_s / width
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.pen("text-3"))
        if known.any():
            low, high = np.quantile(self._values[known], (0.005, 0.995)).tolist()
            k = (height - 20) / (high - low or 1.0)
            ended: float | None = None
            for t_s, values in by_column(self._t_s[known], self._values[known], step_s, GAP_S):
                x = t_s / step_s
                if ended is not None:
                    gap = QRectF(ended, 14, float(x[0]) - ended, height - 14)
                    painter.fillRect(gap, self._hatch)
                ended = float(x[-1])
                y = height - 5 - (values - low) * k
                painter.drawPolyline(marks.polygon(x, y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.brush("good"))
        for flag in self._flags:
            spot = flag.t_s / self._length_s * width
            painter.drawPolygon(
                QPolygonF([QPointF(spot, 2), QPointF(spot + 8, 6), QPointF(spot, 10)])
            )
        painter.end()
        return strip
