"""A ball in a ring: the trunk in the person's own band."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from biofeedback.gui.states import PersonState
from biofeedback.gui.theme import Theme

__all__ = ["BalanceRing"]

THIN, THICK = 14.0, 26.0
SOFTLY = 0.05
TRAIL_POINTS = 24


class BalanceRing(QWidget):
    """The balance ring; it thickens gently while trunk and breath are held.

    Parameters
    ----------
    theme : Theme
        Colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state: PersonState | None = None
        self._thickness = THIN
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setAccessibleName("Balance ring")

    def show_state(self, state: PersonState) -> None:
        """Draw another state.

        Parameters
        ----------
        state : PersonState
            What to show.
        """
        self._state = state
        wanted = THICK if state.frozen else THIN
        self._thickness += SOFTLY * (wanted - self._thickness)
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, state = self._theme, self._state
        radius = min(126.0 * min(self.width(), self.height()) / 300, 170.0)
        painter.translate(self.width() / 2, self.height() / 2)
        middle = QPointF(0, 0)
        if state is None or state.ball is None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.pen("line-strong", THIN))
            painter.drawEllipse(middle, radius, radius)
            painter.setPen(theme.pen("unknown", 2, Qt.PenStyle.DashLine))
            painter.drawEllipse(middle, 19, 19)
            painter.end()
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.brush("card"))
        painter.drawEllipse(middle, radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        soft = QColor(theme.colour("target"))
        soft.setAlphaF(0.5 if theme.name == "dark" else 0.42)
        painter.setPen(QPen(soft, self._thickness))
        painter.drawEllipse(middle, radius, radius)
        painter.setPen(theme.pen("target", 1.5))
        for edge in (-0.5, 0.5):
            r = radius + edge * self._thickness
            painter.drawEllipse(middle, r, r)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.brush("line-strong"))
        painter.drawEllipse(middle, 3, 3)
        trail = QColor(theme.colour("trunk"))
        trail.setAlphaF(0.22)
        pen = QPen(trail, 5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inner = radius - THIN / 2
        points = [QPointF(x * inner, -y * inner) for x, y in state.trail[-TRAIL_POINTS:].tolist()]
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.brush("trunk"))
        x, y = state.ball
        painter.drawEllipse(QPointF(x * inner, -y * inner), 19, 19)
        painter.end()
