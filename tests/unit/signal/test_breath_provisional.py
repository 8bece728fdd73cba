from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.stream import FloatArray
from biofeedback.signal.breath_provisional import Provisional, early_turns

RATE_HZ = 50.0


def turns(
    values: FloatArray, artefact: float = 0.0, cuts: tuple[int, ...] = ()
) -> list[tuple[int, str, int]]:
    slopes = np.diff(values, prepend=values[0]) * RATE_HZ
    state = Provisional(float(values[0]), 0)
    found: list[tuple[int, str, int]] = []
    for begin, end in zip([0, *cuts], [*cuts, len(values)], strict=True):
        for index, what, row in early_turns(
            values[begin:end], slopes[begin:end], begin, state, 1.0, 1.0, artefact
        ):
            found.append((begin + index, what, row))
    return found


FALL_AND_RISE = np.concatenate([np.linspace(1, 0, 50), np.linspace(0, 1, 50)[1:]])


def test_a_rise_is_noticed_early() -> None:
    (index, what, row), *rest = turns(FALL_AND_RISE)
    assert (what, row, rest) == ("provisional", 49, [])
    assert 49 < index < 55


def test_a_new_low_takes_it_back() -> None:
    dip = np.concatenate([FALL_AND_RISE[:60], np.linspace(0.2, -0.5, 40), np.linspace(-0.5, 0, 40)])
    assert [what for _, what, _ in turns(dip)] == ["provisional", "retracted", "provisional"]


def test_a_slow_creep_is_none() -> None:
    assert turns(np.concatenate([np.linspace(1, 0, 50), np.linspace(0, 0.5, 300)])) == []


def test_silent_beside_artefacts() -> None:
    assert turns(0.2 * FALL_AND_RISE, artefact=0.1) == []


@given(st.lists(st.integers(1, 138), max_size=8, unique=True))
def test_any_cut_says_the_same(cuts: list[int]) -> None:
    dip = np.concatenate([FALL_AND_RISE[:60], np.linspace(0.2, -0.5, 40), np.linspace(-0.5, 0, 40)])
    assert turns(dip, cuts=tuple(sorted(cuts))) == turns(dip)
