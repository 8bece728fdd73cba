"""The pictures of a report, as SVG: they print sharp, and in grey are told apart by words.

Colour is data: blue chest, orange abdomen, plum trunk; the words stand at the lines' ends.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from biofeedback.core.results import BreathCycle, BreathShare
from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.report.model import clock_words
from biofeedback.session.offline import Analysis

__all__ = ["breathing_svg", "loops_svg", "share_svg", "trunk_svg"]

INK, FAINT, GRID = "#16202C", "#636F7E", "#E4E7EC"
COLOURS = {"chest": "#1F78CF", "abdomen": "#CF5216", "trunk": "#5E2766"}
INSPIRATION, HATCH = "#F1F4F8", "#D3D8E0"
BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)
WINDOW_S = 36.0
LOOPS = 6
MOST_POINTS = 4000
FACTOR_TICKS = (0.1, 0.2, 0.35, 0.6, 1.0, 1.7, 3.0, 5.0, 10.0)


def _canvas(width_in: float, height_in: float) -> tuple[Canvas, Axes]:
    canvas = Canvas(figsize=(width_in, height_in), layout="constrained")
    axes = canvas.add_subplot()
    _plain(axes)
    return canvas, axes


def _plain(axes: Axes) -> None:
    """Leave only what is needed: no box, thin axes, small ticks."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GRID)
    axes.tick_params(colors=FAINT, labelsize=8, length=3, width=0.6)


