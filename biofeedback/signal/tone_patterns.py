"""Which pattern of belly tone a breath is like: by the own guided manoeuvres, or by default."""

from __future__ import annotations

import math
from collections.abc import Mapping

from biofeedback.core.tone_results import (
    BeltType,
    ManoeuvreName,
    TonePattern,
    ToneProblem,
    ToneReason,
)

__all__ = [
    "HELD_S",
    "MANOEUVRES",
    "OTHER",
    "RELAXED",
    "UNSTEADY",
    "Reference",
    "are_alike",
    "held_pattern",
    "pattern",
    "problem_of",
]

MANOEUVRES: Mapping[str, ManoeuvreName] = {
    "tone_relax": "relax",
    "tone_draw_in": "draw_in",
    "tone_brace": "brace",
}
"""The tasks in which a manoeuvre is guided."""
Reference = tuple[float, float]
"""T and P of a manoeuvre."""
RELAXED: Reference = (0.0, 1.0)
TONIC_BAND, PHASIC_BAND = 0.15, 0.3
"""How far quiet breaths scatter about rest: one unit of distance."""
FAR = 2.5
"""Further than so many units from every pattern is none of them."""
LIKELIER = 4.0
"""The nearest is so many times as likely as the next, or they are alike: one call in five is wrong
at the very border."""
BULGES = 0.4
"""A longer belt than at rest by more than this part of a breath is pushed out."""
HELD_S = 4.0
"""A breath held for less is a pause."""
USUAL: Mapping[BeltType, Mapping[ManoeuvreName, Reference]] = {
    # Middles of the ranges in docs/metrics/belly_tone.md.
    "length": {"draw_in": (-0.6, 0.75), "brace": (0.1, 0.5)},
    "tension": {"draw_in": (-0.6, 0.75), "brace": (0.6, 0.5)},
    "unknown": {},
}
UNSTEADY = 2.0 * TONIC_BAND
"""A guided manoeuvre whose breaths scatter by more (SD of T) is not one: twice what rest does."""
OTHER: Mapping[ManoeuvreName, ManoeuvreName] = {"draw_in": "brace", "brace": "draw_in"}
NO_ERRORS: Mapping[ManoeuvreName, float] = {}
NAMES: Mapping[ManoeuvreName, TonePattern] = {
    "relax": "relaxed",
    "draw_in": "drawing_in",
    "brace": "bracing",
}


def pattern(
    tonic: float,
    phasic: float,
    belt: BeltType,
    own: Mapping[ManoeuvreName, Reference],
    errors: Mapping[ManoeuvreName, float] = NO_ERRORS,
) -> tuple[TonePattern, bool, ToneReason]:
    """Name the pattern of a breath: the nearest of rest, drawing in and bracing.

    Parameters
    ----------
    tonic, phasic : float
        T and P; finite.
    belt : {"length", "tension", "unknown"}
        What the belt follows.
    own : mapping of str to (float, float)
        T and P of the guided manoeuvres done well.
    errors : mapping of str to float
        Standard error of T less that of each manoeuvre: it widens the unit of distance.

    Returns
    -------
    pattern : TonePattern
    learned : bool
        Both were guided.
    reason : ToneReason
        Why it is unclear.
    """
    learned = {"draw_in", "brace"} <= set(own)
    places: dict[ManoeuvreName, Reference] = {"relax": RELAXED, **USUAL[belt], **own}
    highest = max(one[0] for one in places.values())
    if belt == "length" and tonic > max(BULGES, highest + TONIC_BAND):
        if tonic - max(errors.values(), default=0.0) > highest:
            return "bulging", learned, ""
        return "unclear", learned, "alike"
    found = _likeliest(tonic, phasic, places, errors)
    unlikely, nearest, name = found[0]
    if nearest > _reach(tonic, name, places):
        return "unclear", learned, "between" if len(places) > 1 else "belt_type"
    if len(found) > 1 and found[1][0] - unlikely < math.log(LIKELIER):
        return "unclear", learned, "alike"
    return NAMES[name], learned, ""


