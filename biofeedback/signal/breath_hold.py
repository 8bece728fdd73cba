"""Breath holds: when nothing has moved for long enough."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Literal

import numpy as np

from biofeedback.core.stream import BoolArray, FloatArray

__all__ = ["Holding", "flat_rows", "hold_changes"]

WINDOW_S = 3.0
"""A hold is a stretch of at least this length …"""

_RANGE = 0.15
"""… over which the signal stays within this share of a usual breath …"""

_CYCLES = 0.8
"""… and which is at least this share of a usual breath's duration: slow breathers rest as long."""


@dataclasses.dataclass(slots=True)
class Holding:
    """What is known of the present stretch without movement.

    Parameters
    ----------
    flat_since : int or None
        First row whose window is flat; None while there is movement.
    start_s : float or None
        Start of the hold that was reported; None outside of one.
    """

    flat_since: int | None = None
    start_s: float | None = None


def flat_rows(windows: FloatArray, n_window: int, usual: float) -> BoolArray:
    """Tell for each row whether the window that ends there is flat.

    Parameters
    ----------
    windows : ndarray, shape (n_window - 1 + n_rows,)
        Low-passed signal; NaN where nothing was trusted, which is never flat.
    n_window : int
        Rows in a window.
    usual : float
        Usual amplitude.

    Returns
    -------
    flat : ndarray of bool, shape (n_rows,)
    """
    stack = np.lib.stride_tricks.sliding_window_view(windows, n_window)
    return np.asarray(stack.max(axis=1) - stack.min(axis=1) < _RANGE * usual)


def hold_changes(
    flat: BoolArray, row: int, state: Holding, usual_total_s: float, rate_hz: float
) -> list[tuple[int, Literal["begun", "ended"], int]]:
    """Find the rows at which a hold becomes certain or is over.

    Parameters
    ----------
    flat : ndarray of bool, shape (n_rows,)
        From :func:`flat_rows`.
    row : int
        Number of the first row.
    state : Holding
        Changed in place; the caller sets `start_s`.
    usual_total_s : float
        Usual duration of a breath, s.
    rate_hz : float
        Rate of the rows, Hz.

    Returns
    -------
    changes : list of (int, {"begun", "ended"}, int)
        Index into `flat`, what happens there, and for ``begun`` the first row with a flat window.
    """
    changes: list[tuple[int, Literal["begun", "ended"], int]] = []
    wait = max(0, round((_CYCLES * usual_total_s - WINDOW_S) * rate_hz))
    held = state.start_s is not None
    edges = [0, *(int(edge) + 1 for edge in np.flatnonzero(np.diff(flat))), len(flat)]
    for begin, end in itertools.pairwise(edges):
        if not flat[begin]:
            state.flat_since = None
            if held:
                changes.append((begin, "ended", row + begin))
                held = False
            continue
        if state.flat_since is None:
            state.flat_since = row + begin
        sure = max(state.flat_since + wait - row, begin)
        if not held and sure < end:
            changes.append((sure, "begun", state.flat_since))
            held = True
    return changes
