"""Buttons of the rail: an icon with its word."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from biofeedback.gui.theme import Theme

__all__ = ["RailButton"]

# Lines in a box of 20 pixels: strokes of points, or circles (x, y, radius).
STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "sensors": (
        ((5, 17), (5, 13), (7, 10.6), (10, 10), (13, 10.6), (15, 13), (15, 17)),
        ((7.5, 14), (12.5, 14)),
    ),
    "live": (((2.5, 10), (5.5, 10), (8, 4.5), (11.8, 15.5), (14.2, 10), (17.5, 10)),),
    "review": (
        ((3, 4.5), (17, 4.5), (17, 9), (3, 9), (3, 4.5)),
        ((8, 4.5), (8, 9)),
        ((12, 4.5), (12, 9)),
        ((3, 12.5), (17, 12.5)),
        ((3, 16), (12, 16)),
    ),
}
CIRCLES: dict[str, tuple[float, float, float]] = {"sensors": (10, 5, 2.2)}


class RailButton(QAbstractButton):
    """One page.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    page : str
        Which.
    """

    def __init__(self, theme: Theme, page: str) -> None:
        super().__init__()
        self._theme = theme
        self._page = page
        self.setCheckable(True)
        self.setText(page.capitalize())
        self.setAccessibleName(page.capitalize())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px(60))

    def sizeHint(self) -> QSize:  # noqa: N802
        """See QWidget."""
        return QSize(self._theme.px(76), self._theme.px(60))

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        if self.isChecked() or self.underMouse():
            painter.setPen(theme.pen("line") if self.isChecked() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.brush("selected" if self.isChecked() else "hover"))
            painter.drawRoundedRect(box, 8, 8)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.hasFocus():
            painter.setPen(theme.pen("focus", 2))
            painter.drawRoundedRect(box, 8, 8)
        role = "text" if self.isChecked() else "text-2"
        k = theme.scale
        painter.save()
        painter.translate(self.width() / 2 - 10 * k, theme.px(9))
        painter.scale(k, k)
        painter.setPen(theme.pen(role, 1.5 * k))
        for stroke in STROKES[self._page]:
            path = QPainterPath(QPointF(*stroke[0]))
            for point in stroke[1:]:
                path.lineTo(QPointF(*point))
            painter.drawPath(path)
        if self._page in CIRCLES:
            x, y, radius = CIRCLES[self._page]
            painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.restore()
        painter.setFont(theme.font("label"))
        painter.setPen(theme.pen(role))
        words = QRectF(0, theme.px(34), self.width(), theme.px(20))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()
