"""Starts the window, or renders one screen of it into a file."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from biofeedback.gui.main_window import MainWindow
from biofeedback.gui.rehearsal import Rehearsal
from biofeedback.gui.theme import Theme, ThemeName, system_theme
from biofeedback.session.place import OpenPlace, surroundings
from biofeedback.session.studio import Studio

__all__ = ["application", "rehearse", "run"]

# The window's thread gives way to the engine's more often than Python's own 5 ms.
SWITCH_S = 0.0005


def application() -> QApplication:
    """Return Qt's application, made on first use."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    made = QApplication(sys.argv[:1])
    made.setApplicationName("biofeedback")
    made.setStyle("Fusion")
    return made


def run(
    session: Path | None = None,
    *,
    demo: bool = False,
    simulator: OpenPlace | None = None,
    theme: ThemeName | None = None,
    text_pct: int = 100,
) -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    session : Path or None
        A recorded session to review.
    demo : bool
        Begin with the simulated person.
    simulator : callable or None
        Place where a simulated person wears sensors.
    theme : {"light", "dark"} or None
        None follows the system.
    text_pct : int
        Size of text, 100 to 200 per cent.

    Returns
    -------
    code : int
        Exit code.
    """
    qt = application()
    sys.setswitchinterval(SWITCH_S)
    studio = Studio(simulator if demo and simulator is not None else surroundings)
    studio.open()
    window = MainWindow(studio, Theme(theme or system_theme(), text_pct), simulator)
    window.show()
    QTimer.singleShot(0, studio.load_ahead)
    if session is not None:
        window.review(session)
    else:
        window.sensors_page.scan()
    return qt.exec()


def rehearse(simulator: OpenPlace, seconds: float) -> Path | None:
    """Open the window and let a simulated person's session run in it; stay until it is closed.

    Parameters
    ----------
    simulator : callable
        Place where the simulated person wears three sensors.
    seconds : float
        How long is recorded, s.

    Returns
    -------
    saved : Path or None
        The recording; None when the window was closed before.
    """
    qt = application()
    sys.setswitchinterval(SWITCH_S)
    studio = Studio(simulator)
    studio.open()
    window = MainWindow(studio, Theme(system_theme()), simulator)
    window.show()
    QTimer.singleShot(0, studio.load_ahead)
    Rehearsal(window, seconds)
    qt.exec()
    return studio.saved
