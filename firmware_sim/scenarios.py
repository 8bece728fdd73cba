"""Named people to simulate: each a script scaled to the length of the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from firmware_sim.body import Body
from firmware_sim.exercises import Exercise
from firmware_sim.manoeuvres import manoeuvres
from firmware_sim.script import Happening, Pattern, Phase, Script

__all__ = ["SCENARIOS", "scenario"]

QUIET = Pattern(15, 0.50)
BELLY = Pattern(
    8,
    0.80,
    pause_ratio=0.15,
    rib_share=0.30,
    phase_deg=20,
    time_cv=0.08,
    volume_cv=0.12,
    phase_sd_deg=5,
)
CHEST_LED = Pattern(
    18, 0.45, 0.45, 0.03, rib_share=0.80, phase_deg=-15, time_cv=0.15, volume_cv=0.20
)
PARADOX = Pattern(16, 0.45, 0.42, 0.06, rib_share=1.40, phase_deg=0)
SLOW = Pattern(6, 0.90, pause_ratio=0.20, rib_share=0.50, time_cv=0.06, volume_cv=0.10)
FAST = Pattern(28, 0.35, 0.45, 0.02, rib_share=0.70, phase_deg=15, time_cv=0.10, volume_cv=0.15)
IRREGULAR = Pattern(16, 0.45, rib_share=0.60, time_cv=0.30, volume_cv=0.35, sighs_per_h=60)
TALK = Pattern(
    14, 0.60, 0.14, 0.0, rib_share=0.60, phase_deg=5, time_cv=0.25, volume_cv=0.3, speech=1
)
BRACED = Pattern(17, 0.22, 0.42, 0.05, rib_share=0.70, phase_deg=30, time_cv=0.15, volume_cv=0.20)
COACHED = Pattern(
    11, 0.65, pause_ratio=0.12, rib_share=0.38, phase_deg=12, time_cv=0.10, volume_cv=0.14
)
LOADED = Pattern(13, 0.60, pause_ratio=0.08, rib_share=0.40, phase_deg=12)
HOLD_S = 6.0
SEATED_SWAY_DEG = 0.05
"""A fifth of what standing people sway."""


def _belly_breather(duration_s: float) -> Script:
    return Script((Phase("belly", duration_s, BELLY),))


def _chest_breather(duration_s: float) -> Script:
    return Script((Phase("chest", duration_s, CHEST_LED),))


def _paradox(duration_s: float) -> Script:
    return Script((Phase("paradox", duration_s, PARADOX),))


def _quiet(duration_s: float) -> Script:
    return Script((Phase("quiet", duration_s, QUIET),))


def _seated(duration_s: float) -> Script:
    return Script((Phase("seated", duration_s, QUIET, sway_deg=SEATED_SWAY_DEG),))


def _slow(duration_s: float) -> Script:
    return Script((Phase("slow", duration_s, SLOW),))


def _fast(duration_s: float) -> Script:
    return Script((Phase("fast", duration_s, FAST),))


def _irregular(duration_s: float) -> Script:
    return Script((Phase("irregular", duration_s, IRREGULAR),))


def _bracer(duration_s: float) -> Script:
    rest_s = 0.4 * duration_s
    hold = Happening("hold", 0.1 * duration_s, HOLD_S, size=1.0)
    return Script(
        (
            Phase("quiet", rest_s, QUIET),
            Phase(
                "brace",
                duration_s - rest_s,
                BRACED,
                tone=1.0,
                sway_deg=0.12,
                leg_load_deg=1.0,
                happenings=(hold,),
            ),
        )
    )


def _cough(duration_s: float) -> Script:
    coughs = tuple(
        Happening("cough", part * duration_s, 1.6, size=8.0) for part in (0.35, 0.6, 0.8)
    )
    fidget = Happening("motion", 0.48 * duration_s, 3.0, size=6.0)
    return Script((Phase("quiet", duration_s, QUIET, happenings=(*coughs, fidget)),))


def _talker(duration_s: float) -> Script:
    return Script(
        (
            Phase("quiet", 0.35 * duration_s, QUIET),
            Phase("talk", 0.35 * duration_s, TALK),
            Phase("quiet", 0.3 * duration_s, QUIET),
        )
    )


def _slipping_belt(duration_s: float) -> Script:
    happenings = (
        Happening("slip", 0.4 * duration_s, 0.3, size=0.3, site="abdomen"),
        Happening("posture", 0.7 * duration_s, 1.5, size=12.0),
    )
    return Script((Phase("quiet", duration_s, QUIET, happenings=happenings),))


def _coached(duration_s: float) -> Script:
    first_s, coached_s = 0.3 * duration_s, 0.3 * duration_s
    load_s = duration_s - first_s - coached_s
    hold = Happening("hold", 0.25 * load_s, min(HOLD_S, 0.4 * load_s))
    return Script(
        (
            Phase("chest-led", first_s, CHEST_LED),
            Phase("coaching", coached_s, CHEST_LED, to_pattern=COACHED),
            Phase(
                "leg load",
                load_s,
                LOADED,
                tone=0.2,
                tone_rise_s=4.0,
                leg_load_deg=5.0,
                happenings=(hold,),
            ),
        )
    )


def _calibrating(duration_s: float) -> Script:
    """The steps of a guided calibration, shortened to fit, then rest."""
    steps = manoeuvres()
    pace = min(1.0, 0.8 * duration_s / sum(step.duration_s for step in steps))
    paced = tuple(
        replace(
            step,
            duration_s=pace * step.duration_s,
            happenings=tuple(
                replace(one, at_s=pace * one.at_s, duration_s=pace * one.duration_s)
                for one in step.happenings
            ),
        )
        for step in steps
    )
    rest_s = duration_s - sum(step.duration_s for step in paced)
    return Script((*paced, Phase("rest", rest_s, QUIET)))


def _exerciser(duration_s: float) -> Script:
    """Stands still, then bends, stands up from a chair and slides a heel, each in its turn."""
    sets = (
        Exercise("hip_hinge", 0, period_s=5.0, lumbar_share=0.45),
        Exercise("sit_to_stand", 0, period_s=4.5, hold_s=0.6),
        Exercise("heel_slide", 0, period_s=5.5, hold_s=1.0, side="left"),
        Exercise("heel_slide", 0, period_s=5.5, hold_s=1.0, side="right", deviation_deg=6.0),
    )
    each_s = 0.8 * duration_s / len(sets)
    phases = [Phase("still", duration_s - len(sets) * each_s, QUIET)]
    for exercise in sets:
        fit = max(0, int((each_s - exercise.after_s) / exercise.period_s))
        label = f"{exercise.kind} {exercise.side}".strip()
        phases.append(Phase(label, each_s, LOADED, exercise=replace(exercise, repetitions=fit)))
    return Script(tuple(phases))


SCENARIOS: Mapping[str, Callable[[float], Script]] = {
    "coached": _coached,
    "belly_breather": _belly_breather,
    "chest_breather": _chest_breather,
    "paradox": _paradox,
    "bracer": _bracer,
    "cough": _cough,
    "talker": _talker,
    "slipping_belt": _slipping_belt,
    "quiet": _quiet,
    "seated": _seated,
    "slow": _slow,
    "fast": _fast,
    "irregular": _irregular,
    "calibrating": _calibrating,
    "exerciser": _exerciser,
}
"""Every person by name."""


def scenario(name: str, duration_s: float, seed: int) -> Body:
    """Make the named person.

    Parameters
    ----------
    name : str
        One of :data:`SCENARIOS`.
    duration_s : float
        Length of the session, s, > 0; the script is scaled to it.
    seed : int
        Another seed is another day of the same person.

    Returns
    -------
    body : Body

    Raises
    ------
    KeyError
        If there is no such person; the message lists those there are.
    """
    if name not in SCENARIOS:
        raise KeyError(f"no scenario {name!r}; there are: {', '.join(sorted(SCENARIOS))}")
    return Body(SCENARIOS[name](duration_s), seed)
