"""The foot of the window: every sensor, latency, recording, disk."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from biofeedback.gui.motion import clock_words
from biofeedback.gui.states import LampState
from biofeedback.gui.theme import Theme
from biofeedback.gui.widgets.parts import LampWidget, label
from biofeedback.session.studio import Studio

__all__ = ["StatusBar"]


class StatusBar(QWidget):
    """Lamps with words, and what the machine is doing.

    Parameters
    ----------
    theme : Theme
        Colours and type.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.size("status"))
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 20, 0)
        row.setSpacing(theme.px(16))
        self._sensors = QHBoxLayout()
        self._sensors.setSpacing(theme.px(14))
        row.addLayout(self._sensors)
        row.addStretch(1)
        self._latency = label(theme, "", "caption", "text-2")
        self._recording = label(theme, "Not recording", "caption", "text-2")
        self._disk = label(theme, "", "caption", "text-2")
        for words in (self._latency, self._recording, self._disk):
            row.addWidget(words)
            # Room for the sensors comes first; the tool tip still tells.
            words.setVisible(not theme.large or words is self._recording)
        self._shown: list[tuple[QWidget, LampWidget, QLabel]] = []

    def show_state(
        self, lamps: Sequence[LampState], latency_ms: Collection[float], studio: Studio
    ) -> None:
        """Show what is known.

        Parameters
        ----------
        lamps : sequence of LampState
            Every sensor.
        latency_ms : collection of float
            Packet to paint, ms.
        studio : Studio
            Asked for time, size and disk.
        """
        while len(self._shown) > len(lamps):
            self._shown.pop()[0].deleteLater()
        while len(self._shown) < len(lamps):
            self._shown.append(self._sensor())
        for lamp, (box, sign, words) in zip(lamps, self._shown, strict=True):
            sign.show_word(lamp.quality.word)
            parts = [f"<b>{lamp.name}</b> {lamp.quality.word}"]
            if not self._theme.large:
                parts += [f"loss {lamp.loss}", f"battery {lamp.battery}"]
            words.setText("  ".join(parts))
            box.setToolTip(f"{lamp.detail}: {lamp.quality.text}, loss {lamp.loss}, {lamp.rate}")
        if latency_ms:
            middle = sorted(latency_ms)[len(latency_ms) // 2]
            self._latency.setText(f"Latency <b>{middle:.0f} ms</b>")
        if studio.state == "recording":
            size = studio.size_bytes() / 1e6
            time = clock_words(studio.recorded_s)
            self._recording.setText(f"● <b>{time}</b> · {size:.1f} MB")
        else:
            self._recording.setText("Not recording")
        self.setToolTip(f"{self._latency.text()}, {self._disk.text()}")
        self._disk.setText(f"Disk <b>{studio.free_bytes() / 1e9:.0f} GB</b> free")

    def _sensor(self) -> tuple[QWidget, LampWidget, QLabel]:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.px(5))
        sign, words = LampWidget(self._theme), label(self._theme, "", "caption", "text-2")
        row.addWidget(sign)
        row.addWidget(words)
        self._sensors.addWidget(box)
        return box, sign, words
