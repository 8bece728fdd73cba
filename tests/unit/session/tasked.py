"""Events of tasks, for what follows them."""

from __future__ import annotations

import math

from biofeedback.core.results import (
    BracingAlert,
    CommandHeard,
    Gait,
    HoldEnded,
    HoldProgress,
    RelativeTiming,
    Repetition,
    RestSet,
    SteadinessScore,
    Tone,
)


def stamps(t_s: float) -> dict[str, float]:
    return {"t_s": t_s, "decided_s": t_s, "arrival_s": t_s}


def announced(t_s: float, name: str, side: str = "") -> CommandHeard:
    return CommandHeard(**stamps(t_s), name="task", arguments=(("name", name), ("side", side)))


def repeated(t_s: float, task: str, number: int, *, counted: bool = True) -> Repetition:
    nan = math.nan
    return Repetition(
        **stamps(t_s), repetition=number, task=task, side="", role="pelvis_imu",
        start_s=t_s - 3.0, peak_s=t_s - 1.5, end_s=t_s, duration_s=3.0, rom_deg=41.6,
        peak_speed_dps=60.0, sparc=-1.5, alike=0.9, counted=counted, held_s=0.0,
        deviation_deg=3.4, lateral_deg=1.0, axial_deg=1.0, lumbar_deg=nan, lumbopelvic_ratio=nan,
    )  # fmt: skip


def scored(
    t_s: float, task: str, start_s: float, *, steady_pct: float = 96.0, breathing_pct: float = 80.0,
    stiff: bool = False, cue: str = "", whole: bool = False,
) -> SteadinessScore:  # fmt: skip
    return SteadinessScore(
        **stamps(t_s), task=task, side="", state="whole" if whole else "so_far", start_s=start_s,
        deviation_deg=1.0, steady_pct=steady_pct, breathing_pct=breathing_pct,
        swr_pct=math.sqrt(steady_pct * breathing_pct), stiff=stiff, weaker="", cue=cue,
    )  # fmt: skip


def progressed(t_s: float, task: str, held_s: float, trunk_pct: float) -> HoldProgress:
    return HoldProgress(
        **stamps(t_s), task=task, held_s=held_s, angle_deg=trunk_pct * 0.03, limit_deg=3.0,
        trunk_pct=trunk_pct, belly_pct=math.nan,
    )  # fmt: skip


def ended(t_s: float, task: str, held_s: float, **changed: object) -> HoldEnded:
    nan = math.nan
    fields: dict[str, object] = {
        **stamps(t_s), "task": task, "role": "pelvis_imu", "start_s": t_s - held_s,
        "held_s": held_s, "reason": "stopped", "drifted": "", "time_to_drift_s": nan,
        "earliest_s": nan, "longest_before_s": nan, "limit_deg": 3.0, "sway_deg": 0.3,
        "slope_deg_per_min": nan, "low_deg_per_min": nan, "high_deg_per_min": nan, "windows": 4,
        "tremor_ratio": nan, "valid": 1.0, "problem": "",
    }  # fmt: skip
    return HoldEnded(**{**fields, **changed})  # type: ignore[arg-type]


def walked(t_s: float, rate: float, problem: str = "") -> Gait:
    return Gait(
        **stamps(t_s), role="pelvis_imu", start_s=t_s - 10.0, step_rate_per_min=rate,
        step_regularity=0.8, stride_regularity=0.9, rms_ap_mps2=1.0, rms_ml_mps2=1.0,
        rms_up_mps2=2.0, valid=1.0, problem=problem,  # type: ignore[arg-type]
    )  # fmt: skip


def timed(t_s: float, task: str, delay_s: float, usable: int) -> RelativeTiming:
    return RelativeTiming(
        **stamps(t_s), task=task, trials=usable + 1, usable=usable, delay_s=delay_s,
        low_s=delay_s - 0.015, high_s=delay_s + 0.015, common_se_s=0.005, lag_checked=False,
        reason="" if math.isfinite(delay_s) else "fewer than five usable raises",
    )  # fmt: skip


def toned(t_s: float, tonic: float, pattern: str = "relaxed", reason: str = "") -> Tone:
    return Tone(
        **stamps(t_s), breath=1, held_s=0.0, belt="tension", tonic=tonic, tonic_se=0.1,
        phasic=0.9, phasic_se=0.05, pattern=pattern, learned=False,  # type: ignore[arg-type]
        reason=reason,  # type: ignore[arg-type]
    )  # fmt: skip


def alerted(t_s: float, state: str = "begun", kind: str = "stiff") -> BracingAlert:
    return BracingAlert(
        **stamps(t_s), kind=kind, state=state, angle_pct=30.0,  # type: ignore[arg-type]
        breath_pct=20.0, held_s=0.0, cue="soften, keep breathing" if state == "begun" else "",
    )  # fmt: skip


def rested(t_s: float, breaths: int = 12) -> RestSet:
    return RestSet(
        **stamps(t_s), start_s=t_s - 60.0, end_s=t_s, source="marked", breaths=breaths,
        chest_amplitude=1.0, abdomen_amplitude=1.0, angle_sd_deg=0.3,
    )  # fmt: skip
