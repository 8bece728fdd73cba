"""What lateness tells: of losses that stay, of stalls that are caught up, of jitter."""

from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.signal.lateness import JITTER_PARTS, MORE_PATIENCE, Jitter, StayingLate


def staying(late: StayingLate, late_s: float, from_s: float, to_s: float) -> float:
    """Return the first level told while packets come 0.1 s apart, all as late."""
    for now_s in np.arange(from_s, to_s, 0.1):
        level_s = late.add(float(now_s - late_s), float(now_s), late_s)
        if level_s:
            return level_s
    return 0.0


def test_lateness_that_stays_level_is_told_once() -> None:
    late = StayingLate(0.075, 2.0)
    assert staying(late, 0.0, 0.0, 1.0) == 0.0
    assert staying(late, 0.3, 1.0, 2.9) == 0.0
    assert staying(late, 0.3, 2.9, 3.5) == pytest.approx(0.3)
    assert late.from_x_s == pytest.approx(0.7)
    assert staying(late, 0.3, 3.5, 4.5) == 0.0, "from then on the caller takes it off"


def test_lateness_that_is_caught_up_is_not_told() -> None:
    late = StayingLate(0.075, 2.0)
    assert staying(late, 0.3, 0.0, 1.5) == 0.0
    assert staying(late, 0.0, 1.5, 2.0) == 0.0
    assert staying(late, 0.3, 2.0, 3.5) == 0.0


def test_a_link_that_recovers_late_is_given_more_time() -> None:
    late = StayingLate(0.04, 1.0)
    for now_s in np.arange(0.0, 3.0, 0.1):  # late for 3 s, never level
        assert late.add(float(now_s), float(now_s), 0.05 + 0.2 * float(now_s)) == 0.0
    assert staying(late, 0.0, 3.0, 3.5) == 0.0
    assert staying(late, 0.3, 3.5, 3.5 + MORE_PATIENCE - 0.3) == 0.0
    assert staying(late, 0.3, 3.5 + MORE_PATIENCE - 0.3, 9.0) == pytest.approx(0.3)


def test_a_loss_is_suspected_after_a_quarter_of_the_patience() -> None:
    late = StayingLate(0.075, 2.0)
    staying(late, 0.3, 0.0, 0.45)
    assert late.suspected_s == 0.0
    staying(late, 0.3, 0.45, 0.8)
    assert late.suspected_s == pytest.approx(0.3)
    staying(late, 0.0, 0.8, 1.0)
    assert late.suspected_s == 0.0


def test_jitter_is_a_standard_deviation_over_a_minute() -> None:
    random = np.random.default_rng(1)
    jitter, told = Jitter(), math.nan
    for part in range(3 * JITTER_PARTS):
        for late_s in random.exponential(0.5 if part < JITTER_PARTS else 0.01, 20):
            jitter.add(float(late_s))
        told = jitter.close_part()
    assert told == pytest.approx(0.01, rel=0.1)


def test_jitter_of_one_packet_is_not_known() -> None:
    jitter = Jitter()
    assert math.isnan(jitter.close_part())
    jitter.add(0.01)
    assert math.isnan(jitter.close_part())
    jitter.add(0.03)
    assert jitter.close_part() == pytest.approx(0.01)
