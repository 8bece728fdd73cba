from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.drivers.protocols.text_clock import TextClock

MS, US, S = 1_000_000, 1_000, 1_000_000_000
TURN = 2**32


def test_milliseconds_with_fractions() -> None:
    clock = TextClock(MS, TURN)
    assert clock.at(12.5, 0) == 12_500_000


def test_a_turn_of_micros_goes_on() -> None:
    clock = TextClock(US, TURN)
    assert clock.at(TURN - 10_000, 0) == (TURN - 10_000) * US
    assert clock.at(10_000, 20 * MS) == (TURN + 10_000) * US


@given(st.integers(0, 5), st.integers(0, TURN - 1), st.integers(1, TURN - 1))
def test_turns_that_nobody_heard_are_added(unheard: int, first: int, step: int) -> None:
    clock = TextClock(US, TURN)
    start_ns = clock.at(first, 0)
    passed = unheard * TURN + step
    assert start_ns is not None
    assert clock.at((first + passed) % TURN, passed * US) == start_ns + passed * US


def test_a_restarted_board_goes_back() -> None:
    clock = TextClock(MS, TURN)
    clock.at(600_000, 0)
    assert clock.at(100, 2 * S) is None
    assert clock.at(120, 2 * S + 20 * MS) == 120 * MS
    assert clock.at(140, 2 * S + 40 * MS) == 140 * MS


@pytest.mark.parametrize("damaged", [2_460, 52_460, 14_460])
def test_a_damaged_digit_costs_its_own_line_only(damaged: int) -> None:
    clock = TextClock(MS, TURN, ahead_s=0.25)
    assert clock.at(12_440, 0) == 12_440 * MS
    assert clock.at(damaged, 20 * MS) is None
    assert clock.at(12_480, 40 * MS) == 12_480 * MS
    assert clock.at(damaged, 60 * MS) is None


def test_two_damaged_lines_that_do_not_agree_are_no_restart() -> None:
    clock = TextClock(MS, TURN, ahead_s=0.25)
    clock.at(12_440, 0)
    assert clock.at(2_460, 20 * MS) is None
    assert clock.at(92_480, 40 * MS) is None
    assert clock.at(12_500, 60 * MS) == 12_500 * MS


def test_lines_held_back_at_a_turn_are_no_restart() -> None:
    clock = TextClock(MS, TURN)
    first = clock.at(TURN - 2000, 0)
    assert first is not None
    assert clock.at(1000, 0) == first + 3 * S


def test_without_turns_nothing_is_added() -> None:
    clock = TextClock(S, 0)
    clock.at(100.0, 0)
    assert clock.at(1.5, 10**15) is None
    assert clock.at(2.5, 10**15 + S) == 2_500_000_000


def test_what_no_clock_says() -> None:
    clock = TextClock(MS, 1000)
    assert clock.at(-1.0, 0) is None
    assert clock.at(1000.0, 0) is None
    assert TextClock(S, 0).at(1e18, 0) is None
    assert clock.at(999.0, 0) == 999 * MS
