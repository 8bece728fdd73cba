from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.signal.lowest_line import WINDOW_S, LowestLine


def laid_under(slope: float, offset_s: float, until_s: float, jitter_s: float = 0.03) -> LowestLine:
    random = np.random.default_rng(5)
    line = LowestLine()
    for x_s in np.arange(0.0, until_s, 0.05):
        line.add(float(x_s), float(offset_s + slope * x_s + random.exponential(jitter_s)))
    return line


@pytest.mark.parametrize("slope", [0.985, 1.0, 1.015])
def test_finds_the_clock_under_one_sided_jitter(slope: float) -> None:
    line = laid_under(slope, 7.0, 120.0)
    assert line.slope == pytest.approx(slope, abs=1e-4)
    assert line.at(120.0) == pytest.approx(7.0 + slope * 120.0, abs=3e-3)


def test_nominal_slope_is_kept_until_the_points_say_more() -> None:
    line = LowestLine()
    line.add(0.0, 5.0)
    line.add(0.5, 5.9)
    assert (line.slope, line.at(2.0)) == (1.0, 7.0)


def test_slope_moves_as_far_as_its_error_allows() -> None:
    sure, unsure = laid_under(1.01, 0.0, 8.0, 0.001), laid_under(1.01, 0.0, 8.0, 10.0)
    assert sure.slope == pytest.approx(1.01, abs=5e-4)
    assert abs(unsure.slope - 1.0) < 0.003


def test_two_points_do_not_make_a_clock() -> None:
    line = LowestLine()
    for x_s, arrival_s in [(0.0, 0.0), (1.0, 3.0), (2.0, 4.0)]:
        line.add(x_s, arrival_s)
    assert line.slope == pytest.approx(1.03)


def test_only_the_last_minute_counts() -> None:
    line = LowestLine()
    for x_s in np.arange(0.0, 100.0):
        line.add(float(x_s), float(x_s))
    for x_s in np.arange(100.0, 100.0 + 2 * WINDOW_S):
        line.add(float(x_s), float(100.0 + 1.01 * (x_s - 100.0)))
    assert line.slope == pytest.approx(1.01, abs=1e-6)


def test_forgetting_all_keeps_the_slope() -> None:
    line = laid_under(1.012, 3.0, 60.0)
    slope = line.slope
    line.forget()
    line.add(100.0, 500.0)
    assert line.at(100.0) == 500.0
    assert line.slope == slope
    line.add(101.5, 500.0 + 1.5 * slope)
    assert line.slope == pytest.approx(slope, abs=1e-4)


def test_forgetting_from_a_time_keeps_what_was_before() -> None:
    line = laid_under(1.0, 0.0, 40.0)
    for x_s in np.arange(40.0, 43.0, 0.1):
        line.add(float(x_s), float(x_s - 0.5))
    assert line.at(43.0) < 42.6
    line.forget(40.0)
    line.add(44.0, 44.2)
    assert line.at(44.0) == pytest.approx(44.0, abs=0.01)


def test_memory_is_bounded() -> None:
    line = LowestLine()
    for number in range(20_000):
        line.add(number * 0.05, number * 0.05)
    assert len(line._points) <= WINDOW_S + 2


@given(
    st.lists(
        st.tuples(st.floats(0.001, 5.0), st.floats(0.0, 3.0)),
        min_size=1,
        max_size=80,
    )
)
def test_never_above_the_newest_point(steps: list[tuple[float, float]]) -> None:
    line = LowestLine()
    x_s = 0.0
    for step_s, late_s in steps:
        x_s += step_s
        line.add(x_s, x_s + late_s)
        assert line.at(x_s) <= x_s + late_s + 1e-9
        assert 0.5 < line.slope < 2.0


@pytest.mark.parametrize("jitter_s", [0.002, 0.01, 0.03])
@pytest.mark.parametrize("slope", [0.985, 1.0, 1.015])
def test_the_error_is_within_twice_what_is_said(slope: float, jitter_s: float) -> None:
    for until_s in (2.0, 5.0, 10.0, 30.0, 120.0):
        line = laid_under(slope, 7.0, until_s, jitter_s)
        error_s = abs(line.at(until_s) - (7.0 + slope * until_s))
        assert error_s <= 2.0 * line.se_s(until_s)


def test_the_error_said_shrinks_with_every_point_and_grows_with_distance() -> None:
    said = [laid_under(1.0, 0.0, until_s).se_s(until_s) for until_s in (0.04, 3.0, 10.0, 60.0)]
    assert said == sorted(said, reverse=True)
    assert said[0] == pytest.approx(0.05, rel=1e-3)
    assert said[-1] < 0.004
    line = laid_under(1.0, 0.0, 10.0)
    assert line.se_s(300.0) > 2.0 * line.se_s(10.0)


def test_after_forgetting_the_line_is_not_known_but_its_slope_is() -> None:
    line = laid_under(1.01, 0.0, 100.0)
    line.forget()
    line.add(200.0, 202.0)
    assert line.se_s(200.0) == pytest.approx(0.05)
    assert line.se_s(210.0) < 0.052
