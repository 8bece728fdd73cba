"""What a breath was besides breathing, and belts that move as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from biofeedback.core.stream import Event

__all__ = ["NOT_QUIET", "BeltsCoupled", "BreathLabel", "LabelName"]

LabelName = Literal["speech", "cough", "interrupted", "moving"]
"""Spoken; coughed, or laughed; the posture or a belt changed within; the trunk moved."""

NOT_QUIET: frozenset[LabelName] = frozenset(("speech", "cough", "interrupted"))
"""Labels of breaths that tell nothing about how one breathes when left alone: they are left out of
averages. A breath while moving is a breath like others, less surely measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreathLabel(Event):
    """A breath that is not plain breathing; it is told apart, never counted as bad.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the breath; when the label was sure.
    breath : int
        Its number.
    onset_s, end_s : float
        Its onset and the next.
    label : {"speech", "cough", "interrupted", "moving"}
        What it was.
    confidence : float
        0.5 just past the limit, to 1.
    """

    breath: int
    onset_s: float
    end_s: float
    label: LabelName
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BeltsCoupled(Event):
    """Both belts do the same, breath after breath: one may be pulling the other.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the breath that told; when it was known.
    coupled : bool
        False once a breath differs again.
    correlation : float
        The least correlation of the two belts within one of the breaths compared.
    ratio_spread : float
        Largest deviation of a breath's amplitude ratio from their median, ratio.
    breaths : int
        How many were compared.
    """

    coupled: bool
    correlation: float
    ratio_spread: float
    breaths: int
