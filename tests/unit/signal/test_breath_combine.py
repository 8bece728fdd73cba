from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.stream import FloatArray
from biofeedback.signal.breath_combine import Combiner, Usual, opposed

RATE_HZ = 50.0
T_S = np.arange(0, 40, 1 / RATE_HZ)
WAVE = np.sin(2 * np.pi * T_S / 4)


def combiner(*sizes: float) -> Combiner:
    made = Combiner([Usual(size) for size in sizes], np.full(len(sizes), np.nan))
    made.reweigh([np.empty(0)] * len(sizes), RATE_HZ)
    return made


def test_usual_is_the_median_of_eight() -> None:
    usual = Usual(1.0)
    for amplitude in (1.1, 1.2, 0.9, 1.0, 1.3, 1.1, 1.2, 1.0):
        usual.learn(amplitude)
    assert usual.value == pytest.approx(1.1)


def test_one_sigh_hardly_moves_it_and_a_new_depth_does() -> None:
    usual = Usual(1.0)
    for _ in range(7):
        usual.learn(1.0)
    usual.learn(50.0)
    assert usual.value == 1.0
    for _ in range(8):
        usual.learn(3.0)
    assert usual.value > 1.9


def test_each_counts_in_its_own_breaths() -> None:
    both = combiner(2.0, 10.0)
    sum_, trusted = both.step(np.column_stack([2.0 * WAVE, 10.0 * WAVE]))
    assert np.allclose(sum_, WAVE - WAVE[0])
    assert not trusted[0]
    assert trusted[1:].all()


def test_a_lost_belt_leaves_no_step() -> None:
    values = np.column_stack([100.0 + 2.0 * WAVE, -7.0 + 10.0 * WAVE])
    values[500:900, 0] = np.nan
    values[1200:1300, 1] = np.nan
    sum_, trusted = combiner(2.0, 10.0).step(values)
    assert np.allclose(sum_, WAVE - WAVE[0], atol=1e-9)
    assert trusted[1:].all()


def test_nothing_trusted_stands_still() -> None:
    values = np.column_stack([WAVE, WAVE])
    values[100:200] = np.nan
    sum_, trusted = combiner(1.0, 1.0).step(values)
    assert np.ptp(sum_[100:200]) == 0.0
    assert not trusted[100:201].any()


def test_new_weights_leave_no_step() -> None:
    one = combiner(1.0)
    first, _ = one.step(WAVE[:1000, np.newaxis])
    usual = one.usual[0]
    assert usual is not None
    for _ in range(8):
        usual.learn(2.0)
    unchanged = one.weights
    one.reweigh([np.empty(0)], RATE_HZ)
    assert one.weights < unchanged
    second, _ = one.step(WAVE[1000:, np.newaxis])
    largest = np.abs(np.diff(WAVE)).max()
    assert abs(second[0] - first[-1]) <= largest


def test_first_amplitude_comes_from_six_trusted_seconds() -> None:
    new = Combiner([None], np.full(1, np.nan))
    patchy = WAVE[:300].copy()
    patchy[150] = np.nan
    for early in (WAVE[:299], patchy):
        new.reweigh([early], RATE_HZ)
        assert new.usual == [None]
    new.reweigh([WAVE[:300]], RATE_HZ)
    assert new.usual[0] is not None
    assert new.usual[0].value == pytest.approx(2.0, rel=0.05)


def test_a_signal_that_stands_still_gets_no_weight() -> None:
    new = Combiner([None], np.full(1, np.nan))
    new.reweigh([np.full(400, 3.0)], RATE_HZ)
    assert new.weights == (0.0,)


@pytest.mark.parametrize(
    ("phase_deg", "expected"), [(0, False), (90, False), (150, True), (180, True)]
)
def test_opposed(phase_deg: float, expected: bool) -> None:
    other = np.sin(2 * np.pi * T_S / 4 - np.deg2rad(phase_deg)) + 0.3 * T_S
    assert opposed([WAVE, other], 50) is expected
    other[300:500] = np.nan
    assert opposed([WAVE, other], 50) is expected


def opposing() -> FloatArray:
    return np.column_stack([3.0 * WAVE, -1.0 * WAVE])


def test_opposed_signals_do_not_cancel() -> None:
    pair = combiner(3.0, 1.0)
    pair.reweigh(list(opposing()[:750].T), RATE_HZ)
    assert pair.leader == 0
    sum_, _ = pair.step(opposing())
    assert np.allclose(sum_, WAVE - WAVE[0])


def test_the_lead_changes_only_for_a_much_larger_signal() -> None:
    pair = combiner(3.0, 1.0)
    recent = list(opposing()[:750].T)
    pair.reweigh(recent, RATE_HZ)
    for size, leader in ((4.0, 0), (5.0, 1), (2.5, 1)):
        pair.usual[1] = Usual(size)
        pair.reweigh(recent, RATE_HZ)
        assert pair.leader == leader


def test_the_lead_ends_well_after_they_are_no_longer_opposed() -> None:
    pair = combiner(3.0, 1.0)
    for phase_deg, leader in ((110.0, None), (130.0, 0), (110.0, 0), (100.0, None)):
        other = np.sin(2 * np.pi * T_S / 4 - np.deg2rad(phase_deg))
        pair.reweigh([WAVE[:750], other[:750]], RATE_HZ)
        assert pair.leader == leader


def test_the_other_stands_in_turned_over() -> None:
    pair = combiner(3.0, 1.0)
    pair.reweigh(list(opposing()[:750].T), RATE_HZ)
    values = opposing()
    values[400:800, 0] = np.nan
    sum_, _ = pair.step(values)
    assert np.allclose(sum_, WAVE - WAVE[0], atol=1e-9)
    pair.reweigh(list(values[:750].T), RATE_HZ)
    assert pair.leader == 0, "nothing new is known while one is missing"


@given(st.lists(st.integers(1, 1999), max_size=8, unique=True))
def test_any_cut_gives_the_same_bits(cuts: list[int]) -> None:
    values = np.column_stack([WAVE, 0.5 * np.roll(WAVE, 7)])
    values[300:500, 0] = np.nan
    whole = combiner(1.0, 0.5).step(values)[0]
    one = combiner(1.0, 0.5)
    parts = [one.step(part)[0] for part in np.split(values, sorted(cuts))]
    assert np.array_equal(np.concatenate(parts), whole)
