"""A session in numbers: what ``summary.json`` holds. Keys are documented in docs/summary.md."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from biofeedback.core.account import StreamAccount
from biofeedback.core.capability import capability
from biofeedback.core.endurance_words import endurance_words
from biofeedback.core.results import BaselineSet, BreathCycle, BreathShare, Hold
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event, FloatArray
from biofeedback.signal.quiet_sway import quiet_sways
from biofeedback.signal.summary_calibrated import calibrated_summary, why_not_calibrated
from biofeedback.signal.summary_imu import imu_breathing_summary
from biofeedback.signal.summary_labels import label_counts, plain_breaths, plain_events
from biofeedback.signal.summary_sensors import sensor_summary, stream_summary, timing_se_s
from biofeedback.signal.summary_tone import tone_summary, tone_words
from biofeedback.signal.summary_trunk import exercise_words, trunk_summary

__all__ = ["SUMMARY_VERSION", "breath_rate", "circular_mean_deg", "summarise", "summary_words"]

SUMMARY_VERSION = 1
ROBUST_SD, MEDIAN_SE = 1.4826, 1.2533
LEAST_SHARES = 5
BREATHING = {Role.CHEST_BELT, Role.ABDOMEN_BELT, Role.STERNUM_IMU, Role.ABDOMEN_IMU}


def spread(values: FloatArray) -> float:
    """Return the robust SD: 1.4826 times the median absolute deviation.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite, at least one.

    Returns
    -------
    sd : float
        In the unit of the values.
    """
    return ROBUST_SD * float(np.median(np.abs(values - np.median(values))))


def breath_rate(breaths: Sequence[BreathCycle]) -> tuple[float, float]:
    """Return 60 over the median Ttot, and its standard error.

    Parameters
    ----------
    breaths : sequence of BreathCycle
        Accepted breaths.

    Returns
    -------
    rate_per_min, se_per_min : float
        NaN for fewer than two breaths.
    """
    if len(breaths) < 2:
        return math.nan, math.nan
    ttot_s = np.array([breath.ttot_s for breath in breaths])
    median_s = float(np.median(ttot_s))
    se_s = MEDIAN_SE * spread(ttot_s) / math.sqrt(len(ttot_s))
    return 60.0 / median_s, 60.0 / median_s**2 * se_s


def circular_mean_deg(angles_deg: FloatArray) -> tuple[float, float]:
    """Return the circular mean and the resultant length of angles.

    Parameters
    ----------
    angles_deg : ndarray, shape (n,)
        Degrees; NaN are left out.

    Returns
    -------
    mean_deg : float
        In (−180, 180]; NaN when there is no angle.
    length : float
        0 scattered to 1 identical.
    """
    angles = np.deg2rad(angles_deg[np.isfinite(angles_deg)])
    if not len(angles):
        return math.nan, 0.0
    x, y = float(np.mean(np.cos(angles))), float(np.mean(np.sin(angles)))
    return math.degrees(math.atan2(y, x)), math.hypot(x, y)


def summarise(
    table: Chunk,
    events: Sequence[Event],
    breaths: Sequence[BreathCycle],
    breaths_refined: Sequence[BreathCycle],
    versions: Mapping[str, str] | None = None,
    accounts: Sequence[StreamAccount] = (),
) -> dict[str, object]:
    """Put a session into numbers.

    Parameters
    ----------
    table : Chunk
        The 50 Hz table of the whole session.
    events : sequence of Event
        Everything decided.
    breaths, breaths_refined : sequence of BreathCycle
        As known live; refined afterwards.
    versions : mapping of str to str or None
        Which software analysed it.
    accounts : sequence of StreamAccount
        What became of the samples of every stream.

    Returns
    -------
    summary : dict
        JSON types only; a number that is not known is None.
    """
    t_s = table.t_s
    roles = [role for role in Role if table.info.has(f"{role.prefix}_ok")]
    holds = [event for event in events if isinstance(event, Hold) and event.state == "ended"]
    belts = [role for role in roles if role.kind == "belt"]
    timing = {"timing_se_s": timing_se_s(table, belts or roles)}
    summary: dict[str, object] = {
        "summary_version": SUMMARY_VERSION,
        "duration_s": float(t_s[-1] - t_s[0]) if len(t_s) else 0.0,
        "roles": [role.value for role in roles],
        "capability": capability(roles),
        "breathing": _breathing(breaths, holds, events) | timing,
        "breathing_refined": _breathing(breaths_refined, holds, events) | timing,
        "imu_breathing": imu_breathing_summary(events),
        "share": _share(plain_events(events)),
        "sway": _sway(events),
        "trunk": trunk_summary(table, events, roles),
        "belly_tone": tone_summary(events),
        "sensors": {role.value: sensor_summary(table, role, events) for role in roles},
        "streams": stream_summary(accounts, events),
        "versions": dict(versions or {}),
    }
    return {key: _known(value) for key, value in summary.items()} | {
        "unknown": _unknown(roles, summary, why_not_calibrated(events))
    }


def _unknown(
    roles: Sequence[Role], summary: Mapping[str, object], not_calibrated: str | None
) -> dict[str, str]:
    """Say in words why numbers are missing, by section."""
    why: dict[str, str] = {}
    worn = set(roles)
    breathing, share, sway = (_part(summary, name) for name in ("breathing", "share", "sway"))
    if not worn & BREATHING:
        why["breathing"] = "neither a belt nor a motion sensor was worn on chest or belly"
    elif not isinstance(breathing["breaths_without_hold"], int) or (
        breathing["breaths_without_hold"] < 2
    ):
        why["breathing"] = "fewer than two breaths without hold, speech or cough were found"
    if not {Role.CHEST_BELT, Role.ABDOMEN_BELT} <= worn:
        why["share"] = "it needs a belt on the chest and one on the abdomen"
    elif not share["breaths_with_both_belts"]:
        why["share"] = "no breath was measured by both belts"
    elif share["baseline"] is None:
        why["share"] = "no baseline: none was marked, and less than a minute of breathing was good"
    elif share["rib_cage_log_ratio_last_third"] != share["rib_cage_log_ratio_last_third"]:
        why["share"] = "fewer than ten breaths were in step"
    if share["breaths_with_both_belts"] and not_calibrated is not None:
        why["belly_share"] = not_calibrated
    if not worn & {Role.PELVIS_IMU, Role.BACK_IMU, Role.STERNUM_IMU, Role.ABDOMEN_IMU}:
        why["sway"] = "no motion sensor was worn on the trunk"
    elif not sway:
        why["sway"] = "the motion sensor was not trusted for 30 s without an exercise"
    elif sway["rms_mps2"] != sway["rms_mps2"]:
        why["sway"] = "the motion sensor gives no acceleration: only tilt is known"
    return why


def _part(summary: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = summary[name]
    return value if isinstance(value, Mapping) else {}


def _known(value: object) -> object:
    """Replace what is not a number by None: JSON knows no NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item) for item in value]
    return value


