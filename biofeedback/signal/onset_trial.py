"""Judges one arm raise: is it one, when did arm and belly begin, and may the trial be used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Chunk, FloatArray, StreamInfo
from biofeedback.core.timing_results import TrialProblem
from biofeedback.core.units import BELT_UNITS
from biofeedback.signal.onset import OF_PEAK, RampFit, RampFitter, limb_onset_s

__all__ = ["MOVES_DPS", "STILL_S", "WATCHED_S", "Judged", "OnsetRows", "arm_tilt_deg", "judged"]

MOVES_DPS = 30.0
"""An arm that turns faster is on its way: a slow raise (90° in 2 s) reaches 84 deg/s, and hands at
rest tremble with less than 10."""
STILL_S = 0.5
"""A movement begins after so long below that, s."""
WATCHED_S = 1.5
"""Decided so long after that, s: the belly is looked at up to 1 s after the arm's onset."""
RAISED_DEG, HANGING_DEG = 30.0, 20.0
"""A raise goes at least so far, and begins within so much of where the arm hung at first."""
QUIET_S = (0.4, 0.05)
"""The arm's rest is looked at from and until so long before its onset, s."""
TRUNK_DEG = 5.0
"""A trunk that leans by more takes the belt along: less is never told as a change of posture."""
LEAST_RATIO = 0.1
"""A draw-in of less than a tenth of a breath is not told from breathing: the method is known down
to a fifth of one."""
LEAST_EXPLAINED = 0.75
"""Of what the background leaves. Of breathing without a draw-in a ramp explains about a half."""
CHEST_PART = 0.5
"""A breath moves the chest the same way, by half as many breaths or more; a draw-in moves it by a
fifth, the other way."""
NOT_WORN: tuple[None, None] = (None, None)
LEAST_BEND = 1e-6
"""A corner bends by more of the belt's range than rounding does, ratio."""
SAMPLE_PART = 0.2
"""Where between two samples of the belt an onset was is not known to this part of their distance:
lines drawn between samples round the corner of a ramp, which then seems to begin earlier."""
MISSING = int(Reason.GAP | Reason.BRIDGED | Reason.NOT_A_NUMBER)


class OnsetRows:
    """What is read from a table for relative timing, and where it stands in the rows kept.

    Parameters
    ----------
    info : StreamInfo
        The table; chest belt, trunk, reasons and clocks are used where there are.
    trunk : Role or None
        Motion sensor that tells whether the trunk keeps still.

    Raises
    ------
    StreamError
        If the abdominal belt or the arm's turn rate is missing, or a unit is another.
    """

    T_S, BELLY, SPEED_DPS, AP_DEG, ML_DEG, BITS, CLOCK_SE_S, CHEST, TRUNK_AP, TRUNK_ML = range(10)
    WIDTH = 10

    def __init__(self, info: StreamInfo, trunk: Role | None) -> None:
        belt, arm = Role.ABDOMEN_BELT.prefix, Role.ARM_IMU.prefix
        self._read = [
            info.index(f"{belt}_excursion", *BELT_UNITS),
            info.index(f"{arm}_speed_dps", "deg/s"),
            info.index(f"{arm}_tilt_ap_deg", "deg"),
            info.index(f"{arm}_tilt_ml_deg", "deg"),
        ]
        self._ok = [info.index(f"{prefix}_ok", "flag") for prefix in (belt, arm)]
        self._reasons = _found(info, (f"{belt}_reason", f"{arm}_reason"))
        self._clocks = _found(info, (f"{belt}_clock_se_s", f"{arm}_clock_se_s"))
        chest = _found(info, ("chest_excursion",))
        names = [f"{trunk.prefix}_tilt_{axis}_deg" for axis in ("ap", "ml")] if trunk else []
        lean = _found(info, names)
        self._beside = (*(chest or NOT_WORN[:1]), *(lean or NOT_WORN))

    def take(self, chunk: Chunk) -> FloatArray:
        """Copy what is needed.

        Parameters
        ----------
        chunk : Chunk
            Rows.

        Returns
        -------
        rows : ndarray, shape (n_samples, 10)
            Columns as numbered in the class; ``BITS`` holds the reasons of both sensors.
        """
        data = chunk.data
        bits = np.zeros(len(chunk), dtype=np.int64)
        for column in self._reasons:
            bits |= np.nan_to_num(data[:, column], nan=float(Reason.GAP)).astype(np.int64)
        trusted = np.all(data[:, self._ok] == 1.0, axis=1)
        bits |= np.where(trusted | (bits != 0), 0, int(Reason.UNCLEAR))
        clock_se_s = np.full(len(chunk), np.nan)
        if len(self._clocks) == 2:
            clock_se_s = np.hypot(data[:, self._clocks[0]], data[:, self._clocks[1]])
        nothing = np.full(len(chunk), np.nan)
        beside = [nothing if column is None else data[:, column] for column in self._beside]
        return np.column_stack((chunk.t_s, data[:, self._read], bits, clock_se_s, *beside))


