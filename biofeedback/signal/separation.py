"""Chest against belly, breath by breath, without any calibration.

The log-ratio of the two belts' amplitudes changes by the change of the log-odds of the rib-cage
share, whatever the belts' gains are (Konno and Mead 1967: dV = a·dRC + b·dAB, so a/b cancels in
any change). The phase angle is that of the first harmonic over one breath: exact sign, full
range, insensitive to gain.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np

from biofeedback.core.results import BaselineSet, BreathCycle, BreathShare, CommandHeard
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.units import BELT_UNITS
from biofeedback.signal.stage import Stage

__all__ = ["Separation", "log_ratio", "phase_angle_deg"]

BUFFER_S = 45.0
"""Rows kept: the longest breath accepted is 30 s, and it is known some seconds after its end."""
BASELINE_S = 60.0
LEAST_BASELINE_BREATHS = 5
GOOD_QUALITY = 0.6
LEAST_ROWS = 8
LEVEL_S = 0.1
"""The level at an onset is the mean over so long on either side, s."""
MOST_MISSING = 0.1
"""Part of a breath that may be missing; it is bridged by straight lines."""
STEADY_BREATHS = 5
IN_STEP_DEG, PARADOX_DEG = 60.0, 135.0
PARADOX_BREATHS = 3
ROBUST_SD = 1.4826
MEDIAN_SE = 1.2533
"""Standard error of a median over that of a mean, for normal data (sqrt(pi/2))."""
LEAST_SD = 0.05
"""Floor of the baseline's spread: 5 % of an amplitude, the resolution of a quiet breath."""


def log_ratio(chest_amplitude: float, abdomen_amplitude: float) -> float:
    """Return ``ln(A_chest / A_abdomen)`` of one breath.

    Parameters
    ----------
    chest_amplitude, abdomen_amplitude : float
        Signed excursions between the breath's own onset and peak, each in its belt's unit.

    Returns
    -------
    log_ratio : float
        NaN unless both move with the breath.
    """
    if chest_amplitude > 0 and abdomen_amplitude > 0:
        return math.log(chest_amplitude / abdomen_amplitude)
    return math.nan


def phase_angle_deg(chest: FloatArray, abdomen: FloatArray, margin: int = 0) -> float:
    """Return the thoraco-abdominal phase angle of one breath, from its first harmonic.

    Drift is taken off as the line through the levels around the two ends. Insensitive to gain;
    fails when a belt does not move, and means little when the two have different wave shapes.

    Parameters
    ----------
    chest, abdomen : ndarray, shape (n_samples,)
        The two belts over one breath, from one onset to the next, both included, each in any
        unit; at least 8 rows.
    margin : int
        Rows before the first onset and after the last that are given too: levels are means over
        so many on either side, so that noise of a single row does not tilt the breath.

    Returns
    -------
    phase_angle_deg : float
        In (−180, 180]; positive: the rib cage lags the abdomen. NaN when either does not move.

    Raises
    ------
    ValueError
        If the belts differ in length or there are fewer than 8 rows within the margins.

    References
    ----------
    .. [1] G. K. Prisk, J. Hammer, C. J. L. Newth, "Techniques for measurement of
       thoracoabdominal asynchrony", Pediatr. Pulmonol. 34 (2002) 462-472 (loop analysis is
       biased, cross-spectral methods are not); docs/metrics/phase_angle.md
    """
    if len(chest) != len(abdomen) or len(chest) - 2 * margin < LEAST_ROWS:
        raise ValueError(
            f"belts of {len(chest)} and {len(abdomen)} rows with margins of {margin}; "
            f"give the same, {LEAST_ROWS} or more within the margins"
        )
    return _angle_deg(_cross(chest, abdomen, margin))


def _cross(chest: FloatArray, abdomen: FloatArray, margin: int) -> complex:
    """First harmonic of the abdomen times the conjugate one of the chest."""
    return _harmonic(abdomen, margin) * _harmonic(chest, margin).conjugate()


def _harmonic(values: FloatArray, margin: int) -> complex:
    """First Fourier coefficient over one period, after taking off the line through its ends."""
    n = len(values) - 1 - 2 * margin
    first, last = values[: 2 * margin + 1].mean(), values[n:].mean()
    part = np.arange(n) / n
    level = values[margin : margin + n] - first - (last - first) * part
    phase = 2 * np.pi * part
    return complex(np.sum(level * np.cos(phase)), -np.sum(level * np.sin(phase)))


def _angle_deg(cross: complex) -> float:
    if cross == 0 or math.isnan(cross.real):
        return math.nan
    angle_deg = math.degrees(math.atan2(cross.imag, cross.real))
    return 180.0 if angle_deg == -180.0 else angle_deg


