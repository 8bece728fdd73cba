"""Belly tone through the sensors' bytes, against the exact truth of the simulated belly."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.tone import KINDS, Tally, session, tally
from biofeedback.core.tone_results import BeltType


@pytest.fixture(scope="module", params=KINDS)
def day(request: pytest.FixtureRequest) -> tuple[BeltType, Tally]:
    return request.param, tally(*session(11, kind=request.param))


def part(found: Tally, done: str, told: str) -> float:
    return found.told[done][told] / found.told[done].total()


def test_guided_manoeuvres_are_told_again() -> None:
    first, days = tally(*session(1)), Tally()
    assert first.references == {"relax": "taken", "draw_in": "taken", "brace": "taken"}
    for name in ("drawing_in", "bracing", "over_bracing"):
        assert part(first, name, name) >= 0.8, name
    for seed in (1, 2, 3):  # of eight breaths of a day one sigh and one at the border are too many
        tally(*session(seed), into=days)
    assert part(days, "relaxed", "relaxed") >= 0.8
    errors = np.array([error for breaths in first.tonic.values() for error, _ in breaths])
    assert np.median(np.abs(errors)) < 0.3


def test_manoeuvres_are_told_by_both_kinds_of_belt(day: tuple[BeltType, Tally]) -> None:
    kind, found = day
    assert found.references == {"relax": "taken", "draw_in": "taken", "brace": "taken"}
    assert part(found, "drawing_in", "drawing_in") >= 0.8
    if kind == "tension":
        assert part(found, "bracing", "bracing") >= 0.8
        assert not {"held", "relaxed"} & set(found.told["over_bracing"])
    else:
        # A belt that follows length hardly sees bracing, and sees pushing out as what it is.
        assert part(found, "bulging", "bulging") >= 0.8
    assert set(found.told["held_in"]) == {"unclear"}


def test_no_manoeuvre_is_taken_for_its_opposite(day: tuple[BeltType, Tally]) -> None:
    _, found = day
    assert not {"bracing", "bulging"} & set(found.told["drawing_in"])
    assert not {"drawing_in", "bulging"} & set(found.told["bracing"])
    assert not {"drawing_in", "relaxed"} & set(found.told["bulging"])


def test_t_and_p_are_near_the_truth_and_t_as_sure_as_it_says(day: tuple[BeltType, Tally]) -> None:
    _, found = day
    pairs = np.array([pair for breaths in found.tonic.values() for pair in breaths])
    assert len(pairs) >= 20
    assert np.median(np.abs(pairs[:, 0])) < 0.2
    assert np.mean(np.abs(pairs[:, 0]) <= 1.96 * pairs[:, 1]) >= 0.9
    errors = np.array([error for breaths in found.phasic.values() for error, _ in breaths])
    assert np.median(np.abs(errors)) < 0.1
