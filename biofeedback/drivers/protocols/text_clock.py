"""A board's clock, which begins anew: ``millis()`` after 49.7 days, ``micros()`` after 71.6 min."""

from __future__ import annotations

__all__ = ["TextClock"]

EXPLAINED_S = 5.0
"""A turn may lie so much farther ahead than time passed here: lines can be held back, s."""
MOST_NS = 2**62


class TextClock:
    """Turns what a time field says into nanoseconds that go on.

    A time that goes back is a turn if that explains the time passed here; whole turns that
    went by unheard are added. Otherwise the board was restarted, and the time is left as it is:
    whoever places it sees it go back.

    Parameters
    ----------
    unit_ns : int
        Unit of the field, ns.
    turn : int
        Where it begins anew, in its unit; 0 for never.
    """

    def __init__(self, unit_ns: int, turn: int) -> None:
        self._unit_ns = unit_ns
        self._turn = turn
        self._turns = 0
        self._last: float | None = None
        self._last_ns = 0

    def at(self, value: float, now_ns: int) -> int | None:
        """Return the board's time.

        Parameters
        ----------
        value : float
            The field, a finite number.
        now_ns : int
            When it was received, ns.

        Returns
        -------
        time_ns : int or None
            None if the clock cannot say so: negative, not below its turn, or beyond 146 years.
        """
        if value < 0 or (self._turn and value >= self._turn):
            return None
        turns = self._turns + self._turns_since(value, now_ns)
        time_ns = round(value * self._unit_ns) + turns * self._turn * self._unit_ns
        if time_ns > MOST_NS:
            return None
        self._turns, self._last, self._last_ns = turns, value, now_ns
        return time_ns

    def _turns_since(self, value: float, now_ns: int) -> int:
        if self._last is None or not self._turn:
            return 0
        turn_s = self._turn * self._unit_ns / 1e9
        passed_s = max(0, now_ns - self._last_ns) / 1e9
        step_s = (value - self._last) * self._unit_ns / 1e9
        turned = step_s < 0
        if turned:
            step_s += turn_s
            if step_s > passed_s + EXPLAINED_S:
                return 0  # restarted
        return int(turned) + max(0, round((passed_s - step_s) / turn_s))
