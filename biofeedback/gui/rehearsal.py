"""A session that runs by itself in the window: find, wear, record, stop, review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from biofeedback.core.roles import Role
from biofeedback.gui.main_window import MainWindow

__all__ = ["Rehearsal", "place_all"]

LOOK_MS = 100
BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)


def place_all(window: MainWindow) -> None:
    """Put every sensor found where it belongs: belts on chest and belly, an IMU on the pelvis.

    Parameters
    ----------
    window : MainWindow
        Has found them.
    """
    belts = iter(BELTS)
    for device_id in sorted(window.studio.found):
        role = next(belts) if "belt" in window.studio.kinds(device_id) else Role.PELVIS_IMU
        window.sensors_page.wear(device_id, role)


class Rehearsal(QObject):
    """Does step after step, each as soon as the one before has shown its effect.

    Whoever sits before the window may do anything meanwhile.

    Parameters
    ----------
    window : MainWindow
        Over a simulated place with three sensors.
    seconds : float
        How long is recorded, s of session time.

    Attributes
    ----------
    saved : Path or None
        What was recorded.
    """

    def __init__(self, window: MainWindow, seconds: float) -> None:
        super().__init__(window)
        self.saved: Path | None = None
        self._window = window
        studio = window.studio
        self._steps: list[tuple[Callable[[], bool], Callable[[], object]]] = [
            (lambda: len(studio.found) >= 3, lambda: place_all(window)),
            (self._all_ready, window.start_recording),
            (lambda: studio.recorded_s >= seconds, window.stop_recording),
            (lambda: studio.saved is not None, self._review),
        ]
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)
        window.sensors_page.scan()

    @property
    def over(self) -> bool:
        """Whether everything has been done."""
        return not self._steps

    def _all_ready(self) -> bool:
        links = self._window.bridge.live.links
        return len(links) >= 3 and all(link.ready and link.received for link in links)

    def _review(self) -> None:
        self.saved = self._window.studio.saved
        assert self.saved is not None
        self._window.review(self.saved)

    def _look(self) -> None:
        until, do = self._steps[0]
        if until():
            self._steps.pop(0)
            do()
        if self.over:
            self._timer.stop()
