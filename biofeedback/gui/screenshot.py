"""Renders screens into files, without a display: the real window over the simulated kit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Literal, Protocol

from PySide6.QtWidgets import QWidget

from biofeedback.core.clock import Clock, RealClock
from biofeedback.core.errors import BiofeedbackError
from biofeedback.gui.app import application
from biofeedback.gui.main_window import MainWindow
from biofeedback.gui.rehearsal import place_all
from biofeedback.gui.theme import Theme, ThemeName
from biofeedback.session.place import Place
from biofeedback.session.studio import Studio

__all__ = [
    "ScreenName",
    "Simulator",
    "StateName",
    "grab",
    "lead",
    "made_studio",
    "render",
    "wear_all",
]

ScreenName = Literal["live", "person", "sensors", "calibrate", "review"]
StateName = Literal["good", "degraded", "empty"]
SIZE = (1440, 900)
SPEED = 3.0
SEEN_S = 75.0
LOST_FOR_S = 12.0
LED_FOR_S = 9.0
PATIENCE_S = 120.0


class Simulator(Protocol):
    """Opens a place where a simulated person wears sensors."""

    def __call__(
        self, clock: Clock, *, lost: tuple[float, float] | None = None
    ) -> AbstractAsyncContextManager[Place]:
        """Open it.

        Parameters
        ----------
        clock : Clock
            Moves the person.
        lost : tuple of float or None
            When the abdomen belt vanishes, s, and for how long, s.

        Returns
        -------
        place : async context manager
        """


def wait(window: MainWindow, until: Callable[[], bool], what: str) -> None:
    """Let the window live until something is so.

    Parameters
    ----------
    window : MainWindow
        The window.
    until : callable
        True when it is so.
    what : str
        For the error.

    Raises
    ------
    BiofeedbackError
        If it is not so in time.
    """
    qt = application()
    end = monotonic() + PATIENCE_S
    while not until():
        if monotonic() > end:
            raise BiofeedbackError(
                f"{what} did not happen in {PATIENCE_S:.0f} s: {window.studio.problem}; "
                "try again when the machine is less busy"
            )
        qt.processEvents()
        sleep(0.004)


def wear_all(window: MainWindow) -> None:
    """Find every sensor and put each where it belongs: belts, then the trunk.

    Parameters
    ----------
    window : MainWindow
        Over the simulated place.
    """
    studio = window.studio
    window.sensors_page.scan()
    wait(window, lambda: len(studio.found) >= 3, "finding the sensors")
    place_all(window)


@contextmanager
def made_studio(simulator: Simulator, state: StateName) -> Iterator[Studio]:
    """Give a studio whose sessions go into a folder that is thrown away.

    Parameters
    ----------
    simulator : callable
        Place of the simulated person.
    state : {"good", "degraded", "empty"}
        In ``degraded`` the abdomen belt is lost after a while.

    Yields
    ------
    studio : Studio
        Open.
    """
    lost = (SEEN_S, 3600.0) if state == "degraded" else None
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("BIOFEEDBACK_HOME")
        os.environ["BIOFEEDBACK_HOME"] = folder
        studio = Studio(lambda clock: simulator(clock, lost=lost), RealClock(SPEED))
        studio.open()
        try:
            yield studio
        finally:
            studio.close(keep=False)
            if before is None:
                del os.environ["BIOFEEDBACK_HOME"]
            else:
                os.environ["BIOFEEDBACK_HOME"] = before


def dress(window: MainWindow, state: StateName) -> None:
    """Bring the window into a state.

    Parameters
    ----------
    window : MainWindow
        The window.
    state : {"good", "degraded", "empty"}
        Which.
    """
    if state == "empty":
        return
    wear_all(window)
    live = window.bridge
    wait(window, lambda: live.live.now_s > 20 and live.live.cycle is not None, "breathing")
    window.start_recording()
    for t_s, words in ((30.0, "cue"), (52.0, "cough")):
        wait(window, lambda t_s=t_s: live.live.now_s > t_s, "time")  # type: ignore[misc]
        window.mark(words)
    wait(window, lambda: live.live.task.rest is not None, "taking the rest")
    window.studio.task("sit")
    wait(window, lambda: live.live.now_s > SEEN_S - 1, "a minute of breathing")
    if state == "good":
        wait(window, lambda: live.live.baseline is not None, "taking the baseline")
    if state == "degraded":
        wait(
            window,
            lambda: any(
                link.state == "lost" and live.live.now_s - link.last_sample_s > LOST_FOR_S
                for link in live.live.links
            ),
            "losing the belt",
        )


def lead(window: MainWindow, state: StateName) -> None:
    """Lead into a calibration, with a person who only sits and breathes.

    Parameters
    ----------
    window : MainWindow
        With everything worn.
    state : {"good", "degraded", "empty"}
        In ``good`` a step was accepted and the next goes on; in ``degraded`` the belly was to be
        moved, and was not.
    """
    if state == "empty":
        return
    window.go_to("calibrate")
    page = window.calibrate_page
    page.start_over()
    assert page.guiding is not None
    guiding, guide = page.guiding, page.guiding.guide
    if state == "degraded":
        page.choose("isovolume")
        page.begin()
        wait(window, lambda: guide.phase == "ready", "an answer")
        return
    page.skip()
    page.begin()
    wait(window, lambda: guide.phase == "ready", "an answer")
    page.begin()
    wait(window, lambda: guide.elapsed_s(guiding.now_ns) > LED_FOR_S, "a part of the step")


def grab(window: MainWindow, screen: ScreenName) -> QWidget:
    """Bring a screen to the front.

    Parameters
    ----------
    window : MainWindow
        The window, dressed.
    screen : {"live", "person", "sensors", "calibrate", "review"}
        Which.

    Returns
    -------
    widget : QWidget
        What is to be grabbed.
    """
    qt = application()
    widget: QWidget = window
    if screen == "person":
        widget = window.person
        window.person.resize(*SIZE)
        window.person.show()
    else:
        window.go_to(screen)
    for _ in range(3):
        window.bridge.tell_motion()
        window.bridge.tell_readout()
        qt.processEvents()
    return widget


def render(
    path: Path,
    simulator: Simulator,
    *,
    screen: ScreenName = "live",
    theme: ThemeName = "light",
    text_pct: int = 100,
    state: StateName = "good",
    session: Path | None = None,
) -> None:
    """Render one screen into a file.

    Parameters
    ----------
    path : Path
        PNG file to write.
    simulator : callable
        Place of the simulated person.
    screen : {"live", "person", "sensors", "calibrate", "review"}
        Which screen.
    theme : {"light", "dark"}
        Palette.
    text_pct : int
        Size of text, per cent.
    state : {"good", "degraded", "empty"}
        What it shows.
    session : Path or None
        For ``review``: which; None records a simulated one.

    Raises
    ------
    BiofeedbackError
        If the file cannot be written.
    """
    application()
    worn: StateName = "good" if screen == "calibrate" and state == "degraded" else state
    with made_studio(simulator, "empty" if session is not None else worn) as studio:
        window = MainWindow(studio, Theme(theme, text_pct))
        window.resize(*SIZE)
        window.show()
        if session is None:
            dress(window, worn)
        if screen == "calibrate":
            lead(window, state)
        if screen == "review" and (session is not None or state != "empty"):
            review(window, session)
        done = grab(window, screen).grab().save(str(path))
        window.bridge.stop()
        window.person.close()
        window.hide()
        window.deleteLater()
        application().processEvents()
    if not done:
        raise BiofeedbackError(f"{path} cannot be written; choose another file name")


def review(window: MainWindow, session: Path | None) -> None:
    """Open a recording, at three quarters of it.

    Parameters
    ----------
    window : MainWindow
        The window.
    session : Path or None
        None stops the running recording and takes that.
    """
    if session is None:
        window.stop_recording()
        wait(window, lambda: window.studio.saved is not None, "saving")
        session = window.studio.saved
        assert session is not None
    page = window.review_page
    window.review(session)
    wait(window, lambda: page.playback is not None, "reading the session")
    links = window.bridge
    wait(window, lambda: all(link.ready for link in links.live.links), "connecting again")
    assert page.playback is not None
    page.seek(0.75 * page.playback.review.length_s)
