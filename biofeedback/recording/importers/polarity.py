"""Hints that a belt was recorded upside down: values that fall on breathing in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biofeedback.core.stream import FloatArray
from biofeedback.recording.importers.streams import ImportedStream

__all__ = ["check_polarity"]

STEP_S = 0.1
SPAN = 5
"""Speeds are changes over half a second: drift and posture leave nothing in them, noise little."""
LEAST_S, MOST_S = 30.0, 3600.0
OPPOSED = -0.5
"""Rank correlation of the two belts' speeds from which one may be upside down."""
RISING, SKEW = 0.54, -0.15
"""Breathing out usually takes longer than breathing in (Ti/Ttot about 0.4 at rest). A belt that
rises for more of the time, and falls faster than it rises, is probably upside down. Forced
breathing (a ventilator, some exercises) looks the same, so this is a hint and nothing is changed.
"""


def check_polarity(streams: Sequence[ImportedStream], notes: list[str]) -> None:
    """Say which belt looks upside down, by its own shape or against the other one.

    Parameters
    ----------
    streams : sequence of ImportedStream
        All of a file; the direction the user gave is taken into account.
    notes : list of str
        Gets the hints.
    """
    belts = [stream for stream in streams if stream.site.quantity == "belt"]
    for stream in belts:
        speed = _speed(stream, float(stream.time_s[0]), float(stream.time_s[-1]))
        if len(speed) and _looks_upside_down(speed):
            hint = "do not invert it" if stream.invert else f"add --invert {stream.site.site}"
            notes.append(
                f"{stream.site.site} rises for longer than it falls, as if it were upside down; "
                f"if it falls on breathing in, {hint}"
            )
    if len(belts) != 2:
        return
    start_s = max(float(stream.time_s[0]) for stream in belts)
    end_s = min(float(stream.time_s[-1]) for stream in belts)
    one, other = (_speed(stream, start_s, end_s) for stream in belts)
    if not len(one) or np.ptp(one) == 0 or np.ptp(other) == 0:
        return
    correlation = float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])
    if correlation < OPPOSED:
        notes.append(
            f"chest and abdomen move against each other (correlation {correlation:.2f}); if that "
            "is not paradoxical breathing, one of them is upside down: see --invert"
        )


def _speed(stream: ImportedStream, start_s: float, end_s: float) -> FloatArray:
    """Return changes per half second, inspiration positive; empty for what is too short."""
    end_s = min(end_s, start_s + MOST_S)
    grid_s = np.arange(start_s, end_s, STEP_S)
    first, last = np.searchsorted(stream.time_s, (start_s, end_s))
    time_s, values = stream.time_s[first:last], stream.values[first:last, 0]
    known = np.isfinite(values)
    if len(grid_s) < LEAST_S / STEP_S or not known.any():
        return np.empty(0)
    values = np.interp(grid_s, time_s[known], values[known])
    speed: FloatArray = values[SPAN:] - values[:-SPAN]
    return -speed if stream.invert else speed


def _looks_upside_down(speed: FloatArray) -> bool:
    usual = float(np.median(np.abs(speed)))
    if usual == 0:
        return False
    # Clipped, so that a cough or a tug does not decide.
    clipped = np.clip(speed / usual, -5.0, 5.0)
    spread = float(clipped.std())
    skew = float(((clipped - clipped.mean()) ** 3).mean()) / spread**3
    return float(np.mean(speed > 0)) > RISING and skew < SKEW


def _ranks(values: FloatArray) -> FloatArray:
    ranks: FloatArray = np.argsort(np.argsort(values)).astype(np.float64)
    return ranks
