"""Breath holds: when nothing has moved for long enough."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from biofeedback.core.results import Hold
from biofeedback.core.stream import BoolArray, Chunk, FloatArray
from biofeedback.signal.breath_history import History

__all__ = ["HoldWatch", "Holding"]

_WINDOW_S = 3.0
"""A hold is a stretch of at least this length …"""

_RANGE = 0.15
"""… over which the signal stays within this share of a usual breath …"""

_CYCLES = 0.8
"""… and which is at least this share of a usual breath's duration: slow breathers rest as long."""

_LONGEST_DUTY = 0.5
"""Part of a breath that is inspiration, at most: who just breathed in slowly will rest for long."""

_LEFT = 0.05
"""A hold ended when the signal was last within this share of a usual breath of its level."""

_LOOK_BACK_S = 2.0
"""How far back that is looked for."""


@dataclasses.dataclass(slots=True)
class Holding:
    """What is known of the present stretch without movement, and of what is usual.

    Parameters
    ----------
    usual : float
        Usual amplitude; NaN until there was enough breathing for its absence to mean something.
    total_s : float
        Duration of a breath to expect, s.
    flat_since : int or None
        First row whose window is flat; None while there is movement.
    start_s : float or None
        Start of the hold that was reported; None outside of one.
    """

    usual: float = float("nan")
    total_s: float = float("nan")
    flat_since: int | None = None
    start_s: float | None = None

    def expect(self, usual: float, usual_total_s: float, inspired_s: float) -> None:
        """Bring up to date what is usual.

        Parameters
        ----------
        usual : float
            Usual amplitude.
        usual_total_s : float
            Usual duration of a breath, s.
        inspired_s : float
            How long the inspiration lasted that this expiration follows, s; 0 outside of one.
        """
        self.usual = usual
        self.total_s = max(usual_total_s, inspired_s / _LONGEST_DUTY)


class HoldWatch:
    """Finds stretches in which the low-passed signal stands still.

    A hold is certain 3 s after its start (or after 0.8 usual breaths, where that is longer) plus
    the delay of the trace. It fails beside body movement, which looks like breathing.

    Parameters
    ----------
    delay_s : float
        Delay of the column ``slow``, s.
    rate_hz : float
        Rate of the rows, Hz.

    References
    ----------
    .. [1] docs/metrics/hold.md
    """

    def __init__(self, delay_s: float, rate_hz: float) -> None:
        self._delay_s = delay_s
        self._rate_hz = rate_hz
        self._n_window = round(_WINDOW_S * rate_hz)

    def step(self, chunk: Chunk, history: History, state: Holding) -> tuple[BoolArray, list[Hold]]:
        """Look at the newest rows.

        Parameters
        ----------
        chunk : Chunk
            The newest rows, already in the history.
        history : History
            Columns ``t``, ``slow``, ``trusted``.
        state : Holding
            Changed in place; what is usual is kept up to date by the caller, between steps.

        Returns
        -------
        holding : ndarray of bool, shape (n_rows,)
            Rows at which a hold is known to last.
        events : list of Hold
        """
        row = history.end - len(chunk)
        flat = self._flat(history, row, state.usual)
        holding = np.zeros(len(chunk), dtype=bool)
        events: list[Hold] = []
        edges = [0, *(int(edge) + 1 for edge in np.flatnonzero(np.diff(flat))), len(flat)]
        for begin, end in itertools.pairwise(edges):
            if not flat[begin]:
                state.flat_since = None
                if state.start_s is not None:
                    at_s = self._left_s(history, row + begin, state.usual)
                    events.append(self._hold(chunk, begin, state.start_s, at_s, begun=False))
                    state.start_s = None
                continue
            if state.flat_since is None:
                state.flat_since = row + begin
            wait_s = max(0.0, _CYCLES * state.total_s - _WINDOW_S)
            wait = round(wait_s * self._rate_hz)
            sure = max(state.flat_since + wait - row, begin)
            if state.start_s is None and sure < end:
                state.start_s = self._came_s(history, state.flat_since, state.usual)
                now_s = float(chunk.t_s[sure]) - self._delay_s
                events.append(self._hold(chunk, sure, state.start_s, now_s, begun=True))
            if state.start_s is not None:
                holding[sure:end] = True
        return holding, events

    def _flat(self, history: History, row: int, usual: float) -> BoolArray:
        """Tell for each row from `row` on whether the window that ends there is flat."""
        low = max(row - self._n_window + 1, 0)
        trusted = history.rows("trusted", low, history.end) == 1.0
        slow = np.where(trusted, history.rows("slow", low, history.end), np.nan)
        before: FloatArray = np.full(self._n_window - 1 - (row - low), np.nan)
        windows = np.lib.stride_tricks.sliding_window_view(
            np.concatenate([before, slow]), self._n_window
        )
        flat: BoolArray = windows.max(axis=1) - windows.min(axis=1) < _RANGE * usual
        return flat

    def _came_s(self, history: History, now: int, usual: float) -> float:
        """Return when the signal came to the level it is held at, in the window that ends `now`.

        The window is flat from the last 15 % of the expiration on; the hold begins after them.
        """
        begin = max(now - self._n_window + 1, 0)
        slow = history.rows("slow", begin, now + 1)
        level = float(np.median(slow[len(slow) // 2 :]))
        away = np.flatnonzero(np.abs(slow[: len(slow) // 2] - level) > _LEFT * usual)
        return history.at("t", begin + int(away[-1]) if len(away) else begin) - self._delay_s

    def _left_s(self, history: History, now: int, usual: float) -> float:
        """Return when the signal left the level it was held at."""
        begin = max(now - self._n_window + 1, 0)
        slow = history.rows("slow", begin, now + 1)
        level = float(np.median(slow[: len(slow) // 2]))
        near = np.flatnonzero(np.abs(slow - level) < _LEFT * usual)
        last = begin + int(near[-1]) if len(near) else now
        earliest = now - round(_LOOK_BACK_S * self._rate_hz)
        return history.at("t", max(last, earliest)) - self._delay_s

    def _hold(self, chunk: Chunk, index: int, start_s: float, at_s: float, *, begun: bool) -> Hold:
        """Make an event decided at a row of the chunk."""
        return Hold(
            t_s=start_s if begun else at_s,
            decided_s=float(chunk.t_s[index]),
            arrival_s=float(chunk.arrival_s[index]),
            state="begun" if begun else "ended",
            start_s=start_s,
            duration_s=at_s - start_s,
        )
