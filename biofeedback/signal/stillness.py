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
STILL_BLOCKS = 8
"""4 s: longer than any pause between resting breaths."""
LONG_BLOCKS = 60
"""30 s: longer than any breath hold that is asked for."""
USUAL_BLOCKS = 120
"""60 s before: where breathing used to be."""
MARGIN = 0.5
"""A level is foreign when it lies outside the usual range by this part of it."""
FLOOR = 3.0
"""Movement below three times the uncertainty of a block's mean is none."""
LIVELY = 0.25
"""A signal whose steps turn back this often carries noise: a smooth curve's never do."""
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
        self._rest: FloatArray = np.empty(0)
        self._window: FloatArray = np.empty(0)
        self._means: FloatArray = np.empty(0)
        self._quantum = math.inf
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
        self._means = np.append(self._means, mean)[-(USUAL_BLOCKS + STILL_BLOCKS) :]
        self._window = np.append(self._window, block)[-STILL_BLOCKS * self._n_block :]
        window = self._window[np.isfinite(self._window)]
        if len(window) < 3 or len(self._means) < STILL_BLOCKS:
            return
        steps = np.diff(window)
        real = np.abs(steps[steps != 0.0])
        if len(real):
            self._quantum = min(self._quantum, float(real.min()))
        noise = MAD_TO_SD * float(np.median(np.abs(np.diff(steps))))
        floor = FLOOR * max(
            noise / math.sqrt(self._n_block), self._quantum if math.isfinite(self._quantum) else 0.0
        )
        recent = self._means[-STILL_BLOCKS:]
        still = _extent(recent) <= floor
        if not still:
            self._moved = True
        if float(np.mean(steps[1:] * steps[:-1] < 0.0)) >= LIVELY:
            self._lively = True
        frozen = self._lively and not len(real)
        long = len(self._means) >= LONG_BLOCKS and _extent(self._means[-LONG_BLOCKS:]) <= floor
        self._flat = still and (
            self._flat or not self._moved or frozen or long or self._foreign(recent)
        )

    def _foreign(self, recent: FloatArray) -> bool:
        """Tell whether the level is none that this belt had while it moved."""
        usual = self._means[:-STILL_BLOCKS]
        usual = usual[np.isfinite(usual)]
        if len(usual) < STILL_BLOCKS:
            return False
        low, high = float(usual.min()), float(usual.max())
        margin = MARGIN * (high - low)
        level = float(np.nanmean(recent))
        return not low - margin <= level <= high + margin


def _extent(values: FloatArray) -> float:
    """Largest less smallest; infinite when fewer than two are known."""
    known = values[np.isfinite(values)]
    return float(known.max() - known.min()) if len(known) > 1 else math.inf
