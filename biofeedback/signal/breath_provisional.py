"""The early tier: a turning point that is likely, said at once and taken back if it was not."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["EARLY_RISE", "Provisional", "early_turns"]

_SLOPE = 0.15
"""Least slope, as a share of the usual peak inspiratory slope."""

EARLY_RISE = 0.04
"""Least rise, in usual breaths."""

_ARTEFACTS = 3.0
"""Least rise, in multiples of the artefact's RMS: beside footsteps the early tier keeps silent."""


@dataclasses.dataclass(slots=True)
class Provisional:
    """What the early tier remembers since the last confirmed turning point.

    Parameters
    ----------
    lowest : float
        Lowest value of the turned fast trace so far.
    lowest_row : int
        Its row.
    floor : float or None
        Value whose undercutting takes the provisional mark back; None while there is none.
    marked_s : float
        Time to which the mark was dated, s.
    """

    lowest: float
    lowest_row: int
    floor: float | None = None
    marked_s: float = 0.0


def early_turns(
    rising: FloatArray,
    slopes: FloatArray,
    row: int,
    state: Provisional,
    usual: float,
    usual_slope: float,
    artefact: float,
) -> list[tuple[int, Literal["provisional", "retracted"], int]]:
    """Find rows at which an early mark is set or taken back.

    Set when the signal has turned by more than 4 % of a usual breath (and three times the
    artefact) and moves with at least 15 % of the usual slope; taken back at a new extremum.

    Parameters
    ----------
    rising : ndarray, shape (n_rows,)
        Fast trace, turned so that the turn looked for is from falling to rising.
    slopes : ndarray, shape (n_rows,)
        Least slope of it over the last 0.1 s, per second.
    row : int
        Number of the first row.
    state : Provisional
        Changed in place.
    usual, usual_slope : float
        Usual amplitude and usual peak inspiratory slope.
    artefact : float
        RMS of what is faster than breathing.

    Returns
    -------
    turns : list of (int, {"provisional", "retracted"}, int)
        Index into `rising`, what happens there, row of the extremum it is about.
    """
    turns: list[tuple[int, Literal["provisional", "retracted"], int]] = []
    begin, n_rows = 0, len(rising)
    least = max(EARLY_RISE * usual, _ARTEFACTS * artefact)
    while begin < n_rows:
        part = rising[begin:]
        if state.floor is not None:
            below = part < state.floor
            found = int(np.argmax(below))
            if not below[found]:
                break
            state.floor, state.lowest = None, float(part[found])
            state.lowest_row = row + begin + found
            turns.append((begin + found, "retracted", state.lowest_row))
        else:
            lowest = np.minimum.accumulate(np.concatenate([[state.lowest], part]))
            new = part < lowest[:-1]
            number = np.arange(row + begin, row + n_rows)
            at = np.maximum.accumulate(np.where(new, number, state.lowest_row))
            turned = (part - lowest[1:] > least) & (slopes[begin:] > _SLOPE * usual_slope)
            found = int(np.argmax(turned))
            last = found if turned[found] else -1
            state.lowest, state.lowest_row = float(lowest[1:][last]), int(at[last])
            if not turned[found]:
                break
            state.floor = state.lowest
            turns.append((begin + found, "provisional", state.lowest_row))
        begin += found + 1
    return turns
