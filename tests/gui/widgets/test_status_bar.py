"""The foot of the window."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from biofeedback.gui.lamps import present_lamps
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.status_bar import StatusBar
from biofeedback.session.live import Live
from biofeedback.session.studio import Studio


def test_every_sensor_has_shape_word_and_loss(theme: Theme, live: Live, studio: Studio) -> None:
    bar = StatusBar(theme)
    bar.show_state(present_lamps(live), [31.0], studio)
    words = " ".join(part.text() for part in bar.findChildren(QLabel))
    assert "<b>Chest belt</b> good" in words
    assert "Latency <b>31 ms</b>" in words
    assert "Not recording" in words
    assert "GB</b> free" in words
    bar.show_state((), [], studio)
