"""Step rate and movement of the trunk in walking: against exact truth, and on a person's recording.

The simulated person's motion sensor goes through the real decoder, kernel and stages. The recording
(`mobgap`) has no steps marked in its files: the rate is compared with the strongest frequency of
the vertical, found another way.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

import numpy as np
from scipy.signal import welch

from benchmarks.trunk import BOWS_S, LED, STILL_S, led_in
from benchmarks.trunk_recordings import DATA, oriented
from benchmarks.trunk_session import run, turned
from biofeedback.core.results import Gait
from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.signal.steps import steps
from biofeedback.signal.walking import LEAST_ALIKE, LEAST_STRIDES_ALIKE, LEAST_UP_MPS2
from firmware_sim.body import Body
from firmware_sim.scenarios import LOADED, QUIET
from firmware_sim.script import Phase
from firmware_sim.trunk import TrunkState
from firmware_sim.walking import Walk

__all__ = ["level_mps2", "recorded", "simulated"]

LED_S = STILL_S + BOWS_S
SIDE = np.array([0.0, 0.0, 1.0])
"""Which of the recorded sensor's axes points to the right."""
STAND_S, WALK_S = 20.0, 80.0
PLACES = (Role.PELVIS_IMU, Role.BACK_IMU, Role.STERNUM_IMU)
RATES = (70.0, 90.0, 110.0, 130.0, 170.0)


def level_mps2(state: TrunkState) -> FloatArray:
    """Turn what a perfect sensor on the body feels level: forward, to the left, up."""
    ap, ml, _ = np.deg2rad(state.tilt_deg).T
    x, y, z = state.force_mps2.T
    y, z = np.cos(ml) * y - np.sin(ml) * z, np.sin(ml) * y + np.cos(ml) * z
    return np.column_stack([np.cos(ap) * x + np.sin(ap) * z, y, np.cos(ap) * z - np.sin(ap) * x])


def simulated(
    role: Role, walk: Walk, seed: int = 1, round_side_deg: float = 0.0
) -> dict[str, float]:
    """Stand and bow, so that the sensor is aligned, walk, stand; announced for all of it."""
    walks, stands = Phase("walk", WALK_S, LOADED, walk=walk), Phase("stand", STAND_S, QUIET)
    body = Body(led_in(stands, walks, stands), seed)
    mounts = {role: turned((0, 1, 0), round_side_deg)}
    session = run(body, (role,), seed, (*LED, (LED_S, "task", {"name": "walk"})), mounts)
    steps_s = np.asarray(body.truth.steps_s)
    first_s, last_s = steps_s[0], steps_s[-1]
    rate_errors, rms_errors, told, asked, false = [], [], 0, 0, 0
    for one in session.events:
        if not isinstance(one, Gait):
            continue
        if one.t_s <= first_s or one.start_s >= last_s:
            false += not one.problem
        elif one.start_s >= first_s + 1.5 and one.t_s <= last_s - 1.5:
            asked += 1
            if one.problem:
                continue
            told += 1
            inside = steps_s[(steps_s >= one.start_s) & (steps_s <= one.t_s)]
            rate_errors.append(one.step_rate_per_min - 60.0 / float(np.diff(inside).mean()))
            t_s = np.arange(one.start_s, one.t_s, 0.02)
            true = level_mps2(body.trunk(role.site, t_s)).std(axis=0)
            told_mps2 = (one.rms_ap_mps2, one.rms_ml_mps2, one.rms_up_mps2)
            rms_errors.append(np.array(told_mps2) / true - 1.0)
    errors, parts = np.array(rate_errors), np.array(rms_errors)
    return {
        "windows": asked,
        "told": told,
        "told_standing": false,
        "rate_mae_per_min": float(np.abs(errors).mean()) if told else float("nan"),
        "rate_worst_per_min": float(np.abs(errors).max()) if told else float("nan"),
        **{
            f"rms_{axis}_bias_pct": 100.0 * float(parts[:, n].mean()) if told else float("nan")
            for n, axis in enumerate(("ap", "ml", "up"))
        },
    }


def _spectral_rate_per_min(up: FloatArray, rate_hz: float) -> float:
    """The strongest frequency of the vertical between 1 and 3.6 Hz, between two lines."""
    f_hz, power = welch(up - up.mean(), rate_hz, nperseg=len(up), nfft=8 * len(up))
    band = (f_hz >= 1.0) & (f_hz <= 3.6)
    return 60.0 * float(f_hz[band][np.argmax(power[band])])


def recorded(window_s: float = 10.0) -> dict[str, object] | None:
    """Windows of walking of `mobgap`: how far the rate is from that of the spectrum."""
    found: dict[str, object] = {}
    for path in sorted((DATA / "mobgap").glob("*.csv.gz")):
        with gzip.open(path, "rt") as file:
            data = np.loadtxt(file, delimiter=",", skiprows=1)
        acc, gyro = STANDARD_GRAVITY_MPS2 * data[:, 1:4], data[:, 4:7]
        up = oriented(acc, gyro, 100.0, SIDE).column("back_acc_up_mps2")[::2]
        rate_hz, size = 50.0, round(50.0 * window_s)
        rates, differences, n = [], [], 0
        for begin in range(0, len(up) - size + 1, size // 2):
            window, n = up[begin : begin + size], n + 1
            one = steps(window, rate_hz)
            alike = one.step_regularity >= LEAST_ALIKE
            alike = alike and one.stride_regularity >= LEAST_STRIDES_ALIKE
            walks = alike and window.std() >= LEAST_UP_MPS2
            if walks:
                rates.append(60.0 / one.step_s)
                differences.append(rates[-1] - _spectral_rate_per_min(window, rate_hz))
        if rates:
            off = np.abs(differences)
            found[path.name.removesuffix(".csv.gz")] = {
                "windows": n,
                "walking": len(rates),
                "rate_median_per_min": float(np.median(rates)),
                "difference_median_per_min": float(np.median(off)),
                "within_3_per_min": float(np.mean(off <= 3.0)),
            }
    return found or None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    found: dict[str, object] = {"benchmark": "walk"}
    for role in PLACES:
        for rate in RATES:
            size = (rate / 110.0) ** 0.5  # who steps faster steps longer
            row = simulated(role, Walk(rate, size=size), round(rate))
            found[f"{role.value}, {rate:g} per min"] = row
            print(f"{role.value:14} {rate:5g}/min  {row}", flush=True)
    cases = {
        "limping": (Walk(100.0, asymmetry=0.12), 0.0),
        "irregular": (Walk(95.0, cv=0.08), 0.0),
        "worn 20 deg round the side": (Walk(), 20.0),
    }
    for name, (walk, turn_deg) in cases.items():
        row = simulated(Role.PELVIS_IMU, walk, 5, turn_deg)
        found[name] = row
        print(f"{name:26} {row}", flush=True)
    found["recorded"] = recorded()
    print(found["recorded"])
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
