"""The only place where the window and the engine meet: a timer pulls, and paints once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from biofeedback.gui.motion import cover_words, present_motion
from biofeedback.gui.presenters import present_readout
from biofeedback.gui.scales import Scales, present_scales
from biofeedback.session.live import Live
from biofeedback.session.studio import Studio

__all__ = ["Bridge"]

T = TypeVar("T")
# No more than 66 pictures a second. What the engine gathers comes about 30 times a second, and
# each time is painted at once: gathering twice would make packets wait twice.
FRAME_MS = 15
# Looked into more often than painted, so that a packet waits less for its picture.
LOOK_MS = 4
READ_MS = 500
LONGEST_S = 120.0


class Bridge(QObject):
    """Pulls snapshots, presents them, and measures how long packets take to the screen.

    Parameters
    ----------
    studio : Studio
        What a person can do; opened by the window.

    Attributes
    ----------
    heard : Signal of tuple of Event
        What was decided, with every snapshot.
    moved : Signal of Motion
        With every frame in which something is new.
    read : Signal of Readout
        Twice a second.
    failed : Signal of str
        Something could not be done, in words.
    latency_ms : deque of float
        Packet to paint of the last frames, ms.
    live : Live
        What is known.
    window_s : float
        Length of the time axis, s.
    lifted : bool
        Show traces although the quiet baseline is not taken yet.
    """

    heard = Signal(object)
    moved = Signal(object)
    read = Signal(object)
    failed = Signal(str)

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self.live = Live(LONGEST_S)
        self.window_s = 60.0
        self.lifted = False
        self._scales: Scales | None = None
        self.latency_ms: deque[float] = deque(maxlen=2000)
        self._unpainted_ns: list[int] = []
        self._new = False
        self._asked: list[tuple[Future[Any], Callable[[Any], None], Callable[[str], None]]] = []
        self._painted_ns = 0
        self._looking = QTimer(self)
        self._looking.setTimerType(Qt.TimerType.PreciseTimer)
        self._looking.timeout.connect(self.look)
        self._reading = QTimer(self)
        self._reading.timeout.connect(self.tell_readout)

    def start(self) -> None:
        """Begin to pull."""
        self._looking.start(LOOK_MS)
        self._reading.start(READ_MS)

    def stop(self) -> None:
        """Pull no more."""
        self._looking.stop()
        self._reading.stop()

    def ask(
        self,
        future: Future[T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Do something on this thread once the engine has done its part.

        Parameters
        ----------
        future : Future
            What was asked for.
        then : callable or None
            Gets the result.
        failed : callable or None
            Gets what went wrong, in words; else the page that shows the studio's ``problem``.
        """
        self._asked.append((future, then or (lambda _: None), failed or self.failed.emit))

    def look(self) -> None:
        """Take what waits; present it when a frame is due."""
        for mail in self.studio.take_mail():
            if mail.snapshot.now_s < self.live.now_s:  # a new session has begun
                self.live, self._scales = Live(LONGEST_S), None
            self.live.update((mail,))
            self.heard.emit(mail.snapshot.events)
            self._unpainted_ns += mail.received_ns
            self._new = True
        if self._new and self.studio.waited_ms(self._painted_ns) >= FRAME_MS:
            self._new = False
            self._painted_ns = self.studio.now_ns
            self.tell_motion()
        waiting, self._asked = self._asked, []
        for future, then, failed in waiting:
            if not future.done():
                self._asked.append((future, then, failed))
            elif (failure := future.exception()) is not None:
                failed(str(failure))
            else:
                then(future.result())

    def painted(self) -> None:
        """Take note that what was presented is on the screen."""
        self.latency_ms.extend(map(self.studio.waited_ms, self._unpainted_ns))
        self._unpainted_ns = []

    def tell_motion(self) -> None:
        """Present what moves, now."""
        elapsed_s = self.studio.recorded_s if self.studio.state == "recording" else None
        if self._scales is None:
            self._scales = present_scales(self.live, self.window_s)
        motion = present_motion(
            self.live, self.window_s, elapsed_s, covered=self._cover(), scales=self._scales
        )
        self.moved.emit(motion)

    def tell_readout(self) -> None:
        """Present what is read, now."""
        self._scales = scales = present_scales(self.live, self.window_s)
        self.read.emit(present_readout(self.live, covered=bool(self._cover()), scales=scales))

    def _cover(self) -> str:
        return "" if self.lifted else cover_words(self.live)
