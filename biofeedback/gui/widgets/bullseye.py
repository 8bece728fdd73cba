"""Where the trunk leans, seen from above: forward is up, right is right."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from biofeedback.gui import marks
from biofeedback.gui.scales import Ellipse
from biofeedback.gui.states import TrunkState
from biofeedback.gui.theme import Theme

__all__ = ["BullseyeWidget"]

# Outer ring: the smallest that leaves the own ellipse half of the picture.
SCALES_DEG = (3.0, 6.0, 12.0, 24.0, 48.0)
OPACITIES = (0.22, 0.45, 0.85)


class BullseyeWidget(QWidget):
    """Trail of the trunk with the own 95 % ellipse.

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
        self._state: TrunkState | None = None
        self._background: QPixmap | None = None
        self._drawn_for: tuple[object, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(theme.px(170), theme.px(170))
        self.setAccessibleName("Trunk, lean")

    def sizeHint(self) -> QSize:  # noqa: N802
        """See QWidget."""
        return QSize(270, 270)

    def show_state(self, state: TrunkState) -> None:
        """Draw another state.

        Parameters
        ----------
        state : TrunkState
            What to show.
        """
        self._state = state
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, state = self._theme, self._state
        # The middle is the own centre, in whole degrees so that it seldom moves.
        middle_ml = middle_ap = size_deg = 0.0
        if state is not None and state.ellipse is not None:
            middle_ml, middle_ap = round(state.ellipse[0]), round(state.ellipse[1])
            size_deg = 2.0 * state.ellipse[2]
        outer = next((scale for scale in SCALES_DEG if scale >= size_deg), SCALES_DEG[-1])
        centre, radius = self._circle()
        if state is None or not len(state.ap_deg):
            painter.drawPixmap(0, 0, self._rings(outer, None))
            painter.setFont(theme.font("body"))
            painter.setPen(theme.pen("text-2"))
            words = state.quality.reason if state is not None and state.quality.reason else ""
            wrap = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            box = QRectF(centre.x() - radius * 0.8, centre.y() - radius, radius * 1.6, radius * 2)
            painter.drawText(box, wrap, words or "unknown")
            painter.end()
            return
        painter.drawPixmap(0, 0, self._rings(outer, state.ellipse))
        painter.setClipRect(
            QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
        )
        k = radius / outer
        x = centre.x() + (state.ml_deg - middle_ml) * k
        y = centre.y() - (state.ap_deg - middle_ap) * k
        parts = np.linspace(0, len(x), len(OPACITIES) + 1).astype(int).tolist()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for opacity, first, last in zip(OPACITIES, parts[:-1], parts[1:], strict=True):
            colour = QColor(theme.colour("trunk"))
            colour.setAlphaF(opacity)
            painter.setPen(QPen(colour, 1))
            painter.drawPolyline(marks.polygon(x[first : last + 1], y[first : last + 1]))
        painter.setPen(theme.pen("card", 1.5))
        painter.setBrush(theme.brush("trunk"))
        painter.drawEllipse(QPointF(float(x[-1]), float(y[-1])), 6, 6)
        painter.end()

    def _circle(self) -> tuple[QPointF, float]:
        theme = self._theme
        radius = min(self.width() / 2 - theme.px(22), self.height() / 2 - theme.px(20))
        return QPointF(self.width() / 2, self.height() / 2), radius

    def _rings(self, outer: float, ellipse: Ellipse | None) -> QPixmap:
        """Draw rings, cross, words and the own ellipse; again only when they change."""
        shown = (outer, ellipse, self.width(), self.height(), self.devicePixelRatioF())
        if self._background is not None and self._drawn_for == shown:
            return self._background
        theme = self._theme
        background = QPixmap(self.size() * self.devicePixelRatioF())
        background.setDevicePixelRatio(self.devicePixelRatioF())
        background.fill(theme.colour("card"))
        painter = QPainter(background)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre, radius = self._circle()
        painter.setFont(theme.font("tick"))
        for part in (1, 2, 3):
            size = radius * part / 3
            painter.setPen(theme.pen("line-strong" if part == 3 else "line"))
            painter.drawEllipse(centre, size, size)
            if part > 1:
                painter.setPen(theme.pen("axis"))
                spot = centre + QPointF(size * 0.72, size * 0.72)
                painter.drawText(spot, f"{outer * part / 3:.0f}°")
        painter.setPen(theme.pen("line"))
        painter.drawLine(centre - QPointF(radius, 0), centre + QPointF(radius, 0))
        painter.drawLine(centre - QPointF(0, radius), centre + QPointF(0, radius))
        painter.setPen(theme.pen("text-3"))
        high = theme.px(16)
        for words, x, y in (
            ("forward", 0.0, -radius - high / 2 - 2),
            ("back", 0.0, radius + high / 2 + 2),
            ("L", -radius - 10, 0.0),
            ("R", radius + 10, 0.0),
        ):
            box = QRectF(centre.x() + x - 50, centre.y() + y - high / 2, 100, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
        if ellipse is not None:
            ml, ap, major, minor, angle_deg = ellipse
            k = radius / outer
            painter.translate(centre + QPointF((ml - round(ml)) * k, -(ap - round(ap)) * k))
            painter.rotate(-angle_deg)
            fill = QColor(theme.colour("target-soft"))
            fill.setAlphaF(0.7)
            painter.setBrush(fill)
            painter.setPen(theme.pen("target", 1.5, Qt.PenStyle.DashLine))
            painter.drawEllipse(QPointF(0, 0), major * k, minor * k)
        painter.end()
        self._background, self._drawn_for = background, shown
        return background
