"""Robust, not fitted: F1 on labelled recordings with every parameter a fifth smaller and larger.

Live figures are of the detector alone, run anew on the columns it reads; all else as in
:mod:`benchmarks.accuracy`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.accuracy import (
    DATA,
    Recording,
    bidmc,
    confirmed,
    mean_f1,
    scores_of,
    table_of,
    vernier,
)
from biofeedback.core.stream import Chunk, FloatArray
from biofeedback.signal import (
    breath,
    breath_combine,
    breath_cycle,
    breath_hold,
    breath_measure,
    breath_provisional,
    breath_ruler,
    refine,
)
from biofeedback.signal.breath import BreathDetector
from biofeedback.signal.breath_turning import Hysteresis
from biofeedback.signal.refine import RefinedBreaths
from biofeedback.signal.stage import Pipeline

__all__ = ["FACTORS", "peaks_when_moved"]

FACTORS = (0.8, 1.2)
CUTOFF_HZ = 1.0
RULE = ("at_once", "lasting", "within_s", "silent_s", "shrunk")
CONSTANTS: dict[str, tuple[object, str]] = {
    "early corner": (breath, "_FAST_HZ"),
    "longest breath": (breath, "_LONGEST_S"),
    "foot": (breath, "_FOOT_S"),
    "lost": (breath, "_LOST_S"),
    "tick": (breath, "_TICK_S"),
    "artefact stretch": (breath, "_ARTEFACT_S"),
    "belt well above": (breath_combine, "_WELL_ABOVE"),
    "belt takes over": (breath_combine, "_TAKES_OVER"),
    "belts' lag": (breath_combine, "_LAG_S"),
    "warm-up": (breath_combine, "_WARM_UP_S"),
    "smallest breath": (breath_cycle, "_SMALLEST"),
    "hold: window": (breath_hold, "_WINDOW_S"),
    "hold: range": (breath_hold, "_RANGE"),
    "top of a breath": (breath_measure, "_TOP"),
    "foot, lowest": (breath_measure, "_FOOT_LOW"),
    "foot, highest": (breath_measure, "_FOOT_HIGH"),
    "odd foot": (breath_measure, "_ODD"),
    "most ripple": (breath_measure, "_MOST_RIPPLE"),
    "still": (breath_measure, "_STILL"),
    "provisional slope": (breath_provisional, "_SLOPE"),
    "provisional artefacts": (breath_provisional, "_ARTEFACTS"),
    "smoother": (breath_ruler, "_SMOOTHING_S"),
    "wander": (breath_ruler, "_WANDER_PER_S"),
    "refined: corner": (refine, "_CUTOFF_HZ"),
    "refined: least swing": (refine, "_LEAST"),
    "refined: first round": (refine, "_CERTAIN"),
    "refined: window": (refine, "_WINDOW_S"),
    "refined: break": (refine, "_BREAK_S"),
    "refined: shortest": (refine, "_SHORTEST_S"),
    "refined: foot": (refine, "_FOOT_S"),
}
"""Constants of the detector by what they are called in the table."""


@contextlib.contextmanager
def changed(module: object, name: str, factor: float) -> Iterator[None]:
    value = getattr(module, name)
    setattr(module, name, value * factor)
    try:
        yield
    finally:
        setattr(module, name, value)


def live(table: Chunk, cutoff_hz: float = CUTOFF_HZ, **rule: float) -> FloatArray:
    """Peaks decided in time by the detector alone, on the columns it reads."""
    n_read = table.info.index("breath_signal")
    info = type(table.info)("table", table.info.channels[:n_read], table.info.sample_rate_hz)
    pipeline = Pipeline([BreathDetector(cutoff_hz=cutoff_hz, hysteresis=Hysteresis(**rule))])
    pipeline.bind(info)
    _, events = pipeline.process(Chunk(info, table.t_s, table.arrival_s, table.data[:, :n_read]))
    return confirmed(events).in_time()


def refined(table: Chunk) -> FloatArray:
    """Peaks of the zero-phase pass."""
    return np.array(RefinedBreaths(table).peaks_s)


def peaks_when_moved(recording: Recording) -> dict[str, FloatArray]:
    """Peaks of one recording by parameter and factor, as ``name × factor``; unmoved by name."""
    table, _ = table_of(recording)
    found = {"live": live(table), "refined": refined(table)}
    usual = {"cutoff_hz": CUTOFF_HZ, **{name: getattr(Hysteresis(), name) for name in RULE}}
    for factor in FACTORS:
        for name, value in usual.items():
            found[f"{name} × {factor}"] = live(table, **{name: value * factor})
        for name, (module, constant) in CONSTANTS.items():
            with changed(module, constant, factor):
                run = refined if name.startswith("refined") else live
                found[f"{name} × {factor}"] = run(table)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    recordings = [*vernier(), *bidmc()]
    if not recordings:
        sys.exit(f"no labelled recordings under {DATA}; nothing to compare")
    with ProcessPoolExecutor() as processes:
        found = list(processes.map(peaks_when_moved, recordings))
    means = mean_f1(scores_of(recordings, found))
    groups = list(means["live"])
    worst: dict[str, dict[str, float]] = {}
    for name in (*("cutoff_hz", *RULE), *CONSTANTS):
        base = means["refined" if name.startswith("refined") else "live"]
        moved = [means[f"{name} × {factor}"] for factor in FACTORS]
        worst[name] = {g: max(abs(by_set[g] - base[g]) for by_set in moved) for g in groups}
    print(f"{'largest change of F1':26s}" + "".join(f"{group:>15s}" for group in groups))
    for name, by_set in worst.items():
        print(f"{name:26s}" + "".join(f"{by_set[group]:15.4f}" for group in groups))
    if options.json:
        options.json.write_text(json.dumps({"worst": worst, "f1": means}, indent=1) + "\n")


if __name__ == "__main__":
    main()
