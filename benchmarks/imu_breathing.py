"""Breathing rate from motion sensors against labelled belt peaks, beside principal axis and peaks.

Recordings are read from beside the project and stay there. Ours goes the way of every imported
recording: importer, kernel, stages; front sensor alone, then with the back sensor as reference.
Windows are those of the engine, 30 s every 5 s. The belt is later than the sensors by a lag that
is documented per recording.

The columns ``q_x, q_y, q_z, q_w`` of these files hold w, x, y, z: only in that order does a
walker who turns keep the way up.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt

from biofeedback.core.breathing_rate import BreathingRate
from biofeedback.core.stream import FloatArray
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.recording.importers import import_entries, parse_request
from biofeedback.session.kernel import Kernel
from biofeedback.session.offline import analyze_entries

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "breath_gt" / "vernier_imu"
ACTIVITIES = ("sit", "stand", "walk", "run")
USUAL_LAG_S = 11.8
LEAST_PEAKS = 3
BASELINE_HZ, BASELINE_BAND_HZ = 10.0, (0.1, 0.75)


@dataclass(frozen=True)
class Recording:
    """One file: labelled peaks in the sensors' time, and the front sensor's quaternions."""

    name: str
    activity: str
    path: Path
    peaks_s: FloatArray
    labelled_until_s: float
    t_s: FloatArray
    front: FloatArray

    def truth_per_min(self, start_s: float, end_s: float) -> float:
        """60 over the mean time between labelled peaks; NaN where there are too few."""
        inside = self.peaks_s[(self.peaks_s >= start_s) & (self.peaks_s < end_s)]
        if len(inside) < LEAST_PEAKS or end_s > self.labelled_until_s:
            return float("nan")
        return 60.0 * (len(inside) - 1) / float(inside[-1] - inside[0])


@dataclass(frozen=True)
class Windows:
    """One recording by one method: what was told, NaN where nothing was."""

    name: str
    activity: str
    method: str
    truth_per_min: list[float]
    told_per_min: list[float]

    @property
    def errors(self) -> FloatArray:
        """Absolute errors of the windows that were told."""
        error = np.abs(np.array(self.told_per_min) - np.array(self.truth_per_min))
        return np.asarray(error[np.isfinite(error)])


def activity_of(name: str) -> str | None:
    for activity in ("run", "walk", "sit", "stand"):  # "run_stand" is running on the spot
        if f"_{activity}" in name:
            return activity
    return None


def recordings() -> Iterator[Recording]:
    with (DATA / "imu_lag.csv").open() as file:
        lags = {
            row["recording"]: float(row["belt_minus_imu_s"] or USUAL_LAG_S)
            for row in csv.DictReader(file)
        }
    for path in sorted(DATA.glob("*.csv.gz")):
        name = path.name.removesuffix(".csv.gz")
        activity = activity_of(name)
        if activity is None:
            continue
        with gzip.open(path, "rt") as file:
            header = next(file).strip().split(",")
            rows = [line.strip().split(",") for line in file]
        stamps = np.array([row[0] for row in rows], "datetime64[us]")
        t_s = (stamps - stamps[0]) / np.timedelta64(1, "s")
        first = header.index("imu1_q_x")
        front = np.array([[float(value) for value in row[first : first + 4]] for row in rows])
        labels = np.loadtxt(path.with_name(f"{name}.peaks.csv"), delimiter=",", skiprows=1)
        lag_s = lags.get(name, USUAL_LAG_S)
        until_s = float(t_s[-1]) - lag_s
        yield Recording(name, activity, path, labels[:, 1] - lag_s, until_s, t_s, front)


def told_by_us(recording: Recording, with_back: bool) -> list[BreathingRate]:
    maps = ["sternum.quat=" + ",".join(f"imu1_q_{axis}" for axis in "xyzw")]
    if with_back:
        maps.append("back.quat=" + ",".join(f"imu2_q_{axis}" for axis in "xyzw"))
    request = parse_request(maps=maps, time_column="Timestamp")
    imported = import_entries(recording.path, request)
    analysis = analyze_entries(imported.entries(), Kernel({imported.device_id: Imported()}))
    return [event for event in analysis.events if isinstance(event, BreathingRate)]


def baseline_per_min(recording: Recording, start_s: float, end_s: float) -> float:
    """Band-pass, first principal component of the quaternion, peaks: over any window."""
    even_s = np.arange(start_s, end_s, 1 / BASELINE_HZ)
    rows = np.column_stack([np.interp(even_s, recording.t_s, part) for part in recording.front.T])
    sos = butter(2, BASELINE_BAND_HZ, "bandpass", fs=BASELINE_HZ, output="sos")
    rows = sosfiltfilt(sos, rows - rows.mean(axis=0), axis=0)
    breath = rows @ np.linalg.eigh(rows.T @ rows)[1][:, -1]
    peaks = find_peaks(breath, prominence=0.5 * breath.std())[0]
    if len(peaks) < LEAST_PEAKS:
        return float("nan")
    return float(60.0 * BASELINE_HZ * (len(peaks) - 1) / (peaks[-1] - peaks[0]))


def measure(chosen: Sequence[str]) -> Iterator[Windows]:
    for recording in recordings():
        if recording.activity not in chosen:
            continue
        for method, with_back in (("front", False), ("front and back", True)):
            events = [
                (event, truth)
                for event in told_by_us(recording, with_back)
                for truth in [recording.truth_per_min(event.start_s, event.t_s)]
                if np.isfinite(truth)
            ]
            truths = [truth for _, truth in events]
            if not with_back:
                naive = [baseline_per_min(recording, e.start_s, e.t_s) for e, _ in events]
                yield Windows(recording.name, recording.activity, "baseline", truths, naive)
            told = [event.rate_per_min for event, _ in events]
            yield Windows(recording.name, recording.activity, method, truths, told)


def summary(windows: Sequence[Windows]) -> Iterator[dict[str, object]]:
    """One row per method and activity; MAE over all windows that were told."""
    for method in ("baseline", "front", "front and back"):
        for activity in ACTIVITIES:
            ours = [w for w in windows if (w.method, w.activity) == (method, activity)]
            if not ours:
                continue
            errors = np.concatenate([one.errors for one in ours])
            means = [float(one.errors.mean()) for one in ours if len(one.errors)]
            yield {
                "method": method,
                "activity": activity,
                "recordings": len(ours),
                "windows": sum(len(one.truth_per_min) for one in ours),
                "coverage": len(errors) / max(1, sum(len(one.truth_per_min) for one in ours)),
                "mae_per_min": float(errors.mean()) if len(errors) else None,
                "p95_per_min": float(np.quantile(errors, 0.95)) if len(errors) else None,
                "worst_recording_per_min": max(means, default=None),
                "recordings_without_any": sum(len(one.errors) == 0 for one in ours),
            }


def line(row: dict[str, object]) -> str:
    def number(name: str) -> str:
        value = row[name]
        return f"{value:.2f}" if isinstance(value, float) else "–"

    return (
        f"| {row['method']} | {row['activity']} | {row['recordings']} | {row['windows']} "
        f"| {number('coverage')} | {number('mae_per_min')} | {number('p95_per_min')} "
        f"| {number('worst_recording_per_min')} | {row['recordings_without_any']} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="file to write every window to")
    parser.add_argument("--only", nargs="+", choices=ACTIVITIES, default=ACTIVITIES)
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA} is absent; nothing to compare with")
    windows = list(measure(options.only))
    rows = list(summary(windows))
    print("| method | activity | n | windows | coverage | MAE | p95 | worst recording | none |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(line(row))
    if options.json:
        whole = {"summary": rows, "recordings": [asdict(one) for one in windows]}
        options.json.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    main()
