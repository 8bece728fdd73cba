"""Alerts of over-bracing and of held breath through the sensors' bytes, against the script."""

from __future__ import annotations

import pytest

from benchmarks.alerts import FREE, SHALLOW, braced, freely, held, watched


@pytest.mark.parametrize("sway_part", [0.2, 0.4])
def test_stiffness_with_shallow_breath_is_told(sway_part: float) -> None:
    found = watched(*braced(sway_part, n=2), 1)
    assert (found.found, found.episodes) == (2, 2)
    assert found.false == {"stiff": 0, "hold": 0}
    assert max(found.latencies_s) < 20.0


def test_a_held_breath_is_told_soon_after_four_seconds() -> None:
    found = watched(held(6.0, n=2), None, 1)
    assert (found.found, found.episodes) == (2, 2)
    assert found.false == {"stiff": 0, "hold": 0}
    assert max(found.latencies_s) < 5.0


@pytest.mark.parametrize("name", ["under load", "irregular", "talking"])
def test_whoever_moves_and_breathes_is_left_alone(name: str) -> None:
    found = watched(freely(FREE[name], 180.0), [], 2)
    assert found.false == {"stiff": 0, "hold": 0}


def test_steady_without_stiffness_is_left_alone() -> None:
    """Breath as small as when braced, but a trunk that moves as at rest."""
    script, episodes = braced(1.0, n=2)
    found = watched(script, episodes, 1)
    assert found.found == 0


@pytest.mark.parametrize("seed", [22, 23])
def test_shallow_breath_alone_is_left_alone(seed: int) -> None:
    """Days on which the sway of ten seconds happened to be half of what is usual."""
    found = watched(freely(SHALLOW, 400.0), [], seed)
    assert found.false == {"stiff": 0, "hold": 0}
