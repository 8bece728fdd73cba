"""What a report says: words, numbers and their quality, before any page is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from biofeedback.core.results import (
    BaselineSet,
    BreathCycle,
    BreathShare,
    CommandHeard,
    Hold,
    Sway,
)
from biofeedback.core.roles import Reason, Role, capability
from biofeedback.core.stream import BoolArray, FloatArray
from biofeedback.session.offline import Analysis
from biofeedback.signal.summary import MEDIAN_SE, breath_rate, circular_mean_deg, spread

__all__ = ["Figure", "Gap", "Period", "ReportModel", "SensorLine", "build_report"]

QualityWord = Literal["good", "doubtful", "unknown"]
GOOD, USABLE = 0.9, 0.6
LEAST_BREATHS = 5
PHASE_STEADY = 0.8
PERIODS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the headline row.

    Parameters
    ----------
    label : str
        What it is.
    value : str
        The number with its sign, or ``unknown``.
    unit : str
        Unit and spread, in small type.
    quality : {"good", "doubtful", "unknown"}
        How far it can be trusted.
    note : str
        Why, or what it rests on.
    """

    label: str
    value: str
    unit: str
    quality: QualityWord
    note: str


@dataclass(frozen=True, slots=True)
class Period:
    """One line of the table: a stretch of the session.

    Parameters
    ----------
    name : str
        Its marker's text, or its place in the session.
    start_s, end_s : float
        Half-open interval, s.
    rate, share, phase, holds, lean : str
        Numbers in words, ``unknown`` where they are.
    quality : {"good", "doubtful", "unknown"}
        Of the sensors in it.
    """

    name: str
    start_s: float
    end_s: float
    rate: str
    share: str
    phase: str
    holds: str
    lean: str
    quality: QualityWord


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which a sensor was not trusted.

    Parameters
    ----------
    site : str
        Where the sensor sits.
    start_s, end_s : float
        Half-open interval, s.
    reason : str
        In words.
    """

    site: str
    start_s: float
    end_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class SensorLine:
    """How one sensor did.

    Parameters
    ----------
    site : str
        Where it was worn.
    device : str
        Model and serial number, or what the recording says.
    trusted_pct : float
        Rows trusted, per cent; NaN when it never sent any.
    lost_pct : float
        Samples known to be lost, per cent; NaN when unknown.
    reasons : str
        Why rows were not trusted, in words.
    quality : {"good", "doubtful", "unknown"}
        In a word.
    """

    site: str
    device: str
    trusted_pct: float
    lost_pct: float
    reasons: str
    quality: QualityWord


@dataclass(frozen=True, slots=True)
class ReportModel:
    """Everything a report says.

    Parameters
    ----------
    sentences : tuple of str
        Plain words first.
    kit : str
        What was worn.
    capability : str
        What that can and cannot tell.
    duration_s : float
        Length of the session, s.
    figures : tuple of Figure
        The headline row.
    periods : tuple of Period
        Stretch by stretch.
    sensors : tuple of SensorLine
        Signal quality.
    gaps : tuple of Gap
        When which sensor was not trusted.
    missing : tuple of str
        Parts left out, each with the reason.
    notes : tuple of (float, str)
        Markers and notes: time in s, text.
    """

    sentences: tuple[str, ...]
    kit: str
    capability: str
    duration_s: float
    figures: tuple[Figure, ...]
    periods: tuple[Period, ...]
    sensors: tuple[SensorLine, ...]
    gaps: tuple[Gap, ...]
    missing: tuple[str, ...]
    notes: tuple[tuple[float, str], ...]


def build_report(analysis: Analysis) -> ReportModel:
    """Work out what a report of this session says.

    Parameters
    ----------
    analysis : Analysis
        The session.

    Returns
    -------
    model : ReportModel
    """
    table = analysis.table
    t_s = table.t_s
    duration_s = float(t_s[-1] - t_s[0]) if len(t_s) else 0.0
    roles = [role for role in Role if table.info.has(f"{role.prefix}_ok")]
    shares = [event for event in analysis.events if isinstance(event, BreathShare)]
    holds = [
        event for event in analysis.events if isinstance(event, Hold) and event.state == "ended"
    ]
    sways = [event for event in analysis.events if isinstance(event, Sway)]
    baselines = [event for event in analysis.events if isinstance(event, BaselineSet)]
    sensors = tuple(_sensor_line(analysis, role) for role in roles)
    figures = (
        _rate_figure(analysis.breaths),
        _duty_figure(analysis.breaths),
        _share_figure(shares, baselines),
        _phase_figure(shares),
        _sway_figure(sways),
    )
    return ReportModel(
        sentences=tuple(_sentences(analysis.breaths, shares, holds, sensors)),
        kit=", ".join(_kit_words(roles)) or "no sensor was assigned",
        capability=capability(roles),
        duration_s=duration_s,
        figures=tuple(figure for figure in figures if figure is not None),
        periods=tuple(_periods(analysis, shares, holds, roles)),
        sensors=sensors,
        gaps=tuple(gap for role in roles for gap in _gaps(analysis, role)),
        missing=tuple(_missing(roles, shares, sways)),
        notes=tuple(
            (event.t_s, str(event.argument("text") or event.name))
            for event in analysis.events
            if isinstance(event, CommandHeard) and event.name in ("mark", "note")
        ),
    )


def _kit_words(roles: Sequence[Role]) -> list[str]:
    kinds = {"belt": "belt", "imu": "motion sensor"}
    return [f"{role.site} {kinds[role.kind]}" for role in roles]


def _word(trusted: float) -> QualityWord:
    if not trusted >= USABLE:
        return "unknown"
    return "good" if trusted >= GOOD else "doubtful"


def _rate_figure(breaths: Sequence[BreathCycle]) -> Figure:
    rate, se = breath_rate(breaths)
    if len(breaths) < LEAST_BREATHS:
        return Figure("Breaths per minute", "unknown", "", "unknown", "fewer than five breaths")
    quality = float(np.median([breath.quality for breath in breaths]))
    return Figure(
        "Breaths per minute",
        f"{rate:.1f}",
        f"± {1.96 * se:.1f}",
        _word(quality),
        f"{len(breaths)} breaths",
    )


def _duty_figure(breaths: Sequence[BreathCycle]) -> Figure | None:
    if len(breaths) < LEAST_BREATHS:
        return None
    duty = np.array([breath.duty_cycle for breath in breaths])
    quality = float(np.median([breath.quality for breath in breaths]))
    return Figure(
        "Breathing in, part of a breath",
        f"{np.median(duty):.2f}",
        f"± {spread(duty):.2f}",
        _word(quality),
        "Ti/Ttot, median and spread",
    )


def _in_step(shares: Sequence[BreathShare]) -> list[BreathShare]:
    return [
        share
        for share in shares
        if share.state == "in_step" and math.isfinite(share.rib_cage_log_ratio)
    ]


def _factor(log_ratio: float) -> str:
    """Say a log-ratio as a factor of belly against chest: what the person practises."""
    return f"×{math.exp(-log_ratio):.2f}"


def _share_figure(shares: Sequence[BreathShare], baselines: Sequence[BaselineSet]) -> Figure | None:
    if not shares:
        return None
    label = "Belly against chest, last third"
    usable = _in_step(shares)
    last = usable[-max(LEAST_BREATHS, len(usable) // 3) :]
    if len(last) < LEAST_BREATHS or not baselines:
        return Figure(
            label, "unknown", "", "unknown", "no baseline, or chest and belly out of step"
        )
    values = np.array([share.rib_cage_log_ratio for share in last])
    se = math.hypot(
        MEDIAN_SE * spread(values) / math.sqrt(len(values)),
        MEDIAN_SE * baselines[-1].log_ratio_sd / math.sqrt(max(baselines[-1].breaths, 1)),
    )
    middle = float(np.median(values))
    source = "marked" if baselines[-1].source == "marked" else "the first good minute"
    return Figure(
        label,
        _factor(middle),
        f"± {math.exp(-middle) * 1.96 * se:.2f}",
        _word(float(np.median([share.quality for share in last]))),
        f"own baseline: {source}",
    )


def _signed_deg(angle_deg: float) -> str:
    """Write whole degrees with a sign and a real minus; zero has none."""
    whole = round(angle_deg)
    return f"{whole:+d}°".replace("-", "−") if whole else "0°"


def _phase_figure(shares: Sequence[BreathShare]) -> Figure | None:
    if not shares:
        return None
    mean_deg, length = circular_mean_deg(np.array([share.phase_angle_deg for share in shares]))
    if not math.isfinite(mean_deg):
        return Figure("Phase angle", "unknown", "", "unknown", "no breath on both belts")
    leads = "belly leads" if mean_deg > 0 else "chest leads"
    quality = _word(float(np.median([share.quality for share in shares])))
    if length < PHASE_STEADY:
        quality = "doubtful" if quality == "good" else quality
        leads = "unsteady"
    return Figure("Phase angle", _signed_deg(mean_deg), "", quality, leads)


def _sway_figure(sways: Sequence[Sway]) -> Figure | None:
    if not sways:
        return None
    rms = np.array([sway.tilt_rms_deg for sway in sways])
    valid = float(np.median([sway.valid for sway in sways]))
    if not np.isfinite(rms).any():
        return Figure("Trunk movement", "unknown", "", "unknown", "motion sensor not trusted")
    return Figure(
        "Trunk movement",
        f"{np.nanmedian(rms):.1f}°",
        f"{np.nanmin(rms):.1f} to {np.nanmax(rms):.1f}",
        _word(valid),
        "RMS tilt in 30 s",
    )


def _sentences(
    breaths: Sequence[BreathCycle],
    shares: Sequence[BreathShare],
    holds: Sequence[Hold],
    sensors: Sequence[SensorLine],
) -> list[str]:
    sentences: list[str] = []
    rate, _ = breath_rate(breaths)
    if len(breaths) >= LEAST_BREATHS:
        sentences.append(f"{len(breaths)} breaths were seen, about {rate:.0f} a minute.")
    else:
        sentences.append("Too few breaths were seen to say how fast they were.")
    usable = _in_step(shares)
    if len(usable) >= 2 * LEAST_BREATHS:
        third = max(LEAST_BREATHS, len(usable) // 3)
        late = float(np.median([share.rib_cage_log_ratio for share in usable[-third:]]))
        se = float(np.median([share.rib_cage_log_ratio_se for share in usable[-third:]]))
        if not math.isfinite(se) or abs(late) <= 1.96 * se:
            sentences.append("Towards the end, chest and belly shared the work as at the start.")
        else:
            where = "chest" if late > 0 else "belly"
            factor = math.exp(abs(late))
            sentences.append(
                f"Towards the end the {where} moved {factor:.1f} times as much, against the other, "
                "as in the baseline."
            )
    paradox = sum(share.state == "paradox" for share in shares)
    if shares and paradox > 0.2 * len(shares):
        sentences.append(f"Chest and belly moved against each other in {paradox} breaths.")
    if holds:
        longest_s = max(hold.duration_s for hold in holds)
        times = "once" if len(holds) == 1 else f"{len(holds)} times"
        sentences.append(f"The breath was held {times}, the longest for {longest_s:.0f} s.")
    poor = [sensor.site for sensor in sensors if sensor.quality != "good"]
    if poor:
        sentences.append(
            f"The signal of the {' and '.join(poor)} sensor was not good all the time; "
            "those moments do not count."
        )
    return sentences


def _periods(
    analysis: Analysis,
    shares: Sequence[BreathShare],
    holds: Sequence[Hold],
    roles: Sequence[Role],
) -> list[Period]:
    """Cut the session at its markers, or in equal parts when there are none."""
    t_s = analysis.table.t_s
    if not len(t_s):
        return []
    marks = [
        (event.t_s, str(event.argument("text") or "marker"))
        for event in analysis.events
        if isinstance(event, CommandHeard) and event.name == "mark"
    ]
    start_s, end_s = float(t_s[0]), float(t_s[-1])
    if marks:
        cuts = [(start_s, "Before the first marker"), *marks]
    else:
        step_s = (end_s - start_s) / PERIODS
        cuts = [(start_s + i * step_s, "") for i in range(PERIODS)]
    ends = [cut_s for cut_s, _ in cuts[1:]] + [end_s]
    return [
        _period(analysis, shares, holds, roles, name, begin_s, until_s)
        for (begin_s, name), until_s in zip(cuts, ends, strict=True)
        if until_s > begin_s
    ]


def _period(
    analysis: Analysis,
    shares: Sequence[BreathShare],
    holds: Sequence[Hold],
    roles: Sequence[Role],
    name: str,
    start_s: float,
    end_s: float,
) -> Period:
    breaths = [breath for breath in analysis.breaths if start_s <= breath.onset_s < end_s]
    within = [share for share in shares if start_s <= share.t_s < end_s]
    usable = _in_step(within)
    rate, se = breath_rate(breaths)
    mean_deg, _ = circular_mean_deg(np.array([share.phase_angle_deg for share in within]))
    held = [hold for hold in holds if start_s <= hold.start_s < end_s]
    rows = (analysis.table.t_s >= start_s) & (analysis.table.t_s < end_s)
    trusted = [float(np.mean(analysis.table.column(f"{role.prefix}_ok")[rows])) for role in roles]
    return Period(
        name or f"{clock_words(start_s)} to {clock_words(end_s)}",
        start_s,
        end_s,
        f"{rate:.1f} ± {1.96 * se:.1f}" if math.isfinite(rate) else "unknown",
        _factor(float(np.median([share.rib_cage_log_ratio for share in usable])))
        if usable
        else "unknown",
        _signed_deg(mean_deg) if math.isfinite(mean_deg) else "unknown",
        f"{len(held)}, {max(hold.duration_s for hold in held):.1f} s" if held else "0",
        _lean(analysis, roles, rows),
        _word(min(trusted, default=math.nan)),
    )


def _lean(analysis: Analysis, roles: Sequence[Role], rows: BoolArray) -> str:
    for role in roles:
        name = f"{role.prefix}_tilt_ap_deg"
        if role.kind == "imu" and analysis.table.info.has(name):
            ap_deg = analysis.table.column(name)[rows]
            ml_deg = analysis.table.column(f"{role.prefix}_tilt_ml_deg")[rows]
            lean_deg = np.hypot(ap_deg, ml_deg)
            if np.isfinite(lean_deg).any():
                return f"{np.nanmax(lean_deg):.1f}°"
    return "unknown"


def clock_words(t_s: float) -> str:
    """Write seconds as minutes and seconds.

    Parameters
    ----------
    t_s : float
        Seconds.

    Returns
    -------
    words : str
        ``mm:ss``, or ``h:mm:ss`` from an hour on.
    """
    whole = round(t_s)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def _sensor_line(analysis: Analysis, role: Role) -> SensorLine:
    trusted = float(np.mean(analysis.table.column(f"{role.prefix}_ok") == 1.0))
    reasons = Reason.NONE
    for bits in np.unique(_reason_bits(analysis, role)):
        reasons |= Reason(int(bits))
    link = next((link for link in analysis.links if role in link.roles), None)
    device = "" if link is None else " ".join(filter(None, (link.model, link.serial)))
    return SensorLine(
        role.site,
        device or ("" if link is None else link.device_id),
        100.0 * trusted,
        math.nan if link is None else link.loss_pct,
        reasons.in_words(),
        _word(trusted),
    )


def _reason_bits(analysis: Analysis, role: Role) -> FloatArray:
    bits = analysis.table.column(f"{role.prefix}_reason")
    return np.where(np.isfinite(bits), bits, float(Reason.GAP))


def _gaps(analysis: Analysis, role: Role) -> list[Gap]:
    """List the stretches, half a second or longer, in which a sensor was not trusted."""
    t_s = analysis.table.t_s
    if not len(t_s):
        return []
    bad = analysis.table.column(f"{role.prefix}_ok") != 1.0
    bits = _reason_bits(analysis, role)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], bad, [False]))))
    gaps = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        last = min(end, len(t_s) - 1)
        if t_s[last] - t_s[begin] < 0.5:
            continue
        reasons = Reason.NONE
        for value in np.unique(bits[begin:end]):
            reasons |= Reason(int(value))
        words = reasons.in_words() or "not trusted"
        gaps.append(Gap(role.site, float(t_s[begin]), float(t_s[last]), words))
    return gaps


def _missing(
    roles: Sequence[Role], shares: Sequence[BreathShare], sways: Sequence[Sway]
) -> list[str]:
    missing = []
    if not {Role.CHEST_BELT, Role.ABDOMEN_BELT} <= set(roles):
        missing.append("Chest against belly is left out: that needs a belt on each.")
    elif not shares:
        missing.append("Chest against belly is left out: no breath was seen on both belts.")
    if not any(role.kind == "imu" for role in roles):
        missing.append("The trunk is left out: no motion sensor was worn.")
    elif not sways:
        missing.append("Sway is left out: less than 30 s of quiet, trusted motion data.")
    return missing
