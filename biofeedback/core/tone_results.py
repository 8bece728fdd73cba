"""What a session finds about belly tone: how the wall of the belly is held beside breathing.

Re-exported by :mod:`biofeedback.core.results`. NaN means "not known", never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from biofeedback.core.stream import Event

__all__ = [
    "TONE_WORDS",
    "BeltType",
    "ManoeuvreName",
    "Tone",
    "TonePattern",
    "ToneProblem",
    "ToneReason",
    "ToneReference",
]

BeltType = Literal["length", "tension", "unknown"]
"""What a belt follows: how long it is, how hard it is pulled, or nobody told."""

ManoeuvreName = Literal["relax", "draw_in", "brace"]
"""The three guided reference manoeuvres."""

TonePattern = Literal[
    "relaxed", "drawing_in", "bracing", "over_bracing", "bulging", "held", "unclear"
]
"""What the belly does, as far as a belt can tell: never which muscle does it. ``held`` is a breath
held with the belly as at rest, ``over_bracing`` one held with the belly drawn in or braced."""

TONE_WORDS: dict[TonePattern, str] = {
    "relaxed": "relaxed",
    "drawing_in": "drawing in",
    "bracing": "bracing",
    "over_bracing": "bracing, breath held",
    "bulging": "pushing out",
    "held": "breath held",
    "unclear": "unclear",
}
"""Patterns as people call them."""

ToneReason = Literal[
    "",
    "no_rest",
    "donned",
    "slip",
    "posture",
    "quality",
    "alike",
    "between",
    "belt_type",
    "held_in",
]
"""Why something is not known: no rest was taken; none since a belt was put on, since it slipped, or
in this posture; belt or breath not trusted; two patterns are alike here, as uncertain as T is; it
is like no pattern; what this belt follows is not known, and no manoeuvre was guided; the breath is
held after breathing in, which lifts the level too. Empty when all is known."""

ToneProblem = Literal[
    "",
    "too_few_breaths",
    "no_change",
    "wrong_way",
    "no_rest",
    "belts_changed",
    "unsteady",
    "alike",
]
"""Why a manoeuvre is to be repeated: fewer than four good breaths; nothing changed against rest; it
changed the wrong way for this belt; rest comes first; belts or posture changed meanwhile; breaths
scattered more than one manoeuvre does; it is too near to the other one. Empty when it was well
done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneReference(Event):
    """One guided reference manoeuvre.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it was over.
    manoeuvre : {"relax", "draw_in", "brace"}
        Which.
    ok : bool
        Used from now on, for these belts in this posture.
    problem : ToneProblem
        Why not.
    breaths : int
        Good breaths in it.
    belt : {"length", "tension", "unknown"}
        What the abdominal belt follows.
    tonic, phasic : float
        Medians of T and P against rest; NaN when not known.
    words : str
        In a sentence.
    """

    manoeuvre: ManoeuvreName
    ok: bool
    problem: ToneProblem
    breaths: int
    belt: BeltType
    tonic: float
    phasic: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone(Event):
    """Belly tone of one breath, or of one second of a held breath.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the breath, or now; when it was known.
    breath : int
        Number of the breath; −1 in a hold.
    held_s : float
        How long the breath has been held, s; 0 for a breath.
    belt : {"length", "tension", "unknown"}
        What the abdominal belt follows.
    tonic, tonic_se : float
        T: end-expiratory level (in a hold the level itself) against that at rest, in abdominal
        breaths at rest, and its standard error.
    phasic, phasic_se : float
        P: the abdominal breath over that at rest, and its standard error; NaN in a hold.
    pattern : TonePattern
        What that is like.
    learned : bool
        Told by the person's own guided manoeuvres; False: by the default thresholds.
    reason : ToneReason
        Why something is not known.
    """

    breath: int
    held_s: float
    belt: BeltType
    tonic: float
    tonic_se: float
    phasic: float
    phasic_se: float
    pattern: TonePattern
    learned: bool
    reason: ToneReason
