"""Tokens become colours, pens and fonts; contrast holds."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QFontInfo

from biofeedback.gui.theme import Theme, ThemeName, load_fonts, system_theme, tokens


def luminance(colour: QColor) -> float:
    parts = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("ground", ["card", "app"])
def test_words_and_marks_can_be_read(qapp: object, name: ThemeName, ground: str) -> None:
    theme = Theme(name)
    for role in ("text", "text-2", "text-3", "chest-text", "abdomen-text", "trunk-text"):
        assert contrast(theme.colour(role), theme.colour(ground)) >= 4.5, role
    for role in ("chest", "abdomen", "trunk", "target", "good", "unknown"):
        assert contrast(theme.colour(role), theme.colour(ground)) >= 3.0, role


def test_both_palettes_have_the_same_roles() -> None:
    assert set(tokens()["light"]) == set(tokens()["dark"])


def test_the_shipped_font_is_used_in_its_weights(theme: Theme) -> None:
    assert load_fonts() == "Inter"
    assert QFontInfo(theme.font("figure")).family() == "Inter"
    assert theme.font("figure").weight() > theme.font("body").weight()


def test_text_grows_and_pens_do_not(qapp: object) -> None:
    small, large = Theme("light", 100), Theme("light", 200)
    assert large.font("body").pixelSize() == 2 * small.font("body").pixelSize()
    assert large.size("rail") == 2 * small.size("rail")
    assert large.pen("chest").widthF() == small.pen("chest").widthF() == 1.0
    assert large.large
    assert not small.large
    assert Theme("light", 900).scale == 2.0


def test_pens_are_made_once(theme: Theme) -> None:
    assert theme.pen("chest") is theme.pen("chest")
    assert system_theme() in ("light", "dark")
