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
from collections.abc import Sequence
from typing import Literal

import numpy as np

from biofeedback.core.results import BaselineSet, BreathCycle, BreathShare, CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.units import BELT_UNITS
from biofeedback.signal.stage import Stage

__all__ = ["Separation", "log_ratio", "phase_angle_deg"]

BUFFER_S = 45.0
"""Rows kept: the longest breath accepted is 30 s, and it is known some seconds after its end."""
BASELINE_S = 60.0
LEAST_BASELINE_BREATHS = 5
GOOD_QUALITY = 0.6
STEADY_BREATHS = 5
STEADY_COHERENCE = 0.8
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


def _harmonic(values: FloatArray) -> complex:
    """First Fourier coefficient over one breath, after taking off the line through its ends."""
    n = len(values)
    phase = 2 * np.pi * np.arange(n) / n
    level = values - (values[0] + (values[-1] - values[0]) * np.arange(n) / (n - 1))
    return complex(np.sum(level * np.cos(phase)), -np.sum(level * np.sin(phase)))


def phase_angle_deg(chest: FloatArray, abdomen: FloatArray) -> float:
    """Return the thoraco-abdominal phase angle of one breath.

    Parameters
    ----------
    chest, abdomen : ndarray, shape (n_samples,)
        The two belts over one breath, in any units; at least 8 rows.

    Returns
    -------
    phase_angle_deg : float
        In (−180, 180]; positive: the rib cage lags the abdomen. NaN when either does not move.

    References
    ----------
    .. [1] G. K. Prisk, J. Hammer, C. J. L. Newth, "Techniques for measurement of
       thoracoabdominal asynchrony", Pediatr. Pulmonol. 34 (2002) 462-472 (loop analysis is
       biased, cross-spectral methods are not); docs/metrics/phase_angle.md
    """
    cross = _harmonic(abdomen) * _harmonic(chest).conjugate()
    return math.degrees(math.atan2(cross.imag, cross.real)) if cross else math.nan


@dataclasses.dataclass(slots=True)
class SeparationState:
    """Memory of :class:`Separation`; all but the rows survives a break."""

    t_s: FloatArray
    chest: FloatArray
    abdomen: FloatArray
    first_s: float
    shares: list[tuple[float, float, float]] = dataclasses.field(default_factory=list)
    crosses: deque[complex] = dataclasses.field(
        default_factory=lambda: deque(maxlen=STEADY_BREATHS)
    )
    against: deque[bool] = dataclasses.field(default_factory=lambda: deque(maxlen=STEADY_BREATHS))
    good_s: float = 0.0
    baseline: BaselineSet | None = None
    latest: tuple[float, float] = (math.nan, math.nan)