def _likeliest(
    tonic: float,
    phasic: float,
    places: Mapping[ManoeuvreName, Reference],
    errors: Mapping[ManoeuvreName, float],
) -> list[tuple[float, float, ManoeuvreName]]:
    """Return negative log likelihood and distance of each place, the likeliest first.

    A place that is known less well reaches further, and is less likely everywhere in it. Of a held
    breath there is no P; then T alone tells.
    """
    found = []
    for name, (t, p) in places.items():
        unit = math.hypot(TONIC_BAND, errors.get(name, 0.0))
        of_phasic = 0.0 if math.isnan(phasic) else (phasic - p) / PHASIC_BAND
        distance = math.hypot((tonic - t) / unit, of_phasic)
        found.append((0.5 * distance**2 + math.log(unit), distance, name))
    return sorted(found)


def are_alike(one: Reference, other: Reference) -> bool:
    """Tell whether a breath of one manoeuvre could not be told from one of the other.

    Parameters
    ----------
    one, other : (float, float)
        T and P of each.

    Returns
    -------
    alike : bool
        They are so near that a breath right at one is not four times as likely there.
    """
    apart = math.hypot((one[0] - other[0]) / TONIC_BAND, (one[1] - other[1]) / PHASIC_BAND)
    return 0.5 * apart**2 < math.log(LIKELIER)


def _reach(tonic: float, name: ManoeuvreName, places: Mapping[ManoeuvreName, Reference]) -> float:
    """How far a pattern reaches: without limit beyond itself, seen from rest."""
    at, _ = places[name]
    beyond = name != "relax" and at != 0.0 and abs(tonic) > abs(at) and tonic * at > 0.0
    return math.inf if beyond else FAR


def held_pattern(
    tonic: float,
    belt: BeltType,
    own: Mapping[ManoeuvreName, Reference],
    errors: Mapping[ManoeuvreName, float] = NO_ERRORS,
) -> tuple[TonePattern, bool, ToneReason]:
    """Name the pattern of a held breath: its level alone tells.

    Parameters
    ----------
    tonic : float
        T of the level; finite.
    belt : {"length", "tension", "unknown"}
        What the belt follows.
    own : mapping of str to (float, float)
        T and P of the guided manoeuvres done well.
    errors : mapping of str to float
        As of :func:`pattern`.

    Returns
    -------
    pattern : TonePattern
        ``held`` with the belly as at rest; ``over_bracing`` where a manoeuvre is four times as
        likely, and no further beyond it than from rest to it and half of that again.
    learned : bool
        Both were guided.
    reason : ToneReason
        Why it is unclear: a belly that is out may be one that holds a breath taken in.
    """
    learned = {"draw_in", "brace"} <= set(own)
    # One that hardly moves the level cannot be seen by it.
    seen = {
        name: place for name, place in {**USUAL[belt], **own}.items() if abs(place[0]) > TONIC_BAND
    }
    found = _likeliest(tonic, math.nan, {"relax": RELAXED, **seen}, errors)
    likely = {name: unlikely for unlikely, _, name in found}
    beyond = min((likely[name] for name in seen), default=math.inf)
    if likely["relax"] + math.log(LIKELIER) <= beyond:
        at_rest = found[0][1] <= FAR
        return ("held", learned, "") if at_rest else ("unclear", learned, "belt_type")
    if beyond + math.log(LIKELIER) > likely["relax"]:
        return "unclear", learned, "alike"
    reach = max((abs(t) for t, _ in seen.values() if t * tonic > 0.0), default=0.0)
    if reach == 0.0 or tonic > 1.5 * reach:  # further out than bracing: perhaps a breath taken in
        return "unclear", learned, "between"
    return "over_bracing", learned, ""


def problem_of(name: ManoeuvreName, tonic: float, phasic: float, belt: BeltType) -> ToneProblem:
    """Say why a manoeuvre is to be repeated.

    Parameters
    ----------
    name : {"relax", "draw_in", "brace"}
        Which.
    tonic, phasic : float
        Medians of T and P of its breaths.
    belt : {"length", "tension", "unknown"}
        What the belt follows.

    Returns
    -------
    problem : ToneProblem
        Empty when it was well done.
    """
    if name == "relax":
        return ""
    if math.hypot(tonic / TONIC_BAND, (phasic - 1.0) / PHASIC_BAND) < 1.0:
        return "no_change"
    if name == "draw_in" and belt != "unknown" and tonic > -TONIC_BAND:
        return "wrong_way"
    if name == "brace" and belt == "tension" and tonic < TONIC_BAND:
        return "wrong_way"
    return ""
