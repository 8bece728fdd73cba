"""Sway of the trunk while it is quiet: the measures of posturography from one IMU."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from scipy.signal import butter, sosfiltfilt

from biofeedback.core.results import CommandHeard, Sway
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.stage import Stage

__all__ = ["Stability", "SwayMeasures", "low_passed", "sway_measures"]

WINDOW_S = 30.0
EVERY_S = 5.0
LOW_PASS_HZ = 3.5
LEAST_STRETCH_S, LEAST_ROWS = 1.0, 10
LEAST_VALID = 0.8
"""Part of a window that must be trusted for its measures to be told."""
NEUTRAL_S = 3.0
"""After a command that sets neutral anew, angles are new ones once this has passed, s."""
NEUTRAL_COMMANDS = ("calibrate", "baseline")


@dataclasses.dataclass(frozen=True, slots=True)
class SwayMeasures:
    """Sway over one window (Prieto 1996; Mancini 2012), of any AP and ML signals.

    Parameters
    ----------
    rms, rms_ap, rms_ml : float
        RMS distance from the centre and its components, unit of the signal.
    mean_distance : float
        Mean distance from the centre, unit of the signal.
    path : float
        Length of the path, unit of the signal.
    mean_velocity : float
        Path per second.
    ellipse : float
        Area of the 95 % ellipse, unit squared.
    mean_frequency_hz : float
        ``mean_velocity / (2 pi mean_distance)``, Hz.
    jerk : float
        Half the integral of the squared derivative, unit² / s.
    """

    rms: float
    rms_ap: float
    rms_ml: float
    mean_distance: float
    path: float
    mean_velocity: float
    ellipse: float
    mean_frequency_hz: float
    jerk: float


def sway_measures(ap: FloatArray, ml: FloatArray, sample_rate_hz: float) -> SwayMeasures:
    """Compute the sway measures of one window, without any filtering.

    Rows that are NaN in either signal are left out: path and jerk are summed over neighbours that
    are both known, and lengths of time count known rows only.

    Parameters
    ----------
    ap, ml : ndarray, shape (n_samples,)
        Forward and rightward signal, evenly sampled; at least 3 known rows.
    sample_rate_hz : float
        Hz, > 0.

    Returns
    -------
    measures : SwayMeasures

    Raises
    ------
    ValueError
        If fewer than 3 rows are known.

    References
    ----------
    .. [1] T. E. Prieto et al., "Measures of postural steadiness", IEEE Trans. Biomed. Eng. 43
       (1996) 956-966, eqs. 1-20.
    .. [2] M. Mancini et al., "ISway: a sensitive, valid and reliable measure of postural
       control", J. NeuroEng. Rehabil. 9 (2012) 59 (jerk); docs/metrics/sway.md
    """
    known = np.isfinite(ap) & np.isfinite(ml)
    n_known = int(known.sum())
    if n_known < 3:
        raise ValueError(f"{n_known} rows are known; sway needs at least 3")
    together = known[1:] & known[:-1]
    step_ap, step_ml = np.diff(ap)[together], np.diff(ml)[together]
    ap, ml = ap[known], ml[known]
    ap, ml = ap - ap.mean(), ml - ml.mean()
    distance = np.hypot(ap, ml)
    path = float(np.sum(np.hypot(step_ap, step_ml)))
    mean_distance = float(distance.mean())
    mean_velocity = path / (n_known / sample_rate_hz)
    covariance = float(np.mean(ap * ml))
    determinant = float(np.mean(ap * ap) * np.mean(ml * ml)) - covariance**2
    # 95 % point of the F distribution with 2 and n - 2 degrees of freedom, in closed form.
    freedom = n_known - 2
    f_95 = 0.5 * freedom * (0.05 ** (-2.0 / freedom) - 1.0)
    return SwayMeasures(
        rms=float(np.sqrt(np.mean(distance**2))),
        rms_ap=float(np.sqrt(np.mean(ap * ap))),
        rms_ml=float(np.sqrt(np.mean(ml * ml))),
        mean_distance=mean_distance,
        path=path,
        mean_velocity=mean_velocity,
        ellipse=2.0 * math.pi * f_95 * math.sqrt(max(determinant, 0.0)),
        mean_frequency_hz=mean_velocity / (2 * math.pi * mean_distance) if mean_distance else 0.0,
        jerk=0.5 * float(np.sum(step_ap**2 + step_ml**2)) * sample_rate_hz,
    )


def low_passed(values: FloatArray, sample_rate_hz: float) -> FloatArray:
    """Low-pass at 3.5 Hz without delay, each stretch of known rows for itself.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        NaN where not trusted.
    sample_rate_hz : float
        Hz, > 7.

    Returns
    -------
    smooth : ndarray, shape (n_samples,)
        NaN where `values` is, and in stretches below one second, which a filter cannot judge.

    Raises
    ------
    ValueError
        If the rate is 7 Hz or less.
    """
    if not sample_rate_hz > 2 * LOW_PASS_HZ:
        raise ValueError(f"{sample_rate_hz} Hz; sway up to {LOW_PASS_HZ} Hz needs more than 7 Hz")
    sos = butter(2, LOW_PASS_HZ, fs=sample_rate_hz, output="sos")
    smooth = np.full(len(values), np.nan)
    known = np.concatenate(([False], np.isfinite(values), [False]))
    edges = np.flatnonzero(known[1:] != known[:-1])
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - begin >= max(LEAST_STRETCH_S * sample_rate_hz, LEAST_ROWS):
            smooth[begin:end] = sosfiltfilt(sos, np.ascontiguousarray(values[begin:end]))
    return smooth


@dataclasses.dataclass(slots=True)
class StabilityState:
    """Memory of :class:`Stability`: the rows of the window."""

    rows: FloatArray
    next_s: float
    since_s: float = -math.inf


class Stability(Stage[StabilityState]):
    """Sway over the last 30 s, every 5 s, from one IMU on the table.

    Measures are of the horizontal acceleration, low-passed at 3.5 Hz without delay within the
    window; the tilt's RMS is what the ring shows. Known with the last row of the window. Windows
    with less than 80 % trusted rows are reported with their measures unknown, and so are those
    with rows from before neutral was set anew. Breathing is part of it.

    Parameters
    ----------
    role : Role
        Which sensor.
    """

    def __init__(self, role: Role) -> None:
        self._role = role

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        prefix = self._role.prefix
        self._columns = [
            info.index(f"{prefix}_acc_ap_mps2", "m/s2"),
            info.index(f"{prefix}_acc_ml_mps2", "m/s2"),
            info.index(f"{prefix}_tilt_ap_deg", "deg"),
            info.index(f"{prefix}_tilt_ml_deg", "deg"),
        ]
        self._ok = info.index(f"{prefix}_ok", "flag")
        self._rate_hz = info.sample_rate_hz
        self._keep = round(WINDOW_S * self._rate_hz)
        return ()

    def start(self, first: Chunk, kept: StabilityState | None) -> StabilityState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        return StabilityState(np.empty((0, 5)), float(first.t_s[0]) + WINDOW_S)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: StabilityState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        ok = chunk.data[:, self._ok] == 1.0
        new = np.where(ok[:, None], chunk.data[:, self._columns], np.nan)
        rows = np.concatenate((state.rows, np.column_stack((chunk.t_s, new))))
        commands = [
            event
            for event in heard
            if isinstance(event, CommandHeard) and event.name in NEUTRAL_COMMANDS
        ]
        events: list[Event] = []
        while chunk.t_s[-1] >= state.next_s:
            number = int(np.searchsorted(chunk.t_s, state.next_s))
            while commands and commands[0].decided_s <= chunk.t_s[number]:
                state.since_s = commands.pop(0).t_s + NEUTRAL_S
            end = len(state.rows) + number + 1
            window = rows[max(0, end - self._keep) : end]
            events.append(self._sway(window, state.since_s, chunk, number))
            state.next_s += EVERY_S
        for command in commands:
            state.since_s = command.t_s + NEUTRAL_S
        state.rows = rows[-self._keep :]
        return np.empty((len(chunk), 0)), events

    def _sway(self, window: FloatArray, since_s: float, chunk: Chunk, row: int) -> Sway:
        # Angles against another neutral are not of this window.
        trusted = np.where(window[:, :1] < since_s, np.nan, window)
        acc_ap, acc_ml, tilt_ap, tilt_ml = trusted[:, 1:].T.copy()
        tilted = np.isfinite(tilt_ap + tilt_ml)
        accelerated = np.isfinite(acc_ap + acc_ml)
        valid = float(tilted.mean())
        acc = tilt = _UNKNOWN
        if valid >= LEAST_VALID:
            tilt = sway_measures(tilt_ap, tilt_ml, self._rate_hz)
            smooth = [low_passed(values, self._rate_hz) for values in (acc_ap, acc_ml)]
            if np.mean(accelerated & np.isfinite(smooth[0])) >= LEAST_VALID:
                acc = sway_measures(smooth[0], smooth[1], self._rate_hz)
        end_s = float(chunk.t_s[row])
        return Sway(
            t_s=end_s,
            decided_s=end_s,
            arrival_s=float(chunk.arrival_s[row]),
            role=self._role.value,
            start_s=float(window[0, 0]),
            rms_mps2=acc.rms,
            rms_ap_mps2=acc.rms_ap,
            rms_ml_mps2=acc.rms_ml,
            mean_distance_mps2=acc.mean_distance,
            path_mps2=acc.path,
            mean_velocity_mps3=acc.mean_velocity,
            ellipse_m2ps4=acc.ellipse,
            mean_frequency_hz=acc.mean_frequency_hz,
            jerk_m2ps5=acc.jerk,
            tilt_rms_deg=tilt.rms,
            valid=valid,
        )


_UNKNOWN = SwayMeasures(*(math.nan,) * 9)
