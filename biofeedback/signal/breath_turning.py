"""Turning points with hysteresis in height and in time: when a reversal is sure."""

from __future__ import annotations

import dataclasses

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["Extremum", "Hysteresis", "first_reversal"]


@dataclasses.dataclass(frozen=True, slots=True)
class Hysteresis:
    """How far, and for how long, a signal must turn back before that is a reversal.

    A cardiac or footstep ripple is high but short, the end of a breath may be low but lasts. So
    a large reversal counts at once, a small one when it has stood for a while; either must exceed
    the ripple that is left in the trace.

    Parameters
    ----------
    at_once : float
        Height that counts at once, in usual breaths.
    lasting : float
        Height that counts after `within_s`, in usual breaths; between, linearly less.
    within_s : float
        Time after the turn, filter delay included, after which `lasting` is enough, s: what
        feedback may take. Must be longer than the delay.
    silent_s : float
        Time without an event after which the heights begin to shrink, s: finds shallow
        breathing, or a belt that has come loose.
    shrunk : float
        What they shrink to within another `silent_s`, as a share of themselves.
    """

    at_once: float = 0.40
    lasting: float = 0.15
    within_s: float = 1.0
    silent_s: float = 12.0
    shrunk: float = 0.3


@dataclasses.dataclass(slots=True)
class Extremum:
    """The lowest (or highest) row since the last reversal.

    Parameters
    ----------
    row : int
        Row number.
    height : float
        Value there, times the direction in which it is extreme.
    """

    row: int
    height: float


def first_reversal(
    rising: FloatArray,
    row: int,
    extremum: Extremum,
    since: int,
    usual: float,
    ripple: float,
    hysteresis: Hysteresis,
    delay_s: float,
    rate_hz: float,
) -> int | None:
    """Find the first row at which the signal has surely turned back.

    Parameters
    ----------
    rising : ndarray, shape (n_rows,)
        The signal, turned so that the extremum looked for is a maximum.
    row : int
        Number of the first of these rows.
    extremum : Extremum
        The maximum so far; moved on in place up to the row found, or to the end.
    since : int
        Row of the last event, for the shrinking.
    usual : float
        Usual amplitude.
    ripple : float
        RMS of what is left in the signal that is faster than breathing; √2 times this is the
        amplitude of a sine, and is asked for on top.
    hysteresis : Hysteresis
        What is sure.
    delay_s : float
        Delay of the signal, s.
    rate_hz : float
        Rate of the rows, Hz.

    Returns
    -------
    found : int or None
        Index into `rising`, None if there is no such row.
    """
    n_rows = len(rising)
    number = np.arange(row, row + n_rows)
    highest = np.maximum.accumulate(np.concatenate([[extremum.height], rising]))
    new = rising > highest[:-1]
    at = np.maximum.accumulate(np.where(new, number, extremum.row))
    age_s = (number - at) / rate_hz
    spread = hysteresis.at_once - hysteresis.lasting
    patience_s = hysteresis.within_s - delay_s
    height = np.maximum(hysteresis.lasting, hysteresis.at_once - spread * (age_s / patience_s))
    silence_s = (number - since) / rate_hz
    late = np.clip(silence_s / hysteresis.silent_s - 1.0, 0.0, 1.0)
    height *= usual * (1.0 - (1.0 - hysteresis.shrunk) * late)
    height += np.sqrt(2.0) * ripple
    sure = highest[1:] - rising > height
    found = int(np.argmax(sure))
    if not sure[found]:
        extremum.row, extremum.height = int(at[-1]), float(highest[-1])
        return None
    extremum.row, extremum.height = int(at[found]), float(highest[found + 1])
    return found
