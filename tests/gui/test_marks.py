"""Lamps differ by shape, not by colour alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from biofeedback.gui import marks
from biofeedback.gui.states import QualityWord
from biofeedback.gui.theme import Theme

WORDS: tuple[QualityWord, ...] = ("good", "doubtful", "unknown", "lost")


def ink(theme: Theme, word: QualityWord) -> np.ndarray:
    image = QImage(48, 48, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    marks.lamp(painter, theme, word, 2, 2, 44)
    painter.end()
    raw = np.frombuffer(image.constBits(), dtype=np.uint8)
    return raw.reshape(48, image.bytesPerLine())[:, :48] < 250


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(WORDS, 2)))
def test_any_two_lamps_have_different_shapes(
    theme: Theme, one: QualityWord, other: QualityWord
) -> None:
    first, second = ink(theme, one), ink(theme, other)
    assert first.any()
    assert second.any()
    assert (first != second).mean() > 0.03


def test_a_confirmed_mark_is_filled_and_a_flag_has_words(theme: Theme) -> None:
    def drawn(*, confirmed: bool) -> int:
        image = QImage(20, 20, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        marks.breath_mark(painter, theme, 10, 4, confirmed=confirmed)
        painter.end()
        return image.pixelColor(10, 10).lightness()

    assert drawn(confirmed=True) < 128 < drawn(confirmed=False)
    image = QImage(120, 60, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    marks.flag(painter, theme, 10, 5, 55, "cough")
    painter.end()
    assert image.pixelColor(60, 58).lightness() > 200


def test_a_hatch_has_two_tones(theme: Theme) -> None:
    image = marks.hatch(theme).texture().toImage()
    tones = {image.pixel(x, y) for x in range(7) for y in range(7)}
    assert len(tones) > 1


def test_a_polygon_has_the_points_it_was_given(theme: Theme) -> None:
    x, y = np.arange(5.0), np.arange(5.0) ** 2
    points = marks.polygon(x, y)
    assert [(point.x(), point.y()) for point in points] == list(zip(x, y, strict=True))
    assert marks.polygon(np.empty(0), np.empty(0)).isEmpty()
