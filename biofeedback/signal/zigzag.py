"""Swings of an angle, out and back, found as they happen: turning points with hysteresis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.ndimage import minimum_filter1d

from biofeedback.core.stream import BoolArray, FloatArray

__all__ = ["Swing", "ZigZag"]

HYSTERESIS = 0.25
"""Part of the usual range by which the angle must turn back."""
BASE_S = 5.0
"""A swing rises from the lowest angle of so long: slow drift is no swing, s."""
SETTLED = 0.02
BACK = ((0.3, 0.3), (0.7, 1.0))
"""Back is: within this part of the range from where it began, and for so long, s, no lower by
more than `SETTLED` of it. Who comes back only half the way rests there for longer."""
LONGEST_S = 30.0
EDGE = 0.05
"""A movement lasts from where it leaves to where it reaches again this part of its range."""


@dataclass(frozen=True, slots=True)
class Swing:
    """One swing; row numbers as counted by :class:`ZigZag`.

    Parameters
    ----------
    start, peak, end : int
        Rows where it leaves 5 % of its range, is largest, and is back at 5 %.
    decided : int
        Row at which that was sure.
    rom_deg : float
        From the start's level to the peak, degrees.
    """

    start: int
    peak: int
    end: int
    decided: int
    rom_deg: float


class ZigZag:
    """Finds swings of one angle in rows that are given piece by piece.

    Any cut of the rows gives the same swings: each is decided at one row, from that row and those
    before it. A swing is sure 0.3 s after the angle has come back to rest, or once it rises again.

    Parameters
    ----------
    sample_rate_hz : float
        Hz, > 0.
    usual_deg : float
        Range of a usual swing, degrees; set it anew whenever better known.
    """

    def __init__(self, sample_rate_hz: float, usual_deg: float) -> None:
        self.usual_deg = usual_deg
        self._n_base = round(BASE_S * sample_rate_hz)
        self._back_from = [(part, round(rest_s * sample_rate_hz)) for part, rest_s in BACK]
        self._n_longest = round(LONGEST_S * sample_rate_hz)
        self._x: FloatArray = np.empty(0)
        self._first = 0
        self._seen = 0
        self._phase: Literal["rest", "out", "back"] = "rest"
        self._base = self._peak = 0

    @property
    def first_row(self) -> int:
        """Number of the oldest row a swing may still begin at."""
        return self._first

    @property
    def values(self) -> FloatArray:
        """The angle from `first_row` on, degrees."""
        return self._x

    def push(self, angle_deg: FloatArray) -> None:
        """Take the next rows; `pop` finds what they bring.

        Parameters
        ----------
        angle_deg : ndarray, shape (n_samples,)
            Finite, degrees.
        """
        self._x = np.concatenate((self._x, angle_deg))

    def pop(self) -> Swing | None:
        """Return the next swing, or None when there is none in the rows so far.

        Returns
        -------
        swing : Swing or None
        """
        while True:
            phase = self._phase
            swing = {"rest": self._rest, "out": self._out, "back": self._back}[phase]()
            if swing is not None or self._phase == phase:
                return swing

    def _rest(self) -> None:
        """Wait for the angle to rise from the lowest of the last seconds."""
        x, size = self._x, self._n_base
        padded = np.concatenate((np.full(size - 1, np.inf), x))
        lowest = minimum_filter1d(padded, size, origin=(size - 1) // 2)[size - 1 :]
        at = self._next(x - lowest >= HYSTERESIS * self.usual_deg, 0)
        if at is None:
            self._forget(self._seen - size)
            return
        begin = max(0, at - size + 1)
        part = x[begin : at + 1]
        self._base = self._first + begin + int(np.flatnonzero(part == part.min())[-1])
        self._phase = "out"
        self._forget(self._base)

    def _out(self) -> None:
        """Wait for the angle to turn back from its highest."""
        base = self._base - self._first
        x = self._x[base:]
        highest = np.maximum.accumulate(x)
        at = self._next(
            (highest - x >= HYSTERESIS * self.usual_deg) | self._late(len(x), base), base
        )
        if at is None:
            return
        if self._seen - self._base >= self._n_longest:
            self._give_up()
            return
        self._peak = self._base + int(np.argmax(x[: at + 1]))
        self._phase = "back"

    def _back(self) -> Swing | None:
        """Wait for the angle to be down again, or to rise before it was."""
        base, peak = self._base - self._first, self._peak - self._first
        x = self._x[peak:]
        rom_deg = float(x[0] - self._x[base])
        lowest = np.minimum.accumulate(x)
        rises = x - lowest >= HYSTERESIS * self.usual_deg
        done = rises.copy()
        for part, n_rest in self._back_from:
            before = np.concatenate((np.full(n_rest, np.inf), lowest))[: len(x)]
            down = x <= self._x[base] + part * rom_deg
            done |= down & (before - lowest <= SETTLED * rom_deg)
        at = self._next(done | self._late(len(x), peak), peak)
        if at is None:
            return None
        if not done[at]:
            self._give_up()
            return None
        low = int(np.argmin(x[: at + 1]))
        back = x[: low + 1] <= max(x[low], self._x[base]) + EDGE * rom_deg
        swing = Swing(
            start=self._base + _leaves(self._x[base : peak + 1]),
            peak=self._peak,
            end=self._peak + int(np.argmax(back)),
            decided=self._seen,
            rom_deg=rom_deg,
        )
        bottom = self._peak + low
        self._base, self._phase = bottom, "out" if rises[at] else "rest"
        self._forget(bottom)
        return swing

    def _late(self, n_rows: int, offset: int) -> BoolArray:
        """Tell at which rows a swing has lasted too long."""
        return np.arange(n_rows) + self._first + offset - self._base >= self._n_longest

    def _give_up(self) -> None:
        self._phase = "rest"
        self._forget(self._seen)

    def _next(self, wanted: BoolArray, offset: int) -> int | None:
        """Return the first wanted row not looked at before, of rows from `offset` on."""
        since = max(0, self._seen - self._first - offset)
        at = np.flatnonzero(wanted[since:])
        if not len(at):
            self._seen = self._first + offset + len(wanted)
            return None
        self._seen = self._first + offset + since + int(at[0])
        return since + int(at[0])

    def _forget(self, row: int) -> None:
        """Drop rows before one; they are never looked at again."""
        gone = row - self._first
        if gone > 0:
            self._x, self._first = self._x[gone:], row


def _leaves(x: FloatArray) -> int:
    """Return the row at which an angle leaves for its peak, of rows from the lowest to the peak.

    The lowest may be sway of seconds before. A movement that begins and ends smoothly takes for
    its first quarter no longer than for the half after it (minimum jerk: 0.36 and 0.28 of its
    time, of which 0.19 to reach 5 %): what rose by 5 % before that did not belong to it.
    """
    part = (x - x[0]) / (x[-1] - x[0])
    below = int(np.flatnonzero(part <= EDGE)[-1])
    quarter = int(np.flatnonzero(part <= 0.25)[-1])
    half = int(np.argmax(part[quarter:] >= 0.75))
    return max(below, quarter - half)
