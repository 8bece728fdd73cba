"""Only what is new is drawn, and the picture is the same as if all had been."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from biofeedback.core.stream import FloatArray
from biofeedback.gui.states import Line
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.sweep import Sweep, by_column

WIDTH, HEIGHT, WINDOW_S = 400, 120, 20.0


def test_smallest_and_largest_of_every_column_are_kept() -> None:
    t_s = np.arange(6000) / 100
    values = np.random.default_rng(1).normal(size=6000)
    ((t_kept, kept),) = by_column(t_s, values, 0.1, 0.6)
    assert len(kept) <= 2 * 601
    assert kept.max() == values.max()
    assert kept.min() == values.min()
    assert (np.diff(t_kept) > 0).all()


def test_columns_do_not_move_when_time_goes_on() -> None:
    t_s = np.arange(6000) / 100
    values = np.sin(t_s)
    ((_, one),) = by_column(t_s[:5000], values[:5000], 0.1, 0.6)
    ((_, two),) = by_column(t_s, values, 0.1, 0.6)
    assert np.array_equal(one[:-4], two[: len(one) - 4])


def test_a_gap_breaks_the_line() -> None:
    t_s = np.concatenate([np.arange(0, 2, 0.1), np.arange(5, 7, 0.1)])
    pieces = by_column(t_s, t_s, 0.01, 0.6)
    assert len(pieces) == 2
    assert by_column(np.empty(0), np.empty(0), 0.1, 0.6) == []


def line(name: str, until_s: float, rate_hz: float, gap: bool = False) -> Line:
    t_s = np.arange(0.0, until_s, 1 / rate_hz)
    if gap:
        t_s = t_s[(t_s < 17.0) | (t_s > 19.0)]
    return Line(name, name, t_s, np.sin(t_s) * (1.0 if name == "chest" else 0.6))


def picture(sweep: Sweep, lines: list[Line], now_s: float, ratio: float = 1.0) -> FloatArray:
    image = QImage(int(WIDTH * ratio), int(HEIGHT * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    sweep.draw(painter, QRectF(0, 0, WIDTH, HEIGHT), lines, (-1.2, 1.2), now_s, WINDOW_S)
    painter.end()
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), -1, 4)
    return rows[:, :, :3].astype(float)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_step_by_step_is_the_same_picture_as_at_once(theme: Theme, ratio: float) -> None:
    moving = Sweep(theme, 0.6)
    random = np.random.default_rng(3)
    now_s, shown = 15.0, np.empty(0)
    while now_s < 47.0:
        now_s += float(random.uniform(0.01, 0.6))
        # Each comes as late as its packets.
        lines = [line("chest", now_s - 0.12, 10.0), line("abdomen", now_s - 0.4, 100.0, gap=True)]
        shown = picture(moving, lines, now_s, ratio)
    fresh = picture(Sweep(theme, 0.6), lines, now_s, ratio)
    different = np.abs(shown - fresh).max(axis=2) > 40
    assert (fresh < 128).any(axis=2).sum() > 300  # there is something to see
    assert different.mean() < 0.0005


def test_a_seek_back_draws_everything_anew(theme: Theme) -> None:
    sweep = Sweep(theme, 0.6)
    picture(sweep, [line("chest", 60.0, 50.0)], 60.0)
    back = picture(sweep, [line("chest", 30.0, 50.0)], 30.0)
    assert np.array_equal(back, picture(Sweep(theme, 0.6), [line("chest", 30.0, 50.0)], 30.0))


def test_another_level_moves_every_point(theme: Theme) -> None:
    sweep = Sweep(theme, 0.6)
    one = line("chest", 30.0, 50.0)
    before = picture(sweep, [one], 30.0)
    other = Line(one.name, one.colour, one.t_s, one.values - 0.4, 0.4)
    after = picture(sweep, [other], 30.0)
    assert (before != after).any()
    assert np.array_equal(after, picture(Sweep(theme, 0.6), [other], 30.0))


def test_one_sample_is_a_point(theme: Theme) -> None:
    one = Line("chest", "chest", np.array([19.0]), np.array([0.0]))
    assert (picture(Sweep(theme, 0.6), [one], 20.0) < 250).any()
