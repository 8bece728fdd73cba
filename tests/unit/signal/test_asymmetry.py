from __future__ import annotations

import numpy as np
import pytest

from biofeedback.signal.asymmetry import asymmetry


def test_medians_difference_and_index() -> None:
    found = asymmetry(np.array([30.0, 33.0, 90.0, np.nan]), np.array([20.0, 22.0, 21.0]))
    assert found is not None
    assert (found.left_deg, found.right_deg, found.difference_deg) == (33.0, 21.0, 12.0)
    assert found.index == pytest.approx(12 / 27)
    assert found.differs


def test_below_five_degrees_there_is_no_difference() -> None:
    found = asymmetry(np.full(3, 4.0), np.full(3, 8.9))
    assert found is not None
    assert not found.differs
    assert found.index == pytest.approx(-4.9 / 6.45)


def test_two_of_a_side_are_not_enough() -> None:
    assert asymmetry(np.array([1.0, 2.0]), np.ones(5)) is None
    assert asymmetry(np.array([1.0, 2.0, np.nan]), np.ones(5)) is None


def test_nothing_moved() -> None:
    found = asymmetry(np.zeros(3), np.zeros(3))
    assert found is not None
    assert not found.differs
    assert np.isnan(found.index)