class Separation(Stage[SeparationState]):
    """Share and phase of each breath that the breath stage reports.

    Known when the breath is: at its end plus the breath stage's own delay. Valid within one
    donning and posture; after a belt has slipped or was put on anew, a new baseline is needed.
    """

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._chest = info.index(f"{Role.CHEST_BELT.prefix}_excursion", *BELT_UNITS)
        self._abdomen = info.index(f"{Role.ABDOMEN_BELT.prefix}_excursion", *BELT_UNITS)
        self._keep = math.ceil(BUFFER_S * info.sample_rate_hz)
        return (Channel("rib_cage_log_ratio", "ratio"), Channel("phase_angle_deg", "deg"))

    def start(self, first: Chunk, kept: SeparationState | None) -> SeparationState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        empty = np.empty(0)
        if kept is None:
            return SeparationState(empty, empty, empty, float(first.t_s[0]))
        return dataclasses.replace(kept, t_s=empty, chest=empty, abdomen=empty)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: SeparationState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        t_s = np.concatenate((state.t_s, chunk.t_s))
        chest = np.concatenate((state.chest, chunk.data[:, self._chest]))
        abdomen = np.concatenate((state.abdomen, chunk.data[:, self._abdomen]))
        added = np.empty((len(chunk), 2))
        events: list[Event] = []
        done = 0
        for event in heard:
            row = int(np.searchsorted(chunk.t_s, event.decided_s))
            if isinstance(event, CommandHeard) and event.name == "baseline":
                added[done:row] = state.latest
                done = row
                events += self._marked(event, state)
            elif isinstance(event, BreathCycle):
                added[done:row] = state.latest
                done = row
                events += self._breath(event, t_s, chest, abdomen, state)
        added[done:] = state.latest
        state.t_s, state.chest, state.abdomen = (
            values[-self._keep :] for values in (t_s, chest, abdomen)
        )
        return added, events

    def _breath(
        self,
        breath: BreathCycle,
        t_s: FloatArray,
        chest: FloatArray,
        abdomen: FloatArray,
        state: SeparationState,
    ) -> list[Event]:
        ratio = log_ratio(breath.chest_amplitude, breath.abdomen_amplitude)
        begin, end = np.searchsorted(t_s, (breath.onset_s, breath.end_s))
        cross = complex(math.nan, math.nan)
        both = not math.isnan(breath.chest_amplitude + breath.abdomen_amplitude)
        if both and end - begin >= 8:
            one, other = chest[begin:end], abdomen[begin:end]
            if np.isfinite(one).all() and np.isfinite(other).all():
                cross = _harmonic(other) * _harmonic(one).conjugate()
        known = not math.isnan(cross.real) and cross != 0
        angle_deg = math.degrees(math.atan2(cross.imag, cross.real)) if known else math.nan
        quality = breath.quality if known else 0.0
        events: list[Event] = []
        if known:
            # Unit weights: one deep breath must not speak for five.
            state.crosses.append(cross / abs(cross))
            opposed = breath.chest_amplitude < 0 or breath.abdomen_amplitude < 0
            state.against.append(opposed or abs(angle_deg) > PARADOX_DEG)
            if quality >= GOOD_QUALITY and not math.isnan(ratio):
                state.shares.append((breath.onset_s, breath.end_s, ratio))
                state.good_s += breath.ttot_s
            events += self._first_minute(breath, state)
        length = len(state.crosses)
        coherence = abs(sum(state.crosses)) / length if length else math.nan
        relative, error = _relative(ratio, state.baseline)
        word = _state(angle_deg, known, state)
        if word != "in_step":
            relative = error = math.nan
        state.latest = (relative, angle_deg)
        events.append(
            BreathShare(
                t_s=breath.t_s,
                decided_s=breath.decided_s,
                arrival_s=breath.arrival_s,
                breath=breath.breath,
                log_ratio=ratio,
                rib_cage_log_ratio=relative,
                rib_cage_log_ratio_se=error,
                phase_angle_deg=angle_deg,
                coherence=coherence,
                state=word,
                quality=quality,
            )
        )
        return events

    def _first_minute(self, breath: BreathCycle, state: SeparationState) -> list[Event]:
        """Set the baseline once a minute of good breathing is known and none was marked."""
        if state.baseline is not None or state.good_s < BASELINE_S:
            return []
        return self._set(breath, state, state.shares, "first_good_minute")

    def _marked(self, command: CommandHeard, state: SeparationState) -> list[Event]:
        """Set the baseline that a person asked for: an interval, or the minute before."""
        end = command.argument("end_s")
        start = command.argument("start_s")
        end_s = float(end) if isinstance(end, int | float) else command.t_s
        start_s = float(start) if isinstance(start, int | float) else end_s - BASELINE_S
        within = [share for share in state.shares if start_s <= share[0] and share[1] <= end_s]
        if len(within) < LEAST_BASELINE_BREATHS:
            return []
        return self._set(command, state, within, "marked")

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


def _state(
    angle_deg: float, known: bool, state: SeparationState
) -> Literal["in_step", "out_of_step", "paradox", "unknown"]:
    if not known:
        return "unknown"
    if sum(state.against) >= PARADOX_BREATHS:
        return "paradox"
    return "in_step" if abs(angle_deg) < IN_STEP_DEG else "out_of_step"
