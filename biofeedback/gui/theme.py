"""Colours, type and space of every screen, from one file of tokens."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontDatabase, QGuiApplication, QPalette, QPen

__all__ = ["Theme", "ThemeName", "load_fonts", "system_theme", "tokens"]

ASSETS = Path(__file__).parent / "assets"
ThemeName = Literal["light", "dark"]


@cache
def tokens() -> dict[str, Any]:
    """Return the tokens: palettes, spaces, radii, type, sizes."""
    values: dict[str, Any] = json.loads((ASSETS / "tokens.json").read_text(encoding="utf-8"))
    return values


def load_fonts() -> str:
    """Give Qt the shipped fonts and return the family in use.

    Returns
    -------
    family : str
        Inter, or the first of its fallbacks that is installed.
    """
    for path in sorted((ASSETS / "fonts").glob("*.otf")):
        QFontDatabase.addApplicationFont(str(path))
    installed = set(QFontDatabase.families())
    return next((name for name in tokens()["type"]["family"] if name in installed), "sans-serif")


def system_theme() -> ThemeName:
    """Return the theme that the system asks for."""
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return "dark" if dark else "light"


class Theme:
    """One palette at one text size. Pens and brushes are made once, never per frame.

    Parameters
    ----------
    name : {"light", "dark"}
        Which palette.
    text_pct : int
        Size of text, per cent, 100 to 200.

    Attributes
    ----------
    scale : float
        The same as a factor.
    family : str
        Font family in use.
    """

    def __init__(self, name: ThemeName = "light", text_pct: int = 100) -> None:
        self.name = name
        self.scale = min(200, max(100, text_pct)) / 100
        self.family = load_fonts()
        self._colours = {role: QColor(value) for role, value in tokens()[name].items()}
        self._pens: dict[tuple[str, float, Qt.PenStyle], QPen] = {}
        self._fonts: dict[str, QFont] = {}

    @property
    def large(self) -> bool:
        """Whether text is so large that columns go under each other."""
        return self.scale >= 1.5

    def colour(self, role: str) -> QColor:
        """Return a colour.

        Parameters
        ----------
        role : str
            Name in the palette: ``chest``, ``text-2`` …

        Returns
        -------
        colour : QColor
        """
        return self._colours[role]

    def pen(
        self, role: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine
    ) -> QPen:
        """Return a pen.

        Parameters
        ----------
        role : str
            Name in the palette.
        width : float
            Pixels; signals are drawn with 1, the only width that is cheap.
        style : PenStyle
            Solid, dashed, dotted.

        Returns
        -------
        pen : QPen
        """
        key = (role, width, style)
        if key not in self._pens:
            pen = QPen(self.colour(role), width, style)
            pen.setCosmetic(True)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            self._pens[key] = pen
        return self._pens[key]

    def brush(self, role: str) -> QBrush:
        """Return a plain brush.

        Parameters
        ----------
        role : str
            Name in the palette.

        Returns
        -------
        brush : QBrush
        """
        return QBrush(self.colour(role))

    def font(self, style: str) -> QFont:
        """Return a font with figures of equal width.

        Parameters
        ----------
        style : str
            Name in the type scale: ``body``, ``figure`` …

        Returns
        -------
        font : QFont
        """
        if style not in self._fonts:
            size, _, weight = tokens()["type"]["scale"][style]
            font = QFont(self.family)
            font.setPixelSize(round(size * self.scale))
            font.setWeight(QFont.Weight(weight))
            if hasattr(QFont, "Tag"):
                font.setFeature(QFont.Tag("tnum"), 1)
            self._fonts[style] = font
        return self._fonts[style]

    def px(self, pixels: float) -> int:
        """Scale a length that holds text.

        Parameters
        ----------
        pixels : float
            At 100 %.

        Returns
        -------
        pixels : int
        """
        return round(pixels * self.scale)

    def size(self, name: str) -> int:
        """Return a size that grows with the text.

        Parameters
        ----------
        name : str
            ``rail``, ``topbar``, ``status``, ``control`` …

        Returns
        -------
        pixels : int
        """
        return self.px(tokens()["size"][name])

    def palette(self) -> QPalette:
        """Return the palette for widgets that Qt draws."""
        palette = QPalette()
        for part, role in (
            (QPalette.ColorRole.Window, "app"),
            (QPalette.ColorRole.Base, "card"),
            (QPalette.ColorRole.AlternateBase, "sunken"),
            (QPalette.ColorRole.Button, "card"),
            (QPalette.ColorRole.Text, "text"),
            (QPalette.ColorRole.WindowText, "text"),
            (QPalette.ColorRole.ButtonText, "text"),
            (QPalette.ColorRole.PlaceholderText, "text-3"),
            (QPalette.ColorRole.Highlight, "solid"),
            (QPalette.ColorRole.HighlightedText, "text-on-solid"),
        ):
            palette.setColor(part, self.colour(role))
        return palette

    def style_sheet(self) -> str:
        """Return the style sheet of buttons, cards, fields and lists."""
        colours = tokens()[self.name]
        radius = tokens()["radius"]
        body = round(13 * self.scale)
        pad = self.px(12)
        return f"""
