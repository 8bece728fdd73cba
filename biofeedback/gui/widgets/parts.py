"""Small parts of every page: cards, words, lamps, number tiles."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from biofeedback.gui import marks
from biofeedback.gui.states import NumberState, Quality, QualityWord
from biofeedback.gui.theme import Theme

__all__ = ["Card", "LampWidget", "QualityLine", "Tile", "Words", "label"]

# Heights of a tile at 100 % text, px: of a number alone, and of one with a gauge beside it.
LOW, HIGH = 100, 122


class Words(QLabel):
    """One line of words; what does not fit ends in three dots and is in the tool tip."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """See QWidget."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        self.setToolTip(self.text() if shown != self.text() else "")
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()


def label(
    theme: Theme, text: str, style: str = "body", role: str = "text", *, elided: bool = False
) -> QLabel:
    """Make words.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    text : str
        The words.
    style : str
        Name in the type scale.
    role : str
        Colour.
    elided : bool
        May be cut where room is short.

    Returns
    -------
    label : QLabel
    """
    words = Words(text) if elided else QLabel(text)
    font = theme.font(style)
    words.setFont(font)
    words.setStyleSheet(
        f"color: {theme.colour(role).name()}; font-size: {font.pixelSize()}px; "
        f"font-weight: {int(font.weight())}; background: transparent;"
    )
    return words


class Card(QWidget):
    """A framed part of a page.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    title : str
        Its heading; empty for none.
    hint : str
        Small words at the right of the heading.

    Attributes
    ----------
    body : QVBoxLayout
        Where its content goes.
    hint : QLabel
        The small words.
    """

    def __init__(self, theme: Theme, title: str = "", hint: str = "") -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.body = QVBoxLayout(self)
        pad = theme.px(12)
        self.body.setContentsMargins(pad, pad, pad, pad)
        self.body.setSpacing(theme.px(6))
        self.hint = label(theme, hint, "caption", "text-2")
        self.head = QHBoxLayout()
        if title:
            self.head.addWidget(label(theme, title, "section"))
            self.head.addStretch(1)
            self.head.addWidget(self.hint)
            self.body.addLayout(self.head)


class LampWidget(QWidget):
    """One quality mark.

    Parameters
    ----------
    theme : Theme
        Colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._word: QualityWord = "unknown"
        self.setFixedSize(theme.size("lamp") + 2, theme.size("lamp") + 2)

    def show_word(self, word: QualityWord) -> None:
        """Show a state.

        Parameters
        ----------
        word : {"good", "doubtful", "unknown", "lost"}
            Which.
        """
        if word != self._word:
            self._word = word
            self.setAccessibleName(word)
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marks.lamp(painter, self._theme, self._word, 1, 1, self.width() - 2)
        painter.end()


class QualityLine(QWidget):
    """A quality mark with its word and reason.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(5))
        self._lamp = LampWidget(theme)
        self._words = label(theme, "", "caption", "text-2", elided=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self._lamp)
        row.addWidget(self._words, 1)

    def show_quality(self, quality: Quality) -> None:
        """Show a state.

        Parameters
        ----------
        quality : Quality
            What to show; a reason too long for its place is in the tool tip.
        """
        self._lamp.show_word(quality.word)
        if self._words.text() != quality.text:
            self._words.setText(quality.text)


class Tile(Card):
    """A number with its unit, error and quality.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    title : str
        What it is.
    page : str
        Metric page that its "?" opens.
    beside : QWidget or None
        Drawn beside the number.

    Attributes
    ----------
    explain_asked : Signal of str
        "?" was pressed: which page.
    """

    explain_asked = Signal(str)

    def __init__(self, theme: Theme, title: str, page: str, beside: QWidget | None = None) -> None:
        super().__init__(theme)
        self.page = page
        self._height = LOW if beside is None else HIGH
        self._theme = theme
        self._shown: NumberState | None = None
        name = label(theme, title, "label", "text-2", elided=True)
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        ask = QPushButton("?")
        ask.setObjectName("ask")
        ask.setFixedSize(theme.px(22), theme.px(20))
        ask.setAccessibleName(f"What {title} is")
        ask.clicked.connect(lambda: self.explain_asked.emit(self.page))
        head = QHBoxLayout()
        head.addWidget(name, 1)
        head.addWidget(ask)
        self.body.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(theme.px(4))
        self._number = label(theme, "", "figure_small")
        self._unit = label(theme, "", "unit", "text-2")
        self._unit.setContentsMargins(0, 0, 0, theme.px(3))
        row.addWidget(self._number)
        row.addWidget(self._unit, 0, Qt.AlignmentFlag.AlignBottom)
        row.addStretch(1)
        if beside is not None:
            row.addWidget(beside, 3)
        self.body.addLayout(row)
        self._quality = QualityLine(theme)
        self.body.addWidget(self._quality)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_state(NumberState(title, "unknown", "", "", Quality("unknown")))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """See QWidget."""
        return QSize(self._theme.px(118), self._theme.px(self._height))

    def show_state(self, state: NumberState) -> None:
        """Show another number, if it is another.

        Parameters
        ----------
        state : NumberState
            What to show.
        """
        if state == self._shown:
            return
        self._shown = state
        known = state.quality.word not in ("unknown", "lost")
        colour = self._theme.colour("text" if known else "unknown").name()
        size = self._theme.font("figure_small" if known else "body_large").pixelSize()
        weight = 600 if known else 500
        self._number.setStyleSheet(
            f"color: {colour}; font-size: {size}px; font-weight: {weight}; background: transparent;"
        )
        self._number.setText(state.text)
        self._unit.setText(" ".join(part for part in (state.unit, state.error) if part))
        self._quality.show_quality(state.quality)
        self.setAccessibleDescription(state.spoken)