@dataclasses.dataclass(slots=True)
class SeparationState:
    """Memory of :class:`Separation`; all but the rows survives a break."""

    rows: FloatArray
    good: list[tuple[float, float, float]] = dataclasses.field(default_factory=list)
    crosses: deque[complex] = dataclasses.field(
        default_factory=lambda: deque(maxlen=STEADY_BREATHS)
    )
    against: deque[bool] = dataclasses.field(default_factory=lambda: deque(maxlen=STEADY_BREATHS))
    baseline: BaselineSet | None = None
    asked: tuple[float, float] | None = None
    latest: tuple[float, float] = (math.nan, math.nan)


class Separation(Stage[SeparationState]):
    """Share and phase of each breath that the breath stage reports.

    Known when the breath is: at its end plus the breath stage's own delay. Valid within one
    donning and posture; after a belt has slipped or was put on anew, a new baseline is needed.
    The columns hold what the last breath said, and are NaN while either belt is not trusted.

    References
    ----------
    .. [1] K. Konno, J. Mead, "Measurement of the separate volume changes of rib cage and abdomen
       during breathing", J. Appl. Physiol. 22 (1967) 407-422;
       docs/metrics/rib_cage_log_ratio.md
    """

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        prefixes = (Role.CHEST_BELT.prefix, Role.ABDOMEN_BELT.prefix)
        self._columns = [info.index(f"{prefix}_excursion", *BELT_UNITS) for prefix in prefixes]
        self._flags = [
            info.index(f"{prefix}_ok", "flag") for prefix in prefixes if info.has(f"{prefix}_ok")
        ]
        self._margin = round(LEVEL_S * info.sample_rate_hz)
        self._keep = math.ceil(BUFFER_S * info.sample_rate_hz)
        return (Channel("rib_cage_log_ratio", "ratio"), Channel("phase_angle_deg", "deg"))

    def start(self, first: Chunk, kept: SeparationState | None) -> SeparationState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        empty = np.empty((0, 3))
        return SeparationState(empty) if kept is None else dataclasses.replace(kept, rows=empty)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: SeparationState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        trusted = (chunk.data[:, self._flags] == 1.0).all(axis=1)
        belts = np.where(trusted[:, None], chunk.data[:, self._columns], np.nan)
        rows = np.concatenate((state.rows, np.column_stack((chunk.t_s, belts))))
        added = np.empty((len(chunk), 2))
        events: list[Event] = []
        done = 0
        for event in heard:
            row = int(np.searchsorted(chunk.t_s, event.decided_s))
            added[done:row] = state.latest
            done = row
            if isinstance(event, CommandHeard) and event.name == "baseline":
                state.asked = _interval(event)
                events += self._try_marked(event, state)
            elif isinstance(event, BreathCycle):
                # No more than what is kept: an older row is there or not, depending on the cut.
                end = len(state.rows) + row + 1
                events += self._breath(event, rows[max(0, end - self._keep) : end], state)
        added[done:] = state.latest
        added[~np.isfinite(belts).all(axis=1)] = np.nan
        state.rows = rows[-self._keep :]
        return added, events

    def _breath(self, breath: BreathCycle, rows: FloatArray, state: SeparationState) -> list[Event]:
        # At the end of its range a belt still turns, but no longer says how far it went.
        clipped = bool(breath.reason & Reason.SATURATED)
        ratio = math.nan if clipped else log_ratio(breath.chest_amplitude, breath.abdomen_amplitude)
        cross = complex(math.nan, math.nan)
        if not math.isnan(breath.chest_amplitude + breath.abdomen_amplitude):
            cross = _cross_of(breath, rows, self._margin)
        angle_deg = _angle_deg(cross)
        known = not math.isnan(angle_deg)
        events: list[Event] = []
        if known:
            # Unit weights: one deep breath must not speak for five.
            state.crosses.append(cross / abs(cross))
            opposed = breath.chest_amplitude < 0 or breath.abdomen_amplitude < 0
            state.against.append(opposed or abs(angle_deg) > PARADOX_DEG)
            good = breath.quality >= GOOD_QUALITY and not breath.sigh
            if good and abs(angle_deg) < IN_STEP_DEG and not math.isnan(ratio):
                state.good.append((breath.onset_s, breath.end_s, ratio))
            events += self._try_marked(breath, state) or self._try_first_minute(breath, state)
        word = _state(angle_deg, state.against)
        relative = error = math.nan
        if word == "in_step":
            relative, error = _relative(ratio, state.baseline)
        state.latest = (relative, angle_deg)
        length = len(state.crosses)
        share = BreathShare(
            t_s=breath.t_s,
            decided_s=breath.decided_s,
            arrival_s=breath.arrival_s,
            breath=breath.breath,
            log_ratio=ratio,
            rib_cage_log_ratio=relative,
            rib_cage_log_ratio_se=error,
            phase_angle_deg=angle_deg,
            coherence=abs(sum(state.crosses)) / length if length else math.nan,
            state=word,
            quality=breath.quality if known else 0.0,
        )
        return [*events, share]

    def _try_first_minute(self, breath: BreathCycle, state: SeparationState) -> list[Event]:
        """Set the baseline once a minute of good breathing is known and none was asked for."""
        enough = sum(end_s - onset_s for onset_s, end_s, _ in state.good) >= BASELINE_S
        waiting = state.baseline is None and state.asked is None
        if not (waiting and enough and len(state.good) >= LEAST_BASELINE_BREATHS):
            return []
        return self._set(breath, state, state.good, "first_good_minute")

    def _try_marked(self, cause: Event, state: SeparationState) -> list[Event]:
        """Set the baseline a person asked for once it is over, prolonged to five good breaths."""
        if state.asked is None or cause.decided_s < state.asked[1]:
            return []
        start_s, end_s = state.asked
        later = [share for share in state.good if share[0] >= start_s]
        within = [share for share in later if share[1] <= end_s]
        if len(within) < LEAST_BASELINE_BREATHS:
            within = later[:LEAST_BASELINE_BREATHS]
        if len(within) < LEAST_BASELINE_BREATHS:
            return []
        state.asked = None
        return self._set(cause, state, within, "marked")

    def _set(
        self,
        cause: Event,
        state: SeparationState,
        shares: Sequence[tuple[float, float, float]],
        source: Literal["marked", "first_good_minute"],
    ) -> list[Event]:
        ratios = np.array([share[2] for share in shares])
        middle = float(np.median(ratios))
        state.baseline = BaselineSet(
            t_s=shares[-1][1],
            decided_s=cause.decided_s,
            arrival_s=cause.arrival_s,
            start_s=shares[0][0],
            end_s=shares[-1][1],
            source=source,
            breaths=len(ratios),
            log_ratio=middle,
            log_ratio_sd=max(LEAST_SD, ROBUST_SD * float(np.median(np.abs(ratios - middle)))),
        )
        return [state.baseline]