def _found(info: StreamInfo, names: Sequence[str]) -> list[int]:
    return [info.index(name) for name in names if info.has(name)]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one raise; NaN where not known.

    Parameters
    ----------
    limb_s, belly_s : float
        Onsets, s.
    rise_s, amplitude, amplitude_ratio, explained : float
        As in :class:`~biofeedback.core.results.OnsetTrial`.
    timing_se_s : float
        Standard error of the delay that other trials share, s: of the two clocks, and of where
        between two samples of the belt the onset was.
    problem : TrialProblem
        Why it is not used; empty when it is.
    """

    limb_s: float
    problem: TrialProblem
    belly_s: float = math.nan
    rise_s: float = math.nan
    amplitude: float = math.nan
    amplitude_ratio: float = math.nan
    explained: float = math.nan
    timing_se_s: float = math.nan


def arm_tilt_deg(rows: FloatArray, begin_s: float) -> tuple[float, float]:
    """Return how the arm was held just before a movement.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, 10)
        As :class:`OnsetRows` makes them.
    begin_s : float
        When the movement was seen, s.

    Returns
    -------
    ap, ml : float
        Mean tilt from half a second to a fifth before, degrees; NaN when not known.
    """
    t_s = rows[:, OnsetRows.T_S]
    before = rows[(t_s >= begin_s - STILL_S) & (t_s < begin_s - 0.2)]
    if not len(before):
        return math.nan, math.nan
    ap, ml = (np.ascontiguousarray(before[:, k]) for k in (OnsetRows.AP_DEG, OnsetRows.ML_DEG))
    return float(ap.mean()), float(ml.mean())


def judged(
    rows: FloatArray,
    begin_s: float,
    hanging_deg: tuple[float, float],
    sizes: tuple[float, float],
    coupled: bool,
    fitter: RampFitter,
) -> Judged | None:
    """Judge a movement of the arm.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, 10)
        As :class:`OnsetRows` makes them, from 1.5 s before to 1.5 s after; columns of what is not
        worn are NaN.
    begin_s : float
        When the arm was first seen turning faster than 30 deg/s, s.
    hanging_deg : tuple of float
        Tilt of the hanging arm, as `arm_tilt_deg` gives it.
    sizes : tuple of float
        Usual breath on the abdominal and on the chest belt, each in its unit; NaN when not known.
    coupled : bool
        Both belts move as one.
    fitter : RampFitter
        For the rate of these rows.

    Returns
    -------
    judged : Judged or None
        None when it is no raise: the arm comes down, or hardly moves.
    """
    held_deg = arm_tilt_deg(rows, begin_s)
    t_s, begin = rows[:, OnsetRows.T_S], int(np.searchsorted(rows[:, OnsetRows.T_S], begin_s))
    bits = int(np.bitwise_or.reduce(rows[:, OnsetRows.BITS].astype(np.int64)))
    if not np.isfinite(rows[:, : OnsetRows.CLOCK_SE_S]).all() or bits & MISSING:
        return Judged(begin_s, "gap")
    if math.hypot(held_deg[0] - hanging_deg[0], held_deg[1] - hanging_deg[1]) > HANGING_DEG:
        return None
    away = np.hypot(
        rows[begin:, OnsetRows.AP_DEG] - held_deg[0], rows[begin:, OnsetRows.ML_DEG] - held_deg[1]
    )
    if not away.max() >= RAISED_DEG:
        return None
    speed = rows[:, OnsetRows.SPEED_DPS]
    slow = np.flatnonzero(speed[begin:] <= MOVES_DPS)
    end = begin + int(slow[0]) if len(slow) else len(rows)
    first = max(0, begin - round(STILL_S / (t_s[1] - t_s[0])))
    limb_s = limb_onset_s(t_s[first:end], speed[first:end])
    if bits & int(Reason.STALE_CLOCK):
        return Judged(limb_s, "clock")
    if bits or coupled:
        return Judged(limb_s, "quality")
    quiet = speed[(t_s >= limb_s - QUIET_S[0]) & (t_s < limb_s - QUIET_S[1])]
    moved = not len(quiet) or math.sqrt(float(np.mean(quiet * quiet))) > OF_PEAK * speed[:end].max()
    if moved:
        return Judged(limb_s, "motion")
    row = int(np.argmin(np.abs(t_s - limb_s)))
    window = rows[max(0, row - fitter.n_before) : row + fitter.n_after + 1]
    if len(window) < fitter.n_rows:
        return Judged(limb_s, "gap")
    if _leans(window):
        return Judged(limb_s, "motion")
    belly = np.ascontiguousarray(window[:, OnsetRows.BELLY])
    fit = fitter.fit(belly)
    return Judged(
        limb_s=limb_s,
        problem=_problem(fit, np.ascontiguousarray(window[:, OnsetRows.CHEST]), sizes, fitter),
        belly_s=float(t_s[row]) + fit.onset_s,
        rise_s=fit.rise_s,
        amplitude=fit.amplitude,
        amplitude_ratio=fit.amplitude / sizes[0],
        explained=fit.explained,
        timing_se_s=_timing_se_s(window, belly),
    )


def _timing_se_s(window: FloatArray, belly: FloatArray) -> float:
    """Rows lie on straight lines between samples: how many corners there are tells how far apart.

    Given times have no clock whose error is known; then it is left out.
    """
    corners = float(np.mean(np.abs(np.diff(belly, 2)) > LEAST_BEND * np.ptp(belly)))
    row_s = float(window[1, OnsetRows.T_S] - window[0, OnsetRows.T_S])
    interval_s = 2.0 * row_s / corners if corners else math.nan
    clock_se_s = float(window[len(window) // 2, OnsetRows.CLOCK_SE_S])
    return math.hypot(clock_se_s if math.isfinite(clock_se_s) else 0.0, SAMPLE_PART * interval_s)


def _leans(window: FloatArray) -> bool:
    """Tell whether the trunk leaned; without a sensor there it is taken not to."""
    ap, ml = (float(np.ptp(window[:, k])) for k in (OnsetRows.TRUNK_AP, OnsetRows.TRUNK_ML))
    return math.hypot(ap, ml) > TRUNK_DEG


def _problem(
    fit: RampFit, chest: FloatArray, sizes: tuple[float, float], fitter: RampFitter
) -> TrialProblem:
    ratio = fit.amplitude / sizes[0]
    if abs(ratio) < LEAST_RATIO:
        return "small"
    if fit.explained < LEAST_EXPLAINED or fit.onset_at_edge:
        return "no_ramp"
    beside = fitter.amplitude(chest, fit.onset_s, fit.rise_s) / sizes[1]
    return "breath" if fit.rise_at_edge or beside / ratio > CHEST_PART else ""
