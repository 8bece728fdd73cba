"""The two belts' rows, as far as they are trusted, and those of one breath cut out."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from biofeedback.core.results import BreathCycle
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Chunk, FloatArray, StreamInfo
from biofeedback.core.units import BELT_UNITS

__all__ = ["BELTS", "BeltRows", "BreathRows", "breath_rows"]

BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)
KEPT_S = 45.0
"""Rows kept: the longest breath accepted is 30 s, and it is known some seconds after its end."""
LEVEL_S = 0.1
"""The level at an onset is the mean over so long on either side, s."""
LEAST_ROWS = 8
MOST_MISSING = 0.1
"""Part of a breath that may be missing; it is bridged by straight lines."""
NO_SIZE = int(Reason.SATURATED | Reason.SETTLING)
"""Reasons that leave when a belt turned in use, but not how far it went."""


class BeltRows:
    """What the stages that compare the two belts read from a table.

    Parameters
    ----------
    info : StreamInfo
        The table; ``<prefix>_ok``, ``<prefix>_reason`` and ``<prefix>_clock_se_s`` are used where
        there are.

    Raises
    ------
    StreamError
        If a belt is missing, or has a unit no belt has.
    """

    def __init__(self, info: StreamInfo) -> None:
        prefixes = [role.prefix for role in BELTS]
        self._columns = [info.index(f"{prefix}_excursion", *BELT_UNITS) for prefix in prefixes]
        self._flags = [
            info.index(name, "flag") if info.has(name := f"{prefix}_ok") else None
            for prefix in prefixes
        ]
        self._reasons = [
            info.index(name, "reason") if info.has(name := f"{prefix}_reason") else None
            for prefix in prefixes
        ]
        self._clocks = [
            info.index(name, "s") if info.has(name := f"{prefix}_clock_se_s") else None
            for prefix in prefixes
        ]
        self.margin = round(LEVEL_S * info.sample_rate_hz)
        self.keep = math.ceil(KEPT_S * info.sample_rate_hz)

    def trusted(self, chunk: Chunk) -> FloatArray:
        """Return both belts where each is trusted.

        Parameters
        ----------
        chunk : Chunk
            Rows.

        Returns
        -------
        values : ndarray, shape (n_samples, 2)
            Chest and abdomen, NaN where not trusted.
        """
        values = chunk.data[:, self._columns]
        for belt, flag in enumerate(self._flags):
            if flag is not None:
                values[chunk.data[:, flag] != 1.0, belt] = np.nan
        return values

    def timing_se_s(self, chunk: Chunk) -> FloatArray:
        """Return the standard error of the time between the two belts, by their clocks.

        Parameters
        ----------
        chunk : Chunk
            Rows.

        Returns
        -------
        se_s : ndarray, shape (n_samples,)
            s; NaN where no clock is fitted.
        """
        if None in self._clocks:
            return np.full(len(chunk), np.nan)
        chest_s, abdomen_s = (chunk.data[:, column] for column in self._clocks)
        return np.hypot(chest_s, abdomen_s)

    def sized(self, chunk: Chunk) -> FloatArray:
        """Return both belts where how far each went is trusted too.

        Parameters
        ----------
        chunk : Chunk
            Rows.

        Returns
        -------
        values : ndarray, shape (n_samples, 2)
            NaN also at the end of a belt's range and while it settles.
        """
        values = self.trusted(chunk)
        for belt, column in enumerate(self._reasons):
            if column is not None:
                bits = np.nan_to_num(chunk.data[:, column]).astype(np.int64)
                values[bits & NO_SIZE != 0, belt] = np.nan
        return values


@dataclasses.dataclass(frozen=True, slots=True)
class BreathRows:
    """Both belts over one breath, from one onset to the next, and a little beyond.

    Parameters
    ----------
    chest, abdomen : ndarray, shape (n_samples,)
        Each in its belt's unit; short holes bridged.
    margin : int
        Rows before the first onset and after the last.
    peak_row : int
        Row of the inspiratory peak, counted from the first onset.
    """

    chest: FloatArray
    abdomen: FloatArray
    margin: int
    peak_row: int


def breath_rows(breath: BreathCycle, rows: FloatArray, margin: int) -> BreathRows | None:
    """Cut a breath out of the rows kept.

    Parameters
    ----------
    breath : BreathCycle
        Which.
    rows : ndarray, shape (n_samples, 3)
        Time, chest and abdomen, at least one row; NaN where not trusted.
    margin : int
        Rows wanted beyond either end; fewer are given where there are no more.

    Returns
    -------
    found : BreathRows or None
        None when it is not in the rows, is too short, or much of it is missing.
    """
    times_s = (breath.onset_s, breath.peak_s, breath.end_s)
    begin, peak, end = (int(row) for row in np.searchsorted(rows[:, 0], times_s))
    if rows[0, 0] > breath.onset_s or end >= len(rows) or end + 1 - begin < LEAST_ROWS:
        return None
    margin = min(margin, begin, len(rows) - 1 - end)
    t_s, chest, abdomen = rows[begin - margin : end + margin + 1].T.copy()
    missing = ~np.isfinite(chest + abdomen)
    if np.mean(missing) > MOST_MISSING or missing[0] or missing[-1]:
        return None
    if missing.any():
        chest, abdomen = (
            np.interp(t_s, t_s[~missing], belt[~missing]) for belt in (chest, abdomen)
        )
    return BreathRows(chest, abdomen, margin, peak - begin)
