"""Cheap clocks over minutes and an hour: errors, steps and durations against the truth."""

from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.ports import Clocking
from tests.unit.signal.links import DELAY_S, START_S, Arrival, Told, link, told

LINKS = {
    "belt 10 Hz in batches": (10.0, (1, 3), 0.3),
    "imu 50 Hz": (50.0, (1, 1), 0.02),
    "strap 52 Hz in 0.7 s packets": (52.0, (36, 36), 0.7),
}


@pytest.mark.parametrize("clocking", ["counter", "count", "device"])
@pytest.mark.parametrize("skew", [-0.015, 0.0, 0.015])
@pytest.mark.parametrize("kind", LINKS)
def test_minutes_of_a_cheap_clock(kind: str, skew: float, clocking: Clocking) -> None:
    rate_hz, batch, longest_s = LINKS[kind]
    result = told(link(rate_hz, 180.0, skew=skew, batch=batch), rate_hz, clocking, None, longest_s)
    check_clock(result, rate_hz, skew)


@pytest.mark.slow
@pytest.mark.parametrize("jitter_s", [0.002, 0.01, 0.02])
@pytest.mark.parametrize("clocking", ["counter", "count", "device"])
@pytest.mark.parametrize("skew", [-0.015, 0.015])
@pytest.mark.parametrize("kind", LINKS)
def test_an_hour_of_a_cheap_clock(
    kind: str, skew: float, clocking: Clocking, jitter_s: float
) -> None:
    rate_hz, batch, longest_s = LINKS[kind]
    arrivals = link(rate_hz, 3600.0, skew=skew, batch=batch, jitter_s=jitter_s)
    check_clock(told(arrivals, rate_hz, clocking, None, longest_s), rate_hz, skew)


def check_clock(result: Told, rate_hz: float, skew: float) -> None:
    """Timestamp error sd ≤ 3 ms, no step over 20 ms, duration within 0.1 %."""
    error_s = result.error_s(rate_hz, skew)
    assert result.new_segment == []
    assert result.lost == 0
    assert np.std(error_s) < 3e-3
    assert np.abs(error_s[result.number > 20 * rate_hz]).max() < 15e-3
    assert np.abs(np.diff(error_s)).max() < 20e-3
    assert np.diff(result.t_s).min() > 0
    true_s = (result.number[-1] - result.number[0]) / rate_hz * (1 + skew)
    assert (result.t_s[-1] - result.t_s[0]) / true_s == pytest.approx(1.0, abs=1e-3)


def test_two_belts_agree() -> None:
    """Chest 1.5 % slow, abdomen 1.5 % fast, over links of their own: at most 20 ms apart."""
    errors_s = []
    common_s = np.arange(5.0, 290.0)
    for skew, seed in ((0.015, 1), (-0.015, 2)):
        result = told(link(10.0, 300.0, skew=skew, batch=(1, 3), seed=seed), 10.0, "count")
        true_s = result.number / 10.0 * (1.0 + skew)
        errors_s.append(np.interp(common_s, true_s, result.error_s(10.0, skew)))
    apart_s = np.abs(errors_s[0] - errors_s[1])
    assert apart_s.max() < 20e-3
    assert apart_s[15:].max() < 5e-3


def test_drifting_clock_is_followed() -> None:
    """From 1 % slow to 1 % fast within an hour, as a warming sensor would not even do."""
    random = np.random.default_rng(3)
    number = np.arange(0, 36_000)
    true_s = START_S + number / 10.0 * (1.01 - 0.01 * number / 36_000)
    arrivals = [
        Arrival(int(n), 1, float(t + DELAY_S + random.exponential(0.01)))
        for n, t in zip(number, true_s, strict=True)
    ]
    error_s = told(arrivals, 10.0, "counter").t_s - true_s - DELAY_S
    assert np.std(error_s) < 3e-3
    assert np.abs(error_s[300:]).max() < 0.015
