from __future__ import annotations

import time

import pytest

from biofeedback.core.clock import Clock, RealClock, SimulatedClock


def test_real_clock_is_perf_counter() -> None:
    before, now, after = time.perf_counter_ns(), RealClock().now_ns(), time.perf_counter_ns()
    assert before <= now <= after
    assert RealClock().real_s(0.25) == 0.25


def test_scaled_clock_runs_as_many_times_as_fast() -> None:
    before_ns = time.perf_counter_ns()
    clock = RealClock(speed=20.0)
    made_ns = time.perf_counter_ns()
    first_ns, started_ns = clock.now_ns(), time.perf_counter_ns()
    while time.perf_counter_ns() < started_ns + 1_000_000:
        pass
    second_ns = clock.now_ns()
    passed_ns = time.perf_counter_ns() - before_ns
    assert before_ns <= first_ns <= made_ns + 20 * (started_ns - before_ns)
    assert 20 * 1_000_000 <= second_ns - first_ns <= 20 * passed_ns
    assert clock.real_s(1.0) == 0.05


@pytest.mark.parametrize("speed", [0.0, -2.0, float("nan")])
def test_speed_must_be_positive(speed: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        RealClock(speed)


def test_simulated_clock_moves_when_told_and_never_back() -> None:
    clock: Clock = SimulatedClock(start_ns=5)
    assert isinstance(clock, SimulatedClock)
    clock.advance_to(9)
    clock.advance_to(7)
    assert clock.now_ns() == 9
    assert clock.real_s(3.0) == 0.0
