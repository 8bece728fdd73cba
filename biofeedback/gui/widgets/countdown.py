"""A ring that closes as time goes by: ink, for it is time and not success."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from biofeedback.gui.theme import Theme

__all__ = ["Countdown"]

THICK = 14.0
TURN = 16 * 360


class Countdown(QWidget):
    """Seconds that are left, in a ring.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._part, self._seconds = 0.0, ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._longest = 320 if theme.large else theme.px(320)
        self.setMinimumSize(150, 150)
        self.setAccessibleName("Time left")

    def sizeHint(self) -> QSize:  # noqa: N802
        """See QWidget."""
        return QSize(self._longest, self._longest)

    def show_time(self, part: float, seconds: str) -> None:
        """Draw another moment.

        Parameters
        ----------
        part : float
            Of the time that is over, 0 to 1.
        seconds : str
            Left; empty while nothing goes on.
        """
        if (part, seconds) != (self._part, self._seconds):
            self._part, self._seconds = part, seconds
            self.setAccessibleDescription(f"{seconds} seconds left" if seconds else "not running")
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = min(self.width(), self.height(), self._longest) - THICK - 2
        box = QRectF((self.width() - size) / 2, (self.height() - size) / 2, size, size)
        pen = QPen(theme.colour("line"), THICK)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawEllipse(box)
        if self._part > 0.0:
            pen.setColor(theme.colour("text"))
            painter.setPen(pen)
            painter.drawArc(box, TURN // 4, -round(self._part * TURN))
        if self._seconds:
            painter.setPen(theme.pen("text"))
            font = theme.font("person_timer")
            font.setPixelSize(round(0.24 * size))
            painter.setFont(font)
            up = box.adjusted(0, 0, 0, -0.08 * size)
            painter.drawText(up, int(Qt.AlignmentFlag.AlignCenter), self._seconds)
            painter.setPen(theme.pen("text-2"))
            painter.setFont(theme.font("body"))
            below = box.adjusted(0, 0.32 * size, 0, 0)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), "seconds")
        painter.end()
