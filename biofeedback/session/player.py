"""A recording as a source of entries, paced for the eye."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from biofeedback.core.clock import Clock, SimulatedClock
from biofeedback.core.entry import Entry
from biofeedback.recording.reader import SessionReader

__all__ = ["Player"]

# Entries closer together than this are given without a pause: half a frame at 60 Hz.
SHORTEST_PAUSE_S = 0.008
# A long wait is cut, so that a seek is heard soon.
LONGEST_PAUSE_S = 0.1
# Entries given without a pause before others on the loop get their turn.
TURN = 256


class Player:
    """Gives recorded entries at the pace at which they came.

    The kernel's state at a moment rests on everything before it. So whatever comes before the
    moment sought is given at once, and going back begins a new `round`: whoever listens feeds
    each round to a fresh kernel.

    Parameters
    ----------
    reader : SessionReader
        The recording.
    clock : Clock
        Sets the pace: ``RealClock(speed)``, or a ``SimulatedClock``, which is moved along with
        the entries and never waited for.
    start_s : float
        Where to start showing, seconds since the first entry.
    loop : bool
        Begin again, and again, after the last entry.
    """

    def __init__(
        self, reader: SessionReader, clock: Clock, start_s: float = 0.0, *, loop: bool = False
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._start_s = start_s
        self._loop = loop
        self._sought_s: float | None = None
        self._now_s = 0.0
        self._round = 0

    @property
    def now_s(self) -> float:
        """Session time of the latest entry given, s."""
        return self._now_s

    @property
    def round(self) -> int:
        """How often the entries began again; a new round needs a fresh kernel."""
        return self._round

    def seek(self, t_s: float) -> None:
        """Go on from another time; heard with the next entry.

        Parameters
        ----------
        t_s : float
            Seconds since the first entry.
        """
        self._sought_s = t_s

    async def __aiter__(self) -> AsyncIterator[Entry]:
        """Give the entries, waiting in between."""
        while True:
            async for entry in self._once():
                yield entry
            if self._sought_s is not None and self._sought_s < self._now_s:
                self._start_s, self._sought_s = self._sought_s, None
            elif self._loop and self._now_s > 0:
                self._start_s = 0.0
            else:
                return
            self._round += 1

    async def _once(self) -> AsyncIterator[Entry]:
        """Give the entries once, or until going back is asked for."""
        origin_ns: int | None = None
        self._now_s = 0.0
        # Session time at which pacing began, and the clock then.
        from_s, from_ns = self._start_s, self._clock.now_ns()
        for number, entry in enumerate(self._reader.entries()):
            if origin_ns is None:
                origin_ns = entry.host_time_ns
            entry_s = (entry.host_time_ns - origin_ns) / 1e9
            while True:
                if self._sought_s is not None:
                    if self._sought_s < self._now_s:
                        return
                    from_s, self._sought_s = self._sought_s, None
                if entry_s <= from_s:
                    from_ns = self._clock.now_ns()
                    break
                due_ns = from_ns + round((entry_s - from_s) * 1e9)
                if isinstance(self._clock, SimulatedClock):
                    self._clock.advance_to(due_ns)
                wait_s = (due_ns - self._clock.now_ns()) / 1e9
                if wait_s <= SHORTEST_PAUSE_S:
                    break
                await asyncio.sleep(min(self._clock.real_s(wait_s), LONGEST_PAUSE_S))
            if number % TURN == 0:
                await asyncio.sleep(0)
            self._now_s = entry_s
            yield entry
