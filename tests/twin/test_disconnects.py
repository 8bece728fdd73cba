"""A short session with three disconnects; `python -m benchmarks.disconnects` holds the long one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from benchmarks.disconnects import APART_S, ROLES, SHORTEST_S, hold, outages


def test_gaps_are_the_true_ones_and_there_is_one_session(tmp_path: Path) -> None:
    figures = hold(3, 60.0, tmp_path, worn=False)
    assert figures.problems == []
    assert figures.sessions == 1
    assert figures.links_lost == len(figures.gaps) == 3
    assert figures.exact, figures.gaps
    assert figures.identical
    assert max(gap.back_after_s for gap in figures.gaps) < 6.0


def test_sensors_take_turns_and_are_given_time_to_come_back() -> None:
    plan = outages(20, 600.0, 1)
    assert sorted(map(len, plan.values())) == [6, 7, 7]
    assert set(plan) == set(ROLES)
    for own in plan.values():
        starts = [at_s for at_s, _ in own]
        assert min(later - sooner for sooner, later in pairwise(starts)) > APART_S
        assert min(for_s for _, for_s in own) >= SHORTEST_S
