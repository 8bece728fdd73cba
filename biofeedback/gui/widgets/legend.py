"""What the signs on the breathing plot mean."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from biofeedback.gui import marks
from biofeedback.gui.theme import Theme

__all__ = ["Legend"]

ITEMS = ("Chest", "Abdomen", "breathing in", "breath", "not yet confirmed")


class Legend(QWidget):
    """Signs with their words; what does not fit is left out from the right.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px(20))
        self.setAccessibleName("Legend: " + ", ".join(ITEMS))

    def sizeHint(self) -> QSize:  # noqa: N802
        """See QWidget."""
        return QSize(self._theme.px(40), self._theme.px(20))

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        painter.setFont(theme.font("caption"))
        x, y = float(theme.px(14)), self.height() / 2
        for number, words in enumerate(ITEMS):
            width = painter.fontMetrics().horizontalAdvance(words)
            if x + theme.px(22) + width > self.width():
                break
            if number < 2:
                painter.setPen(theme.pen(words.lower(), 2))
                painter.drawLine(QPointF(x, y), QPointF(x + theme.px(16), y))
            elif number == 2:
                painter.setPen(theme.pen("line"))
                painter.setBrush(theme.brush("inspiration"))
                painter.drawRect(QRectF(x + 2, y - 6, 12, 12))
            else:
                marks.breath_mark(painter, theme, x + 8, y - 4, confirmed=number == 3)
            painter.setPen(theme.pen("text-2"))
            box = QRectF(x + theme.px(22), 0, width + 2, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
            x += theme.px(22) + width + theme.px(16)
        painter.end()
