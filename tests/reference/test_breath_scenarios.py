"""Breath detection against breathing of known onsets: one row per situation.

The bars are what a causal zig-zag with a fixed threshold reached on the same situations; onsets,
ten minutes each in five pieces, the first 10 s left out. docs/metrics/breath_timing.md
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.refine import RefinedBreaths
from tests.unit.signal.lungs import Lungs, breathe, holds, marks, matched, ripple, run, table

PIECES = 5
Worn = Callable[[int], tuple[Lungs, FloatArray]]


def drift(t_s: FloatArray, size: float, seed: int) -> FloatArray:
    """Slow wander of about `size` breaths over a minute."""
    random = np.random.default_rng(seed + 50)
    turn = 2 * np.pi * t_s
    return size * sum(
        np.sin(turn / period_s + 2 * np.pi * random.random()) for period_s in (45.0, 80.0, 130.0)
    )


def plain(rate_per_min: float, noise: float = 0.01, cardiac: float = 0.012, **more: float) -> Worn:
    def wear(seed: int) -> tuple[Lungs, FloatArray]:
        lungs = breathe(rate_per_min, seed=seed, **more)  # type: ignore[arg-type]
        rough = ripple(lungs.t_s, noise, cardiac, seed + 100)
        return lungs, lungs.volume + rough + drift(lungs.t_s, 0.1, seed)

    return wear


def posture_steps(seed: int) -> tuple[Lungs, FloatArray]:
    """Two changes of posture, each within a second, by one to three breaths."""
    lungs, worn = plain(15)(seed)
    random = np.random.default_rng(seed + 200)
    for time_s in (40.0, 80.0):
        size = random.choice([-1, 1]) * random.uniform(1, 3)
        worn = worn + size * np.clip(lungs.t_s - time_s, 0, 1)
    return lungs, worn


def slip(seed: int) -> tuple[Lungs, FloatArray]:
    """The belt slips once: less gain, another level."""
    lungs, worn = plain(15)(seed)
    return lungs, np.where(lungs.t_s > 60, 0.7 * worn - 1.5, worn)


def strong_drift(seed: int) -> tuple[Lungs, FloatArray]:
    lungs, worn = plain(15)(seed)
    return lungs, worn + drift(lungs.t_s, 1.0, seed)


def speech(seed: int) -> tuple[Lungs, FloatArray]:
    return plain(14, duty=0.16, pause=0.02, spread_time=0.25, spread_depth=0.25)(seed)


def irregular(seed: int) -> tuple[Lungs, FloatArray]:
    return plain(15, spread_time=0.25, spread_depth=0.3, sigh_every=20)(seed)


SITUATIONS: dict[str, tuple[Worn, float, float]] = {
    "quiet": (plain(15), 0.998, 0.998),
    "slow, long pauses": (plain(6, pause=0.2), 0.982, 0.986),
    "fast": (plain(30, pause=0.02), 0.990, 0.990),
    "irregular with sighs": (irregular, 0.970, 0.980),
    "speech-like": (speech, 0.980, 0.980),
    "posture steps": (posture_steps, 0.958, 0.973),
    "noise 10 %, heart 6 %": (plain(15, noise=0.1, cardiac=0.06), 0.890, 0.990),
    "slip": (slip, 0.980, 0.990),
    "strong drift": (strong_drift, 0.940, 0.990),
}
"""What is worn, least F1 within 0.5 s, least F1 within 1.0 s."""


def inner(times_s: FloatArray | list[float]) -> FloatArray:
    times = np.asarray(times_s)
    return times[(times > 10) & (times < 117)]


@pytest.mark.parametrize("name", SITUATIONS)
def test_live_onsets(name: str) -> None:
    wear, least_half, least_one = SITUATIONS[name]
    half, one = [], []
    for seed in range(PIECES):
        lungs, worn = wear(seed)
        _, events = run(table(lungs.t_s, chest_excursion=3.0 * worn))
        found = inner([mark.t_s for mark in marks(events, "inspiration_onset")])
        half.append(matched(found, inner(lungs.onsets_s), 0.5)[0])
        one.append(matched(found, inner(lungs.onsets_s), 1.0)[0])
    assert np.mean(half) >= least_half
    assert np.mean(one) >= least_one


@pytest.mark.parametrize("rate_per_min", [12, 15, 20])
def test_live_latency(rate_per_min: float) -> None:
    """Early notice within half a second, certainty within one, for 95 of 100 onsets."""
    early, sure = [], []
    for seed in range(PIECES):
        lungs, worn = plain(rate_per_min)(seed)
        _, events = run(table(lungs.t_s, chest_excursion=3.0 * worn))
        for onset_s in inner(lungs.onsets_s):
            for state, waits in (("provisional", early), ("confirmed", sure)):
                later = [
                    mark.decided_s - onset_s
                    for mark in marks(events, "inspiration_onset", state)
                    if abs(mark.t_s - onset_s) < 1.0 and mark.decided_s > onset_s
                ]
                waits.extend(later[:1])
    assert np.median(early) <= 0.5
    assert np.percentile(early, 95) <= 0.6
    assert np.percentile(sure, 95) <= 1.0


@pytest.mark.parametrize("name", SITUATIONS)
def test_refined_peaks_are_no_worse(name: str) -> None:
    wear, *_ = SITUATIONS[name]
    scores = []
    for seed in range(PIECES):
        lungs, worn = wear(seed)
        refined = RefinedBreaths(table(lungs.t_s, chest_excursion=3.0 * worn))
        scores.append(matched(inner(refined.peaks_s), inner(lungs.peaks_s), 0.6)[0])
    assert np.mean(scores) >= 0.95


@pytest.mark.parametrize("rate_per_min", [4, 6, 10, 20, 40])
def test_rates_from_slow_to_fast(rate_per_min: float) -> None:
    lungs, worn = plain(rate_per_min, duration_s=240, spread_time=0.05)(0)
    _, events = run(table(lungs.t_s, chest_excursion=3.0 * worn))
    onsets = [mark.t_s for mark in marks(events, "inspiration_onset") if mark.t_s > 20]
    assert 60 / np.median(np.diff(onsets)) == pytest.approx(rate_per_min, rel=0.05)


@pytest.mark.parametrize("seconds", [4, 6, 10, 15, 20])
def test_every_hold_is_found(seconds: int) -> None:
    """It begins with the end-expiratory pause before it, and the last of the expiration."""
    for seed in range(PIECES):
        lungs, _ = plain(15)(seed)
        at = round(lungs.onsets_s[np.searchsorted(lungs.onsets_s, 60)] * 50)
        still = np.full(seconds * 50, lungs.volume[at])
        volume = np.concatenate([lungs.volume[:at], still, lungs.volume[at:]])
        t_s = np.arange(len(volume)) / 50
        worn = volume + ripple(t_s, 0.01, 0.03, seed)
        found = holds(run(table(t_s, chest_excursion=3.0 * worn))[1])
        assert [hold.state for hold in found] == ["begun", "ended"]
        assert found[1].start_s == pytest.approx(at / 50 - 0.8, abs=1.2)
        assert found[1].t_s == pytest.approx(at / 50 + seconds, abs=0.6)


def test_no_false_hold_in_quiet_breathing() -> None:
    for seed in range(PIECES):
        lungs, worn = plain(12)(seed)
        assert holds(run(table(lungs.t_s, chest_excursion=worn))[1]) == []
