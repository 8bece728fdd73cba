from __future__ import annotations

import numpy as np
import pytest

from biofeedback.signal.polarity import CLEAR, polarity

T_S = np.arange(0, 30, 0.02)
QUIET = 0.5 - 0.5 * np.cos(2 * np.pi * T_S / 4)
DEEP = 1.5 - 1.5 * np.cos(2 * np.pi * T_S / 8)


def test_deep_breaths_go_up() -> None:
    assert polarity(QUIET, DEEP) > 0.9
    assert polarity(-QUIET, -DEEP) < -0.9


def test_breathing_out_deeply_too_leaves_it_clear() -> None:
    """A third as far below rest as above quiet breathing, as the reserves of the lungs are."""
    assert polarity(QUIET, DEEP * 4 / 3 - 1.0) > CLEAR


def test_the_same_depth_tells_nothing() -> None:
    assert abs(polarity(QUIET, QUIET + 0.1 * np.sin(T_S))) < 1.0
    assert polarity(QUIET, np.full_like(QUIET, 0.5)) == 0.0
    both_ways = 3.0 * np.sin(2 * np.pi * T_S / 8) + 0.5
    assert polarity(QUIET, both_ways) == pytest.approx(0.0, abs=0.05)
