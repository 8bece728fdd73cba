"""How the trunk comes to rest after a push that was announced: a tap, a caught ball, a step."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.results import CommandHeard, Settled
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.stage import Stage

__all__ = ["Settling", "SettlingMeasures", "settling_measures"]

BEFORE_S, PEAK_WITHIN_S, AFTER_S = 5.0, 2.0, 8.0
STAYS_S = 0.5
BAND_SD, BAND_PEAK = 2.0, 0.1
LEAST_KNOWN = 0.9


@dataclasses.dataclass(frozen=True, slots=True)
class SettlingMeasures:
    """What followed one push.

    Parameters
    ----------
    peak_deg : float
        Largest angle to the mean before, degrees.
    peak_s : float
        When, s after the cue.
    settling_s : float
        From the peak until the angle stays in the band for half a second, s; NaN when it does not.
    band_deg : float
        Half width of the band, degrees.
    overshoot : float
        Largest swing to the other side as a part of the peak, ratio.
    damping : float
        Damping ratio by the logarithmic decrement; NaN without a swing beyond the band.
    """

    peak_deg: float
    peak_s: float
    settling_s: float
    band_deg: float
    overshoot: float
    damping: float


UNKNOWN = SettlingMeasures(*(math.nan,) * 6)


def settling_measures(tilt_deg: FloatArray, cue: int, sample_rate_hz: float) -> SettlingMeasures:
    """Measure how the trunk came to rest.

    Parameters
    ----------
    tilt_deg : ndarray, shape (n_samples, 2)
        Forward and rightward tilt around the push, degrees; NaN where not known.
    cue : int
        Row of the cue; the rows before it are the rest to come back to.
    sample_rate_hz : float
        Hz, > 0.

    Returns
    -------
    measures : SettlingMeasures
        Unknown when a tenth of the rows is, or fewer than 3 rows lie on either side.

    References
    ----------
    .. [1] docs/metrics/settling.md
    """
    known = np.isfinite(tilt_deg[:, 0] + tilt_deg[:, 1])
    if min(cue, len(tilt_deg) - cue) < 3 or known.mean() < LEAST_KNOWN or not known[:cue].any():
        return UNKNOWN
    row = np.arange(len(tilt_deg))
    bridged = np.column_stack([np.interp(row, row[known], tilt_deg[known, k]) for k in (0, 1)])
    before = bridged[:cue]
    sd_deg = math.sqrt(float(before.var(axis=0).sum()))
    after = bridged[cue:] - before.mean(axis=0)
    away = np.hypot(after[:, 0], after[:, 1])
    peak = int(np.argmax(away[: round(PEAK_WITHIN_S * sample_rate_hz)]))
    peak_deg = float(away[peak])
    band_deg = max(BAND_SD * sd_deg, BAND_PEAK * peak_deg)
    since = away[peak:] <= band_deg
    n_stays = round(STAYS_S * sample_rate_hz)
    stays = np.asarray(np.convolve(since, np.ones(n_stays), "valid") > n_stays - 0.5)
    settled = int(np.argmax(stays)) if stays.any() else None
    (ap, ml), (to_ap, to_ml) = after[peak:].T, after[peak].tolist()
    back_deg = max(0.0, -float((ap * to_ap + ml * to_ml).min()) / peak_deg) if peak_deg else 0.0
    damping = math.nan
    if back_deg > band_deg:
        decrement = 2.0 * math.log(peak_deg / back_deg)  # over half a period, twice
        damping = decrement / math.hypot(2.0 * math.pi, decrement)
    return SettlingMeasures(
        peak_deg=peak_deg,
        peak_s=peak / sample_rate_hz,
        settling_s=math.nan if settled is None else settled / sample_rate_hz,
        band_deg=band_deg,
        overshoot=back_deg / peak_deg if peak_deg > 0.0 else math.nan,
        damping=damping,
    )


@dataclasses.dataclass(slots=True)
class SettlingState:
    """Memory of :class:`Settling`: the last rows, and the push that is watched."""

    rows: FloatArray
    cue_s: float = math.nan


class Settling(Stage[SettlingState]):
    """Measures the trunk after each ``cue`` command; adds no columns.

    Looks at the 5 s before the cue and the 8 s after it, or until the next cue. Known then.

    Parameters
    ----------
    role : Role
        Which motion sensor.
    """

    def __init__(self, role: Role) -> None:
        self._role = role

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        prefix = self._role.prefix
        self._tilt = [info.index(f"{prefix}_tilt_{axis}_deg", "deg") for axis in ("ap", "ml")]
        self._ok = info.index(f"{prefix}_ok", "flag")
        self._rate_hz = info.sample_rate_hz
        self._keep = round((BEFORE_S + AFTER_S) * self._rate_hz) + 1
        return ()

    def start(self, first: Chunk, kept: SettlingState | None) -> SettlingState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        return SettlingState(np.empty((0, 3)))

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: SettlingState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        ok = chunk.data[:, self._ok] == 1.0
        tilt = np.where(ok[:, None], chunk.data[:, self._tilt], np.nan)
        rows = np.concatenate((state.rows, np.column_stack((chunk.t_s, tilt))))
        cues = [
            int(np.searchsorted(chunk.t_s, event.decided_s))
            for event in heard
            if isinstance(event, CommandHeard) and event.name == "cue"
        ]
        events: list[Event] = []
        for number in (*cues, len(chunk)):
            due = int(np.searchsorted(chunk.t_s, state.cue_s + AFTER_S))
            if math.isfinite(state.cue_s) and (due < number or number < len(chunk)):
                at = min(due, number)
                until = rows[: len(state.rows) + at + 1]
                events.append(self._settled(until[-self._keep :], chunk, at, state.cue_s))
                state.cue_s = math.nan
            if number < len(chunk):
                state.cue_s = float(chunk.t_s[number])
        state.rows = rows[-self._keep :]
        return np.empty((len(chunk), 0)), events

    def _settled(self, rows: FloatArray, chunk: Chunk, row: int, cue_s: float) -> Settled:
        rows = np.ascontiguousarray(rows[rows[:, 0] >= cue_s - BEFORE_S])
        cue = int(np.searchsorted(rows[:, 0], cue_s))
        found = settling_measures(rows[:, 1:], cue, self._rate_hz)
        lasts_s = found.peak_s + found.settling_s
        return Settled(
            t_s=cue_s + lasts_s if math.isfinite(lasts_s) else float(chunk.t_s[row]),
            decided_s=float(chunk.t_s[row]),
            arrival_s=float(chunk.arrival_s[row]),
            role=self._role.value,
            cue_s=cue_s,
            peak_deg=found.peak_deg,
            peak_s=cue_s + found.peak_s,
            settling_s=found.settling_s,
            band_deg=found.band_deg,
            overshoot=found.overshoot,
            damping=found.damping,
        )
