"""A board's clock, which begins anew: ``millis()`` after 49.7 days, ``micros()`` after 71.6 min."""

from __future__ import annotations

__all__ = ["TextClock"]

EXPLAINED_S = 5.0
"""A turn may lie so much farther ahead than time passed here: lines can be held back, s."""
BACK_S = 1.0
"""A time that goes back by less repeats or reorders lines, s."""
MOST_NS = 2**62


class TextClock:
    """Turns what a time field says into nanoseconds that go on.

    A time that goes back is a turn if that explains the time passed here; whole turns that
    went by unheard are added. Otherwise the board was restarted, or a digit of the line was
    damaged, which no checksum tells: the line is left out, and the next one decides. Where that
    goes on from it the board was restarted, and the time is left as it is: whoever places it sees
    it go back. A time too far ahead of what passed here is doubted likewise.

    Parameters
    ----------
    unit_ns : int
        Unit of the field, ns.
    turn : int
        Where it begins anew, in its unit; 0 for never.
    ahead_s : float
        A time farther ahead than time passed here, by more than this, is doubted, s.
    """

    def __init__(self, unit_ns: int, turn: int, ahead_s: float = EXPLAINED_S) -> None:
        self._unit_ns = unit_ns
        self._turn = turn
        self._ahead_s = ahead_s
        self._doubted: tuple[float, int] | None = None
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
            None if the clock cannot say so: negative, not below its turn, beyond 146 years, or
            out of line with the time before it and not yet confirmed.
        """
        if value < 0 or (self._turn and value >= self._turn):
            return None
        since = self._turns_since(value, now_ns)
        turns = self._turns + since
        time_ns = round(value * self._unit_ns) + turns * self._turn * self._unit_ns
        if time_ns > MOST_NS or not self._in_line(value, since, now_ns):
            return None
        self._turns, self._last, self._last_ns = turns, value, now_ns
        return time_ns

    def _in_line(self, value: float, turns: int, now_ns: int) -> bool:
        """Tell whether a time goes on from the one before, or from one that was doubted."""
        doubted, self._doubted = self._doubted, (value, now_ns)
        if self._last is None or self._goes_on(
            value + turns * self._turn - self._last, now_ns - self._last_ns, -BACK_S
        ):
            self._doubted = None
            return True
        return doubted is not None and self._goes_on(value - doubted[0], now_ns - doubted[1], 0.0)

    def _goes_on(self, step: float, passed_ns: int, least_s: float) -> bool:
        return least_s <= step * self._unit_ns / 1e9 <= passed_ns / 1e9 + self._ahead_s

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
