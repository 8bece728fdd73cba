"""What a report says: words, numbers and their quality, before any page is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biofeedback.core.account import StreamAccount
from biofeedback.core.capability import capability
from biofeedback.core.results import (
    BaselineSet,
    BreathShare,
    CommandHeard,
    Hold,
    Sway,
)
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import BoolArray, FloatArray
from biofeedback.report.headline import (
    Figure,
    QualityWord,
    factor_words,
    headline,
    in_step,
    quality_word,
    sentences,
    signed_deg,
)
from biofeedback.report.tasks import TaskDone, tasks_done
from biofeedback.session.offline import Analysis
from biofeedback.session.snapshot import LinkStatus
from biofeedback.signal.quiet_sway import quiet_sways
from biofeedback.signal.summary import breath_rate, circular_mean_deg

__all__ = ["Gap", "Period", "ReportModel", "SensorLine", "build_report"]

PERIODS = 5


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
    samples : str
        What came of those expected, what was bridged, what came twice, in words.
    clock : str
        Real rate, jitter and standard error of its times, in words; empty where times are given.
    power : str
        Battery and radio as last told, in words; empty where nothing tells.
    reasons : str
        Why rows were not trusted, in words.
    quality : {"good", "doubtful", "unknown"}
        In a word.
    """

    site: str
    device: str
    trusted_pct: float
    lost_pct: float
    samples: str
    clock: str
    power: str
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
    tasks : tuple of TaskDone
        What was done, and what was read of it.
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
    tasks: tuple[TaskDone, ...]
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
    sways = quiet_sways(analysis.events)
    baselines = [event for event in analysis.events if isinstance(event, BaselineSet)]
    sensors = tuple(_sensor_line(analysis, role) for role in roles)
    poor = [sensor.site for sensor in sensors if sensor.quality != "good"]
    return ReportModel(
        sentences=tuple(sentences(analysis.breaths, shares, holds, poor)),
        kit=", ".join(_kit_words(roles)) or "no sensor was assigned",
        capability=capability(roles),
        duration_s=duration_s,
        figures=headline(analysis.breaths, shares, baselines, sways),
        periods=tuple(_periods(analysis, shares, holds, roles)),
        sensors=sensors,
        gaps=tuple(gap for role in roles for gap in _gaps(analysis, role)),
        tasks=tuple(tasks_done(analysis.events, roles)),
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
    usable = in_step(within)
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
        factor_words(float(np.median([share.rib_cage_log_ratio for share in usable])))
        if usable
        else "unknown",
        signed_deg(mean_deg) if math.isfinite(mean_deg) else "unknown",
        f"{len(held)}, {max(hold.duration_s for hold in held):.1f} s" if held else "0",
        _lean(analysis, roles, rows),
        quality_word(min(trusted, default=math.nan)),
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
    books = () if link is None else link.streams
    account = next((account for account in books if account.role is role), None)
    return SensorLine(
        role.site,
        device or ("" if link is None else link.device_id),
        100.0 * trusted,
        math.nan if account is None else account.loss_pct,
        "" if account is None else _samples_words(account),
        "" if account is None else _clock_words(account),
        "" if link is None else _power_words(link),
        reasons.in_words(),
        quality_word(trusted),
    )


def _samples_words(account: StreamAccount) -> str:
    words = f"{account.received} of {account.expected}"
    if account.lost:
        words += f", {account.repaired:.0f} of {account.lost} lost ones bridged"
    if account.duplicates:
        words += f", {account.duplicates} came twice"
    return words


def _clock_words(account: StreamAccount) -> str:
    if not math.isfinite(account.rate_hz):
        return ""
    known = (
        f"{account.rate_hz:.2f} Hz",
        f"jitter {1e3 * account.jitter_s:.0f} ms" if math.isfinite(account.jitter_s) else "",
        f"± {1e3 * account.clock_se_s:.1f} ms" if math.isfinite(account.clock_se_s) else "",
        f"lag {1e3 * account.lag_s:+.0f} ms taken off" if account.lag_s else "",
    )
    return ", ".join(filter(None, known))


def _power_words(link: LinkStatus) -> str:
    known = (
        f"battery {link.battery_pct:.0f} %" if math.isfinite(link.battery_pct) else "",
        f"radio {link.rssi_dbm:.0f} dBm" if math.isfinite(link.rssi_dbm) else "",
    )
    return ", ".join(filter(None, known)).replace("-", "−")


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
        missing.append("Sway is left out: no 30 s of trusted motion data without an exercise.")
    return missing
