from __future__ import annotations

from typing import get_args

import pytest

from biofeedback.core.donning import Problem, StepName
from biofeedback.signal.calibration_steps import (
    INSTRUCTIONS,
    ORDER,
    REMEDIES,
    STEP_S,
    WELL_DONE,
    next_step,
    step_named,
)


def test_every_step_and_every_problem_has_its_words() -> None:
    assert set(INSTRUCTIONS) == set(get_args(StepName))
    assert set(REMEDIES) == set(get_args(Problem))
    assert set(ORDER) == set(STEP_S) == set(WELL_DONE) == set(INSTRUCTIONS) - {"finish"}


@pytest.mark.parametrize("words", [*INSTRUCTIONS.values(), *REMEDIES.values(), *WELL_DONE.values()])
def test_words_are_sentences(words: str) -> None:
    assert words[0].isupper()
    assert words.endswith(".")


def test_the_next_step_is_the_first_that_lacks() -> None:
    assert next_step(()) == "quiet"
    assert next_step(("quiet", "isovolume")) == "deep"
    assert next_step(ORDER) == "finish"


@pytest.mark.parametrize(
    ("name", "step"), [("deep", "deep"), ("finish", "finish"), ("dance", None), (3, None)]
)
def test_steps_are_known_by_name(name: object, step: str | None) -> None:
    assert step_named(name) == step
