"""What is found out about one donning: belts that moved, belts worn wrongly, a calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from biofeedback.core.stream import Event

__all__ = [
    "BeltPolarity",
    "BeltsChanged",
    "CalibrationDone",
    "CalibrationEnded",
    "CalibrationFailed",
    "CalibrationStep",
    "Problem",
    "StepName",
]

StepName = Literal["quiet", "deep", "isovolume", "chest_led", "belly_led", "finish"]
"""What a person is asked to do, in this order."""

Problem = Literal[
    "missing_steps",
    "too_few_breaths",
    "not_trusted",
    "not_deep",
    "inverted",
    "too_few_swings",
    "swings_too_small",
    "throat_open",
    "not_opposed",
    "alike",
    "swapped",
    "unsteady",
    "disagree",
    "belts_changed",
    "cancelled",
    "unknown_step",
]
"""Why a step or a whole calibration was not accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeltsChanged(Event):
    """What was compared with, or calibrated for, these belts in this posture is no longer so.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it changed; when that was sure.
    reason : {"donned", "slip", "posture"}
        A belt was put on; it slipped along the body; the trunk settled in another posture.
    role : str
        Which belt, or which motion sensor saw it; empty when both belts showed it.
    posture : int
        Number of the posture from now on; a known one is recognised by a motion sensor. 0 is the
        first; anew after ``donned`` and ``slip``.
    words : str
        In a sentence.
    """

    reason: Literal["donned", "slip", "posture"]
    role: str
    posture: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeltPolarity(Event):
    """Which way a belt reads when one breathes in, from deep breaths against quiet ones.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        End of the deep breaths; when it was known.
    role : str
        Which belt.
    inverted : bool
        True: its reading falls with inspiration; assign it with ``invert`` the other way round.
    certainty : float
        0 to 1: (up − down) / (up + down), of how far deep breaths go beyond quiet ones.
    """

    role: str
    inverted: bool
    certainty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationStep(Event):
    """Where a guided calibration is: enough to show it.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it was asked for, or ended.
    step : {"quiet", "deep", "isovolume", "chest_led", "belly_led", "finish"}
        Which step.
    state : {"begun", "done", "again"}
        It goes on from now; it was well done; it is to be repeated.
    problem : Problem or None
        Why it is to be repeated.
    words : str
        What to do in it; or how it went and, where it is to be repeated, how to do it better.
    next_step : {"quiet", "deep", "isovolume", "chest_led", "belly_led", "finish"}
        The next that is not well done yet.
    next_words : str
        What to do in that.
    posture : str
        As the person names it; may be empty.
    """

    step: StepName
    state: Literal["begun", "done", "again"]
    problem: Problem | None
    words: str
    next_step: StepName
    next_words: str
    posture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationDone(Event):
    """The volume ratio K of this donning and posture: volume ∝ K · chest + abdomen.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it was finished, or taken up again.
    ln_k : float
        Natural logarithm of K; K has the abdomen's unit over the chest's.
    ln_k_se : float
        Its standard error.
    ln_k_isovolume, ln_k_isovolume_se : float
        From the belly pushed out and in with the throat closed.
    ln_k_preferential, ln_k_preferential_se : float
        From chest-led against belly-led breaths.
    isovolume_r : float
        Correlation of the belts while pushing; −1 is perfect.
    isovolume_residual : float
        SD of K · chest + abdomen over SD of the abdomen while pushing, ratio; 0 is perfect.
    isovolume_swings : int
        Pushes used.
    posture : str
        As the person named it; may be empty.
    resumed : bool
        Made before in this donning, and the trunk is back in that posture.
    words : str
        In a sentence, uncertainty included.
    """

    ln_k: float
    ln_k_se: float
    ln_k_isovolume: float
    ln_k_isovolume_se: float
    ln_k_preferential: float
    ln_k_preferential_se: float
    isovolume_r: float
    isovolume_residual: float
    isovolume_swings: int
    posture: str
    resumed: bool
    words: str

    @property
    def volume_ratio(self) -> float:
        """K itself."""
        return math.exp(self.ln_k)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFailed(Event):
    """A guided calibration was not accepted: shares in per cent stay unknown.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When it was to be finished, or was broken off.
    problems : tuple of Problem
        Why.
    words : str
        What failed, and what to do.
    """

    problems: tuple[Problem, ...]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationEnded(Event):
    """A calibration holds no longer.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        When; when that was sure.
    reason : {"donned", "slip", "posture"}
        See :class:`BeltsChanged`.
    words : str
        What happened, and what to do.
    """

    reason: Literal["donned", "slip", "posture"]
    words: str