def _relative(ratio: float, baseline: BaselineSet | None) -> tuple[float, float]:
    """Return a breath's log-ratio against the baseline, and its standard error.

    The error is that of one breath, as the baseline's spread shows it, and of the median.
    """
    if baseline is None or math.isnan(ratio):
        return math.nan, math.nan
    sd = baseline.log_ratio_sd
    return ratio - baseline.log_ratio, sd * math.sqrt(1 + MEDIAN_SE**2 / baseline.breaths)


def _interval(command: CommandHeard) -> tuple[float, float]:
    """Return the interval a baseline was asked for; by default the minute before."""
    start, end = command.argument("start_s"), command.argument("end_s")
    end_s = float(end) if isinstance(end, int | float) else command.t_s
    start_s = float(start) if isinstance(start, int | float) else end_s - BASELINE_S
    return start_s, end_s


def _cross_of(breath: BreathCycle, rows: FloatArray, margin: int) -> complex:
    """Compare the belts over a breath; NaN when it is not in the rows or much is missing."""
    begin, end = (int(row) for row in np.searchsorted(rows[:, 0], (breath.onset_s, breath.end_s)))
    unknown = complex(math.nan, math.nan)
    if rows[0, 0] > breath.onset_s or end >= len(rows) or end + 1 - begin < LEAST_ROWS:
        return unknown
    margin = min(margin, begin, len(rows) - 1 - end)
    t_s, chest, abdomen = rows[begin - margin : end + margin + 1].T.copy()
    missing = ~np.isfinite(chest + abdomen)
    if np.mean(missing) > MOST_MISSING or missing[0] or missing[-1]:
        return unknown
    if missing.any():
        chest, abdomen = (
            np.interp(t_s, t_s[~missing], belt[~missing]) for belt in (chest, abdomen)
        )
    return _cross(chest, abdomen, margin)


def _state(
    angle_deg: float, against: Collection[bool]
) -> Literal["in_step", "out_of_step", "paradox", "unknown"]:
    if math.isnan(angle_deg):
        return "unknown"
    if sum(against) >= PARADOX_BREATHS:
        return "paradox"
    return "in_step" if abs(angle_deg) < IN_STEP_DEG else "out_of_step"
