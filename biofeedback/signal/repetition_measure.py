"""What one repetition was like: range, speed, smoothness, what else moved, the breath."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TypedDict

import numpy as np

from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, FloatArray, StreamInfo
from biofeedback.signal.posture import lumbopelvic_ratio
from biofeedback.signal.smoothness import spectral_arc_length
from biofeedback.signal.zigzag import Swing

__all__ = ["Measured", "Rows", "measured", "rises", "shape_of", "turning_span"]

POINTS = 50
STILL_PART = 0.03
"""Part of the fastest turning below which one does not move yet, or no more."""
LEAST_RISE_M = 0.10
"""A smaller change of height cannot be told from none."""
PLACES = ("t_s", "ap", "ml", "speed", "turn", "up", "lumbar", "pelvis_ap", "pelvis_ml", "breath")


class Measured(TypedDict):
    """The measured fields of :class:`~biofeedback.core.results.Repetition`."""

    t_s: float
    start_s: float
    peak_s: float
    end_s: float
    duration_s: float
    peak_speed_dps: float
    sparc: float
    held_s: float
    deviation_deg: float
    lateral_deg: float
    axial_deg: float
    lumbar_deg: float
    lumbopelvic_ratio: float


class Rows:
    """The columns that repetitions are measured from, for any main sensor.

    Parameters
    ----------
    info : StreamInfo
        The table.
    roles : collection of Role
        The motion sensors worn.

    Attributes
    ----------
    width : int
        Columns of a row.
    main : int
        Column of the main sensor's tilt.
    rate_hz : float
        Of the table, Hz.
    """

    width = len(PLACES)
    main = PLACES.index("ap")

    def __init__(self, info: StreamInfo, roles: Collection[Role]) -> None:
        self.rate_hz = info.sample_rate_hz
        pelvis = next((r for r in (Role.PELVIS_IMU, Role.BACK_IMU) if r in roles), None)

        def column(name: str) -> int | None:
            return info.index(name) if info.has(name) else None

        shared = {"lumbar": column("lumbar_flexion_deg"), "breath": column("breath_signal")}
        for axis in ("ap", "ml"):
            tilt = None if pelvis is None else column(f"{pelvis.prefix}_tilt_{axis}_deg")
            shared[f"pelvis_{axis}"] = tilt
        self._columns = {
            role: {
                "ap": info.index(f"{role.prefix}_tilt_ap_deg", "deg"),
                "ml": info.index(f"{role.prefix}_tilt_ml_deg", "deg"),
                "speed": column(f"{role.prefix}_speed_dps"),
                "turn": column(f"{role.prefix}_turn_dps"),
                "up": column(f"{role.prefix}_acc_up_mps2"),
                **shared,
            }
            for role in roles
        }

    def take(self, chunk: Chunk, role: Role) -> FloatArray:
        """Pick the columns of a chunk.

        Parameters
        ----------
        chunk : Chunk
            Rows of the table.
        role : Role
            The main sensor.

        Returns
        -------
        rows : ndarray, shape (n_samples, width)
            NaN where there is no such column.
        """
        rows = np.full((len(chunk), self.width), np.nan)
        rows[:, 0] = chunk.t_s
        for name, column in self._columns[role].items():
            if column is not None:
                rows[:, PLACES.index(name)] = chunk.data[:, column]
        return rows

    def tilt(self, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return forward and rightward lean of the main sensor.

        Parameters
        ----------
        rows : ndarray, shape (n_samples, width)
            From `take`.

        Returns
        -------
        ap, ml : ndarray, shape (n_samples,)
            Degrees.
        """
        return self.column(rows, "ap"), self.column(rows, "ml")

    def column(self, rows: FloatArray, name: str) -> FloatArray:
        """Return one column.

        Parameters
        ----------
        rows : ndarray, shape (n_samples, width)
            From `take`.
        name : str
            One of `PLACES`.

        Returns
        -------
        values : ndarray, shape (n_samples,)
        """
        return np.ascontiguousarray(rows[:, PLACES.index(name)])


def shape_of(angle_deg: FloatArray | None) -> FloatArray:
    """Return the form of a swing, whatever its length and size.

    Parameters
    ----------
    angle_deg : ndarray, shape (n_samples,), or None
        From start to end, degrees; None for what is expected before any was seen: a hump.

    Returns
    -------
    shape : ndarray, shape (50,)
        Mean 0, mean square 1, so that the mean of a product is a correlation.
    """
    if angle_deg is None:
        angle_deg = np.sin(np.linspace(0.0, np.pi, POINTS)) ** 2
    place = np.linspace(0.0, len(angle_deg) - 1.0, POINTS)
    shape = np.interp(place, np.arange(len(angle_deg)), angle_deg)
    shape = shape - shape.mean()
    size = float(np.sqrt(np.mean(shape * shape)))
    return np.asarray(shape / size if size > 0.0 else shape)


