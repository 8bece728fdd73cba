from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.errors import ImportedDataError
from biofeedback.core.stream import FloatArray
from biofeedback.recording.importers.csv import TIME_UNIT
from biofeedback.recording.importers.times import gaps, in_order, in_seconds, nominal_rate_hz

EVEN_S = np.arange(200) / 25.0


def ordered(time_s: object) -> tuple[FloatArray, FloatArray, list[str]]:
    times = np.asarray(time_s, dtype=np.float64)
    notes: list[str] = []
    kept, values = in_order(times, np.arange(len(times), dtype=np.float64)[:, None], "chest", notes)
    assert (np.diff(kept) > 0).all()
    return kept, values[:, 0], notes


@pytest.mark.parametrize(
    ("unit", "factor"), [("s", 1), ("ms", 1e-3), ("mSecs", 1e-3), ("us", 1e-6), ("min", 60)]
)
def test_a_known_unit(unit: str, factor: float) -> None:
    np.testing.assert_allclose(in_seconds(EVEN_S / factor, unit, "t", []), EVEN_S)


def test_moments_are_seconds_already() -> None:
    assert in_seconds(EVEN_S, TIME_UNIT, "t", []) is EVEN_S


@pytest.mark.parametrize(("size", "word"), [(1e3, "ms"), (1e6, "µs"), (1e9, "ns")])
def test_numbers_since_1970_tell_their_unit(size: float, word: str) -> None:
    notes: list[str] = []
    time_s = in_seconds((1.75e9 + EVEN_S) * size, "", "t", notes)
    np.testing.assert_allclose(time_s - time_s[0], EVEN_S, atol=1e-6)
    assert f"in {word} since 1970" in notes[0]


def test_seconds_since_1970_stay() -> None:
    notes: list[str] = []
    assert in_seconds(1.75e9 + EVEN_S, "", "t", notes)[0] == 1.75e9
    assert notes == []


@pytest.mark.parametrize(("size", "word"), [(1e3, "ms"), (1e6, "µs")])
def test_a_rate_that_makes_no_sense_tells_the_unit(size: float, word: str) -> None:
    notes: list[str] = []
    np.testing.assert_allclose(in_seconds(EVEN_S * size, "", "t", notes), EVEN_S)
    assert notes == [f"time column 't' is taken to be in {word}"]


def test_two_columns_of_one_clock_stay_on_it() -> None:
    one = in_seconds(np.array([1.6e12, 1.6e12 + 100, 1.6e12 + 200]), "", "a", [])
    other = in_seconds(np.array([1.6e12 + 50, 1.6e12 + 150]), "", "b", [])
    assert other[0] - one[0] == pytest.approx(0.05, abs=1e-6)


def test_a_unit_the_user_says_must_be_known() -> None:
    with pytest.raises(ImportedDataError, match="--unit time=fortnight: known are s,"):
        in_seconds(EVEN_S, "fortnight", "t", [], given=True)
    assert in_seconds(EVEN_S, "fortnight", "t", []) is EVEN_S


def test_sound_times_are_not_touched() -> None:
    kept, values, notes = ordered(EVEN_S)
    assert kept is not None
    assert np.shares_memory(kept, EVEN_S)
    assert len(values) == 200
    assert notes == []


def test_rows_without_a_time_are_left_out() -> None:
    times = EVEN_S.copy()
    times[[3, 7]] = np.nan
    kept, values, notes = ordered(times)
    assert len(kept) == 198
    assert 3.0 not in values
    assert notes == ["chest: 2 rows without a time are left out"]


@given(st.permutations(range(60)))
def test_any_order_is_sorted(order: list[int]) -> None:
    kept, values, _ = ordered(EVEN_S[order])
    np.testing.assert_array_equal(kept, EVEN_S[:60])
    np.testing.assert_array_equal(values, np.argsort(order))


def test_few_doubled_times_are_averaged() -> None:
    times = EVEN_S.copy()
    times[11] = times[10]
    kept, values, notes = ordered(times)
    assert len(kept) == 199
    assert values[10] == 10.5
    assert notes == ["chest: 1 rows repeat the time of another; they were averaged"]


def test_a_coarse_clock_is_spread_evenly() -> None:
    kept, values, notes = ordered(np.floor(EVEN_S))
    np.testing.assert_allclose(kept, EVEN_S)
    assert len(values) == 200
    assert "spread evenly" in notes[0]


def test_batches_do_not_spread_over_a_gap() -> None:
    times = np.repeat([0.7, 1.4, 2.1, 9.1, 9.8, 10.5], 7)
    kept, _, _ = ordered(times)
    assert kept[20] < 2.1 + 2 * 0.7
    assert kept[21] == 9.1


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([np.nan] * 50, "0 rows have a time"),
        ([1.0, 2.0], "2 rows have a time"),
        ([0.0, *(1.7e9 + EVEN_S)], r"jumps by 1967\d\.\d days behind row 1 .*Cut the file"),
        ([5.0] * 50, "all rows share 1 times"),
        (np.sin(np.arange(500) / 7.0), "the time column holds something else"),
        (np.random.default_rng(3).normal(size=500), "the time column holds something else"),
    ],
)
def test_what_can_be_no_time_is_refused(times: object, message: str) -> None:
    with pytest.raises(ImportedDataError, match=message):
        ordered(times)


def test_rows_nearly_at_once_came_together() -> None:
    bursts = (np.arange(70)[:, None] * 0.7 + np.arange(7) * 0.001).ravel()
    kept, values, notes = ordered(bursts)
    np.testing.assert_allclose(np.diff(kept), 0.1, atol=1e-9)
    assert len(values) == 490
    assert notes == ["chest: 420 rows come together with another; they were spread evenly"]


def test_gaps_are_counted_beyond_the_usual_step() -> None:
    times = np.concatenate([EVEN_S, EVEN_S + 20.0, EVEN_S + 40.0])
    n_gaps, missing_s = gaps(times, 25.0)
    assert n_gaps == 2
    assert missing_s == pytest.approx(2 * (20.0 - EVEN_S[-1]))
    assert gaps(EVEN_S, 25.0) == (0, 0.0)


def test_the_rate_of_even_times_leaves_gaps_out() -> None:
    assert nominal_rate_hz(np.concatenate([EVEN_S, EVEN_S + 20.0])) == pytest.approx(25.0)


def test_the_rate_of_jittered_times_is_their_number_per_time() -> None:
    jitter = np.random.default_rng(7).uniform(-0.3, 0.3, 200) / 25.0
    assert nominal_rate_hz(np.sort(EVEN_S + jitter)) == pytest.approx(25.0, rel=0.01)


def test_the_rate_of_bursts_is_their_number_per_time() -> None:
    bursts = (np.arange(70)[:, None] * 0.7 + np.arange(7) * 0.001).ravel()
    assert nominal_rate_hz(bursts) == pytest.approx(10.0, rel=0.03)
