"""What a session finds: breaths, shares, holds, sway, quality. Frozen, every field with a unit.

``None`` and NaN never mean zero: NaN is "not known", and a reason stands beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from biofeedback.core.breathing_rate import BreathingRate
from biofeedback.core.control_results import BracingAlert, RestSet, SteadinessScore
from biofeedback.core.endurance_results import HoldEnded, HoldProgress
from biofeedback.core.rotation_results import RotationRatio
from biofeedback.core.stream import Event
from biofeedback.core.timing_results import OnsetTrial, RelativeTiming
from biofeedback.core.tone_results import Tone, ToneReference
from biofeedback.core.trunk_results import (
    Aligned,
    FiveStands,
    GyroBias,
    PostureChange,
    Repetition,
    Settled,
    Sway,
)
from biofeedback.core.walk_results import Gait

__all__ = [
    "Aligned",
    "BaselineSet",
    "BracingAlert",
    "BreathCycle",
    "BreathMark",
    "BreathShare",
    "BreathingRate",
    "ClockFit",
    "CommandHeard",
    "DeviceStatus",
    "FiveStands",
    "Gait",
    "GyroBias",
    "Hold",
    "HoldEnded",
    "HoldProgress",
    "OnsetTrial",
    "PostureChange",
    "RelativeTiming",
    "Repetition",
    "RestSet",
    "RotationRatio",
    "SensorQuality",
    "Settled",
    "SteadinessScore",
    "Sway",
    "TapAlignment",
    "Tone",
    "ToneReference",
]

MarkKind = Literal["inspiration_onset", "inspiration_peak", "expiration_end"]
MarkState = Literal["provisional", "confirmed", "retracted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreathMark(Event):
    """A turning point of breathing.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        See :class:`~biofeedback.core.stream.Event`.
    breath : int
        Number of the breath it belongs to, from 0.
    kind : {"inspiration_onset", "inspiration_peak", "expiration_end"}
        Which turning point.
    state : {"provisional", "confirmed", "retracted"}
        A confirmed mark is never revised; a provisional one is confirmed or retracted.
    confidence : float
        0 to 1.
    """

    breath: int
    kind: MarkKind
    state: MarkState
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BreathCycle(Event):
    """One accepted breath: onset, peak, next onset.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the breath; when it was decided; when that row came.
    breath : int
        Number, from 0.
    onset_s, peak_s, end_s : float
        Inspiratory onset, inspiratory peak, next inspiratory onset, s.
    onset_decided_s, peak_decided_s, end_decided_s : float
        Data time of the row at which each was confirmed, s.
    ti_s, te_s, ttot_s : float
        Inspiratory, expiratory (pause included) and total time, s.
    duty_cycle : float
        Ti/Ttot, ratio.
    amplitude : float
        Peak minus onset of the combined signal, in multiples of the usual breath.
    chest_amplitude, abdomen_amplitude : float
        Signed excursion of each belt between the same two instants, in the belt's unit; NaN
        when that belt is not trusted. Without belts the turn of the motion sensors, deg.
    pause_ee_s, pause_ei_s : float
        End-expiratory and end-inspiratory pause, s; 0 when there is none.
    source : str
        What it was detected on: ``both``, ``chest``, ``abdomen`` or an IMU's prefix.
    sigh : bool
        At least twice the median of the last breaths, not motion.
    quality : float
        0 (unusable) to 1 (clean).
    reason : int
        Bit set of :class:`~biofeedback.core.roles.Reason` seen during the breath.
    """

    breath: int
    onset_s: float
    peak_s: float
    end_s: float
    onset_decided_s: float
    peak_decided_s: float
    end_decided_s: float
    ti_s: float
    te_s: float
    ttot_s: float
    duty_cycle: float
    amplitude: float
    chest_amplitude: float
    abdomen_amplitude: float
    pause_ee_s: float
    pause_ei_s: float
    source: str
    sigh: bool
    quality: float
    reason: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreathShare(Event):
    """Chest against belly for one breath; needs both belts.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        As of the breath it belongs to.
    breath : int
        Number of that breath.
    log_ratio : float
        ``ln(A_chest / A_abdomen)`` of this breath; NaN when either does not move with it.
    rib_cage_log_ratio : float
        `log_ratio` minus its baseline: above 0 means more chest than own baseline; NaN until
        there is a baseline.
    rib_cage_log_ratio_se : float
        Its standard error, from the spread of the baseline; NaN with it.
    phase_angle_deg : float
        First-harmonic thoraco-abdominal phase angle, (−180, 180]; positive: rib cage lags.
    phase_angle_se_deg : float
        Its standard error, deg: by the noise of the belts, and by how well their clocks are
        known; NaN with it.
    coherence : float
        Over the last five breaths, 0 to 1; below 0.8 the angle is unstable.
    state : {"in_step", "out_of_step", "paradox", "unknown"}
        Whether the share has a meaning: only ``in_step`` does (below 60°).
    quality : float
        0 to 1.
    belly_share_pct, belly_share_se_pct : float
        Signed share of the belly in this breath's volume and its standard error, percentage
        points; NaN without a calibration, and when the angle is 60° or more.
    belly_range_share_pct : float
        Share of the belly by each compartment's own range, where the angle is 60° or more:
        to be called out of step; NaN without a calibration.
    phase_relation_in_pct, phase_relation_out_pct, phase_relation_pct : float
        Part of inspiration, of expiration and of the breath in which chest and belly move in
        opposite directions, 0 to 100.
    labored_breathing_index : float
        What both compartments move over the volume that gives, ratio: 1 in step; NaN without a
        calibration.
    """

    breath: int
    log_ratio: float
    rib_cage_log_ratio: float
    rib_cage_log_ratio_se: float
    phase_angle_deg: float
    coherence: float
    state: Literal["in_step", "out_of_step", "paradox", "unknown"]
    quality: float
    belly_share_pct: float = math.nan
    belly_share_se_pct: float = math.nan
    belly_range_share_pct: float = math.nan
    phase_relation_in_pct: float = math.nan
    phase_relation_out_pct: float = math.nan
    phase_relation_pct: float = math.nan
    labored_breathing_index: float = math.nan
    phase_angle_se_deg: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Event):
    """A breath hold: begun, then ended.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        Start of the hold (``begun``) or its end (``ended``).
    state : {"begun", "ended"}
        Which.
    start_s : float
        When the hold started, s.
    duration_s : float
        Length so far, or in all, s.
    """

    state: Literal["begun", "ended"]
    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSet(Event):
    """The own baseline that shares are compared with.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the baseline interval; when it was set.
    start_s, end_s : float
        Interval used, s.
    source : {"marked", "first_good_minute"}
        Who chose it.
    breaths : int
        Breaths it rests on.
    log_ratio : float
        Median ``ln(A_chest / A_abdomen)``.
    log_ratio_sd : float
        Robust SD (1.4826 MAD) of the same.
    """

    start_s: float
    end_s: float
    source: Literal["marked", "first_good_minute"]
    breaths: int
    log_ratio: float
    log_ratio_sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorQuality(Event):
    """A sensor began or ceased to be trusted.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it changed.
    role : str
        Which sensor.
    ok : bool
        Trusted from now on?
    reason : int
        Bit set of :class:`~biofeedback.core.roles.Reason`; 0 when trusted.
    """

    role: str
    ok: bool
    reason: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFit(Event):
    """How a stream's time is being rebuilt; about once per second.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When the fit was made.
    stream : str
        ``device_id/stream_id``.
    rate_hz : float
        Fitted sample rate, Hz.
    offset_s : float
        Arrival of the latest sample minus its rebuilt time, s: jitter above the lowest line.
    residual_s : float
        Robust spread of arrivals above the line since the fit before, s.
    se_s : float
        Standard error of the times given out but for the constant lag, s.
    jitter_s : float
        Standard deviation of arrivals above the line over the last minute, s; NaN until known.
    received, lost, duplicates : int
        Samples received, known to be lost, and dropped because they came again, so far.
    """

    stream: str
    rate_hz: float
    offset_s: float
    residual_s: float
    se_s: float
    jitter_s: float
    received: int
    lost: int
    duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TapAlignment(Event):
    """How much later one sensor told of a tap, cough or hop than another.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the stretch that was watched; when its last row came.
    reference, role : str
        The sensor compared with, and the sensor.
    lag_s : float
        By how much the sensor's times are late against the reference's, s: what is to be taken
        off them by the command ``lag``, beyond what is taken off; NaN when there is no answer.
    lag_se_s : float
        Its standard error, s; NaN with it.
    jolts : int
        How many it rests on.
    reason : str
        Why there is no answer; empty when there is one.
    """

    reference: str
    role: str
    lag_s: float
    lag_se_s: float
    jolts: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus(Event):
    """Something a device told about itself, or bytes of it that made no sense.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it reached us; all three are the same.
    device_id : str
        Which device.
    name : str
        ``ready``, ``battery_pct``, ``dropped``, ``garbage``, ``refused`` …
    value : float
        Its value; a count for things that happen.
    detail : str
        In words.
    """

    device_id: str
    name: str
    value: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandHeard(Event):
    """A person's command, as stages hear it: with the first row after it.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it was given; data time of the first row after it; arrival of that row.
    name : str
        Command name.
    arguments : tuple of (str, value)
        Its arguments, sorted by name.
    """

    name: str
    arguments: tuple[tuple[str, str | int | float | bool | None], ...] = ()

    def argument(self, name: str) -> str | int | float | bool | None:
        """Return one argument, or None when it was not given.

        Parameters
        ----------
        name : str
            Argument name.

        Returns
        -------
        value : str, int, float, bool or None
        """
        return dict(self.arguments).get(name)