def _breathing(
    breaths: Sequence[BreathCycle], holds: Sequence[Hold], events: Sequence[Event]
) -> dict[str, object]:
    """Medians over plain breaths; one that holds a breath hold is none."""
    free = [
        breath
        for breath in plain_breaths(breaths, events)
        if not any(
            hold.start_s < breath.end_s and breath.onset_s < hold.start_s + hold.duration_s
            for hold in holds
        )
    ]
    rate, se = breath_rate(free)

    def median(name: str) -> float:
        values = [float(getattr(breath, name)) for breath in free]
        return float(np.median(values)) if values else math.nan

    ttot_s = np.array([breath.ttot_s for breath in free])
    return {
        "breaths": len(breaths),
        "breaths_without_hold": len(free),
        "labelled": label_counts(events),
        "breath_rate_per_min": rate,
        "breath_rate_se_per_min": se,
        "ti_s": median("ti_s"),
        "te_s": median("te_s"),
        "ttot_s": median("ttot_s"),
        "duty_cycle": median("duty_cycle"),
        "pause_ee_s": median("pause_ee_s"),
        "ttot_cv": float(np.std(ttot_s) / np.mean(ttot_s)) if len(ttot_s) > 1 else math.nan,
        "sighs": sum(breath.sigh for breath in breaths),
        "holds": [{"start_s": hold.start_s, "duration_s": hold.duration_s} for hold in holds],
        "quality": median("quality"),
    }


