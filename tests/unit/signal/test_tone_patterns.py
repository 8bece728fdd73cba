from __future__ import annotations

import pytest

from biofeedback.core.tone_results import BeltType
from biofeedback.signal.tone_patterns import held_pattern, pattern, problem_of

OWN = {"draw_in": (-0.5, 0.7), "brace": (0.9, 0.6)}


@pytest.mark.parametrize(
    ("tonic", "phasic", "belt", "name", "reason"),
    [
        (0.0, 1.0, "length", "relaxed", ""),
        (0.1, 1.2, "tension", "relaxed", ""),
        (-0.6, 0.8, "length", "drawing_in", ""),
        (-1.4, 0.6, "length", "drawing_in", ""),
        (0.1, 0.45, "length", "bracing", ""),
        (0.7, 0.5, "tension", "bracing", ""),
        (1.6, 0.5, "tension", "bracing", ""),
        (0.6, 0.6, "length", "bulging", ""),
        (-0.3, 0.875, "length", "unclear", "alike"),
        (0.0, 2.5, "length", "unclear", "between"),
        (0.0, 1.0, "unknown", "relaxed", ""),
        (-0.8, 0.6, "unknown", "unclear", "belt_type"),
    ],
)
def test_default_patterns(
    tonic: float, phasic: float, belt: BeltType, name: str, reason: str
) -> None:
    assert pattern(tonic, phasic, belt, {}) == (name, False, reason)


def test_own_manoeuvres_are_learned_whatever_the_belt() -> None:
    assert pattern(-0.45, 0.75, "unknown", OWN) == ("drawing_in", True, "")
    assert pattern(0.95, 0.5, "unknown", OWN) == ("bracing", True, "")
    assert pattern(0.0, 1.0, "unknown", OWN) == ("relaxed", True, "")
    assert pattern(-0.45, 0.75, "unknown", {"draw_in": OWN["draw_in"]})[1] is False


@pytest.mark.parametrize(
    ("tonic", "belt", "name"),
    [
        (0.0, "tension", "held"),
        (0.7, "tension", "over_bracing"),
        (-0.5, "length", "over_bracing"),
        (0.5, "length", "unclear"),
        (1.4, "tension", "unclear"),
        (0.5, "unknown", "unclear"),
    ],
)
def test_a_held_breath_is_told_by_its_level(tonic: float, belt: BeltType, name: str) -> None:
    assert held_pattern(tonic, belt, {})[0] == name


def test_own_manoeuvres_tell_a_held_breath_too() -> None:
    assert held_pattern(0.8, "unknown", OWN) == ("over_bracing", True, "")
    assert held_pattern(-0.4, "unknown", OWN) == ("over_bracing", True, "")


@pytest.mark.parametrize(
    ("name", "tonic", "phasic", "belt", "problem"),
    [
        ("relax", 0.0, 1.0, "tension", ""),
        ("draw_in", -0.5, 0.8, "tension", ""),
        ("draw_in", 0.05, 0.95, "tension", "no_change"),
        ("draw_in", 0.6, 0.6, "length", "wrong_way"),
        ("draw_in", 0.6, 0.6, "unknown", ""),
        ("brace", 0.7, 0.5, "tension", ""),
        ("brace", -0.5, 0.5, "tension", "wrong_way"),
        ("brace", 0.0, 0.5, "length", ""),
    ],
)
def test_what_is_wrong_with_a_manoeuvre(name, tonic, phasic, belt, problem) -> None:  # type: ignore[no-untyped-def]
    assert problem_of(name, tonic, phasic, belt) == problem
