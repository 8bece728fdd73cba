from __future__ import annotations

import math

import pytest

from biofeedback.signal.hold_belly import BellyLevel

USUAL = 4.0
REST = (10.0, 10.3, 10.0, 10.3, 10.0, 10.3, 10.0)
"""Neighbours differ by 0.3: three times their scatter are less than the part of a breath."""


def holding(*levels: float, rest: tuple[float, ...] = REST, every_s: float = 4.0) -> BellyLevel:
    """Rest, then a hold with these levels from 4 s on."""
    belly = BellyLevel()
    for number, level in enumerate(rest):
        belly.add(4.0 * number, level, USUAL, holding=False)
    belly.begin(100.0)
    for number, level in enumerate(levels, 1):
        belly.add(100.0 + every_s * number, level, USUAL, holding=True)
    return belly


def test_a_level_that_stays_has_left_nothing() -> None:
    assert holding(8.0, 8.2, 8.1, 8.1, 8.1).ratio(121.0) == pytest.approx(0.0, abs=0.01)


def test_the_limit_is_a_part_of_a_breath_or_of_the_scatter() -> None:
    let_go = holding(8.0, 8.0, 11.0, 11.0, 11.0)
    assert let_go.ratio(121.0) == pytest.approx(3.0 / (0.5 * USUAL))
    scattered = holding(8.0, 8.0, 11.0, 11.0, 11.0, rest=(10.0, 14.0) * 4)
    assert scattered.ratio(121.0) < 0.5


def test_creeping_is_no_scatter() -> None:
    creeping = holding(8.0, 8.0, 11.0, 11.0, 11.0, rest=tuple(float(n) for n in range(8)))
    assert creeping.ratio(121.0) == pytest.approx(3.0 / (0.5 * USUAL))


def test_one_odd_breath_moves_nothing() -> None:
    assert holding(8.0, 8.0, 8.0, 14.0, 8.0).ratio(121.0) == 0.0


@pytest.mark.parametrize(
    "belly",
    [
        BellyLevel(),
        holding(8.0, 8.0, 8.0, 8.0),
        holding(8.0, 8.0, 11.0, 11.0, 11.0, rest=REST[:4]),
        holding(8.0, math.nan, 11.0, 11.0, 11.0),
    ],
)
def test_too_little_is_unknown(belly: BellyLevel) -> None:
    assert math.isnan(belly.ratio(121.0))


def test_a_level_does_not_last() -> None:
    belly = holding(8.0, 8.0, 11.0, 11.0, 11.0)
    assert math.isfinite(belly.ratio(132.0))
    assert math.isnan(belly.ratio(133.0))


def test_belts_that_moved_begin_anew() -> None:
    belly = holding(8.0, 8.0, 11.0, 11.0, 11.0)
    belly.forget()
    assert math.isnan(belly.ratio(121.0))
    belly.add(124.0, 11.0, USUAL, holding=True)
    assert not belly.first
    assert not belly.since
    assert math.isnan(belly.ratio(125.0))
