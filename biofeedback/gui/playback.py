"""A recorded session in time: where it is, how fast it goes. Pure, and without Qt."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from biofeedback.core.results import BreathCycle
from biofeedback.session.review import Review

__all__ = ["SPEEDS", "Playback"]

SPEEDS = (0.5, 1.0, 2.0, 8.0, 32.0)
SAME_S = 0.05


class Playback:
    """Plays a review.

    Parameters
    ----------
    review : Review
        The session.
    trace_s : float
        Length of the time axis, s.

    Attributes
    ----------
    live : Live
        What the screen knew at this moment.
    now_s : float
        This moment, s.
    playing : bool
        Whether time goes on.
    speed : float
        Session seconds per second.
    """

    def __init__(self, review: Review, trace_s: float = 60.0) -> None:
        self.review = review
        self.speed = 1.0
        self.playing = False
        self._trace_s = trace_s
        self._onsets_s = sorted(e.onset_s for e in review.events if isinstance(e, BreathCycle))
        self.now_s = 0.0
        self.live = review.live_at(0.0, trace_s)

    def seek(self, t_s: float) -> None:
        """Go to another moment.

        Parameters
        ----------
        t_s : float
            Session time, s; kept inside the session.
        """
        self.now_s = min(max(t_s, 0.0), self.review.length_s)
        self.live = self.review.live_at(self.now_s, self._trace_s)

    def advance(self, elapsed_s: float) -> bool:
        """Let time pass.

        Parameters
        ----------
        elapsed_s : float
            On the wall, s.

        Returns
        -------
        moved : bool
            Whether anything is new.
        """
        if not self.playing:
            return False
        until_s = min(self.now_s + elapsed_s * self.speed, self.review.length_s)
        self.live.update_snapshot(self.review.between(self.now_s, until_s))
        self.now_s = until_s
        if until_s >= self.review.length_s:
            self.playing = False
        return True

    def breath(self, steps: int) -> float:
        """Return the onset of a breath before or after this moment.

        Parameters
        ----------
        steps : int
            −1 for the one before, 1 for the next.

        Returns
        -------
        t_s : float
            Session time, s; this moment when there is none.
        """
        if steps < 0:
            number = bisect_left(self._onsets_s, self.now_s - SAME_S) - 1
        else:
            number = bisect_right(self._onsets_s, self.now_s + SAME_S)
        return self._onsets_s[number] if 0 <= number < len(self._onsets_s) else self.now_s
