"""Sway of the trunk while it is quiet: the measures of posturography from one IMU."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from scipy.signal import butter, sosfiltfilt

from biofeedback.core.results import Sway
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.stage import Stage

__all__ = ["Stability", "SwayMeasures", "sway_measures"]

WINDOW_S = 30.0
EVERY_S = 5.0
LOW_PASS_HZ = 3.5
CHI_SQUARE_95 = 5.991
"""95 % point of chi-square with two degrees of freedom."""
LEAST_VALID = 0.8


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

    Parameters
    ----------
    ap, ml : ndarray, shape (n_samples,)
        Forward and rightward signal, evenly sampled, finite; n_samples ≥ 3.
    sample_rate_hz : float
        Hz, > 0.

    Returns
    -------
    measures : SwayMeasures

    References
    ----------
    .. [1] T. E. Prieto et al., "Measures of postural steadiness", IEEE Trans. Biomed. Eng. 43
       (1996) 956-966, eqs. 1-20.
    .. [2] M. Mancini et al., "ISway: a sensitive, valid and reliable measure of postural
       control", J. NeuroEng. Rehabil. 9 (2012) 59 (jerk); docs/metrics/sway.md
    """
    ap, ml = ap - ap.mean(), ml - ml.mean()
    distance = np.hypot(ap, ml)
    step_ap, step_ml = np.diff(ap), np.diff(ml)
    length_s = len(ap) / sample_rate_hz
    path = float(np.sum(np.hypot(step_ap, step_ml)))
    mean_distance = float(distance.mean())
    mean_velocity = path / length_s
    covariance = float(np.mean(ap * ml))
    determinant = float(np.mean(ap * ap) * np.mean(ml * ml)) - covariance**2
    return SwayMeasures(
        rms=float(np.sqrt(np.mean(distance**2))),
        rms_ap=float(np.sqrt(np.mean(ap * ap))),
        rms_ml=float(np.sqrt(np.mean(ml * ml))),
        mean_distance=mean_distance,
        path=path,
        mean_velocity=mean_velocity,
        ellipse=math.pi * CHI_SQUARE_95 * math.sqrt(max(determinant, 0.0)),
        mean_frequency_hz=mean_velocity / (2 * math.pi * mean_distance) if mean_distance else 0.0,
        jerk=0.5 * float(np.sum(step_ap**2 + step_ml**2)) * sample_rate_hz,
    )


@dataclasses.dataclass(slots=True)
class StabilityState:
    """Memory of :class:`Stability`: the rows of the window."""

    rows: FloatArray
    next_s: float


class Stability(Stage[StabilityState]):
    """Sway over the last 30 s, every 5 s, from one IMU on the table.

    Measures are of the horizontal acceleration, low-passed at 3.5 Hz without delay within the
    window; the tilt's RMS is what the ring shows. Known with the last row of the window. Windows
    with less than 80 % trusted rows are reported with their measures unknown. Breathing is part
    of it.

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
        self._sos = butter(2, LOW_PASS_HZ, fs=self._rate_hz, output="sos")
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
        events: list[Event] = []
        while chunk.t_s[-1] >= state.next_s:
            end = int(np.searchsorted(rows[:, 0], state.next_s, side="left")) + 1
            number = end - 1 - len(state.rows)
            window = rows[max(0, end - self._keep) : end]
            events.append(self._sway(window, chunk, number))
            state.next_s += EVERY_S
        state.rows = rows[-self._keep :]
        return np.empty((len(chunk), 0)), events

    def _sway(self, window: FloatArray, chunk: Chunk, row: int) -> Sway:
        good = np.isfinite(window[:, 3])
        has_acc = bool(np.isfinite(window[:, 1]).any())
        if has_acc:
            good &= np.isfinite(window[:, 1])
        valid = float(good.mean())
        acc = tilt = _UNKNOWN
        if valid >= LEAST_VALID:
            kept = window[good]
            tilt = sway_measures(kept[:, 3], kept[:, 4], self._rate_hz)
            if has_acc:
                ap, ml = (
                    sosfiltfilt(self._sos, np.ascontiguousarray(kept[:, column]))
                    for column in (1, 2)
                )
                acc = sway_measures(ap, ml, self._rate_hz)
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
