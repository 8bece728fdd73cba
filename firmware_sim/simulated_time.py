"""An asyncio loop whose time jumps to the next timer: hours of waiting in no time at all."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["LoopClock", "SimulatedLoop", "run"]

ResultT = TypeVar("ResultT")


class _Jumping(selectors.DefaultSelector):
    """Never waits: where a loop would sleep, its time is moved."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            return super().select(None)
        if not ready and timeout:
            # A little more, lest the timer be a rounding error away for ever.
            self.now_s += timeout + 1e-9
        return ready


class SimulatedLoop(asyncio.SelectorEventLoop):
    """A loop on simulated time; whatever runs on it may sleep as long as it likes."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Simulated time, s."""
        return self._jumping.now_s


class LoopClock:
    """The running loop's time, for whoever wants to be given a clock."""

    def now_ns(self) -> int:
        """Simulated time, ns."""
        return round(asyncio.get_running_loop().time() * 1e9)

    def real_s(self, duration_s: float) -> float:
        """How long to sleep on this loop so that `duration_s` pass."""
        return duration_s


def run(main: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run a coroutine on a simulated loop.

    Parameters
    ----------
    main : coroutine
        What to run.

    Returns
    -------
    result : object
        What it returned.
    """
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(main)
