from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.results import Hold
from biofeedback.core.stream import BoolArray, FloatArray
from biofeedback.signal.breath_history import History
from biofeedback.signal.breath_hold import Holding, HoldWatch
from tests.unit.signal.lungs import table

RATE_HZ = 50.0
DELAY_S = 0.3


def watch(
    slow: FloatArray,
    trusted: FloatArray | None = None,
    *,
    usual_total_s: float = 4.0,
    cuts: tuple[int, ...] = (),
) -> tuple[BoolArray, list[Hold]]:
    t_s = np.arange(len(slow)) / RATE_HZ
    given_trust = np.ones_like(slow) if trusted is None else trusted
    history = History(("t", "slow", "trusted"), len(slow))
    state = Holding(usual=1.0, total_s=usual_total_s)
    stage = HoldWatch(DELAY_S, RATE_HZ)
    chunk = table(t_s, chest_excursion=slow)
    masks, events = [], []
    for begin, end in zip([0, *cuts], [*cuts, len(slow)], strict=True):
        history.append(np.vstack([t_s, slow, given_trust])[:, begin:end])
        mask, found = stage.step(chunk.rows(begin, end), history, state)
        masks.append(mask)
        events += found
    return np.concatenate(masks), events


def held(seconds: float, rest: float = 0.0) -> FloatArray:
    """Breathing for 20 s, still for `seconds`, breathing again."""
    turn = 2 * np.pi * np.arange(0, 20, 1 / RATE_HZ) / 4
    wave = 0.5 - 0.5 * np.cos(turn)
    return np.concatenate([wave, np.full(round(seconds * RATE_HZ), rest), wave])


@pytest.mark.parametrize("seconds", [3.0, 4.0, 6.0, 10.0, 20.0])
def test_holds_are_found_and_measured(seconds: float) -> None:
    mask, events = watch(held(seconds))
    assert [event.state for event in events] == ["begun", "ended"]
    begun, ended = events
    assert begun.start_s == pytest.approx(20 - DELAY_S, abs=0.5)
    assert ended.t_s == pytest.approx(20 + seconds - DELAY_S, abs=0.4)
    assert ended.duration_s == pytest.approx(seconds, abs=0.8)
    assert begun.decided_s <= begun.start_s + 3.3 + DELAY_S
    assert mask.sum() / RATE_HZ == pytest.approx(ended.decided_s - begun.decided_s)


def test_breathing_is_none() -> None:
    assert watch(held(1.0))[1] == []


def test_heart_beat_does_not_end_it() -> None:
    slow = held(8.0)
    t_s = np.arange(len(slow)) / RATE_HZ
    assert len(watch(slow + 0.03 * np.sin(2 * np.pi * 1.2 * t_s))[1]) == 2


def test_slow_breathers_rest_as_long() -> None:
    assert watch(held(5.0), usual_total_s=10.0)[1] == []
    begun = watch(held(12.0), usual_total_s=10.0)[1][0]
    assert 7.5 < begun.duration_s <= 8.0  # sure after 0.8 breaths; dated from where it was still


def test_nothing_trusted_is_no_hold() -> None:
    slow = held(8.0)
    trusted = np.ones_like(slow)
    trusted[1000:1400] = 0.0
    assert watch(slow, trusted)[1] == []


def test_lost_trust_ends_it() -> None:
    slow = held(8.0)
    trusted = np.ones_like(slow)
    trusted[1300:] = 0.0
    assert [event.state for event in watch(slow, trusted)[1]] == ["begun", "ended"]


def test_unknown_usual_breath_means_nothing() -> None:
    history = History(("t", "slow", "trusted"), 400)
    history.append(np.vstack([np.arange(400) / 50, np.zeros(400), np.ones(400)]))
    chunk = table(np.arange(400) / 50, chest_excursion=np.zeros(400))
    mask, events = HoldWatch(DELAY_S, RATE_HZ).step(chunk, history, Holding())
    assert not mask.any()
    assert events == []


@given(st.lists(st.integers(1, 2299), max_size=10, unique=True))
def test_any_cut_says_the_same(cuts: list[int]) -> None:
    whole = watch(held(6.0))
    parts = watch(held(6.0), cuts=tuple(sorted(cuts)))
    assert np.array_equal(whole[0], parts[0])
    assert whole[1] == parts[1]


def test_a_slow_inspiration_lets_the_pause_be_long() -> None:
    state = Holding()
    state.expect(1.0, 4.0, 0.0)
    assert (state.usual, state.total_s) == (1.0, 4.0)
    state.expect(1.0, 4.0, 1.6)
    assert state.total_s == 4.0
    state.expect(1.0, 4.0, 4.0)
    assert state.total_s == 8.0
