"""One step of a list: its number or how it went, what it is, how it went in words."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from biofeedback.gui.calibrate import StepLine, StepMark
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.parts import label

__all__ = ["StepRow"]

SPOKEN: dict[StepMark, str] = {
    "done": "done",
    "now": "now",
    "to_do": "to do",
    "again": "once more",
    "left_out": "left out",
}
SIGNS: dict[StepMark, str] = {"done": "✓", "again": "↻", "left_out": "–"}


class _Mark(QWidget):
    """A circle with a number or a sign."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.line: StepLine | None = None
        self.setFixedSize(theme.px(28), theme.px(28))

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        line, theme = self.line, self._theme
        if line is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        filled = line.mark in ("now", "again")
        painter.setPen(QPen(theme.colour("line-strong" if not filled else "solid"), 1.5))
        painter.setBrush(theme.brush("solid") if filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box)
        painter.setPen(theme.pen("text-on-solid" if filled else "text-2"))
        painter.setFont(theme.font("label"))
        sign = SIGNS.get(line.mark, str(line.number))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), sign)
        painter.end()


class StepRow(QWidget):
    """A step; choosing it makes it the next.

    Parameters
    ----------
    theme : Theme
        Colours and type.

    Attributes
    ----------
    chosen : Signal of str
        It was clicked, or Enter was pressed on it: its name.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._shown: StepLine | None = None
        self._mark = _Mark(theme)
        self._title = label(theme, "", "section")
        self._length = label(theme, "", "caption", "text-2")
        self._words = label(theme, "", "caption", "text-2")
        for words in (self._title, self._words):
            words.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(4), theme.px(6), theme.px(4), theme.px(6))
        row.setSpacing(theme.px(10))
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        rows = QVBoxLayout()
        rows.setSpacing(theme.px(2))
        for words in (self._title, self._length, self._words):
            rows.addWidget(words)
        row.addLayout(rows, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_state(self, line: StepLine) -> None:
        """Show another state, if it is another.

        Parameters
        ----------
        line : StepLine
            What to show.
        """
        if line == self._shown:
            return
        self._shown = self._mark.line = line
        self._title.setText(line.title)
        self._length.setText(line.length)
        self._words.setText(line.words)
        self._words.setVisible(bool(line.words))
        self._mark.update()
        self.setAccessibleName(f"Step {line.number}: {line.title}")
        said = (SPOKEN[line.mark], line.length, line.words)
        self.setAccessibleDescription(", ".join(one for one in said if one))

    def mousePressEvent(self, _: QMouseEvent) -> None:  # noqa: N802
        """See QWidget."""
        self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Choose it with Enter; other keys are the page's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        else:
            event.ignore()

    def _choose(self) -> None:
        if self._shown is not None:
            self.chosen.emit(self._shown.name)
