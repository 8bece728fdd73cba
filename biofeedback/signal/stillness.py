"""Does a belt still measure anything, or has it come off, slackened or died?

A held breath is still too, and must not be called a fault. What tells them apart is the level, the
noise and the time: a belt that came off rests at a level that breathing never reached; a dead one
repeats one value exactly although it used to carry noise; and nobody holds still for half a minute.
"""

from __future__ import annotations

import math

import numpy as np

from biofeedback.core.stream import BoolArray, FloatArray

__all__ = ["Stillness"]

BLOCK_S = 0.5
"""Movement is judged by means over so long: noise is averaged out, a panted breath is not."""
STILL_S = 4.0
"""Longer than any pause between resting breaths, s."""
LONG_S = 30.0
"""Longer than any breath hold that is asked for, s."""
USUAL_S = 60.0
"""Where breathing was in so long is where it may be, s."""
MARGIN = 0.5
"""A level is foreign when it lies outside the usual range by this part of it."""
NOISES, QUANTA = 8.0, 2.0
"""Less movement than this many times the noise of a block's mean, or steps of the converter, is
none. Means of white noise hardly ever differ by more than six times their uncertainty, and the
least of many estimates of it is a quarter too low."""
LIVELY = 3
"""A signal that turns back twice in a row so often in 4 s carries noise: no smooth curve does."""
MAD_TO_SD = 1.4826 / math.sqrt(6.0)
"""Median absolute second difference of white noise to its standard deviation."""


class Stillness:
    """Tells, half a second at a time, whether a belt is flat. Known after 4 s, or after 30.

    Parameters
    ----------
    sample_rate_hz : float
        Rate of the rows, Hz.
    """

    def __init__(self, sample_rate_hz: float) -> None:
        self._n_block = max(1, round(BLOCK_S * sample_rate_hz))
        block_s = self._n_block / sample_rate_hz
        self._n_still, self._n_long, self._n_usual = (
            math.ceil(span_s / block_s) for span_s in (STILL_S, LONG_S, USUAL_S)
        )
        self._rest: FloatArray = np.empty(0)
        self._window: FloatArray = np.empty(0)
        self._means: FloatArray = np.empty(0)
        # The quietest ever seen: what a running body adds to it is not the sensor's noise.
        self._noise = self._quantum = math.inf
        self._blocks = 0
        self._moved = self._lively = self._flat = False

    def step(self, values: FloatArray) -> BoolArray:
        """Judge the next rows.

        Parameters
        ----------
        values : ndarray, shape (n_samples,)
            At least one; NaN where unknown.

        Returns
        -------
        flat : ndarray of bool, shape (n_samples,)
            As known at the last full half second.
        """
        whole = np.concatenate((self._rest, values))
        flat = np.empty(len(whole), dtype=bool)
        done = 0
        for end in range(self._n_block, len(whole) + 1, self._n_block):
            flat[done : end - 1] = self._flat
            self._judge(whole[done:end])
            flat[end - 1] = self._flat
            done = end
        flat[done:] = self._flat
        before = len(self._rest)
        self._rest = whole[done:]
        return flat[before:]

    def _judge(self, block: FloatArray) -> None:
        known = block[np.isfinite(block)]
        mean = float(known.mean()) if len(known) else math.nan
        self._means = np.append(self._means, mean)[-(self._n_usual + self._n_still) :]
        self._window = np.append(self._window, block)[-self._n_still * self._n_block :]
        self._blocks += 1
        if self._blocks < self._n_still:
            return
        window = self._window[np.isfinite(self._window)]
        if self._blocks % self._n_still == 0 and len(window) > 3:
            self._learn(window)
        floors = (
            NOISES * self._noise / math.sqrt(self._n_block),
            QUANTA * self._quantum,
            0.0,
        )
        floor = max(value for value in floors if math.isfinite(value))
        recent = self._means[-self._n_still :]
        if _extent(recent) > floor:
            self._moved, self._flat = True, False
            return
        frozen = self._lively and len(window) > 1 and float(np.ptp(window)) == 0.0
        long = self._blocks >= self._n_long and _extent(self._means[-self._n_long :]) <= floor
        self._flat |= not self._moved or frozen or long or self._foreign(recent)

    def _learn(self, window: FloatArray) -> None:
        """Learn the sensor's steps and noise from the last four seconds."""
        steps = np.diff(window)
        real = np.abs(steps[steps != 0.0])
        if len(real):
            self._quantum = min(self._quantum, float(real.min()))
        noise = MAD_TO_SD * float(np.median(np.abs(np.diff(steps))))
        if noise > 0.0:
            self._noise = min(self._noise, noise)
        turns = steps[1:] * steps[:-1] < 0.0
        self._lively |= bool(np.count_nonzero(turns[1:] & turns[:-1]) >= LIVELY)

    def _foreign(self, recent: FloatArray) -> bool:
        """Tell whether the level is none that this belt had while it moved."""
        usual = self._means[: -self._n_still]
        usual = usual[np.isfinite(usual)]
        if len(usual) < self._n_still:
            return False
        low, high = float(usual.min()), float(usual.max())
        margin = MARGIN * (high - low)
        level = float(np.nanmean(recent))
        return not low - margin <= level <= high + margin


def _extent(values: FloatArray) -> float:
    """Largest less smallest; infinite when fewer than two are known."""
    known = values[np.isfinite(values)]
    return float(known.max() - known.min()) if len(known) > 1 else math.inf
