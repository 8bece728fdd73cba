"""Lags that are known, found from jolts of known shape."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from biofeedback.core.ports import StreamKind
from biofeedback.core.stream import FloatArray
from biofeedback.signal.tap import Felt, lag_between
from firmware_sim.scenarios import scenario
from firmware_sim.sensors import BeltForce

GRID_HZ = 50.0
GRID_S = np.arange(0.0, 11.0, 1 / GRID_HZ)
Wave = Callable[[FloatArray], FloatArray]


def coughs(t_s: FloatArray) -> FloatArray:
    """Three squeezes of 1.6 s."""
    total = np.zeros(len(t_s))
    for start_s in (1.5, 4.3, 7.6):
        part = np.clip((t_s - start_s) / 1.6, 0.0, 1.0)
        total -= np.sin(np.pi * part) ** 2 * np.sin(2 * np.pi * 1.25 * (t_s - start_s)) ** 4
    return total


def taps(t_s: FloatArray) -> FloatArray:
    """Three firm blows that ring for a tenth of a second."""
    total = np.zeros(len(t_s))
    for start_s in (2.0, 4.6, 7.1):
        since_s = np.maximum(t_s - start_s, 0.0)
        total += 2.5 * np.exp(-since_s / 0.06) * np.sin(2 * np.pi * 6.0 * since_s)
    return total


def quiet(t_s: FloatArray) -> FloatArray:
    return 0.0 * t_s


def felt(
    kind: StreamKind, rate_hz: float, wave: Wave, random: np.random.Generator, lag_s: float = 0.0
) -> Felt:
    """Sample a sensor at its own rate and phase, date it `lag_s` late, put it on the grid."""
    own_s = np.arange(-2.0, 13.0, 1 / rate_hz) + random.uniform(0, 1 / rate_hz)
    if kind == "belt":
        axes = [8.0 + np.sin(2 * np.pi * 0.25 * own_s) + 2.0 * wave(own_s)]
    else:
        axes = [3.0 * wave(own_s), 0.2 * wave(own_s), 9.8 + 0.0 * own_s]
    values = [
        np.interp(GRID_S, own_s + lag_s, axis + random.normal(0, 0.01, len(own_s))) for axis in axes
    ]
    return Felt(f"the {kind}", kind, np.stack(values, axis=1), 1 / rate_hz)


PAIRS: list[tuple[StreamKind, float, StreamKind, float, Wave, float]] = [
    ("belt", 10.0, "belt", 10.0, coughs, 0.015),
    ("belt", 20.0, "belt", 10.0, coughs, 0.015),
    ("belt", 50.0, "belt", 50.0, coughs, 0.005),
    ("belt", 50.0, "belt", 50.0, taps, 0.005),
    ("belt", 10.0, "imu", 100.0, coughs, 0.04),
    ("belt", 50.0, "imu", 100.0, coughs, 0.015),
    ("belt", 50.0, "imu", 100.0, taps, 0.010),
    ("imu", 100.0, "imu", 100.0, taps, 0.003),
]


@pytest.mark.parametrize(("kind", "rate_hz", "kind_2", "rate_2_hz", "wave", "most_s"), PAIRS)
def test_lags_are_found_within_the_error_said(
    kind: StreamKind,
    rate_hz: float,
    kind_2: StreamKind,
    rate_2_hz: float,
    wave: Wave,
    most_s: float,
) -> None:
    random = np.random.default_rng(3)
    errors_s, said_s = [], []
    for true_s in random.uniform(-0.3, 0.3, 20):
        one = felt(kind, rate_hz, wave, random)
        other = felt(kind_2, rate_2_hz, wave, random, float(true_s))
        lag = lag_between(one, other, GRID_HZ)
        assert lag.reason == ""
        errors_s.append(lag.lag_s - true_s)
        said_s.append(lag.se_s)
    assert np.abs(errors_s).max() < most_s
    assert np.mean(np.abs(errors_s) <= 2 * np.array(said_s)) >= 0.95


def test_belts_that_are_too_slow_for_taps_say_how_unsure_they_are() -> None:
    """At 10 Hz a tap may lie between two samples, and its shape is lost."""
    random = np.random.default_rng(4)
    answers = []
    for _ in range(20):
        one, other = (felt("belt", 10.0, taps, random) for _ in range(2))
        answers.append(lag_between(one, other, GRID_HZ))
    known = [answer for answer in answers if not answer.reason]
    assert known
    for answer in known:
        assert answer.se_s > 0.04
        assert abs(answer.lag_s) <= 2 * answer.se_s


def test_one_may_feel_it_the_other_way_round() -> None:
    random = np.random.default_rng(5)
    one = felt("imu", 100.0, coughs, random)
    other = felt("imu", 100.0, lambda t_s: -coughs(t_s), random, 0.1)
    assert lag_between(one, other, GRID_HZ).lag_s == pytest.approx(0.1, abs=0.005)


def test_more_jolts_make_it_surer() -> None:
    random = np.random.default_rng(6)
    one, other = (felt("belt", 50.0, coughs, random) for _ in range(2))
    half = len(GRID_S) // 2 - 70
    first, second = (Felt(f.name, f.kind, f.values[:half], f.interval_s) for f in (one, other))
    few, all_ = lag_between(first, second, GRID_HZ), lag_between(one, other, GRID_HZ)
    assert (few.jolts, all_.jolts) == (1, 3)
    assert all_.se_s < few.se_s


def test_without_an_answer_the_reason_is_told() -> None:
    random = np.random.default_rng(7)
    belt, still = felt("belt", 10.0, coughs, random), felt("imu", 100.0, quiet, random)
    holed = Felt("the belt", "belt", np.where(GRID_S[:, None] < 5, np.nan, belt.values), 0.1)
    for one, other, words in (
        (belt, still, "the imu felt no jolt"),
        (still, belt, "the imu felt no jolt"),
        (holed, belt, "too little came from the belt"),
    ):
        lag = lag_between(one, other, GRID_HZ)
        assert math.isnan(lag.lag_s)
        assert math.isnan(lag.se_s)
        assert lag.jolts == 0
        assert words in lag.reason
    one_tap = felt("imu", 100.0, lambda t_s: taps(t_s) * (t_s < 4), random)
    late_tap = felt("imu", 100.0, lambda t_s: taps(t_s) * (t_s > 6), random)
    assert "at the same time" in lag_between(one_tap, late_tap, GRID_HZ).reason


def test_short_holes_are_bridged() -> None:
    random = np.random.default_rng(8)
    one, other = (felt("belt", 10.0, coughs, random) for _ in range(2))
    holed = other.values.copy()
    holed[400:420] = np.nan
    lag = lag_between(one, Felt(other.name, other.kind, holed, 0.1), GRID_HZ)
    assert lag.lag_s == pytest.approx(0.0, abs=0.03)


@pytest.mark.parametrize("name", ["quiet", "irregular", "fast", "talker"])
def test_breathing_is_no_jolt(name: str) -> None:
    """Not even the quick breath in before a sentence."""
    body = scenario(name, 60.0, 5)
    for start_s in (10.0, 22.0, 34.0):
        grid_s = start_s + np.arange(0.0, 10.0, 1 / GRID_HZ)
        own_s = np.arange(start_s - 1.0, start_s + 11.0, 0.1)
        one, other = (
            Felt(
                f"the {site} belt",
                "belt",
                np.interp(grid_s, own_s, BeltForce(body, site, 1).sample_n(own_s))[:, None],
                0.1,
            )
            for site in ("chest", "abdomen")
        )
        assert "felt no jolt" in lag_between(one, other, GRID_HZ).reason
