"""Chest against belly, breath by breath: calibration-free, and in per cent once calibrated.

The log-ratio of the two belts' amplitudes changes by the change of the log-odds of the rib-cage
share, whatever the belts' gains are (Konno and Mead 1967: dV = a·dRC + b·dAB, so a/b cancels in
any change). With the ratio of the gains from a guided calibration the share itself is known.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np

from biofeedback.core.donning import BeltsChanged, CalibrationDone, CalibrationEnded
from biofeedback.core.results import BaselineSet, BreathCycle, BreathShare, CommandHeard
from biofeedback.core.roles import Reason
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.belly_share import UNKNOWN, BellyShare, belly_share
from biofeedback.signal.belt_rows import BeltRows, BreathRows, breath_rows
from biofeedback.signal.filters import hann_taps, smooth
from biofeedback.signal.phase import angle_deg, cross_harmonic, levelled
from biofeedback.signal.phase_error import phase_se_deg
from biofeedback.signal.phase_relation import UNKNOWN as NO_RELATION
from biofeedback.signal.phase_relation import PhaseRelation, phase_relation
from biofeedback.signal.spread import robust_sd
from biofeedback.signal.stage import Stage

__all__ = ["Separation", "log_ratio"]

BASELINE_S = 60.0
LEAST_BASELINE_BREATHS = 5
GOOD_QUALITY = 0.6
SMOOTHING_S = 0.5
"""Symmetric smoother of what shares and directions are read from: half a heart beat."""
STEADY_BREATHS = 5
IN_STEP_DEG, PARADOX_DEG = 60.0, 135.0
PARADOX_BREATHS = 3
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


NOTHING = (math.nan,) * 4


@dataclasses.dataclass(slots=True)
class SeparationState:
    """Memory of :class:`Separation`; all but the rows survives a break."""

    rows: FloatArray
    good: list[tuple[float, float, float]] = dataclasses.field(default_factory=list)
    posture: int = 0
    baselines: dict[int, BaselineSet] = dataclasses.field(default_factory=dict)
    calibrated: CalibrationDone | None = None
    crosses: deque[complex] = dataclasses.field(
        default_factory=lambda: deque(maxlen=STEADY_BREATHS)
    )
    against: deque[bool] = dataclasses.field(default_factory=lambda: deque(maxlen=STEADY_BREATHS))
    asked: tuple[float, float] | None = None
    latest: tuple[float, ...] = NOTHING

    @property
    def baseline(self) -> BaselineSet | None:
        """The baseline of the present posture."""
        return self.baselines.get(self.posture)


class Separation(Stage[SeparationState]):
    """Share and phase of each breath that the breath stage reports.

    Known when the breath is: at its end plus the breath stage's own delay. Valid within one
    donning and posture: when an earlier stage tells that they changed, the baseline is dropped,
    until a known posture is taken up again. A share in per cent needs a calibration. The columns
    hold what the last breath said, and are NaN while either belt is not trusted.

    References
    ----------
    .. [1] K. Konno, J. Mead, "Measurement of the separate volume changes of rib cage and abdomen
       during breathing", J. Appl. Physiol. 22 (1967) 407-422;
       docs/metrics/rib_cage_log_ratio.md, docs/metrics/belly_share.md
    """

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._belts = BeltRows(info)
        self._taps = hann_taps(SMOOTHING_S, info.sample_rate_hz)
        return (
            Channel("rib_cage_log_ratio", "ratio"),
            Channel("phase_angle_deg", "deg"),
            Channel("belly_share_pct", "pct"),
            Channel("belly_share_se_pct", "pct"),
        )

    def start(self, first: Chunk, kept: SeparationState | None) -> SeparationState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        empty = np.empty((0, 4))
        return SeparationState(empty) if kept is None else dataclasses.replace(kept, rows=empty)

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: SeparationState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        belts = self._belts.trusted(chunk)
        timing_se_s = self._belts.timing_se_s(chunk)
        rows = np.concatenate((state.rows, np.column_stack((chunk.t_s, belts, timing_se_s))))
        added = np.empty((len(chunk), len(NOTHING)))
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
                events += self._breath(event, rows[max(0, end - self._belts.keep) : end], state)
            else:
                _note(event, state)
        added[done:] = state.latest
        added[~np.isfinite(belts).all(axis=1)] = np.nan
        state.rows = rows[-self._belts.keep :]
        return added, events

    def _breath(self, breath: BreathCycle, rows: FloatArray, state: SeparationState) -> list[Event]:
        # At the end of its range a belt still turns, but no longer says how far it went.
        clipped = bool(breath.reason & Reason.SATURATED)
        # Two clocks that are not known well shift one belt against the other.
        stale = bool(breath.reason & Reason.STALE_CLOCK)
        ratio = math.nan if clipped else log_ratio(breath.chest_amplitude, breath.abdomen_amplitude)
        found = None
        if not stale and not math.isnan(breath.chest_amplitude + breath.abdomen_amplitude):
            found = breath_rows(breath, rows[:, :3], self._belts.margin)
        cross, relation, share = self._measured(found, None if clipped else state.calibrated)
        phase_deg = angle_deg(cross)
        known = not math.isnan(phase_deg)
        events: list[Event] = []
        phase_se = math.nan
        if known and found is not None:
            phase_se = phase_se_deg(found, breath.ttot_s, _timing_se_s(breath, rows))
            # Unit weights: one deep breath must not speak for five.
            state.crosses.append(cross / abs(cross))
            state.against.append(_against(breath, phase_deg, share))
            good = breath.quality >= GOOD_QUALITY and not breath.sigh
            if good and abs(phase_deg) < IN_STEP_DEG and not math.isnan(ratio):
                state.good.append((breath.onset_s, breath.end_s, ratio))
            events += self._try_marked(breath, state) or self._try_first_minute(breath, state)
        word = _state(phase_deg, state.against)
        relative = error = math.nan
        if word == "in_step":
            relative, error = _relative(ratio, state.baseline)
        in_step = known and abs(phase_deg) < IN_STEP_DEG
        signed = (share.signed_pct, share.signed_se_pct) if in_step else (math.nan, math.nan)
        state.latest = (relative, phase_deg, *signed)
        length = len(state.crosses)
        return [
            *events,
            BreathShare(
                t_s=breath.t_s,
                decided_s=breath.decided_s,
                arrival_s=breath.arrival_s,
                breath=breath.breath,
                log_ratio=ratio,
                rib_cage_log_ratio=relative,
                rib_cage_log_ratio_se=error,
                phase_angle_deg=phase_deg,
                phase_angle_se_deg=phase_se,
                coherence=abs(sum(state.crosses)) / length if length else math.nan,
                state=word,
                quality=breath.quality if known else 0.0,
                belly_share_pct=signed[0],
                belly_share_se_pct=signed[1],
                belly_range_share_pct=math.nan if in_step else share.range_pct,
                phase_relation_in_pct=relation.inspiration_pct,
                phase_relation_out_pct=relation.expiration_pct,
                phase_relation_pct=relation.breath_pct,
                labored_breathing_index=share.index,
            ),
        ]

    def _measured(
        self, found: BreathRows | None, calibrated: CalibrationDone | None
    ) -> tuple[complex, PhaseRelation, BellyShare]:
        """Measure one breath on its rows: phase, directions, and shares when calibrated."""
        if found is None:
            return complex(math.nan, math.nan), NO_RELATION, UNKNOWN
        cross = cross_harmonic(found.chest, found.abdomen, found.margin)
        inside = slice(found.margin, len(found.chest) - found.margin)
        smoothed = [smooth(belt, self._taps) for belt in (found.chest, found.abdomen)]
        ripple = [
            float(np.std((belt - even)[inside]))
            for belt, even in zip((found.chest, found.abdomen), smoothed, strict=True)
        ]
        chest, abdomen = (levelled(even, found.margin) for even in smoothed)
        relation = phase_relation(chest, abdomen, found.peak_row)
        share = UNKNOWN
        if calibrated is not None:
            ln_k = (calibrated.ln_k, calibrated.ln_k_se)
            share = belly_share(chest, abdomen, found.peak_row, ln_k, (ripple[0], ripple[1]))
        return cross, relation, share

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
        baseline = BaselineSet(
            t_s=shares[-1][1],
            decided_s=cause.decided_s,
            arrival_s=cause.arrival_s,
            start_s=shares[0][0],
            end_s=shares[-1][1],
            source=source,
            breaths=len(ratios),
            log_ratio=middle,
            log_ratio_sd=max(LEAST_SD, robust_sd(ratios)),
        )
        state.baselines[state.posture] = baseline
        return [baseline]


def _note(event: Event, state: SeparationState) -> None:
    """Take over what earlier stages found out about the donning."""
    if isinstance(event, BeltsChanged):
        if event.reason != "posture":
            state.baselines.clear()
        state.posture, state.good, state.latest = event.posture, [], NOTHING
    elif isinstance(event, CalibrationDone):
        state.calibrated = event
    elif isinstance(event, CalibrationEnded):
        state.calibrated = None


def _timing_se_s(breath: BreathCycle, rows: FloatArray) -> float:
    """Return the standard error of the time between the belts over a breath; NaN if unknown."""
    begin, end = np.searchsorted(rows[:, 0], (breath.onset_s, breath.end_s))
    se_s = rows[begin : end + 1, 3]
    known = se_s[np.isfinite(se_s)]
    return math.sqrt(float(np.mean(known * known))) if len(known) else math.nan


def _against(breath: BreathCycle, phase_deg: float, share: BellyShare) -> bool:
    """Tell whether one compartment moves against the breath."""
    opposed = breath.chest_amplitude < 0 or breath.abdomen_amplitude < 0
    if not math.isnan(share.signed_pct):
        opposed = not 0.0 <= share.signed_pct <= 100.0
    return opposed or abs(phase_deg) > PARADOX_DEG


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


def _state(
    phase_deg: float, against: Collection[bool]
) -> Literal["in_step", "out_of_step", "paradox", "unknown"]:
    if math.isnan(phase_deg):
        return "unknown"
    if sum(against) >= PARADOX_BREATHS:
        return "paradox"
    return "in_step" if abs(phase_deg) < IN_STEP_DEG else "out_of_step"
