"""The body and its places."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from biofeedback.core.roles import Role
from biofeedback.gui.lamps import present_lamps
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.body_figure import BELTS, FRONT, SITES, BodyFigure
from biofeedback.session.live import Live
from tests.gui.made import pixels


def test_every_role_has_a_place() -> None:
    assert set(BELTS) | set(SITES) == set(Role)


def test_a_click_on_a_belt_asks_for_it(qtbot: QtBot, theme: Theme) -> None:
    figure = BodyFigure(theme)
    qtbot.addWidget(figure)
    pixels(figure, 576, 510)
    spot = QPoint(int(FRONT.x()), int(FRONT.y() + BELTS[Role.CHEST_BELT][0]))
    with qtbot.waitSignal(figure.site_asked) as asked:
        qtbot.mouseClick(figure, Qt.MouseButton.LeftButton, pos=spot)
    assert asked.args == [Role.CHEST_BELT]


def test_what_is_worn_is_coloured_and_named(theme: Theme, live: Live) -> None:
    figure = BodyFigure(theme)
    bare = pixels(figure, 576, 510)
    figure.show_worn({lamp.role: lamp for lamp in present_lamps(live) if lamp.role})
    assert (pixels(figure, 576, 510) != bare).any(axis=2).sum() > 1000
    assert figure.accessibleDescription() == "worn: Chest belt, Abdomen belt"