def _share(events: Sequence[Event]) -> dict[str, object]:
    shares = [event for event in events if isinstance(event, BreathShare)]
    baseline = next((e for e in reversed(events) if isinstance(e, BaselineSet)), None)
    mean_deg, length = circular_mean_deg(np.array([share.phase_angle_deg for share in shares]))
    usable = np.array(
        [
            share.log_ratio
            for share in shares
            if share.state == "in_step" and math.isfinite(share.log_ratio)
        ]
    )
    third = max(LEAST_SHARES, len(usable) // 3)
    enough = len(usable) >= 2 * LEAST_SHARES
    first = float(np.median(usable[:third])) if enough else math.nan
    last = float(np.median(usable[-third:])) if enough else math.nan
    middle = baseline.log_ratio if baseline is not None else math.nan
    return {
        "breaths_with_both_belts": sum(share.state != "unknown" for share in shares),
        "in_step": sum(share.state == "in_step" for share in shares),
        "out_of_step": sum(share.state == "out_of_step" for share in shares),
        "paradox": sum(share.state == "paradox" for share in shares),
        "phase_angle_deg": mean_deg,
        "phase_angle_se_deg": _median([share.phase_angle_se_deg for share in shares]),
        "phase_concentration": length if shares else math.nan,
        "baseline": None
        if baseline is None
        else {
            "source": baseline.source,
            "start_s": baseline.start_s,
            "end_s": baseline.end_s,
            "breaths": baseline.breaths,
            "log_ratio": baseline.log_ratio,
            "log_ratio_sd": baseline.log_ratio_sd,
        },
        "log_ratio_first_third": first,
        "log_ratio_last_third": last,
        "rib_cage_log_ratio_last_third": last - middle,
        **calibrated_summary(events),
    }


def _sway(events: Sequence[Event]) -> dict[str, object] | None:
    sways = [sway for sway in quiet_sways(events) if math.isfinite(sway.tilt_rms_deg)]
    if not sways:
        return None
    names = (
        "rms_mps2",
        "mean_velocity_mps3",
        "ellipse_m2ps4",
        "area_rate_m2ps5",
        "mean_frequency_hz",
        "centroid_hz",
        "f95_hz",
        "jerk_m2ps5",
        "jerk_normalised_ps2",
        "tilt_rms_deg",
        "rms_without_breath_mps2",
        "tilt_rms_without_breath_deg",
        "valid",
    )
    medians = {name: _median([getattr(sway, name) for sway in sways]) for name in names}
    return {"role": sways[0].role, "windows": len(sways), **medians}


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else math.nan


def summary_words(summary: Mapping[str, object]) -> str:
    """Say a summary in lines for a terminal.

    Parameters
    ----------
    summary : mapping
        As `summarise` made it.

    Returns
    -------
    text : str
    """

    def number(value: object, form: str, unit: str = "") -> str:
        if not isinstance(value, int | float):
            return "unknown"
        return f"{value:{form}} {unit}".strip()

    breathing, share, sway = (_part(summary, name) for name in ("breathing", "share", "sway"))
    lines = [
        f"duration   {number(summary['duration_s'], '.1f', 's')}",
        f"breaths    {breathing['breaths']}, "
        f"{number(breathing['breath_rate_per_min'], '.2f', 'per min')} "
        f"(± {number(breathing['breath_rate_se_per_min'], '.2f')}), "
        f"Ti/Ttot {number(breathing['duty_cycle'], '.2f')}",
        f"sighs      {breathing['sighs']}",
        f"holds      {len(breathing['holds']) if isinstance(breathing['holds'], list) else 0}",
    ]
    if share["breaths_with_both_belts"]:
        lines.append(
            f"phase      {number(share['phase_angle_deg'], '+.1f', '°')} "
            f"({share['in_step']} in step, {share['out_of_step']} out, {share['paradox']} paradox)"
        )
        lines.append(
            "share      log-ratio against baseline, last third "
            f"{number(share['rib_cage_log_ratio_last_third'], '+.2f')}"
        )
    if isinstance(share["belly_share_pct"], float):
        lines.append(
            f"belly      {share['belly_share_pct']:.0f} % of the volume "
            f"(± {number(share['belly_share_se_pct'], '.0f')}, {share['belly_share_breaths']} "
            "breaths)"
        )
    if sway:
        lines.append(
            f"sway       {number(sway['rms_mps2'], '.3f', 'm/s²')} RMS, "
            f"{number(sway['tilt_rms_deg'], '.2f', '°')} tilt RMS"
        )
    exercises = _part(summary, "trunk").get("exercises")
    if isinstance(exercises, Mapping):
        lines += [exercise_words(name, one) for name, one in exercises.items()]
    tone = summary.get("belly_tone")
    if isinstance(tone, Mapping):
        lines.append(tone_words(tone))
    endurance = _part(summary, "trunk").get("endurance")
    if isinstance(endurance, list):
        lines += [f"endurance  {endurance_words(hold)}" for hold in endurance]
    for role, sensor in _part(summary, "sensors").items():
        if isinstance(sensor, Mapping):
            trusted = sensor["trusted"]
            percent = 100.0 * trusted if isinstance(trusted, float) else math.nan
            words = ", ".join(sensor["reasons"]) if sensor["reasons"] else ""
            lines.append(f"{role:13} trusted {percent:.1f} % {words}".rstrip())
    return "\n".join(lines)
