"""Lines that scroll: a ring of pixel columns in which only what is new is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from biofeedback.core.stream import FloatArray
from biofeedback.gui import marks
from biofeedback.gui.states import Line
from biofeedback.gui.theme import Theme

__all__ = ["Sweep", "by_column"]


def by_column(
    t_s: FloatArray, values: FloatArray, step_s: float, gap_s: float
) -> list[tuple[FloatArray, FloatArray]]:
    """Reduce a signal to its smallest and largest value per step of time, broken at gaps.

    Steps are counted from the session's start, so a scrolled line does not crawl.

    Parameters
    ----------
    t_s, values : ndarray, shape (n_samples,)
        Finite, in order of time.
    step_s : float
        Time of one pixel, s.
    gap_s : float
        A longer pause breaks the line, s.

    Returns
    -------
    pieces : list of (t_s, values)
        At most two points per step.
    """
    if not len(t_s):
        return []
    edges = np.flatnonzero(np.diff(t_s) > gap_s) + 1
    pieces = []
    for t_part, part in zip(np.split(t_s, edges), np.split(values, edges), strict=True):
        column = np.floor(t_part / step_s)
        first = np.flatnonzero(np.concatenate([[True], np.diff(column) > 0]))
        if 2 * len(first) >= len(t_part):
            pieces.append((t_part, part))
            continue
        low, high = np.minimum.reduceat(part, first), np.maximum.reduceat(part, first)
        # In the order in which they came, so that a slope stays one line.
        rising = part[first] <= np.append(part[first[1:] - 1], part[-1])
        both = np.where(rising[:, None], np.stack([low, high], 1), np.stack([high, low], 1))
        t_both = (column[first, None] + np.array([0.25, 0.75])) * step_s
        pieces.append((t_both.ravel(), both.ravel()))
    return pieces


class Sweep:
    """A picture of the last seconds of some lines, one pixel column per step of time.

    Parameters
    ----------
    theme : Theme
        Pens.
    gap_s : float
        A longer pause between samples breaks a line, s.
    """

    def __init__(self, theme: Theme, gap_s: float) -> None:
        self._theme = theme
        self._gap_s = gap_s
        self._ring = QPixmap()
        self._shape: tuple[object, ...] = ()
        self._drawn_s: dict[str, float] = {}
        self._last = 0

    def draw(
        self,
        painter: QPainter,
        plot: QRectF,
        lines: Sequence[Line],
        ends: tuple[float, float],
        now_s: float,
        window_s: float,
    ) -> None:
        """Bring the ring up to date and put it on the plot.

        Parameters
        ----------
        painter : QPainter
            Draws on the widget.
        plot : QRectF
            Where, px; values reach from its foot to its top.
        lines : sequence of Line
            What.
        ends : tuple of float
            Value at the foot and at the top of the plot.
        now_s : float
            Right end, s.
        window_s : float
            From left to right, s.
        """
        width = int(plot.width())
        step_s = window_s / width
        last = int(np.floor(now_s / step_s))
        ratio = painter.device().devicePixelRatio()
        # Whatever is in here moves every point when it changes.
        levels = tuple((line.name, line.colour, line.level) for line in lines)
        shape = (width, plot.height(), ratio, window_s, ends, levels)
        if shape != self._shape or not 0 <= last - self._last < width:
            self._ring = QPixmap(int(width * ratio), int(np.ceil(plot.height() * ratio)))
            self._ring.setDevicePixelRatio(ratio)
            self._ring.fill(Qt.GlobalColor.transparent)
            self._shape, self._drawn_s = shape, {}
            first = last - width + 1
        else:
            # Lines come as late as their packets: the latest of them says what is drawn already.
            known = [self._drawn_s.get(line.name, -np.inf) for line in lines]
            oldest_s = min([self._last * step_s, *known])
            first = max(int(np.floor(max(oldest_s, 0.0) / step_s)) - 1, last - width + 1)
        self._draw_columns(lines, ends, plot.height(), first, last, step_s)
        self._last = last
        split = (last + 1) % width  # the oldest column
        left, top, height = plot.left(), plot.top(), plot.height()
        for start, stop, x in ((split, width, left), (0, split, left + width - split)):
            if stop > start:
                target = QRectF(x, top, stop - start, height)
                source = QRectF(start * ratio, 0, (stop - start) * ratio, height * ratio)
                painter.drawPixmap(target, self._ring, source)

    def _draw_columns(
        self,
        lines: Sequence[Line],
        ends: tuple[float, float],
        height: float,
        first: int,
        last: int,
        step_s: float,
    ) -> None:
        """Draw columns `first` to `last`, counted from the session's start, anew."""
        width = int(self._ring.width() / self._ring.devicePixelRatio())
        low, high = ends
        pieces = []
        for line in lines:
            # From a whole column and one sample before: the line that enters is the same.
            start = max(int(np.searchsorted(line.t_s, (first - 2) * step_s)) - 1, 0)
            self._drawn_s[line.name] = float(line.t_s[-1]) if len(line.t_s) else 0.0
            for t_s, values in by_column(
                line.t_s[start:], line.values[start:], step_s, self._gap_s
            ):
                y = (high - values) / (high - low) * height
                pieces.append((line.colour, t_s / step_s, y))
        painter = QPainter(self._ring)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for turn in range(first // width, last // width + 1):
            begin, end = max(first, turn * width), min(last, turn * width + width - 1)
            columns = QRectF(begin - turn * width, 0, end - begin + 1, height + 1)
            painter.setClipRect(columns)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.fillRect(columns, Qt.GlobalColor.transparent)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            for colour, x, y in pieces:
                painter.setPen(self._theme.pen(colour))
                if len(x) == 1:
                    painter.drawPoint(QPointF(x[0] - turn * width, y[0]))
                else:
                    painter.drawPolyline(marks.polygon(x - turn * width, y))
        painter.end()
