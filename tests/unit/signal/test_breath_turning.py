from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.stream import FloatArray
from biofeedback.signal.breath_turning import Extremum, Hysteresis, first_reversal

RATE_HZ = 50.0
DELAY_S = 0.3
RULE = Hysteresis()


def turns(values: FloatArray, cuts: list[int], ripple: float = 0.0) -> list[tuple[int, int]]:
    """Rows of (extremum, decision) by stretches."""
    direction, since, found = -1, 0, []
    extremum = Extremum(0, -values[0])
    for begin, end in zip([1, *cuts], [*cuts, len(values)], strict=True):
        row = begin
        while row < end:
            index = first_reversal(
                direction * values[row:end],
                row,
                extremum,
                since,
                1.0,
                ripple,
                RULE,
                DELAY_S,
                RATE_HZ,
            )
            if index is None:
                break
            row += index
            found.append((extremum.row, row))
            direction, since = -direction, row
            extremum = Extremum(row, direction * values[row])
            row += 1
    return found


def slow_twin(values: FloatArray, ripple: float = 0.0) -> list[tuple[int, int]]:
    """The same rule, written down row by row."""
    direction, since, found = -1, 0, []
    best, best_row = values[0], 0
    for row, value in enumerate(values.tolist()):
        if row == 0:
            continue
        if direction * (value - best) > 0:
            best, best_row = value, row
        age_s = (row - best_row) / RATE_HZ
        share = min(age_s / (RULE.within_s - DELAY_S), 1.0)
        need = RULE.at_once + share * (RULE.lasting - RULE.at_once)
        silence_s = (row - since) / RATE_HZ
        late = min(max(silence_s / RULE.silent_s - 1.0, 0.0), 1.0)
        need = need * (1 - (1 - RULE.shrunk) * late) + 2**0.5 * ripple
        if direction * (best - value) > need:
            found.append((best_row, row))
            direction, since, best, best_row = -direction, row, value, row
    return found


def breathing_like(seed: int, n_rows: int = 3000) -> FloatArray:
    random = np.random.default_rng(seed)
    t_s = np.arange(n_rows) / RATE_HZ
    phase = 2 * np.pi * (0.25 * t_s + 0.2 * np.cumsum(random.normal(size=n_rows)) / RATE_HZ)
    shallow = np.where(t_s > 30, 0.12, 1.0)
    return (
        0.5 * shallow * np.sin(phase)
        + 0.05 * np.sin(7.3 * t_s)
        + 0.01 * np.cumsum(random.normal(size=n_rows)) / np.sqrt(RATE_HZ)
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ripple", [0.0, 0.05])
def test_agrees_with_the_slow_twin(seed: int, ripple: float) -> None:
    values = breathing_like(seed)
    found = turns(values, [], ripple)
    assert found == slow_twin(values, ripple)
    assert len(found) > 10


@given(st.lists(st.integers(2, 2999), max_size=12, unique=True))
def test_any_cut_finds_the_same(cuts: list[int]) -> None:
    values = breathing_like(1)
    assert turns(values, sorted(cuts)) == turns(values, [])


def ramp(height: float, seconds: float) -> FloatArray:
    """Rise, then fall by `height` and stay there."""
    up = np.linspace(0, 1, 50)
    return np.concatenate([up, np.full(round(seconds * RATE_HZ), 1 - height)])


def test_a_large_fall_counts_at_once() -> None:
    assert turns(ramp(0.45, 0.1), [])[-1] == (49, 50)


def test_a_small_fall_counts_when_it_lasts() -> None:
    """Within one second of the turn, the trace's own delay included."""
    decided = turns(ramp(0.2, 1.0), [])[-1][1]
    assert 50 < decided <= 49 + round((RULE.within_s - DELAY_S) * RATE_HZ)


def test_a_smaller_one_never() -> None:
    assert len(turns(ramp(0.14, 10.0), [])) == 1


def test_shallow_breathing_is_found_after_silence() -> None:
    assert len(turns(ramp(0.14, 30.0), [])) == 2


def test_ripple_is_asked_for_on_top() -> None:
    assert len(turns(ramp(0.2, 5.0), [], ripple=0.04)) == 1
