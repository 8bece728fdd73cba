"""Breath detection on labelled recordings: ours, live and refined, beside the offline libraries.

Recordings are read from beside the project and stay there; a set that is absent is left out. Ours
goes the way of every imported recording: importer, kernel, stages. Peaks of inspiration, one to
one within 0.5 s, first 10 s left out, mean F1 per recording.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biofeedback.core.results import BreathMark
from biofeedback.core.stream import Chunk, FloatArray
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.recording.importers import import_entries, parse_request
from biofeedback.session.kernel import Kernel
from biofeedback.session.offline import analyze_entries
from biofeedback.signal.refine import RefinedBreaths

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "breath_gt"
TOLERANCE_S, SKIPPED_S = 0.5, 10.0
LATEST_S, LATEST_SHARE = 1.0, 0.35
ACTIVITIES = ("sit", "stand", "walk", "run")
PEER_RATE_HZ = 25.0
ABSENT = "not installed"


@dataclass(frozen=True)
class Recording:
    """One file, what a peer would be given, and the labelled peaks by annotator."""

    name: str
    group: str
    path: Path
    options: dict[str, object]
    rate_hz: float
    values: FloatArray
    labels_s: tuple[FloatArray, ...]


@dataclass(frozen=True)
class Peaks:
    """Times of the peaks found; when each was decided, for a causal method."""

    found_s: FloatArray
    decided_s: FloatArray | None = None

    def in_time(self) -> FloatArray:
        """Those decided within 1.0 s or 0.35 of the breath (peak to peak, from the one before)."""
        if self.decided_s is None or len(self.found_s) < 2:
            return self.found_s
        between = np.diff(self.found_s)
        before = np.concatenate([between[:1], between])
        allowed = np.fmax(LATEST_S, LATEST_SHARE * before)
        return self.found_s[self.decided_s - self.found_s <= allowed]


def vernier() -> Iterator[Recording]:
    for path in sorted((DATA / "vernier_imu").glob("*.csv.gz")):
        name = path.name.removesuffix(".csv.gz")
        group = next((a for a in ACTIVITIES if f"_{a}" in name), None)
        if group is None:
            continue
        if "run_stand" in name:
            group = "run"
        elif "walk_stand" in name:
            group = "walk"
        with gzip.open(path, "rt") as file:
            header = file.readline().strip().split(",")
            rows = [line.strip().split(",") for line in file]
        stamps = np.array([row[header.index("Timestamp")] for row in rows], "datetime64[us]")
        force = np.array([float(row[header.index("Force")]) for row in rows])
        t_s = (stamps - stamps[0]) / np.timedelta64(1, "s")
        even_s = np.arange(0, t_s[-1], 1 / PEER_RATE_HZ)
        labels = np.loadtxt(path.with_name(f"{name}.peaks.csv"), delimiter=",", skiprows=1)
        yield Recording(
            name,
            f"vernier {group}",
            path,
            {"maps": ["chest=Force"], "time_column": "Timestamp"},
            PEER_RATE_HZ,
            np.interp(even_s, t_s, force),
            (labels[:, 1],),
        )


def bidmc() -> Iterator[Recording]:
    for path in sorted((DATA / "bidmc").glob("*.npz")):
        with np.load(path) as file:
            values = (file["resp_adc"].astype(float) - file["baseline"]) / file["gain"]
            rate_hz = float(file["fs"])
            labels = tuple(file[key] / rate_hz for key in ("ann1", "ann2"))
        options: dict[str, object] = {"maps": ["chest=resp_adc"]}
        yield Recording(path.stem, "bidmc", path, options, rate_hz, values, labels)


def score(found_s: FloatArray, labels_s: FloatArray) -> tuple[float, float]:
    """F1 and median absolute error, s, of a greedy match, nearest first."""
    found, true = (times[times >= SKIPPED_S] for times in (found_s, labels_s))
    gaps = np.abs(found[:, np.newaxis] - true)
    used: tuple[set[int], set[int]] = (set(), set())
    errors: list[float] = []
    for place in np.argsort(gaps, axis=None):
        i, j = (int(value) for value in np.unravel_index(place, gaps.shape))
        if gaps[i, j] > TOLERANCE_S:
            break
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            errors.append(float(gaps[i, j]))
    total = len(found) + len(true)
    f1 = 2 * len(errors) / total if total else 1.0
    return f1, float(np.median(errors)) if errors else np.nan


def table_of(recording: Recording) -> tuple[Chunk, Peaks]:
    """Import, analyse; return the table and the peaks as known live."""
    imported = import_entries(recording.path, parse_request(**recording.options))  # type: ignore[arg-type]
    analysis = analyze_entries(imported.entries(), Kernel({imported.device_id: Imported()}))
    return analysis.table, confirmed(analysis.events)


def confirmed(events: object) -> Peaks:
    marks = [
        event
        for event in events  # type: ignore[attr-defined]
        if isinstance(event, BreathMark)
        and event.kind == "inspiration_peak"
        and event.state == "confirmed"
    ]
    return Peaks(np.array([m.t_s for m in marks]), np.array([m.decided_s for m in marks]))


def neurokit(method: str) -> Callable[[Recording], FloatArray]:
    def find(recording: Recording) -> FloatArray:
        import neurokit2

        rate_hz = round(recording.rate_hz)
        clean = neurokit2.rsp_clean(recording.values, sampling_rate=rate_hz, method=method)
        _, found = neurokit2.rsp_peaks(clean, sampling_rate=rate_hz, method=method)
        return np.asarray(found["RSP_Peaks"], dtype=float) / rate_hz

    return find


def biosppy(recording: Recording) -> FloatArray:
    """Its zero crossings; the peak is the maximum of its filtered signal between two of them."""
    from biosppy.signals import resp

    found = resp.resp(recording.values, sampling_rate=recording.rate_hz, show=False)
    filtered, zeros = np.asarray(found["filtered"]), np.asarray(found["zeros"], dtype=int)
    rows = [
        low + int(np.argmax(filtered[low:high]))
        for low, high in itertools.pairwise(zeros)
        if high - low > 1 and filtered[(low + high) // 2] > 0
    ]
    return np.array(rows, dtype=float) / recording.rate_hz


def physio(recording: Recording) -> FloatArray:
    from physio import compute_respiration

    _, cycles = compute_respiration(
        recording.values, recording.rate_hz, parameter_preset="human_belt"
    )
    return np.asarray(cycles["expi_time"], dtype=float)


PEERS: dict[str, tuple[str, Callable[[Recording], FloatArray]]] = {
    "NeuroKit2 khodadad2018": ("neurokit2", neurokit("khodadad2018")),
    "NeuroKit2 biosppy": ("neurokit2", neurokit("biosppy")),
    "biosppy": ("biosppy", biosppy),
    "physio human_belt": ("physio", physio),
}

Scores = dict[str, dict[str, list[tuple[float, float]]]]


def peaks_by_method(recording: Recording) -> dict[str, FloatArray]:
    """Peaks of one recording, by ours and by every peer that is installed."""
    table, live = table_of(recording)
    found = {
        "ours, live, in time": live.in_time(),
        "ours, live, any time": live.found_s,
        "ours, refined": np.array(RefinedBreaths(table).peaks_s),
    }
    for name, (package, find) in PEERS.items():
        if installed(package) == ABSENT:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found[name] = find(recording)
            except (ValueError, IndexError) as failure:
                print(f"{name} fails on {recording.name}: {failure}", file=sys.stderr)
                found[name] = np.empty(0)
    return found


def scores_of(recordings: list[Recording], found: Iterable[dict[str, FloatArray]]) -> Scores:
    """F1 and error of every method, by set; recordings with two annotators make two sets."""
    scores: Scores = {}
    for recording, by_method in zip(recordings, found, strict=True):
        for method, peaks_s in by_method.items():
            for number, labels_s in enumerate(recording.labels_s, start=1):
                group = recording.group + (f" {number}" if len(recording.labels_s) > 1 else "")
                by_group = scores.setdefault(method, {})
                by_group.setdefault(group, []).append(score(peaks_s, labels_s))
    return scores


def mean_f1(scores: Scores) -> dict[str, dict[str, float]]:
    """Mean F1 by method and set."""
    return {
        method: {group: float(np.mean([f1 for f1, _ in values])) for group, values in sets.items()}
        for method, sets in scores.items()
    }


def labels_that_can_be_due(recording: Recording) -> Recording:
    """Without the labels after which the recording is shorter than a live decision may take."""
    last_s = (len(recording.values) - 1) / recording.rate_hz - LATEST_S
    labels_s = tuple(labels[labels <= last_s] for labels in recording.labels_s)
    return replace(recording, labels_s=labels_s)


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over recordings."""
    random = np.random.default_rng(20260203)
    draws = random.choice(values, (2000, len(values))).mean(axis=1)
    low, high = np.percentile(draws, (2.5, 97.5))
    return float(low), float(high)


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ABSENT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    recordings = [*vernier(), *bidmc()]
    if not recordings:
        sys.exit(f"no labelled recordings under {DATA}; nothing to compare")
    with ProcessPoolExecutor() as processes:
        found = list(processes.map(peaks_by_method, recordings))
    scores = scores_of(recordings, found)
    groups = list(next(iter(scores.values())))
    print(f"{'F1 (median |error|, s)':26s}" + "".join(f"{group:>18s}" for group in groups))
    for method, by_group in scores.items():
        means = (np.nanmean(by_group[group], axis=0) for group in groups)
        cells = [f"{f1:.4f} ({error_s:.3f})" for f1, error_s in means]
        print(f"{method:26s}" + "".join(f"{cell:>18s}" for cell in cells))
    in_time = "ours, live, in time"
    due = [labels_that_can_be_due(recording) for recording in recordings]
    until_s = [r.values.size / r.rate_hz - LATEST_S for r in recordings]
    early = [{in_time: f[in_time][f[in_time] <= u]} for f, u in zip(found, until_s, strict=True)]
    of_due = mean_f1(scores_of(due, early))[in_time]
    print(f"{'live, last 1.0 s left out':26s}" + "".join(f"{of_due[g]:18.4f}" for g in groups))
    figures = {
        "peers": {name: installed(package) for name, (package, _) in PEERS.items()},
        "recordings": {g: len(next(iter(scores.values()))[g]) for g in groups},
        "f1": {
            method: {
                group: {
                    "mean": float(np.mean([f1 for f1, _ in values])),
                    "ci95": interval(np.array([f1 for f1, _ in values])),
                    "median_abs_error_s": float(np.nanmean([error for _, error in values])),
                }
                for group, values in by_group.items()
            }
            for method, by_group in scores.items()
        },
        "last_second_left_out": of_due,
    }
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
