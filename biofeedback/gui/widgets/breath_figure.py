"""A torso whose chest and belly swell with the breath."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QRadialGradient,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from biofeedback.gui.states import PersonState
from biofeedback.gui.theme import Theme

__all__ = ["BreathFigure", "torso"]

WIDTH, HEIGHT = 420.0, 520.0
CHEST_Y, BELLY_Y = -92.0, 98.0
LOBE_PX = 256


def _half(side: float, chest: float, belly: float) -> QPainterPath:
    """Return one flank, from the neck down."""
    shoulder, flank, waist = 150 + 10 * chest, 134 + 12 * chest, 124 + 14 * belly
    path = QPainterPath(QPointF(34 * side, -262))
    for x1, y1, x2, y2, x, y in (
        (34, -226, 40, -212, 70, -202),
        (112, -188, shoulder + 14, -180, shoulder + 22, -136),
        (shoulder + 27, -100, flank + 18, -66, flank + 8, -24),
        (flank, 8, waist + 2, 34, waist + 2, 78),
        (waist + 2, 122, waist + 10, 150, waist + 16, 236),
    ):
        path.cubicTo(x1 * side, y1, x2 * side, y2, x * side, y)
    return path


def torso(chest: float, belly: float) -> tuple[QPainterPath, QPainterPath]:
    """Return outline and filled shape of the torso, open at neck and hips.

    Parameters
    ----------
    chest, belly : float
        How far each is filled: 0 to 1.3.

    Returns
    -------
    outline, filled : QPainterPath
        Around (0, 0), 420 × 520.
    """
    right, left = _half(1, chest, belly), _half(-1, chest, belly)
    outline = QPainterPath(right)
    outline.addPath(left)
    filled = QPainterPath(right)
    filled.connectPath(left.toReversed())
    filled.closeSubpath()
    return outline, filled


class BreathFigure(QWidget):
    """The breathing figure.

    Parameters
    ----------
    theme : Theme
        Colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state: PersonState | None = None
        strong = (0.5, 0.36, 0.62, 0.46) if theme.name == "dark" else (0.36, 0.26, 0.46, 0.34)
        self._chest = self._lobe("chest", *strong[:2])
        self._belly = self._lobe("abdomen", *strong[2:])
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 250)
        self.setAccessibleName("Breathing figure")

    def _lobe(self, role: str, middle: float, rim: float) -> QPixmap:
        """Render a lobe once; it is scaled from then on."""
        pixmap = QPixmap(LOBE_PX, LOBE_PX)
        pixmap.fill(Qt.GlobalColor.transparent)
        gradient = QRadialGradient(LOBE_PX / 2, LOBE_PX / 2, LOBE_PX / 2)
        for stop, opacity in ((0.0, middle), (0.84, rim), (1.0, 0.0)):
            colour = QColor(self._theme.colour(role))
            colour.setAlphaF(opacity)
            gradient.setColorAt(stop, colour)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(gradient)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(0, 0, LOBE_PX, LOBE_PX)
        painter.end()
        return pixmap

    def show_state(self, state: PersonState) -> None:
        """Draw another state.

        Parameters
        ----------
        state : PersonState
            What to show.
        """
        self._state = state
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        theme, state = self._theme, self._state
        chest = state.chest if state is not None else math.nan
        belly = state.abdomen if state is not None else math.nan
        k = min(self.width() / WIDTH, self.height() / HEIGHT)
        painter.translate(self.width() / 2, self.height() / 2 + 10 * k)
        painter.scale(k, k)
        outline, filled = torso(
            chest if math.isfinite(chest) else 0.2, belly if math.isfinite(belly) else 0.2
        )
        painter.fillPath(filled, theme.brush("card"))
        painter.save()
        painter.setClipPath(filled)
        for depth, pixmap, y, rx, ry, dx, dy in (
            (chest, self._chest, CHEST_Y, 118, 74, 42, 26),
            (belly, self._belly, BELLY_Y, 84, 72, 44, 34),
        ):
            if math.isfinite(depth):
                painter.setOpacity(0.7 + 0.3 * min(1.0, depth))
                wide, high = rx + dx * depth, ry + dy * depth
                target = QRectF(-wide, y - high, 2 * wide, 2 * high)
                painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for depth, y, wide, high in ((chest, CHEST_Y, 132, 82), (belly, BELLY_Y, 104, 88)):
            if not math.isfinite(depth):
                painter.setPen(theme.pen("unknown", 2, Qt.PenStyle.DotLine))
                painter.drawEllipse(QPointF(0, y), wide, high)
        if state is not None and state.paused:
            y = {"chest": CHEST_Y, "abdomen": BELLY_Y}.get(state.paused, BELLY_Y)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.brush("text-2"))
            for x in (-18, 7):
                painter.drawRoundedRect(QRectF(x, y - 20, 11, 40), 3, 3)
        painter.strokePath(outline, theme.pen("line-strong", 2.5))
        self._fade(painter, QRectF(-WIDTH / 2, 168, WIDTH, 76), downwards=True)
        self._fade(painter, QRectF(-60, -268, 120, 58), downwards=False)
        painter.end()

    def _fade(self, painter: QPainter, box: QRectF, *, downwards: bool) -> None:
        """Let the figure end without an edge."""
        gradient = QLinearGradient(box.topLeft(), box.bottomLeft())
        solid, clear = QColor(self._theme.colour("app")), QColor(self._theme.colour("app"))
        clear.setAlphaF(0.0)
        gradient.setColorAt(0.05, clear if downwards else solid)
        gradient.setColorAt(0.9, solid if downwards else clear)
        painter.fillRect(box, gradient)
