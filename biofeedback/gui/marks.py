"""Lamps, breath marks, flags and hatches: state looks the same everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPixmap, QPolygonF
from shiboken6 import VoidPtr

from biofeedback.core.stream import FloatArray
from biofeedback.gui.states import QualityWord
from biofeedback.gui.theme import Theme

__all__ = ["breath_mark", "flag", "hatch", "lamp", "polygon"]

HATCH_PX = 7


def lamp(
    painter: QPainter, theme: Theme, word: QualityWord, x: float, y: float, size: float
) -> None:
    """Draw a quality mark: disc, diamond, broken ring or struck ring.

    Parameters
    ----------
    painter : QPainter
        Draws.
    theme : Theme
        Colours.
    word : {"good", "doubtful", "unknown", "lost"}
        Which.
    x, y, size : float
        Top left corner and size, pixels.
    """
    k = size / 12
    centre = QPointF(x + 6 * k, y + 6 * k)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if word == "good":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.brush("good"))
        painter.drawEllipse(centre, 4.5 * k, 4.5 * k)
    elif word == "doubtful":
        painter.setPen(theme.pen("doubtful", 1.2))
        painter.setBrush(theme.brush("doubtful-mark"))
        points = ((6, 0.8), (11.2, 6), (6, 11.2), (0.8, 6))
        painter.drawPolygon(QPolygonF([QPointF(x + a * k, y + b * k) for a, b in points]))
    elif word == "unknown":
        painter.setPen(theme.pen("unknown", 1.5, Qt.PenStyle.DotLine))
        painter.drawEllipse(centre, 4.4 * k, 4.4 * k)
    else:
        painter.setPen(theme.pen("doubtful", 1.6))
        painter.drawEllipse(centre, 4.8 * k, 4.8 * k)
        painter.drawLine(QPointF(x + 2.8 * k, y + 9.2 * k), QPointF(x + 9.2 * k, y + 2.8 * k))


def breath_mark(painter: QPainter, theme: Theme, x: float, y: float, *, confirmed: bool) -> None:
    """Draw the onset of a breath: hollow until it is confirmed.

    Parameters
    ----------
    painter : QPainter
        Draws.
    theme : Theme
        Colours.
    x, y : float
        Tip of the triangle, pixels.
    confirmed : bool
        Filled.
    """
    painter.setPen(theme.pen("good", 1.2))
    painter.setBrush(theme.brush("good") if confirmed else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x + 5, y + 9), QPointF(x - 5, y + 9)]))


def flag(
    painter: QPainter,
    theme: Theme,
    x: float,
    top: float,
    foot: float,
    words: str,
    role: str = "text-2",
) -> None:
    """Draw a flag with its pole.

    Parameters
    ----------
    painter : QPainter
        Draws.
    theme : Theme
        Colours.
    x, top, foot : float
        Pole and its ends, pixels.
    words : str
        On the flag.
    role : str
        Colour of words and pole.
    """
    painter.setFont(theme.font("tick"))
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, theme.px(120))
    box = QRectF(x, top, metrics.horizontalAdvance(shown) + 12, metrics.height() + 4)
    painter.setPen(theme.pen(role, 1, Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(x, top), QPointF(x, foot))
    painter.setPen(theme.pen("line-strong"))
    painter.setBrush(theme.brush("card"))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(theme.pen(role))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)


def hatch(theme: Theme) -> QBrush:
    """Make the brush of what is not known.

    Parameters
    ----------
    theme : Theme
        Colours.

    Returns
    -------
    brush : QBrush
        Make it once.
    """
    tile = QPixmap(HATCH_PX, HATCH_PX)
    tile.fill(theme.colour("unknown-soft"))
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.pen("hatch", 1.6))
    for shift in (-HATCH_PX, 0, HATCH_PX):
        painter.drawLine(shift, HATCH_PX, shift + HATCH_PX, 0)
    painter.end()
    return QBrush(tile)


def polygon(x: FloatArray, y: FloatArray) -> QPolygonF:
    """Make the points of a line without a Python object for each.

    Parameters
    ----------
    x, y : ndarray, shape (n_points,)
        Pixels.

    Returns
    -------
    points : QPolygonF
    """
    points = QPolygonF()
    points.resize(len(x))
    if len(x):
        # Two doubles per point, in Qt's own memory.
        pointer: Any = VoidPtr  # its stub knows only addresses
        memory = pointer(points.data(), len(x) * 16, True)
        filled = np.frombuffer(memory, dtype=np.float64).reshape(-1, 2)
        filled[:, 0], filled[:, 1] = x, y
    return points
