"""Dates and clock times as seconds."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from biofeedback.core.stream import FloatArray

__all__ = ["is_clock", "seconds_of", "unwrap_midnight"]

DAY_S = 86400.0
_CLOCK = re.compile(r"\d{1,2}:\d{2}")


def is_clock(text: str) -> bool:
    """Tell a clock time without a date.

    Parameters
    ----------
    text : str
        A moment.

    Returns
    -------
    clock : bool
    """
    return _CLOCK.match(text.strip()) is not None


def seconds_of(text: pd.Series) -> FloatArray:
    """Turn moments into seconds: since 1970 for dates, since midnight for clock times.

    A date without a zone is taken as it stands; only differences matter. Double precision
    resolves 0.3 µs there.

    Parameters
    ----------
    text : Series of str
        Dates, times or both.

    Returns
    -------
    seconds : ndarray, shape (n_samples,)
        NaN where a field is no moment.
    """
    text = text.astype(str).str.strip()
    given = text[text != ""]
    if len(given) and is_clock(given.iloc[0]):
        if text.str.contains("m$", case=False).any():
            moments = pd.to_datetime("1970-01-01 " + text, errors="coerce", format="mixed")
            return _since_1970(moments)
        whole = text.where(text.str.count(":") == 2, text + ":00").str.replace(",", ".")
        spans = pd.to_timedelta(whole, errors="coerce")
        return np.asarray(spans.dt.total_seconds().to_numpy(), dtype=np.float64)
    moments = pd.to_datetime(
        text.str.replace(",", "."), errors="coerce", utc=True, format="ISO8601"
    )
    if 2 * moments.notna().sum() < len(given):
        day_first = text.str.match(r"\d{1,2}\.\d{1,2}\.").any()
        moments = pd.to_datetime(
            text, errors="coerce", utc=True, format="mixed", dayfirst=bool(day_first)
        )
    return _since_1970(moments.dt.tz_localize(None))


def _since_1970(moments: pd.Series) -> FloatArray:
    since = moments - pd.Timestamp(0)
    return np.asarray(since.dt.total_seconds().to_numpy(), dtype=np.float64)


def unwrap_midnight(seconds: FloatArray) -> FloatArray:
    """Let a clock run on past midnight.

    Parameters
    ----------
    seconds : ndarray, shape (n_samples,)
        Since midnight, s.

    Returns
    -------
    seconds : ndarray, shape (n_samples,)
        Since the first midnight, s.
    """
    known = np.flatnonzero(np.isfinite(seconds))
    passed = np.zeros(len(seconds))
    passed[known[1:]] = np.diff(seconds[known]) < -DAY_S / 2
    return seconds + DAY_S * np.cumsum(passed)
