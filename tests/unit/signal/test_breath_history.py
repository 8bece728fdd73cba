from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.signal.breath_history import History


@given(st.lists(st.integers(1, 10), min_size=1, max_size=40))
def test_keeps_the_last_rows(lengths: list[int]) -> None:
    history = History(("number", "square"), 10)
    row = 0
    for length in lengths:
        numbers = np.arange(row, row + length, dtype=float)
        history.append(np.vstack([numbers, numbers**2]))
        row += length
        low = max(row - 10, 0)
        assert history.end == row
        assert history.rows("number", low, row).tolist() == list(range(low, row))
        assert history.rows("square", low, row).tolist() == [n**2 for n in range(low, row)]


def test_rows_that_are_gone_are_left_out() -> None:
    history = History(("x",), 4)
    for row in range(9):
        history.append(np.array([[float(row)]]))
    assert history.oldest == 4
    assert history.rows("x", -5, 7).tolist() == [4, 5, 6]
    assert history.rows("x", 0, 2).tolist() == []


@pytest.mark.parametrize(("row", "value"), [(0, 0), (1.25, 2.5), (3, 6), (99.0, 6), (-1, 0)])
def test_fractional_rows(row: float, value: float) -> None:
    history = History(("x",), 8)
    history.append(np.array([[0.0, 2.0, 4.0, 6.0]]))
    assert history.at("x", row) == pytest.approx(value)


def test_a_single_row() -> None:
    history = History(("x",), 8)
    history.append(np.array([[3.0]]))
    assert history.at("x", 0.5) == 3.0
