"""A sensor's card gives it its place."""

from __future__ import annotations

import numpy as np

from biofeedback.core.roles import Role
from biofeedback.gui.fitting import SensorCard
from biofeedback.gui.lamps import present_lamps
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.sensor_card import MiniTrace, SensorCardWidget
from biofeedback.session.live import Live
from tests.gui.made import pixels

BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)


def test_choosing_a_place_is_told(theme: Theme) -> None:
    told: list[tuple[str, Role | None]] = []
    card = SensorCard("godirect/1", "Belt", None, BELTS, None, "−58 dBm")
    widget = SensorCardWidget(theme, card, lambda device, role: told.append((device, role)))
    widget.place.setCurrentIndex(2)
    widget.place.activated.emit(2)
    widget.place.activated.emit(0)
    assert told == [("godirect/1", Role.ABDOMEN_BELT), ("godirect/1", None)]


def test_a_worn_sensor_shows_its_place_and_signal(theme: Theme, live: Live) -> None:
    lamp = present_lamps(live)[0]
    card = SensorCard("imported/made", "Belt", Role.CHEST_BELT, BELTS, lamp, "cable")
    widget = SensorCardWidget(theme, card, lambda *_: None)
    t_s, values = live.trace("chest_excursion")
    widget.show_state(card, t_s, values)
    assert widget.place.currentText() == "Chest belt"


def test_the_small_trace_draws(theme: Theme) -> None:
    mini = MiniTrace(theme)
    blank = pixels(mini, 190, 54)
    t_s = np.arange(200) / 10
    mini.show_signal("chest", t_s, np.sin(t_s))
    assert (pixels(mini, 190, 54) != blank).any()