def rises(layout: Rows, rows: FloatArray) -> bool | None:
    """Tell whether the trunk ended higher or lower, from its vertical acceleration.

    Parameters
    ----------
    layout : Rows
        Of the rows.
    rows : ndarray, shape (n_samples, width)
        Of one lean: at both ends the trunk is at its highest or lowest, and does not rise or fall.

    Returns
    -------
    rises : bool or None
        None when the height changed by less than 10 cm, or there is no acceleration.
    """
    acc = layout.column(rows, "up")
    if not np.isfinite(acc).all():
        return None
    velocity = np.cumsum(acc) / layout.rate_hz
    # Neither rising nor falling before and after: what is left is the accelerometer's offset.
    velocity = velocity - np.linspace(0.0, velocity[-1], len(velocity))
    height_m = float(velocity.sum()) / layout.rate_hz
    return height_m > 0.0 if abs(height_m) >= LEAST_RISE_M else None


def turning_span(layout: Rows, rows: FloatArray, start: int, end: int) -> tuple[int, int]:
    """Widen a swing to where its turning really begins and ends.

    At 5 % of its range a smooth movement is on its way for a fifth of the time out; a stopwatch
    is pressed when it begins. Its turn rate shows that sooner.

    Parameters
    ----------
    layout : Rows
        Of the rows.
    rows : ndarray, shape (n_samples, width)
        From before the swing until it was decided.
    start, end : int
        Where in them its angle leaves and reaches again 5 % of its range.

    Returns
    -------
    start, end : int
        Where the turn rate was last below 3 % of its fastest before, and first after; the same
        as given where it never was, or is not known.
    """
    speed = layout.column(rows, "speed")
    if not np.isfinite(speed).all():
        return start, end
    still = speed <= STILL_PART * speed[start : end + 1].max()
    before, after = np.flatnonzero(still[: start + 1]), np.flatnonzero(still[end:])
    return (
        int(before[-1]) if len(before) else start,
        end + int(after[0]) if len(after) else end,
    )


def measured(
    layout: Rows,
    rows: FloatArray,
    before: int,
    swing: Swing,
    leg_load: bool,
    holds_s: Sequence[tuple[float, float]],
) -> Measured:
    """Measure one swing.

    Parameters
    ----------
    layout : Rows
        Of the rows.
    rows : ndarray, shape (n_samples, width)
        From `before` rows before its start to its end.
    before : int
        How many.
    swing : Swing
        Where it is.
    leg_load : bool
        Is the pelvis asked to stay where it is?
    holds_s : sequence of (float, float)
        Breath holds so far, begin and end, s.

    Returns
    -------
    measured : Measured
    """
    t_s = layout.column(rows, "t_s")
    start, peak, end = before, before + swing.peak - swing.start, len(rows) - 1
    at_rest = slice(0, max(1, before // 2))

    def change(name: str) -> FloatArray:
        values = layout.column(rows, name)
        known = values[at_rest][np.isfinite(values[at_rest])]
        return values[start:] - known.mean() if len(known) else np.full(end + 1 - start, np.nan)

    speed = layout.column(rows, "speed")
    speed_known = bool(np.isfinite(speed).all())
    turn = layout.column(rows, "turn")[start:]
    breath = layout.column(rows, "breath")[start:]
    lumbar = change("lumbar")
    deviation = np.hypot(change("pelvis_ap"), change("pelvis_ml"))
    start_s, end_s = float(t_s[start]), float(t_s[end])
    held_s = sum(max(0.0, min(end_s, to_s) - max(start_s, from_s)) for from_s, to_s in holds_s)
    trunk, low = change("ap")[: peak - start + 1], lumbar[: peak - start + 1]
    return Measured(
        t_s=end_s,
        start_s=start_s,
        peak_s=float(t_s[peak]),
        end_s=end_s,
        duration_s=end_s - start_s,
        peak_speed_dps=float(speed[start:].max()) if speed_known else math.nan,
        sparc=spectral_arc_length(speed, layout.rate_hz) if speed_known else math.nan,
        held_s=held_s if np.isfinite(breath).mean() >= 0.5 else math.nan,
        deviation_deg=_largest(deviation) if leg_load else math.nan,
        lateral_deg=_largest(change("ml")),
        axial_deg=_largest(np.cumsum(turn) / layout.rate_hz),
        lumbar_deg=_extreme(lumbar),
        lumbopelvic_ratio=lumbopelvic_ratio(low, trunk),
    )


def _largest(values: FloatArray) -> float:
    known = np.abs(values[np.isfinite(values)])
    return float(known.max()) if len(known) else math.nan


def _extreme(values: FloatArray) -> float:
    """Return the value that is furthest from zero, with its sign."""
    known = values[np.isfinite(values)]
    return float(known[np.argmax(np.abs(known))]) if len(known) else math.nan
