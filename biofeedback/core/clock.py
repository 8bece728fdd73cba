"""The injected clock. Transports, links and engine ask it; the pure rooms are told.

``perf_counter_ns`` and not ``monotonic``: on Windows before Python 3.13 the latter ticks in
15.6 ms steps (CPython gh-88494).
"""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "RealClock", "SimulatedClock"]


class Clock(Protocol):
    """What time it is, and how long to really wait."""

    def now_ns(self) -> int:
        """Session clock, ns; only differences mean anything."""
        ...

    def real_s(self, duration_s: float) -> float:
        """Real seconds to sleep so that `duration_s` of session time pass."""
        ...


class RealClock:
    """The machine's own clock, optionally running `speed` times as fast.

    Parameters
    ----------
    speed : float
        Session seconds per real second, > 0.

    Raises
    ------
    ValueError
        If `speed` is not positive.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"speed is {speed}; it must be above 0")
        self._speed = speed
        self._start_ns = time.perf_counter_ns()

    def now_ns(self) -> int:
        """Session clock, ns; equals ``perf_counter_ns`` at speed 1."""
        now_ns = time.perf_counter_ns()
        if self._speed == 1.0:
            return now_ns
        return self._start_ns + int((now_ns - self._start_ns) * self._speed)

    def real_s(self, duration_s: float) -> float:
        """Real seconds to sleep so that `duration_s` of session time pass."""
        return duration_s / self._speed


class SimulatedClock:
    """A clock that only moves when told: tests and ``--speed max``.

    Parameters
    ----------
    start_ns : int
        First reading, ns.
    """

    def __init__(self, start_ns: int = 0) -> None:
        self._now_ns = start_ns

    def now_ns(self) -> int:
        """Session clock, ns."""
        return self._now_ns

    def real_s(self, duration_s: float) -> float:
        """Nothing is waited for."""
        return 0.0

    def advance_to(self, now_ns: int) -> None:
        """Move to `now_ns`; never backwards.

        Parameters
        ----------
        now_ns : int
            New reading, ns.
        """
        self._now_ns = max(self._now_ns, now_ns)
