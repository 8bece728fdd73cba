"""The tasks a person may be asked to do, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["SIDED", "TASK_WORDS", "task_words"]

TASK_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "sit": "sit",
        "stand": "stand",
        "hold": "hold",
        "four_point": "hold on all fours",
        "plank": "plank",
        "side_plank": "side plank",
        "bridge_hold": "hold a bridge",
        "single_leg": "hold on one leg",
        "sit_to_stand": "sit to stand",
        "hip_hinge": "hip hinge",
        "lift": "lift",
        "bridge": "bridge",
        "bird_dog": "bird-dog",
        "dead_bug": "dead bug",
        "heel_slide": "heel slide",
        "bent_knee_fall_out": "knee fall-out",
        "single_leg_stance": "raise a leg, standing",
        "walk": "walk",
        "arm_raise_fast": "raise the arm, fast",
        "arm_raise_slow": "raise the arm, slowly",
        "tone_relax": "belly: relax",
        "tone_draw_in": "belly: draw in gently",
        "tone_brace": "belly: brace gently",
    }
)
"""By the name that is announced, in the order they are offered."""

SIDED = frozenset({"bird_dog", "dead_bug", "heel_slide", "bent_knee_fall_out", "single_leg_stance"})
"""Those done with one side at a time."""


def task_words(name: str) -> str:
    """Say what a task is called.

    Parameters
    ----------
    name : str
        As announced; need not be known.

    Returns
    -------
    words : str
    """
    return TASK_WORDS.get(name, name.replace("_", " "))
