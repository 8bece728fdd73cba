"""The steps of a guided calibration in words: what to do, and what to do better."""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType
from typing import get_args

from biofeedback.core.donning import Problem, StepName

__all__ = ["INSTRUCTIONS", "ORDER", "REMEDIES", "STEP_S", "WELL_DONE", "next_step", "step_named"]

ORDER: tuple[StepName, ...] = ("quiet", "deep", "isovolume", "chest_led", "belly_led")
"""The steps that must be well done before it can be finished."""

STEP_S = MappingProxyType(
    {"quiet": 30.0, "deep": 25.0, "isovolume": 20.0, "chest_led": 40.0, "belly_led": 40.0}
)
"""How long each should last, s. Led breaths are slow: six of five to six seconds each, and the one
that goes on when the step begins and the one that is not over when it ends do not count."""

INSTRUCTIONS = MappingProxyType(
    {
        "quiet": "Breathe quietly for half a minute.",
        "deep": "Take three slow deep breaths, in as far as is comfortable.",
        "isovolume": "Breathe out normally, close your throat, and let the belly go out and in "
        "five times.",
        "chest_led": "Six breaths led by the chest, all equally deep.",
        "belly_led": "Six breaths led by the belly, as deep as those led by the chest.",
        "finish": "All steps are done: finish the calibration.",
    }
)
"""What to do in each step."""

WELL_DONE = MappingProxyType(
    {
        "quiet": "Quiet breathing is known.",
        "deep": "Both belts read upwards on breathing in.",
        "isovolume": "The belly moved out and in while the breath was held.",
        "chest_led": "Chest-led breaths are known.",
        "belly_led": "Belly-led breaths are known, and told apart from chest-led ones.",
    }
)
"""How each step went when it went well."""

REMEDIES: MappingProxyType[Problem, str] = MappingProxyType(
    {
        "missing_steps": "A step is missing: do it, then finish.",
        "too_few_breaths": "Fewer than four clear breaths were seen: do the step again, without "
        "moving, for half a minute.",
        "not_trusted": "A belt was not trusted for part of the step: see what its quality says, "
        "then do the step again.",
        "not_deep": "The deep breaths hardly went beyond quiet ones: do the step again, and let "
        "chest and belly both rise.",
        "inverted": "A belt reads downwards on breathing in: assign it with its direction "
        "inverted, then begin again.",
        "too_few_swings": "Fewer than four pushes of the belly were seen: do the step again with "
        "five, out and in.",
        "swings_too_small": "The pushes of the belly were smaller than quiet breathing: do the "
        "step again, and push further.",
        "throat_open": "Air escaped during the pushes: close the throat as before a cough, and do "
        "the step again.",
        "not_opposed": "The chest did not sink while the belly went out: breathe out, close the "
        "throat as before a cough, and do the step again.",
        "alike": "Chest-led and belly-led breaths look alike: put a hand on each, and do both "
        "steps again.",
        "swapped": "The belts seem to be swapped: the chest belt moved more in the belly-led "
        "breaths. Change them over, or assign them the other way round, then begin again.",
        "unsteady": "Chest-led and belly-led breaths differ too much in depth: do both steps "
        "again with equally deep breaths.",
        "disagree": "The two estimates differ by more than 40 per cent: either air escaped during "
        "the pushes, or the led breaths were not equally deep. Do these three steps again.",
        "belts_changed": "The belts or the posture changed meanwhile: begin again.",
        "cancelled": "It was broken off.",
        "unknown_step": "There is no such step.",
    }
)
"""What to do about each problem."""


def step_named(name: object) -> StepName | None:
    """Return the step of that name, or None when there is none.

    Parameters
    ----------
    name : object
        What a command gave.

    Returns
    -------
    step : StepName or None
    """
    return next((step for step in get_args(StepName) if step == name), None)


def next_step(well_done: Collection[str]) -> StepName:
    """Return the first step that is not well done yet; ``finish`` after the last.

    Parameters
    ----------
    well_done : collection of str
        Steps that are.

    Returns
    -------
    step : StepName
    """
    return next((step for step in ORDER if step not in well_done), "finish")
