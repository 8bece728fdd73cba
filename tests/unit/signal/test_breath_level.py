from __future__ import annotations

import numpy as np
import pytest

from biofeedback.signal.breath_level import EndExpiratoryLevel


def level_at(*troughs: float) -> EndExpiratoryLevel:
    level = EndExpiratoryLevel(50.0)
    for trough in troughs:
        level.learn(trough)
    level.refresh()
    return level


def test_unknown_before_the_first_trough() -> None:
    assert np.isnan(level_at().step(3)).all()


def test_median_of_the_last_five() -> None:
    assert level_at(9, 9, 9, 1, 2, 3, 4, 50).step(1)[0] == pytest.approx(3.0)


def test_slides_with_five_seconds() -> None:
    level = level_at(0.0)
    level.step(1)
    for _ in range(5):
        level.learn(1.0)
    assert level.step(1)[0] == 0.0, "nothing changes before the refresh"
    level.refresh()
    assert level.step(250)[-1] == pytest.approx(1 - np.exp(-1), abs=1e-9)


def test_any_cut_gives_the_same_bits() -> None:
    whole, parts = level_at(0.0), level_at(0.0)
    for level in (whole, parts):
        level.step(1)
        level.learn(3.0)
        level.learn(3.0)
        level.refresh()
    expected = whole.step(100)
    assert np.array_equal(np.concatenate([parts.step(n) for n in (1, 1, 40, 58)]), expected)