QWidget {{ font-family: "{self.family}"; font-size: {body}px; color: {colours["text"]}; }}
QMainWindow, QWidget#page, QScrollArea, QStackedWidget {{
  background: {colours["app"]}; border: 0; }}
QWidget#card {{ background: {colours["card"]}; border: 1px solid {colours["line"]};
  border-radius: {radius["card"]}px; }}
QWidget#banner {{ background: {colours["doubtful-soft"]}; border-radius: {radius["card"]}px;
  border: 1px solid {colours["doubtful-line"]}; }}
QWidget#bar {{ background: {colours["card"]}; }}
QWidget#rail {{ background: {colours["rail"]}; }}
QPushButton, QToolButton {{ background: {colours["card"]}; border-radius: {radius["control"]}px;
  border: 1px solid {colours["line-strong"]}; padding: 0 {pad}px;
  min-height: {self.px(34)}px; font-weight: 500; }}
QPushButton:hover, QToolButton:hover {{ background: {colours["hover"]}; }}
QPushButton:focus, QToolButton:focus, QSlider:focus, QComboBox:focus, QListWidget:focus,
QWidget#card:focus {{
  border: 2px solid {colours["focus"]}; }}
QPushButton:disabled {{ color: {colours["text-3"]}; }}
QPushButton#solid {{ background: {colours["solid"]}; color: {colours["text-on-solid"]};
  border-color: {colours["solid"]}; }}
QPushButton#solid:hover {{ background: {colours["solid-hover"]}; }}
QPushButton#plain {{ background: transparent; border-color: transparent; text-align: left; }}
QPushButton#ask {{ background: transparent; border-color: transparent; padding: 0;
  min-height: 0; color: {colours["text-2"]}; }}
QPushButton:checked {{ background: {colours["solid"]}; color: {colours["text-on-solid"]}; }}
QComboBox, QLineEdit {{ background: {colours["card"]}; border: 1px solid {colours["line-strong"]};
  border-radius: {radius["control"]}px; padding: 0 8px; min-height: {self.px(32)}px; }}
QCheckBox::indicator {{ background: {colours["card"]}; border: 1px solid {colours["line-strong"]};
  border-radius: 3px; width: {self.px(14)}px; height: {self.px(14)}px; }}
QCheckBox::indicator:checked {{ background: {colours["solid"]}; }}
QComboBox::drop-down {{ border: 0; width: {self.px(26)}px; }}
QComboBox QAbstractItemView {{ background: {colours["card"]}; color: {colours["text"]}; }}
QListWidget, QTableWidget {{ background: {colours["card"]}; border: 0; }}
QHeaderView::section {{ background: {colours["card"]}; color: {colours["text-2"]}; border: 0;
  border-bottom: 1px solid {colours["line"]}; padding: 4px 8px; }}
QTableWidget::item {{ padding: 2px 8px; border-bottom: 1px solid {colours["line"]}; }}
QTableWidget::item:selected {{ background: {colours["hover"]}; color: {colours["text"]}; }}
QScrollBar {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {colours["line-strong"]}; border-radius: 4px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QToolTip {{ background: {colours["card"]}; color: {colours["text"]};
  border: 1px solid {colours["line-strong"]}; }}
QDialog {{ background: {colours["card"]}; }}
"""
