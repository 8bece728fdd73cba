"""What moves on the screen, presented with every frame. Pure, and without Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from biofeedback.core.results import BreathMark
from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.gui.lamps import BELTS, NAMES, present_lamp, present_lamps
from biofeedback.gui.scales import Scales, nice, present_scales, resting, trunk_role
from biofeedback.gui.sources import sources
from biofeedback.gui.states import (
    Flag,
    Gap,
    Line,
    Motion,
    PersonState,
    Quality,
    TraceMark,
    TraceState,
    TrunkState,
)
from biofeedback.session.live import Live
from biofeedback.session.task_readings import TONE_WHY

__all__ = ["clock_words", "cover_words", "present_motion", "present_trunk"]

# A pause between samples that is called a gap, and one at the end that is called a loss: above
# the longest packet of a belt that sends every 0.1 s, and above the engine's own silence.
GAP_S, LOST_S = 0.6, 1.9
TRAIL_S, TRAIL_POINTS = 9.0, 90
ROOM_BELOW = 0.25
BASELINE_S = 60.0
STALE_S, STEP_S = 20.0, 0.25
LEAST_TONE = 1.0
DEEPEST = 1.3


def clock_words(seconds: float) -> str:
    """Write minutes and seconds.

    Parameters
    ----------
    seconds : float
        Not negative, s.

    Returns
    -------
    words : str
        ``3:24``, or ``1:03:24`` from an hour on.
    """
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def cover_words(live: Live) -> str:
    """Say why traces are covered: people change their breathing when they watch it.

    Parameters
    ----------
    live : Live
        What is known.

    Returns
    -------
    words : str
        Empty once there is a baseline, and where there will be none because a belt is missing.
    """
    worn = {role for link in live.links if link.ready for role in link.roles}
    if live.baseline is not None or not worn.issuperset(BELTS):
        return ""
    t_s, chest = live.table.column("chest_excursion")
    seen = t_s[np.isfinite(chest)]
    left_s = BASELINE_S - (live.now_s - seen[0]) if len(seen) else BASELINE_S
    if left_s <= 0:
        return "Quiet baseline: waiting for a minute of clear breaths. Traces are hidden meanwhile."
    left = clock_words(math.ceil(left_s))
    return f"Quiet baseline: {left} left. Traces are hidden so that breathing stays natural."


def present_motion(
    live: Live,
    window_s: float = 60.0,
    elapsed_s: float | None = None,
    *,
    covered: str = "",
    scales: Scales | None = None,
) -> Motion:
    """Present what changes with every frame.

    Parameters
    ----------
    live : Live
        What is known.
    window_s : float
        Length of the time axis, s.
    elapsed_s : float or None
        Time on the person's screen, s; None shows session time.
    covered : str
        Words instead of traces; empty shows them.
    scales : Scales or None
        What changes slowly; None works it out.

    Returns
    -------
    motion : Motion
    """
    if scales is None:
        scales = present_scales(live, window_s)
    lines, gaps = [], []
    breathing = sources(live)
    for source in breathing:
        name = source.column
        t_s, values = live.trace(name)
        known = np.isfinite(values) & (t_s > live.now_s - window_s)
        if known.any():
            t_s, values = t_s[known], values[known]
            level = scales.resting[name] if name in scales.resting else resting(live, name)
            lines.append(Line(source.name, source.place, t_s, values - level, level))
            gaps += _gaps(source.role.site, t_s, live.now_s)
    units = [_unit(live, source.column) for source in breathing]
    trace = TraceState(
        live.now_s,
        window_s,
        next((unit for unit in units if unit), ""),
        -ROOM_BELOW * scales.high,
        scales.high,
        () if covered else tuple(lines),
        _inspirations(live),
        _marks(live.marks),
        tuple(Flag(flag.t_s, str(flag.argument("text") or flag.name)) for flag in live.flags),
        tuple(gaps),
        covered or ("" if lines else _waiting_words(live)),
    )
    trunk = present_trunk(live, scales)
    elapsed_s = live.now_s if elapsed_s is None else elapsed_s
    usual = {one.place: scales.usual.get(one.column, 0.0) for one in breathing}
    person = _person(live, lines, usual, trunk, elapsed_s, covered=bool(covered))
    lean = _lean(live, window_s, scales.lean_deg)
    return Motion(trace, lean, _tone(live, window_s), trunk, person)


def _lean(live: Live, window_s: float, high: float) -> TraceState:
    role = trunk_role(live)
    lines: tuple[Line, ...] = ()
    gaps: list[Gap] = []
    if role is not None:
        t_s, lean_deg = live.trace(f"{role.prefix}_tilt_ap_deg")
        known = np.isfinite(lean_deg) & (t_s > live.now_s - window_s)
        if known.any():
            t_s, lean_deg = t_s[known], lean_deg[known]
            lines = (Line("Forward", "trunk", t_s, lean_deg),)
            gaps = _gaps(role.site, t_s, live.now_s)
    empty = "" if lines else "Lean appears here once a trunk sensor is on."
    return TraceState(live.now_s, window_s, "°", -high, high, lines, (), (), (), tuple(gaps), empty)


def _tone(live: Live, window_s: float) -> TraceState:
    """Draw belly tone straight from breath to breath, and level from the last until now."""
    lines: tuple[Line, ...] = ()
    high = LEAST_TONE
    if live.tones:
        at_s = np.array([one.t_s for one in live.tones])
        tonic = np.array([one.tonic for one in live.tones])
        t_s = np.arange(max(live.now_s - window_s, at_s[0]), live.now_s, STEP_S)
        after = np.searchsorted(at_s, t_s)
        pause_s = np.append(at_s, live.now_s)[after] - at_s[np.maximum(after - 1, 0)]
        values = np.interp(t_s, at_s, tonic)  # not known from and to a breath that is not
        known = np.isfinite(values) & (pause_s < STALE_S)
        if known.any():
            t_s, values = t_s[known], values[known]
            name = f"{values[-1]:+.1f}".replace("-", "−")
            lines = (Line(name, "abdomen", t_s, values),)
            high = max(high, nice(float(np.abs(values).max())))
    empty = "" if lines else _tone_words(live)
    return TraceState(live.now_s, window_s, "", -high, high, lines, (), (), (), (), empty)


def _tone_words(live: Live) -> str:
    if Role.ABDOMEN_BELT not in live.worn:
        return "Belly tone appears here once an abdominal belt is on."
    reason = live.tones[-1].reason if live.tones else "no_rest"
    if reason == "no_rest":
        return "Belly tone appears here once a rest was taken: choose the task belly: relax."
    return f"Belly tone is not known: {TONE_WHY[reason]}."


def _unit(live: Live, column: str) -> str:
    unit = live.units.get(column, "")
    return "°" if unit == "deg" else unit


def _gaps(site: str, t_s: FloatArray, now_s: float) -> list[Gap]:
    pauses = np.flatnonzero(np.diff(t_s) > GAP_S)
    gaps = [
        Gap(float(t_s[i]), float(t_s[i + 1]), f"{site} gap {t_s[i + 1] - t_s[i]:.1f} s", False)
        for i in pauses
    ]
    if now_s - t_s[-1] > LOST_S:
        words = f"{site} lost {now_s - t_s[-1]:.0f} s"
        gaps.append(Gap(float(t_s[-1]), now_s, words, True))
    return gaps


def _inspirations(live: Live) -> tuple[tuple[float, float], ...]:
    t_s, phase = live.table.column("breath_phase")
    inside = np.concatenate([[False], phase > 0, [False]])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    return tuple(
        (float(t_s[first]), float(t_s[end - 1]))
        for first, end in zip(edges[::2], edges[1::2], strict=True)
    )


def _marks(marks: Iterable[BreathMark]) -> tuple[TraceMark, ...]:
    latest: dict[int, BreathMark] = {}
    for mark in marks:
        if mark.kind == "inspiration_onset":
            latest[mark.breath] = mark
    return tuple(
        TraceMark(mark.t_s, mark.state == "confirmed")
        for mark in latest.values()
        if mark.state != "retracted"
    )


def _waiting_words(live: Live) -> str:
    if not live.links:
        return "Breathing appears here once a sensor is on. Open Sensors to find one."
    if not sources(live):
        return "Nothing that breathes has a place yet. Open Sensors and say where each is worn."
    if not live.worn.intersection(BELTS):
        return "Looking for your breath. Sit or lie still for half a minute."
    return "Waiting for the first samples…"


def present_trunk(live: Live, scales: Scales) -> TrunkState:
    """Present where the trunk leans.

    Parameters
    ----------
    live : Live
        What is known.
    scales : Scales
        What changes slowly.

    Returns
    -------
    trunk : TrunkState
    """
    role = trunk_role(live)
    if role is None:
        none = np.empty(0)
        return TrunkState("", none, none, None, Quality("unknown", "no trunk sensor is worn"))
    link = next(link for link in live.links if role in link.roles)
    t_s, ap_deg = live.trace(f"{role.prefix}_tilt_ap_deg")
    _, ml_deg = live.trace(f"{role.prefix}_tilt_ml_deg")
    known = np.isfinite(ap_deg) & np.isfinite(ml_deg)
    quality = present_lamp(link, live, role).quality
    if role is Role.ABDOMEN_IMU and quality.word == "good":
        quality = Quality("doubtful", "the belly moves with every breath")
    if not known.any():
        none = np.empty(0)
        why = quality if quality.word != "good" else Quality("unknown", "finding upright")
        return TrunkState(NAMES[role], none, none, None, why)
    t_s, ap_deg, ml_deg = t_s[known], ap_deg[known], ml_deg[known]
    first = int(np.searchsorted(t_s, live.now_s - TRAIL_S))
    step = max(1, (len(t_s) - first) // TRAIL_POINTS)
    # Counted from the end, so that the newest point is always the last.
    trail = slice(None, None, -1)
    ap_trail, ml_trail = ap_deg[first:][::-step][trail], ml_deg[first:][::-step][trail]
    if quality.word == "lost":
        ap_trail = ml_trail = np.empty(0)
    return TrunkState(NAMES[role], ap_trail, ml_trail, scales.ellipse, quality)


def _person(
    live: Live,
    lines: Sequence[Line],
    usual: Mapping[str, float],
    trunk: TrunkState,
    elapsed_s: float,
    *,
    covered: bool,
) -> PersonState:
    places = {source.role: source.place for source in sources(live)}
    lost = next(
        (
            lamp
            for lamp in present_lamps(live)
            if lamp.role in places and lamp.quality.word == "lost"
        ),
        None,
    )
    lost_place = places[lost.role] if lost is not None and lost.role is not None else ""
    depth = {"chest": math.nan, "abdomen": math.nan}
    for line in lines:
        if usual[line.colour] > 0:
            depth[line.colour] = float(np.clip(line.values[-1] / usual[line.colour], 0, DEEPEST))
    # On the belly it would go with every breath, whatever the trunk does.
    balanced = trunk.site != NAMES[Role.ABDOMEN_IMU]
    ball, trail = _ball(trunk) if balanced else (None, np.empty((0, 2)))
    alert = live.task.alert
    sentence, help_words = "Let the belly fill slowly, then let it sink.", ""
    if lost is not None:
        where = {"chest": "chest", "abdomen": "belly"}[lost_place]
        belt = lost.role in BELTS
        what = f"{where} belt" if belt else f"sensor on the {where}"
        sentence = f"Rest a moment. The {what} has lost contact."
        buckle = "its buckle is closed and " if belt else ""
        help_words = f"Check that {buckle}its light is on."
    elif not lines:
        sentence = "Make yourself comfortable. We begin soon."
    elif covered or live.cycle is None:
        sentence = "Breathe as you like. We begin soon."
    elif alert is not None:
        sentence = f"{alert.cue.capitalize()}."
    outlined = covered or lost is not None
    return PersonState(
        math.nan if outlined else depth["chest"],
        math.nan if outlined else depth["abdomen"],
        None if outlined else ball,
        trail,
        alert is not None,
        sentence,
        help_words,
        lost_place,
        clock_words(elapsed_s),
    )


def _ball(trunk: TrunkState) -> tuple[tuple[float, float] | None, FloatArray]:
    if trunk.ellipse is None or not len(trunk.ap_deg):
        return None, np.empty((0, 2))
    centre_ml, centre_ap, major, _, _ = trunk.ellipse
    size_deg = max(1.0, 1.3 * major)
    trail = np.stack([trunk.ml_deg - centre_ml, trunk.ap_deg - centre_ap], axis=1) / size_deg
    trail = np.clip(trail, -1.4, 1.4)
    return (float(trail[-1, 0]), float(trail[-1, 1])), trail
