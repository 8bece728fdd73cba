"""The body and its places."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from pytestqt.qtbot import QtBot

from biofeedback.core.roles import Role
from biofeedback.gui.lamps import present_lamps
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.body_figure import BELTS, FRONT, SITES, BodyFigure, dragged
from biofeedback.session.live import Live
from tests.gui.made import pixels

NO_KEY = Qt.KeyboardModifier.NoModifier


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


def test_a_sensor_dropped_on_a_site_that_fits_is_told(qtbot: QtBot, theme: Theme) -> None:
    figure = BodyFigure(theme)
    qtbot.addWidget(figure)
    bare = pixels(figure, 576, 510)
    data = dragged("godirect/7", (Role.CHEST_BELT, Role.ABDOMEN_BELT))
    chest = QPointF(FRONT.x(), FRONT.y() + BELTS[Role.CHEST_BELT][0])
    pelvis = SITES[Role.PELVIS_IMU][0] + QPointF(*SITES[Role.PELVIS_IMU][1:])
    about = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NO_KEY)
    figure.dragEnterEvent(QDragEnterEvent(chest.toPoint(), *about))
    figure.dragMoveEvent(QDragMoveEvent(chest.toPoint(), *about))
    assert (pixels(figure, 576, 510) != bare).any()  # the places that fit are offered
    told: list[tuple[str, Role]] = []
    figure.dropped.connect(lambda name, role: told.append((name, role)))
    figure.dropEvent(QDropEvent(pelvis, *about))
    assert told == []
    figure.dragEnterEvent(QDragEnterEvent(chest.toPoint(), *about))
    figure.dropEvent(QDropEvent(chest, *about))
    assert told == [("godirect/7", Role.CHEST_BELT)]
    assert (pixels(figure, 576, 510) == bare).all()


def test_what_is_no_sensor_cannot_be_dropped(qtbot: QtBot, theme: Theme) -> None:
    figure = BodyFigure(theme)
    qtbot.addWidget(figure)
    pixels(figure, 576, 510)
    data = QMimeData()
    data.setText("a file")
    spot = QPoint(int(FRONT.x()), int(FRONT.y() + BELTS[Role.CHEST_BELT][0]))
    event = QDragEnterEvent(spot, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NO_KEY)
    event.ignore()
    figure.dragEnterEvent(event)
    assert not event.isAccepted()
    figure.dragLeaveEvent(QDragLeaveEvent())
