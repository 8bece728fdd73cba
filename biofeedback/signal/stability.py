"""Sway of the trunk while it is quiet: the measures of posturography from one IMU."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Sequence

import numpy as np

from biofeedback.core.results import Sway
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.neutral import is_neutral
from biofeedback.signal.stage import Stage
from biofeedback.signal.sway import (
    UNKNOWN_SWAY,
    SwayMeasures,
    low_passed,
    sway_measures,
    with_quadrature,
    without_breath,
)

__all__ = ["Stability"]

WINDOW_S = 30.0
EVERY_S = 5.0
LEAST_VALID = 0.8
"""Part of a window that must be trusted for its measures to be told."""
NEUTRAL_S = 3.0
"""After a command that sets neutral anew, angles are new ones once this has passed, s."""
BREATH = "breath_signal"


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
    with rows from before neutral was set anew. Where a breath signal is on the table, the main ones
    are told again without what follows the breath.

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
        self._breath = info.index(BREATH, "ratio") if info.has(BREATH) else None
        self._rate_hz = info.sample_rate_hz
        self._keep = round(WINDOW_S * self._rate_hz)
        return ()

    def start(self, first: Chunk, kept: StabilityState | None) -> StabilityState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        return StabilityState(np.empty((0, 6)), float(first.t_s[0]) + WINDOW_S)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: StabilityState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        ok = chunk.data[:, self._ok] == 1.0
        new = np.where(ok[:, None], chunk.data[:, self._columns], np.nan)
        breath = (
            np.full(len(chunk), np.nan) if self._breath is None else chunk.data[:, self._breath]
        )
        rows = np.concatenate((state.rows, np.column_stack((chunk.t_s, new, breath))))
        commands = [event for event in heard if is_neutral(event)]
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
        acc_ap, acc_ml, tilt_ap, tilt_ml, breath = trusted[:, 1:].T.copy()
        tilted = np.isfinite(tilt_ap + tilt_ml)
        accelerated = np.isfinite(acc_ap + acc_ml)
        valid = float(tilted.mean())
        acc = tilt = acc_free = tilt_free = UNKNOWN_SWAY
        if valid >= LEAST_VALID:
            bridged = _bridged(breath)
            signal = None if bridged is None else with_quadrature(bridged)
            tilt, tilt_free = self._both(tilt_ap, tilt_ml, signal)
            smooth = [low_passed(values, self._rate_hz) for values in (acc_ap, acc_ml)]
            if np.mean(accelerated & np.isfinite(smooth[0])) >= LEAST_VALID:
                acc, acc_free = self._both(smooth[0], smooth[1], signal, spectra=("distance",))
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
            area_rate_m2ps5=acc.area_rate,
            mean_frequency_hz=acc.mean_frequency_hz,
            centroid_hz=acc.distance.centroid_hz,
            dispersion=acc.distance.dispersion,
            f50_hz=acc.distance.f50_hz,
            f95_hz=acc.distance.f95_hz,
            jerk_m2ps5=acc.jerk,
            jerk_normalised_ps2=acc.jerk_normalised,
            tilt_rms_deg=tilt.rms,
            rms_without_breath_mps2=acc_free.rms,
            mean_velocity_without_breath_mps3=acc_free.mean_velocity,
            ellipse_without_breath_m2ps4=acc_free.ellipse,
            jerk_without_breath_m2ps5=acc_free.jerk,
            tilt_rms_without_breath_deg=tilt_free.rms,
            valid=valid,
        )

    def _both(
        self,
        ap: FloatArray,
        ml: FloatArray,
        breath: FloatArray | None,
        *,
        spectra: Collection[str] = (),
    ) -> tuple[SwayMeasures, SwayMeasures]:
        """Measure as it is, and without what follows the breath."""
        whole = sway_measures(ap, ml, self._rate_hz, spectra=spectra)
        if breath is None:
            return whole, UNKNOWN_SWAY
        free = [without_breath(values, breath) for values in (ap, ml)]
        return whole, sway_measures(free[0], free[1], self._rate_hz, spectra=())


def _bridged(breath: FloatArray) -> FloatArray | None:
    """Return the breath signal without holes; None when too little of it is known."""
    known = np.isfinite(breath)
    if known.mean() < LEAST_VALID:
        return None
    row = np.arange(len(breath))
    return np.asarray(np.interp(row, row[known], breath[known]))
