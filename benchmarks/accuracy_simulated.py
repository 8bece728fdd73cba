"""Breath events against exact truth: the simulated person in every situation that is asked for.

Two simulated belts at 50 Hz; truth is the onset of inspiration of the lung volume. Peers get the
sum of both belts, offline; their troughs stand for onsets, so 1.0 s says what they find and 0.5 s
how well they place it.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from biofeedback import analyze_arrays
from biofeedback.core.results import BreathMark, Hold
from biofeedback.core.stream import FloatArray
from biofeedback.session.offline import Analysis
from firmware_sim.body import Body
from firmware_sim.scenarios import FAST, IRREGULAR, QUIET, SLOW, TALK
from firmware_sim.script import Happening, Pattern, Phase, Script
from firmware_sim.sensors import BeltForce

__all__ = ["SITUATIONS", "holds", "rate_sweep", "situations"]

RATE_HZ, LENGTH_S, SEEDS = 50.0, 300.0, (1, 2, 3, 4)
SKIPPED_S, UNSURE_S, WINDOW_S, HOP_S = 10.0, 2.0, 30.0, 5.0
Spoil = Callable[[FloatArray, FloatArray, np.random.Generator], FloatArray]


def _plain(_: FloatArray, values: FloatArray, __: np.random.Generator) -> FloatArray:
    return values


def _size(values: FloatArray) -> float:
    return float(np.quantile(values, 0.95) - np.quantile(values, 0.05))


def _noisy(t_s: FloatArray, values: FloatArray, random: np.random.Generator) -> FloatArray:
    heart = 0.06 * _size(values) * np.sin(2 * np.pi * 1.15 * t_s)
    return values + heart + 0.10 * _size(values) * random.standard_normal(len(values))


def _drifting(t_s: FloatArray, values: FloatArray, _: np.random.Generator) -> FloatArray:
    """Three breath sizes within a minute, up and down."""
    return values + 3.0 * _size(values) * np.abs((t_s / 60.0) % 2.0 - 1.0)


@dataclass(frozen=True)
class Situation:
    """A way to breathe, what befalls, and how the signal is spoiled."""

    pattern: Pattern
    happenings: tuple[Happening, ...] = ()
    spoil: Spoil = _plain


def _spread(kind: str, count: int, **details: object) -> tuple[Happening, ...]:
    at_s = np.linspace(30.0, LENGTH_S - 30.0, count)
    return tuple(Happening(kind, t, **details) for t in at_s.tolist())  # type: ignore[arg-type]


def _leaning() -> tuple[Happening, ...]:
    at_s = np.linspace(30.0, LENGTH_S - 30.0, 5).tolist()
    return tuple(Happening("posture", t, 1.0, 20.0 * (i % 2)) for i, t in enumerate(at_s, 1))


SITUATIONS = {
    "quiet 15/min": Situation(QUIET),
    "slow 6/min, long pauses": Situation(SLOW),
    "fast 28/min": Situation(FAST),
    "irregular, sighs": Situation(IRREGULAR),
    "speech-like": Situation(TALK),
    "5 posture steps": Situation(QUIET, _leaning()),
    "6 bursts of motion, no IMU": Situation(QUIET, _spread("motion", 6, duration_s=4.0, size=6.0)),
    "6 coughs": Situation(QUIET, _spread("cough", 6, duration_s=0.5, size=10.0)),
    "noise 10 %, heart 6 %": Situation(QUIET, (), _noisy),
    "belt slips 3 times": Situation(
        QUIET, _spread("slip", 3, duration_s=0.3, size=0.2, site="abdomen")
    ),
    "drift of 3 breaths a minute": Situation(QUIET, (), _drifting),
}


def _measured(body: Body, seed: int, spoil: Spoil) -> tuple[FloatArray, dict[str, FloatArray]]:
    t_s = np.arange(0.0, LENGTH_S, 1 / RATE_HZ)
    random = np.random.default_rng(seed)
    belts = {
        site: spoil(t_s, BeltForce(body, site, seed).sample_n(t_s), random)
        for site in ("chest", "abdomen")
    }
    return t_s, belts


def _analysed(body: Body, seed: int, spoil: Spoil = _plain) -> Analysis:
    t_s, belts = _measured(body, seed, spoil)
    return analyze_arrays(chest=(t_s, belts["chest"]), abdomen=(t_s, belts["abdomen"]))


def matched(found_s: FloatArray, true_s: FloatArray, within_s: float) -> list[tuple[int, int]]:
    """Pair times one to one, nearest first."""
    gaps = np.abs(found_s[:, None] - true_s)
    pairs: list[tuple[int, int]] = []
    used: tuple[set[int], set[int]] = (set(), set())
    for place in np.argsort(gaps, axis=None):
        i, j = (int(value) for value in np.unravel_index(place, gaps.shape))
        if gaps[i, j] > within_s:
            break
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            pairs.append((i, j))
    return pairs


def _f1(found_s: FloatArray, true_s: FloatArray, within_s: float) -> float:
    # Nobody can be sure of an onset in the last moments: its rise is not recorded.
    scored = (SKIPPED_S, LENGTH_S - UNSURE_S)
    found_s, true_s = (t[(t >= scored[0]) & (t <= scored[1])] for t in (found_s, true_s))
    total = len(found_s) + len(true_s)
    return 2 * len(matched(found_s, true_s, within_s)) / total if total else 1.0


def _rate_mae(found_s: FloatArray, true_s: FloatArray) -> float:
    errors = []
    for start_s in np.arange(SKIPPED_S, LENGTH_S - WINDOW_S, HOP_S):
        rates = [
            60.0 / np.mean(np.diff(inside))
            for times in (found_s, true_s)
            if len(inside := times[(times >= start_s) & (times < start_s + WINDOW_S)]) > 1
        ]
        if len(rates) == 2:
            errors.append(abs(rates[0] - rates[1]))
    return float(np.mean(errors))


def _khodadad_troughs_s(belts: dict[str, FloatArray]) -> FloatArray:
    import neurokit2

    rate_hz = round(RATE_HZ)
    total = belts["chest"] + belts["abdomen"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clean = neurokit2.rsp_clean(total, sampling_rate=rate_hz, method="khodadad2018")
        _, found = neurokit2.rsp_peaks(clean, sampling_rate=rate_hz, method="khodadad2018")
    return np.asarray(found["RSP_Troughs"], dtype=float) / RATE_HZ


def _one(situation: Situation, seed: int) -> dict[str, object]:
    phase = Phase("task", LENGTH_S, situation.pattern, happenings=situation.happenings)
    body = Body(Script((phase,)), seed)
    t_s, belts = _measured(body, seed, situation.spoil)
    analysis = analyze_arrays(chest=(t_s, belts["chest"]), abdomen=(t_s, belts["abdomen"]))
    true_s = body.truth.onset_s
    marks = [
        event
        for event in analysis.events
        if isinstance(event, BreathMark) and event.kind == "inspiration_onset"
    ]
    confirmed = [mark for mark in marks if mark.state == "confirmed"]
    onsets_s = np.array([mark.t_s for mark in confirmed])
    decided_s = np.array([mark.decided_s for mark in confirmed])
    first = {mark.breath: mark for mark in reversed(marks) if mark.state == "provisional"}
    early = [first[m.breath].decided_s for m in confirmed if m.breath in first]
    early_of = [m.t_s for m in confirmed if m.breath in first]
    pairs = [p for p in matched(onsets_s, true_s, 1.0) if true_s[p[1]] >= SKIPPED_S]
    refined_s = np.array([breath.onset_s for breath in analysis.breaths_refined])
    peer_s = _khodadad_troughs_s(belts)
    early_pairs = matched(np.array(early_of), true_s, 1.0)
    return {
        "f1_05": _f1(onsets_s, true_s, 0.5),
        "f1_10": _f1(onsets_s, true_s, 1.0),
        "refined_05": _f1(refined_s, true_s, 0.5),
        "refined_10": _f1(refined_s, true_s, 1.0),
        "peer_05": _f1(peer_s, true_s, 0.5),
        "peer_10": _f1(peer_s, true_s, 1.0),
        "rate_mae": _rate_mae(onsets_s, true_s),
        "error_s": [float(onsets_s[i] - true_s[j]) for i, j in pairs],
        "latency_s": [float(decided_s[i] - true_s[j]) for i, j in pairs],
        "early_s": [float(early[i] - true_s[j]) for i, j in early_pairs],
        "retracted": sum(mark.state == "retracted" for mark in marks),
    }


def situations() -> dict[str, dict[str, float]]:
    """Score every situation, several people each."""
    rows: dict[str, dict[str, float]] = {}
    for name, situation in SITUATIONS.items():
        ones = [_one(situation, seed) for seed in SEEDS]
        row = {
            key: float(np.mean([one[key] for one in ones]))  # type: ignore[arg-type]
            for key in (
                *("f1_05", "f1_10", "refined_05", "refined_10", "peer_05", "peer_10"),
                "rate_mae",
            )
        }
        errors, late, early = (
            np.concatenate([one[key] for one in ones])  # type: ignore[misc]
            for key in ("error_s", "latency_s", "early_s")
        )
        minutes = len(SEEDS) * LENGTH_S / 60
        row |= {
            "bias_s": float(errors.mean()),
            "sd_s": float(errors.std()),
            "latency_p50_s": float(np.median(late)),
            "latency_p95_s": float(np.quantile(late, 0.95)),
            "provisional_p50_s": float(np.median(early)),
            "provisional_p95_s": float(np.quantile(early, 0.95)),
            "retracted_per_min": float(sum(int(one["retracted"]) for one in ones) / minutes),  # type: ignore[call-overload]
        }
        rows[name] = row
    return rows


def rate_sweep() -> dict[str, dict[str, float]]:
    """Score rates from 4 to 40 per minute."""
    rows = {}
    for rate_per_min in (4, 6, 9, 12, 16, 20, 25, 30, 35, 40):
        volume_l = float(np.clip(7.5 / rate_per_min, 0.25, 1.2))
        one = _one(Situation(replace(QUIET, rate_per_min=rate_per_min, volume_l=volume_l)), 1)
        rows[str(rate_per_min)] = {
            key: float(one[key])  # type: ignore[arg-type]
            for key in ("f1_05", "f1_10", "rate_mae")
        }
    return rows


def holds() -> dict[str, float]:
    """Find holds of 3 to 20 s with only the heart moving the belts; count false alarms."""
    found = asked = 0
    starts, lengths, false_alarms, quiet_h = [], [], 0, 0.0
    for seed in range(1, 13):
        happenings = tuple(
            Happening("hold", 40.0 + 50.0 * n, float(long_s), float(n % 2))
            for n, long_s in enumerate(np.random.default_rng(seed).uniform(3.0, 20.0, 5))
        )
        body = Body(Script((Phase("holds", LENGTH_S, QUIET, happenings=happenings),)), seed)
        events = [e for e in _analysed(body, seed).events if isinstance(e, Hold)]
        ended = [event for event in events if event.state == "ended"]
        for true in body.truth.holds:
            asked += 1
            hit = [h for h in ended if h.t_s > true.start_s and h.start_s < true.end_s]
            if hit:
                found += 1
                starts.append(hit[0].start_s - true.start_s)
                lengths.append(hit[0].duration_s - (true.end_s - true.start_s))
        false_alarms += sum(
            not any(h.t_s > t.start_s and h.start_s < t.end_s for t in body.truth.holds)
            for h in ended
        )
        quiet_h += LENGTH_S / 3600
    for name in ("slow 6/min, long pauses", "quiet 15/min", "speech-like"):
        for seed in SEEDS:
            body = Body(Script((Phase("task", LENGTH_S, SITUATIONS[name].pattern),)), seed)
            events = [e for e in _analysed(body, seed).events if isinstance(e, Hold)]
            false_alarms += sum(event.state == "ended" for event in events)
            quiet_h += LENGTH_S / 3600
    return {
        "asked": asked,
        "found": found,
        "start_bias_s": float(np.mean(starts)),
        "start_sd_s": float(np.std(starts)),
        "length_bias_s": float(np.mean(lengths)),
        "length_sd_s": float(np.std(lengths)),
        "false_alarms_per_h": false_alarms / quiet_h,
    }


def main() -> None:
    """Score everything, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    figures = {"situations": situations(), "rates": rate_sweep(), "holds": holds()}
    text = json.dumps(figures, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
