"""Times of imported rows: in seconds, strictly increasing, with a rate that makes sense."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from biofeedback.core.errors import ImportedDataError
from biofeedback.core.stream import BoolArray, FloatArray
from biofeedback.recording.importers.csv import TIME_UNIT
from biofeedback.recording.importers.mapping import RATE_LIMITS_HZ

__all__ = ["gaps", "in_order", "in_seconds", "nominal_rate_hz"]

TIME_UNITS = MappingProxyType(
    {
        **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
        **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), 1e-3),
        **dict.fromkeys(("us", "µs", "μs", "usec", "usecs", "microseconds"), 1e-6),
        **dict.fromkeys(("ns", "nsec", "nanoseconds"), 1e-9),
        **dict.fromkeys(("min", "minutes"), 60.0),
        **dict.fromkeys(("h", "hours"), 3600.0),
    }
)
# Seconds since 1970 are about 1e9 to 4e9 in the years 2001 to 2096; smaller units are larger
# numbers.
EPOCH_UNITS = ((1e17, 1e-9, "ns"), (1e14, 1e-6, "µs"), (1e11, 1e-3, "ms"))
LIKELY_RATE_HZ = (4.0, 2000.0)
"""Rates by which a unit of time is guessed."""
BATCHED = 0.1
"""More rows than this part that share a time came in batches, or the clock is coarse."""
TOGETHER = 0.1
"""Rows closer than this part of the usual step share a time."""
DISORDER, EVEN = 0.05, 0.8
"""More steps back than this part, and fewer steps of the usual size: that is no time."""
REGULAR = 0.8
"""Part of the time that steps within a tenth of the usual one make up in an even recording."""
MOST_PAUSE_S = 86_400.0
"""A longer hole is a wrong clock (1970, 1904), not a pause, s."""
GAP_S = 1.0
"""Longer holes than this, beyond the usual step, are gaps, s."""


def in_seconds(
    values: FloatArray, unit: str, name: str, notes: list[str], *, given: bool = False
) -> FloatArray:
    """Turn a time column into seconds.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        As the file has them.
    unit : str
        What is known of their unit; may be empty.
    name : str
        Of the column, for messages.
    notes : list of str
        Gets what was guessed.
    given : bool
        The user said the unit.

    Returns
    -------
    time_s : ndarray, shape (n_samples,)

    Raises
    ------
    ImportedDataError
        If the user's unit is not known.
    """
    if unit == TIME_UNIT:
        return values
    factor = TIME_UNITS.get(unit.strip().lower())
    if factor is None and given:
        raise ImportedDataError(f"--unit time={unit}: known are {', '.join(TIME_UNITS)}")
    if factor is not None:
        return values if factor == 1.0 else values * factor
    known = values[np.isfinite(values)]
    size = float(np.median(np.abs(known))) if len(known) else 0.0
    for least, factor, word in EPOCH_UNITS:
        if size > least:
            notes.append(f"time column {name!r} is taken to be in {word} since 1970")
            return values * factor
    rate_hz = _plain_rate_hz(known)
    if not RATE_LIMITS_HZ[0] <= rate_hz <= RATE_LIMITS_HZ[1]:
        for word in ("ms", "µs", "ns"):
            if LIKELY_RATE_HZ[0] <= rate_hz / TIME_UNITS[word] <= LIKELY_RATE_HZ[1]:
                notes.append(f"time column {name!r} is taken to be in {word}")
                return values * TIME_UNITS[word]
    return values


def _plain_rate_hz(values: FloatArray) -> float:
    """Return rows per unit of time."""
    length = float(values.max() - values.min()) if len(values) else 0.0
    return (len(values) - 1) / length if length > 0 else np.inf


def in_order(
    time_s: FloatArray, values: FloatArray, where: str, notes: list[str]
) -> tuple[FloatArray, FloatArray]:
    """Make times strictly increasing; say what had to be done.

    Rows without a time are left out, rows out of order are sorted. Where few rows share a time
    they are averaged; where many do, they came in batches or the clock is coarse, and they are
    spread evenly up to the next time.

    Parameters
    ----------
    time_s : ndarray, shape (n_samples,)
        Times as found, s.
    values : ndarray, shape (n_samples, n_channels)
        Their rows.
    where : str
        For messages.
    notes : list of str
        Gets what was repaired.

    Returns
    -------
    time_s : ndarray, shape (n_kept,)
    values : ndarray, shape (n_kept, n_channels)

    Raises
    ------
    ImportedDataError
        If too little is left, or the column can hold no times.
    """
    known = np.isfinite(time_s)
    if not known.all():
        notes.append(f"{where}: {np.count_nonzero(~known)} rows without a time are left out")
        time_s, values = time_s[known], values[known]
    _check_rows(time_s, where)
    steps = np.diff(time_s)
    backwards = int(np.count_nonzero(steps < 0))
    if backwards:
        order = np.argsort(time_s, kind="stable")
        time_s, values = time_s[order], values[order]
        steps = np.diff(time_s)
        _check_disorder(steps, backwards, where)
        notes.append(f"{where}: times run backwards {backwards} times; rows were sorted")
    if steps.max() > MOST_PAUSE_S:
        raise ImportedDataError(
            f"{where}: the time jumps by {steps.max() / 86_400:.1f} days behind row "
            f"{int(np.argmax(steps)) + 1} of the rows in order; at most 1 day is taken for a "
            "pause. Cut the file there, or give --rate-hz"
        )
    distinct = int(np.count_nonzero(steps > 0)) + 1
    if distinct < 3:
        raise ImportedDataError(
            f"{where}: all rows share {distinct} times; choose another --time-column or give "
            "--rate-hz"
        )
    together = steps < TOGETHER * float(_running(steps).mean())
    batched = int(np.count_nonzero(together))
    if batched > BATCHED * len(time_s):
        notes.append(f"{where}: {batched} rows come together with another; they were spread evenly")
        return _spread(time_s, np.concatenate(([True], ~together))), values
    shared = len(time_s) - distinct
    if shared == 0:
        return time_s, values
    first = np.concatenate(([True], steps > 0))
    notes.append(f"{where}: {shared} rows repeat the time of another; they were averaged")
    group = np.cumsum(first) - 1
    count = np.bincount(group)
    averaged = [np.bincount(group, column) / count for column in values.T]
    return time_s[first], np.column_stack(averaged)


def _check_rows(time_s: FloatArray, where: str) -> None:
    if len(time_s) < 3:
        raise ImportedDataError(
            f"{where}: {len(time_s)} rows have a time; at least 3 are needed. "
            "Choose another --time-column"
        )


def _check_disorder(steps: FloatArray, backwards: int, where: str) -> None:
    usual = float(np.median(steps))
    even = np.count_nonzero(np.abs(steps - usual) <= 0.5 * usual)
    if DISORDER * len(steps) < backwards < len(steps) and even < EVEN * len(steps):
        raise ImportedDataError(
            f"{where}: {backwards} of {len(steps)} times run backwards and they are uneven when "
            "sorted: the time column holds something else; choose another, or give --rate-hz"
        )


def _spread(time_s: FloatArray, first: BoolArray) -> FloatArray:
    """Spread rows that share a time up to the next time, or to the usual distance in a gap."""
    begins = np.flatnonzero(first)
    count = np.diff(np.append(begins, len(time_s)))
    span_s = np.diff(time_s[begins])
    usual_s = float(np.median(span_s / count[:-1]))
    # No row may wander into a gap behind its batch.
    step_s = np.append(np.minimum(span_s / count[:-1], 2.0 * usual_s), usual_s)
    within = np.arange(len(time_s)) - np.repeat(begins, count)
    spread_s: FloatArray = np.repeat(time_s[begins], count) + within * np.repeat(step_s, count)
    return spread_s


def gaps(time_s: FloatArray, rate_hz: float) -> tuple[int, float]:
    """Count the holes in a recording.

    Parameters
    ----------
    time_s : ndarray, shape (n_samples,)
        Strictly increasing, s.
    rate_hz : float
        Nominal rate, Hz.

    Returns
    -------
    n_gaps : int
    missing_s : float
        In all, s.
    """
    steps = np.diff(time_s)
    holes = steps[steps > GAP_S + 1.5 / rate_hz]
    return len(holes), float(holes.sum())


def nominal_rate_hz(time_s: FloatArray) -> float:
    """Return the rate of a recording, gaps left out.

    Even times give the rate of their usual step; uneven ones (radio packets, a busy logger) the
    number of rows over the time they took.

    Parameters
    ----------
    time_s : ndarray, shape (n_samples,)
        Strictly increasing, s; at least two.

    Returns
    -------
    rate_hz : float
    """
    steps = np.diff(time_s)
    usual = float(np.median(steps))
    even = steps[np.abs(steps - usual) <= 0.1 * usual]
    running = _running(steps)
    if even.sum() >= REGULAR * running.sum():
        return float(1.0 / even.mean())
    return float(1.0 / running.mean())


def _running(steps: FloatArray) -> FloatArray:
    """Leave gaps out."""
    return steps[steps <= max(GAP_S, 10.0 * float(np.median(steps)))]
