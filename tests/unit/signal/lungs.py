"""Breathing with known onsets and peaks, and a way to show it to the detector."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from biofeedback.core.results import BreathCycle, BreathMark, Hold
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.breath import BreathDetector
from biofeedback.signal.stage import Pipeline

RATE_HZ = 50.0
Kind = Literal["inspiration_onset", "inspiration_peak"]


@dataclass(frozen=True)
class Lungs:
    """A breathing volume, its rows' times and the truth."""

    t_s: FloatArray
    volume: FloatArray
    onsets_s: FloatArray
    peaks_s: FloatArray

    def with_volume(self, volume: FloatArray) -> Lungs:
        return Lungs(self.t_s, volume, self.onsets_s, self.peaks_s)


def breathe(
    rate_per_min: float = 15.0,
    duration_s: float = 120.0,
    *,
    duty: float = 0.4,
    pause: float = 0.1,
    spread_time: float = 0.12,
    spread_depth: float = 0.18,
    sigh_every: int = 0,
    seed: int = 0,
) -> Lungs:
    """Raised-cosine inspiration, relaxed expiration, end-expiratory pause."""
    random = np.random.default_rng(seed)
    t_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    volume = np.zeros_like(t_s)
    onsets, peaks = [], []
    onset_s = 2.0
    while onset_s < duration_s:
        total_s = 60.0 / rate_per_min * np.exp(spread_time * random.normal())
        depth = np.exp(spread_depth * random.normal())
        if sigh_every and len(onsets) % sigh_every == sigh_every - 1:
            depth, total_s = 3.0, 1.4 * total_s
        phase = (t_s - onset_s) / total_s
        rising, falling = (phase >= 0) & (phase < duty), (phase >= duty) & (phase < 1)
        volume[rising] = depth * (0.5 - 0.5 * np.cos(np.pi * phase[rising] / duty))
        out = np.clip((phase[falling] - duty) / (1.0 - duty - pause), 0, 1)
        begin = np.clip(out / 0.25, 0, 1)
        relaxed = (1 - np.exp(-out / 0.33)) / (1 - np.exp(-1 / 0.33))
        volume[falling] = depth * (1 - begin**2 * (3 - 2 * begin) * relaxed)
        onsets.append(onset_s)
        peaks.append(onset_s + duty * total_s)
        onset_s += total_s
    return Lungs(t_s, volume, np.array(onsets), np.array(peaks))


def ripple(t_s: FloatArray, noise: float, cardiac: float, seed: int = 1) -> FloatArray:
    """White noise and a heart beat at 72 per minute with its second harmonic."""
    beat = 2 * np.pi * 1.2 * t_s
    white = noise * np.random.default_rng(seed).normal(size=len(t_s))
    return white + cardiac * (np.sin(beat) + 0.5 * np.sin(2 * beat))


def table(t_s: FloatArray, **columns: FloatArray) -> Chunk:
    """One chunk of a 50 Hz table; the unit follows from the column's name."""
    units = {"ok": "flag", "reason": "reason", "excursion": "N", "mps2": "m/s2"}
    channels = tuple(Channel(name, units[name.rpartition("_")[2]]) for name in columns)
    data = np.column_stack([np.broadcast_to(values, t_s.shape) for values in columns.values()])
    return Chunk(StreamInfo("table", channels, RATE_HZ), t_s.copy(), t_s + 0.25, data)


def run(
    chunk: Chunk, cuts: Iterable[int] = (), detector: BreathDetector | None = None
) -> tuple[Chunk, list[Event]]:
    """Show a table to the detector, cut at the given rows."""
    pipeline = Pipeline([detector or BreathDetector()])
    pipeline.bind(chunk.info)
    bounds = [0, *sorted(set(cuts)), len(chunk)]
    parts, events = [], []
    for begin, end in itertools.pairwise(bounds):
        part, found = pipeline.process(chunk.rows(begin, end))
        parts.append(part.data)
        events += found
    whole = Chunk(pipeline.info, chunk.t_s.copy(), chunk.arrival_s.copy(), np.concatenate(parts))
    return whole, events


def marks(events: Sequence[Event], kind: Kind, state: str = "confirmed") -> list[BreathMark]:
    return [
        event
        for event in events
        if isinstance(event, BreathMark) and event.kind == kind and event.state == state
    ]


def cycles(events: Sequence[Event]) -> list[BreathCycle]:
    return [event for event in events if isinstance(event, BreathCycle)]


def holds(events: Sequence[Event]) -> list[Hold]:
    return [event for event in events if isinstance(event, Hold)]


def matched(
    found_s: Sequence[float] | FloatArray, true_s: Sequence[float] | FloatArray, within_s: float
) -> tuple[float, FloatArray]:
    """F1 and errors of a one-to-one match, nearest first."""
    found, true = np.asarray(found_s), np.asarray(true_s)
    gaps = np.abs(found[:, np.newaxis] - true)
    errors, used_found, used_true = [], set(), set()
    for place in np.argsort(gaps, axis=None):
        i, j = (int(value) for value in np.unravel_index(place, gaps.shape))
        if gaps[i, j] > within_s:
            break
        if i not in used_found and j not in used_true:
            used_found.add(i)
            used_true.add(j)
            errors.append(found[i] - true[j])
    return 2 * len(errors) / (len(found) + len(true)), np.array(errors)