def _svg(canvas: Canvas) -> str:
    """Return the picture as an inline SVG element; text stays text."""
    import matplotlib as mpl

    buffer = io.StringIO()
    # A fixed salt and no date: the same session gives the same bytes.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "report", "font.size": 9}):
        canvas.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _clock(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(lambda value, _: clock_words(value))


def _hatch_gaps(axes: Axes, t_s: FloatArray, ok: FloatArray, words: str) -> None:
    """Hatch the stretches in which a sensor was not trusted."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], ok != 1.0, [False]))))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        last_s = t_s[min(end, len(t_s) - 1)]
        if last_s - t_s[begin] >= 0.5:
            axes.axvspan(
                t_s[begin], last_s, facecolor="none", edgecolor=HATCH, hatch="////", linewidth=0
            )
            axes.text(
                t_s[begin],
                1.0,
                words,
                transform=axes.get_xaxis_transform(),
                fontsize=7,
                color=FAINT,
                va="bottom",
            )


def best_window_s(analysis: Analysis) -> tuple[float, float]:
    """Choose the 36 s to show: the stretch with the best breaths, the later of equals.

    Parameters
    ----------
    analysis : Analysis
        The session.

    Returns
    -------
    start_s, end_s : float
    """
    t_s = analysis.table.t_s
    first_s, last_s = float(t_s[0]), float(t_s[-1])
    best = (first_s, min(first_s + WINDOW_S, last_s))
    best_score = -1.0
    for breath in analysis.breaths:
        start_s = breath.onset_s - 1.0
        if start_s + WINDOW_S > last_s:
            break
        score = sum(
            other.quality
            for other in analysis.breaths
            if start_s <= other.onset_s and other.end_s < start_s + WINDOW_S
        )
        if score >= best_score:
            best_score, best = score, (start_s, start_s + WINDOW_S)
    return best


def breathing_svg(analysis: Analysis) -> str | None:
    """Draw both belts over 36 s: inspiration shaded, peaks marked, gaps hatched.

    Parameters
    ----------
    analysis : Analysis
        The session.

    Returns
    -------
    svg : str or None
        None when no belt was worn.
    """
    table = analysis.table
    worn = [role for role in BELTS if table.info.has(f"{role.prefix}_excursion")]
    if not worn or not len(table):
        return None
    start_s, end_s = best_window_s(analysis)
    rows = (table.t_s >= start_s) & (table.t_s < end_s)
    t_s = table.t_s[rows]
    canvas, axes = _canvas(5.2, 2.4)
    for breath in analysis.breaths:
        if breath.peak_s > start_s and breath.onset_s < end_s:
            axes.axvspan(
                max(breath.onset_s, start_s), min(breath.peak_s, end_s), color=INSPIRATION, lw=0
            )
            if start_s <= breath.peak_s < end_s:
                axes.plot(
                    breath.peak_s, 0.02, "^", color=INK, ms=5, transform=axes.get_xaxis_transform()
                )
    for role in worn:
        values = table.column(f"{role.prefix}_excursion")[rows]
        # Each belt from its own end-expiratory level: tension at rest is how tight it was put on.
        level = np.nanpercentile(values, 10) if np.isfinite(values).any() else 0.0
        colour = COLOURS[role.site]
        axes.plot(t_s, values - level, color=colour, lw=1.2)
        finite = np.flatnonzero(np.isfinite(values))
        if len(finite):
            axes.annotate(
                role.site.capitalize(),
                (t_s[finite[-1]], values[finite[-1]] - level),
                xytext=(6, 4 if role is worn[0] else -6),
                textcoords="offset points",
                color=colour,
                fontsize=9,
                fontweight="bold",
                annotation_clip=False,
            )
        _hatch_gaps(axes, t_s, table.column(f"{role.prefix}_ok")[rows], f"{role.site} unknown")
    unit = table.info.channels[table.info.index(f"{worn[0].prefix}_excursion")].unit
    axes.set_ylabel(unit, color=FAINT, rotation=0, ha="right")
    axes.set_xlim(start_s, end_s)
    _clock(axes)
    return _svg(canvas)


def loops_svg(analysis: Analysis) -> str | None:
    """Draw the last breaths of the shown window as Konno-Mead loops: belly on x, chest on y.

    Parameters
    ----------
    analysis : Analysis
        The session.

    Returns
    -------
    svg : str or None
        None without both belts or without a breath on both.
    """
    table = analysis.table
    if not all(table.info.has(f"{role.prefix}_excursion") for role in BELTS):
        return None
    chest, abdomen = (table.column(f"{role.prefix}_excursion") for role in BELTS)
    start_s, end_s = best_window_s(analysis)
    breaths = [
        breath
        for breath in analysis.breaths
        if breath.source == "both" and start_s <= breath.onset_s and breath.end_s <= end_s
    ][-LOOPS:]
    if not breaths:
        return None
    canvas, axes = _canvas(2.4, 2.4)
    for age, breath in enumerate(reversed(breaths)):
        rows = (table.t_s >= breath.onset_s) & (table.t_s < breath.end_s)
        x, y = abdomen[rows] - abdomen[rows][0], chest[rows] - chest[rows][0]
        grey = INK if age == 0 else f"{min(0.5 + 0.07 * age, 0.9):.2f}"
        axes.plot(x, y, color=grey, lw=1.6 if age == 0 else 0.9)
        if age == 0 and len(x) > 20:
            middle = len(x) // 5
            axes.annotate(
                "",
                (x[middle + 2], y[middle + 2]),
                (x[middle], y[middle]),
                arrowprops={"arrowstyle": "-|>", "color": INK},
            )
    unit_x, unit_y = (
        table.info.channels[table.info.index(f"{role.prefix}_excursion")].unit
        for role in (Role.ABDOMEN_BELT, Role.CHEST_BELT)
    )
    axes.set_xlabel(f"Abdomen ({unit_x})", color=COLOURS["abdomen"])
    axes.set_ylabel(f"Chest ({unit_y})", color=COLOURS["chest"])
    return _svg(canvas)


def _per_breath(axes: Axes, t_s: FloatArray, values: FloatArray) -> None:
    """Points of each breath, and the running median of nine as a line."""
    axes.plot(t_s, values, ".", color="0.6", ms=3)
    if len(values) >= 9:
        windows = np.lib.stride_tricks.sliding_window_view(values, 9)
        known = np.isfinite(windows).sum(axis=1) >= 5
        middle = np.full(len(windows), np.nan)
        middle[known] = np.nanmedian(windows[known], axis=1)
        axes.plot(t_s[4:-4], middle, color=INK, lw=1.4)


def share_svg(
    shares: Sequence[BreathShare], breaths: Sequence[BreathCycle], duration_s: float
) -> str | None:
    """Draw breath rate, share against baseline and phase angle over the session.

    Parameters
    ----------
    shares : sequence of BreathShare
        May be empty: then only the rate is drawn.
    breaths : sequence of BreathCycle
        Accepted breaths.
    duration_s : float
        Right end of the axes, s.

    Returns
    -------
    svg : str or None
        None without breaths.
    """
    if not breaths:
        return None
    n_rows = 3 if shares else 1
    canvas = Canvas(figsize=(7.6, 1.3 * n_rows + 0.3), layout="constrained")
    axes = canvas.subplots(n_rows, 1, sharex=True, squeeze=False)[:, 0]
    for each in axes:
        _plain(each)
    onset_s = np.array([breath.onset_s for breath in breaths])
    rate = np.array([60.0 / breath.ttot_s for breath in breaths])
    _per_breath(axes[0], onset_s, rate)
    axes[0].set_ylabel("breaths\nper minute", color=FAINT)
    if shares:
        t_s = np.array([share.t_s for share in shares])
        usable = np.array([share.state == "in_step" for share in shares])
        factor = np.exp([-share.rib_cage_log_ratio for share in shares])
        factor[~usable] = np.nan
        axes[1].axhline(1.0, color=FAINT, lw=0.8, ls=":")
        _per_breath(axes[1], t_s, factor)
        if np.isfinite(factor).any():
            low, high = float(np.nanmin(factor)), float(np.nanmax(factor))
            axes[1].set_yscale("log")
            axes[1].set_ylim(min(low, 0.6) / 1.1, max(high, 1.7) * 1.1)
            ticks = [tick for tick in FACTOR_TICKS if min(low, 0.6) <= tick <= max(high, 1.7)]
            axes[1].set_yticks(ticks, [f"×{tick:g}" for tick in ticks])
            axes[1].set_yticks([], minor=True)
        axes[1].set_ylabel("belly against\nchest", color=FAINT)
        phase = np.array([share.phase_angle_deg for share in shares])
        axes[2].axhspan(-60, 60, color=INSPIRATION, lw=0)
        axes[2].plot(t_s, phase, ".", color="0.35", ms=3)
        axes[2].set_ylim(-180, 180)
        axes[2].set_yticks([-180, -60, 0, 60, 180])
        axes[2].set_ylabel("phase angle\n(°)", color=FAINT)
    axes[-1].set_xlim(0.0, max(duration_s, 1.0))
    _clock(axes[-1])
    return _svg(canvas)


def trunk_svg(analysis: Analysis) -> str | None:
    """Draw the trunk's tilt over time and as seen from above, with its 95 % ellipse.

    Parameters
    ----------
    analysis : Analysis
        The session.

    Returns
    -------
    svg : str or None
        None without a trusted motion sensor.
    """
    table = analysis.table
    for role in (Role.PELVIS_IMU, Role.BACK_IMU, Role.STERNUM_IMU, Role.ABDOMEN_IMU):
        if not table.info.has(f"{role.prefix}_tilt_ap_deg"):
            continue
        ap_deg = table.column(f"{role.prefix}_tilt_ap_deg")
        ml_deg = table.column(f"{role.prefix}_tilt_ml_deg")
        good = np.isfinite(ap_deg) & np.isfinite(ml_deg)
        if good.sum() < 100:
            continue
        canvas = Canvas(figsize=(7.6, 2.2), layout="constrained")
        left, right = canvas.subplots(1, 2, width_ratios=(2.6, 1.0))
        _plain(left)
        _plain(right)
        step = max(1, len(ap_deg) // MOST_POINTS)
        t_s = table.t_s[::step]
        left.plot(t_s, ap_deg[::step], color=COLOURS["trunk"], lw=1.0, label="forward")
        left.plot(t_s, ml_deg[::step], color=FAINT, lw=0.8, ls="--", label="right")
        left.legend(frameon=False, fontsize=8, ncols=2, loc="upper left")
        left.set_ylabel(f"{role.site}\ntilt (°)", color=FAINT)
        _clock(left)
        right.plot(ml_deg[good][::step], ap_deg[good][::step], color=COLOURS["trunk"], lw=0.4)
        _ellipse(right, ml_deg[good], ap_deg[good])
        right.set_aspect("equal", adjustable="datalim")
        right.set_xlabel("right (°)", color=FAINT)
        right.set_ylabel("forward (°)", color=FAINT)
        return _svg(canvas)
    return None


def _ellipse(axes: Axes, x: FloatArray, y: FloatArray) -> None:
    """Draw the ellipse that holds 95 % of a bivariate normal (chi-square 5.991)."""
    covariance = np.cov(x, y)
    values, vectors = np.linalg.eigh(covariance)
    angle = np.linspace(0, 2 * math.pi, 100)
    circle = np.sqrt(5.991 * np.maximum(values, 0.0))[:, None] * np.stack(
        (np.cos(angle), np.sin(angle))
    )
    points = vectors @ circle
    axes.plot(points[0] + x.mean(), points[1] + y.mean(), color=INK, lw=1.0)
