"""What is read on the screen: numbers in words with their quality. Pure, and without Qt."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import FloatArray
from biofeedback.gui.lamps import BELTS, NAMES, or_dash, present_lamps
from biofeedback.gui.motion import present_trunk
from biofeedback.gui.scales import Scales, is_onset, present_scales, resting
from biofeedback.gui.sources import sources
from biofeedback.gui.states import (
    Banner,
    GaugeState,
    LampState,
    LoopState,
    NumberState,
    Quality,
    Readout,
)
from biofeedback.gui.task import present_task
from biofeedback.session.live import Live
from biofeedback.session.task_readings import tone_reading

__all__ = ["present_readout"]

STALE_BREATH_S = 20.0
BACK_SHOWN_S = 8.0
LOOPS, LEAST_ROWS = 6, 8
GAUGE_LOG = math.log(3.0)
UNKNOWN = "unknown"
COARSE = Quality("doubtful", "coarse, from a motion sensor")
RATE_WORDS = {
    "known": "",
    "moving": "moving",
    "unclear": "no clear rhythm",
    "not_separable": "movement has the rhythm of breathing",
    "unconfirmed": "not sure yet",
    "missing": "data are missing",
}
NOT_PLAIN = Reason.MOTION | Reason.INTERRUPTED | Reason.SPEECH | Reason.COUGH
NOT_COMPARABLE = Reason.SLIP | Reason.COUPLED
"""What makes a breath say little about how one breathes, and belts about each other."""


def present_readout(live: Live, *, covered: bool = False, scales: Scales | None = None) -> Readout:
    """Present what is read.

    Parameters
    ----------
    live : Live
        What is known.
    covered : bool
        Draw no loop before the quiet baseline is taken.
    scales : Scales or None
        What changes slowly; None works it out.

    Returns
    -------
    readout : Readout
    """
    lamps = present_lamps(live)
    belts = {lamp.role: lamp for lamp in lamps if lamp.role is not None and lamp.role in BELTS}
    breath = _breath_quality(live, belts) if belts else _motion_quality(live, lamps)
    rated = breath
    if breath == COARSE:  # over half a minute it is as good as it gets
        rated = Quality("good")
    both = _both_quality(live, belts, breath)
    cycle, share = live.cycle, live.share
    phase_deg = share.phase_angle_deg if share is not None else math.nan
    if both.word in ("unknown", "lost"):
        phase_deg = math.nan
    trunk = present_trunk(live, scales or present_scales(live))
    lean = [float(v[-1]) if len(v) else math.nan for v in (trunk.ap_deg, trunk.ml_deg)]
    return Readout(
        share=_share(live, both),
        rate=_number("Rate", live.breath_rate_per_min, "{:.1f}", "/min", rated),
        duty=_number("Duty", cycle.duty_cycle if cycle else math.nan, "{:.2f}", "", breath),
        pause=_number("Pause", cycle.pause_ee_s if cycle else math.nan, "{:.1f}", "s", breath),
        step=_number("In step", phase_deg, "{:+.0f}", "°", both),
        flexion=_number("Forward", lean[0], "{:+.1f}", "°", trunk.quality),
        lateral=_number("Right", lean[1], "{:+.1f}", "°", trunk.quality),
        sway=_sway(live, trunk.quality),
        tone=_tone(live),
        gauge=_gauge(live, both),
        loop=_loop(live, both, phase_deg, covered=covered),
        lamps=lamps,
        banner=_banner(live, lamps),
        task=present_task(live),
    )


def _number(title: str, value: float, form: str, unit: str, quality: Quality) -> NumberState:
    if quality.word in ("unknown", "lost"):
        return NumberState(title, UNKNOWN, "", "", quality)
    if not math.isfinite(value):
        return NumberState(title, UNKNOWN, "", "", Quality("unknown", "not yet"))
    text = form.format(value)
    if float(text) == 0:  # no sign before nothing
        text = text.lstrip("+-")
    return NumberState(title, text.replace("-", "−"), unit, "", quality)


def _sway(live: Live, quality: Quality) -> NumberState:
    if live.task.moving:
        quality = Quality("unknown", "moving")
    rms_mps2 = live.sway.rms_mps2 if live.sway else math.nan
    return _number("Sway", rms_mps2, "{:.3f}", "m/s²", quality)


def _tone(live: Live) -> NumberState:
    last = live.tones[-1] if live.tones else None
    stale = last is None or live.now_s - last.t_s > STALE_BREATH_S
    tone = tone_reading(None if stale else last, live.worn)
    return NumberState(tone.title, tone.text, tone.unit, "", Quality(tone.word, tone.reason))


def _breath_quality(live: Live, belts: dict[Role, LampState]) -> Quality:
    """Say how far breathing can be trusted: it lives on one belt as well."""
    trusted = [lamp for lamp in belts.values() if lamp.quality.word == "good"]
    if all(lamp.quality.word in ("lost", "unknown") for lamp in belts.values()):
        return Quality("unknown", "no signal from a belt")
    if live.cycle is None:
        return Quality("unknown", "first breaths")
    if live.hold is None and live.now_s - live.cycle.t_s > STALE_BREATH_S:
        return Quality("unknown", f"no breath for {live.now_s - live.cycle.t_s:.0f} s")
    if not trusted:
        return next(iter(belts.values())).quality
    if len(trusted) < len(belts):
        return Quality("doubtful", "one belt")
    if live.breath_reason & NOT_PLAIN:
        return Quality("doubtful", (live.breath_reason & NOT_PLAIN).in_words())
    return Quality("good")


def _motion_quality(live: Live, lamps: Sequence[LampState]) -> Quality:
    """Say how far breathing can be trusted that motion sensors tell."""
    places = {source.role for source in sources(live)}
    worn = [lamp.quality for lamp in lamps if lamp.role in places]
    if not worn:
        return Quality("unknown", "needs a belt, or a motion sensor on sternum or belly")
    if all(quality.word in ("lost", "unknown") for quality in worn):
        return Quality("unknown", "no signal from the sensor")
    if live.rate is None:
        return Quality("unknown", "first half minute")
    why = RATE_WORDS[live.rate.state]
    return Quality("unknown", why) if why else COARSE


def _both_quality(live: Live, belts: dict[Role, LampState], breath: Quality) -> Quality:
    """Say how far what needs both belts can be trusted."""
    for role in BELTS:
        if role not in belts:
            return Quality("unknown", f"needs both belts; no {NAMES[role].lower()}")
        if belts[role].quality.word in ("lost", "unknown"):
            return Quality("unknown", f"needs both belts; {role.site} {belts[role].quality.word}")
    if live.share is None:
        return Quality("unknown", "first breaths")
    if breath.word != "good":
        return breath
    if live.breath_reason & NOT_COMPARABLE:
        return Quality("doubtful", (live.breath_reason & NOT_COMPARABLE).in_words())
    return Quality("good")


def _share(live: Live, both: Quality) -> NumberState:
    title = "Belly against chest, × own baseline"
    share = live.share
    alert = live.task.alert
    if alert is not None and alert.kind == "stiff":
        return NumberState(title, UNKNOWN, "", "", Quality("unknown", "stiff"))
    if share is None or both.word in ("unknown", "lost"):
        return NumberState(title, UNKNOWN, "", "", both)
    if share.state in ("out_of_step", "paradox"):
        words = {"out_of_step": "out of step", "paradox": "they move against each other"}
        return NumberState(title, UNKNOWN, "", "", Quality("unknown", words[share.state]))
    if not math.isfinite(share.rib_cage_log_ratio):
        why = "this breath is not clear" if live.baseline else "quiet baseline is being taken"
        return NumberState(title, UNKNOWN, "", "", Quality("unknown", why))
    ratio = math.exp(-share.rib_cage_log_ratio)
    error = ratio * share.rib_cage_log_ratio_se
    return NumberState(title, f"×{ratio:.2f}", "", f"± {error:.2f}", both)


def _gauge(live: Live, both: Quality) -> GaugeState:
    known = _share(live, both).text != UNKNOWN
    if not known or live.share is None:
        return GaugeState(math.nan, math.nan)
    return GaugeState(
        float(np.clip(-live.share.rib_cage_log_ratio / GAUGE_LOG, -1, 1)),
        1.96 * live.share.rib_cage_log_ratio_se / GAUGE_LOG,
    )


def _loop(live: Live, both: Quality, phase_deg: float, *, covered: bool) -> LoopState:
    onsets = [mark for mark in live.marks if is_onset(mark)]
    t_s, chest = live.table.column("chest_excursion")
    _, abdomen = live.table.column("abdomen_excursion")
    loops: list[tuple[FloatArray, FloatArray]] = []
    if not covered and len(onsets) > 1 and np.isfinite(chest + abdomen).any():
        chest = chest - resting(live, "chest_excursion")
        abdomen = abdomen - resting(live, "abdomen_excursion")
        # Newest first: after a belt was lost, the last breaths of both stay.
        for last, first in itertools.pairwise(reversed(onsets)):
            if len(loops) == LOOPS or first.t_s < t_s[0]:
                break
            rows = slice(*np.searchsorted(t_s, (first.t_s, last.t_s)))
            whole = rows.stop - rows.start > LEAST_ROWS
            if whole and np.isfinite(chest[rows] + abdomen[rows]).all():
                loops.append((abdomen[rows], chest[rows]))
        loops.reverse()
    held = both.reason if both.word in ("unknown", "lost") and loops else ""
    return LoopState(
        onsets[-1].breath if onsets else -1,
        tuple(loops),
        live.units.get("chest_excursion", ""),
        or_dash(phase_deg, "{:+.0f}°").replace("-", "−"),
        phase_deg,
        held,
    )


def _banner(live: Live, lamps: Sequence[LampState]) -> Banner | None:
    last_s = {link.device_id: link.last_sample_s for link in live.links}
    for lamp in lamps:
        if lamp.quality.word != "lost":
            continue
        since_s = live.now_s - last_s[lamp.device_id]
        since = f" {since_s:.0f} s ago" if math.isfinite(since_s) else ""
        return Banner(
            f"{lamp.name} lost{since}.",
            "Feedback is paused and this time is not scored. It is being looked for.",
            "Check the buckle and the light on the sensor.",
        )
    if live.back is not None:
        device_id, at_s, away_s = live.back
        name = next((lamp.name for lamp in lamps if lamp.device_id == device_id), "")
        if name and live.now_s - at_s < BACK_SHOWN_S:
            words = "Feedback resumes with the next breath."
            return Banner(f"{name} back after {away_s:.0f} s.", words, "", "good")
    return None
