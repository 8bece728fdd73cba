"""Breath detection on labelled recordings: ours, live and refined, beside the offline libraries.

Recordings are read from beside the project and stay there; a set that is absent is left out. Ours
goes the way of every imported recording: importer, kernel, stages. Peaks of inspiration, one to
one within 0.5 s, first 10 s left out, mean F1 per recording.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import itertools
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from biofeedback.signal import breath, breath_measure, breath_ruler, refine
from biofeedback.signal.breath import BreathDetector
from biofeedback.signal.breath_turning import Hysteresis
from biofeedback.signal.refine import RefinedBreaths
from biofeedback.signal.stage import Pipeline

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "breath_gt"
TOLERANCE_S, SKIPPED_S = 0.5, 10.0
LATEST_S, LATEST_SHARE = 1.0, 0.35
ACTIVITIES = ("sit", "stand", "walk", "run")
PEER_RATE_HZ = 25.0


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


def add(scores: Scores, method: str, recording: Recording, peaks_s: FloatArray) -> None:
    for number, labels_s in enumerate(recording.labels_s, start=1):
        group = recording.group + (f" {number}" if len(recording.labels_s) > 1 else "")
        scores.setdefault(method, {}).setdefault(group, []).append(score(peaks_s, labels_s))


def compare(recordings: list[Recording], tables: list[tuple[Chunk, Peaks]]) -> Scores:
    scores: Scores = {}
    for recording, (table, live) in zip(recordings, tables, strict=True):
        add(scores, "ours, live, in time", recording, live.in_time())
        add(scores, "ours, live, any time", recording, live.found_s)
        add(scores, "ours, refined", recording, np.array(RefinedBreaths(table).peaks_s))
    for name, (_, find) in PEERS.items():
        for recording in recordings:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    peaks_s = find(recording)
                except ImportError as missing:
                    print(f"{name} left out: {missing}", file=sys.stderr)
                    break
                except (ValueError, IndexError) as failure:
                    print(f"{name} fails on {recording.name}: {failure}", file=sys.stderr)
                    peaks_s = np.empty(0)
            add(scores, name, recording, peaks_s)
    return scores


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over recordings."""
    random = np.random.default_rng(20260203)
    draws = random.choice(values, (2000, len(values))).mean(axis=1)
    low, high = np.percentile(draws, (2.5, 97.5))
    return float(low), float(high)


def live_again(table: Chunk, detector: BreathDetector) -> Peaks:
    """Run only the detector, with other parameters, on the columns it reads."""
    n_read = table.info.index("breath_signal")
    info = type(table.info)("table", table.info.channels[:n_read], table.info.sample_rate_hz)
    pipeline = Pipeline([detector])
    pipeline.bind(info)
    _, events = pipeline.process(Chunk(info, table.t_s, table.arrival_s, table.data[:, :n_read]))
    return confirmed(events)


@contextlib.contextmanager
def changed(module: object, name: str, factor: float) -> Iterator[None]:
    value = getattr(module, name)
    setattr(module, name, value * factor)
    try:
        yield
    finally:
        setattr(module, name, value)


CUTOFF_HZ = 1.0
RULE = ("at_once", "lasting", "within_s", "silent_s", "shrunk")
CONSTANTS: dict[str, tuple[object, str]] = {
    "top of a breath": (breath_measure, "_TOP"),
    "smoother": (breath_ruler, "_SMOOTHING_S"),
    "artefact stretch": (breath, "_ARTEFACT_S"),
    "tick": (breath, "_TICK_S"),
    "refined: corner": (refine, "_CUTOFF_HZ"),
    "refined: least swing": (refine, "_LEAST"),
    "refined: first round": (refine, "_CERTAIN"),
    "refined: window": (refine, "_WINDOW_S"),
}


def sensitivity(
    recordings: list[Recording], tables: list[tuple[Chunk, Peaks]]
) -> dict[str, dict[str, list[float]]]:
    """Mean F1 of each set with each parameter 20 % smaller and larger."""
    result: dict[str, dict[str, list[float]]] = {}

    def note(name: str, run: Callable[[Chunk], FloatArray]) -> None:
        scores: Scores = {}
        for recording, (table, _) in zip(recordings, tables, strict=True):
            add(scores, name, recording, run(table))
        for group, values in scores[name].items():
            mean = float(np.mean([f1 for f1, _ in values]))
            result.setdefault(name, {}).setdefault(group, []).append(mean)

    def live(table: Chunk, **options: float) -> FloatArray:
        rule = Hysteresis(**{key: value for key, value in options.items() if key in RULE})
        cutoff_hz = options.get("cutoff_hz", CUTOFF_HZ)
        detector = BreathDetector(cutoff_hz=cutoff_hz, hysteresis=rule)
        return live_again(table, detector).in_time()

    def refined(table: Chunk) -> FloatArray:
        return np.array(RefinedBreaths(table).peaks_s)

    usual = {"cutoff_hz": CUTOFF_HZ, **{name: getattr(Hysteresis(), name) for name in RULE}}
    note("live", live)
    note("refined", refined)
    for factor in (0.8, 1.2):
        for name, value in usual.items():
            note(name, lambda table, n=name, v=value: live(table, **{n: v * factor}))  # type: ignore[misc]  # noqa: B023
        for name, (module, constant) in CONSTANTS.items():
            with changed(module, constant, factor):
                note(name, refined if name.startswith("refined") else live)
    return result


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--sensitivity", action="store_true", help="each parameter by ±20 %%")
    options = parser.parse_args()
    recordings = [*vernier(), *bidmc()]
    if not recordings:
        sys.exit(f"no labelled recordings under {DATA}; nothing to compare")
    tables = [table_of(recording) for recording in recordings]
    scores = compare(recordings, tables)
    groups = list(next(iter(scores.values())))
    print(f"{'F1 (median |error|, s)':26s}" + "".join(f"{group:>18s}" for group in groups))
    for method, by_group in scores.items():
        means = (np.nanmean(by_group[group], axis=0) for group in groups)
        cells = [f"{f1:.4f} ({error_s:.3f})" for f1, error_s in means]
        print(f"{method:26s}" + "".join(f"{cell:>18s}" for cell in cells))
    figures: dict[str, object] = {
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
    }
    if options.sensitivity:
        moved = sensitivity(recordings, tables)
        figures["sensitivity"] = moved
        print("\nlargest change of F1 when moved by ±20 %")
        for name, by_set in moved.items():
            base = moved["refined" if name.startswith("refined") else "live"]
            worst = {g: max(abs(f1 - base[g][0]) for f1 in values) for g, values in by_set.items()}
            print(f"{name:26s}" + "".join(f"{worst[group]:18.4f}" for group in groups))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
