"""One hour of two belts at 50 Hz and an IMU at 100 Hz, beside NeuroKit2 on the two belts alone.

Each runs in a process of its own within one run; time and peak memory are given as ratios.
NeuroKit2 does less (no IMU, no share, no phase, no causal decisions): the ratio says what the
whole costs compared with what people use today.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

HOUR_S = 3600.0


def signals(length_s: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return belt times, chest, abdomen, IMU times and IMU axes of a simulated person."""
    from firmware_sim.scenarios import scenario

    body = scenario("irregular", length_s, 1)
    t_s = np.arange(0, length_s, 1 / 50)
    chest, abdomen = (body.belt_mm(site, t_s) for site in ("chest", "abdomen"))
    imu_s = np.arange(0, length_s, 1 / 100)
    state = body.trunk("pelvis", imu_s)
    rng = np.random.default_rng(1)
    # The sensor faces backwards: its x points right, y up, z back.
    x, y, z = state.force_mps2.T
    acc = np.column_stack((-y, z, -x)) + rng.normal(0, 0.02, (len(imu_s), 3))
    x, y, z = state.rate_dps.T
    gyro = np.column_stack((-y, z, -x)) + rng.normal(0, 0.05, (len(imu_s), 3))
    return t_s, chest, abdomen, imu_s, np.concatenate((acc, gyro), axis=1)


def ours(length_s: float) -> None:
    from biofeedback import Stream, analyze_arrays

    t_s, chest, abdomen, imu_s, axes = signals(length_s)
    started_s = time.perf_counter()
    analysis = analyze_arrays(
        {
            "chest": Stream(t_s, chest, unit="mm"),
            "abdomen": Stream(t_s, abdomen, unit="mm"),
            "pelvis.acc": Stream(imu_s, axes[:, :3], "acc", "m/s2"),
            "pelvis.gyro": Stream(imu_s, axes[:, 3:], "gyro", "deg/s"),
        }
    )
    report(time.perf_counter() - started_s, len(analysis.breaths))


def peers(length_s: float) -> None:
    import warnings

    import neurokit2

    warnings.simplefilter("ignore")
    t_s, chest, abdomen, _, _ = signals(length_s)
    del t_s
    started_s = time.perf_counter()
    n_breaths = 0
    for belt in (chest, abdomen):
        table, info = neurokit2.rsp_process(belt, sampling_rate=50)
        neurokit2.rsp_rrv(table, sampling_rate=50)
        n_breaths = len(info["RSP_Peaks"])
    report(time.perf_counter() - started_s, n_breaths)


def report(seconds: float, breaths: int) -> None:
    import resource

    # Peak resident set: kilobytes on Linux.
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "memory_mb": memory_mb, "breaths": breaths}))


def run(who: str, length_s: float) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.hour", "--only", who, "--seconds", str(length_s)],
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("ours", "peers"))
    parser.add_argument("--seconds", type=float, default=HOUR_S)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    if options.only:
        (ours if options.only == "ours" else peers)(options.seconds)
        return
    mine, theirs = run("ours", options.seconds), run("peers", options.seconds)
    figures = {
        "benchmark": "hour",
        "length_s": options.seconds,
        "biofeedback": mine,
        "neurokit2": theirs,
        "time_ratio": mine["seconds"] / theirs["seconds"],
        "memory_ratio": mine["memory_mb"] / theirs["memory_mb"],
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
