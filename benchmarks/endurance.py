"""Time to drift and fatigue against exact truth: a table, and JSON.

The simulated person holds, tires, sags and sways more; the sensor's bytes go through the real
decoder, kernel and stages. Truth is computed from the noise-free tilt of the same place.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.onset import BELTS, belts
from benchmarks.trunk_session import Said, run, turned
from biofeedback.core.results import HoldEnded
from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.signal.hold_window import sway_rms
from biofeedback.signal.theil_sen import theil_sen
from firmware_sim.body import Body
from firmware_sim.fatigue import Fatigue
from firmware_sim.scenarios import QUIET
from firmware_sim.script import Phase, Script

__all__ = ["held", "person", "said", "true_slope"]

REST_S, HOLD_S = 60.0, 125.0
"""Before each hold, and longer than the two minutes after which one is over."""
RATES_PER_MIN = (0.5, 1.0, 2.0)
MOUNTS = {
    "as assumed": None,
    "20° forward": ((0.0, 0.0, 1.0), 20.0),
    "20° back": ((0.0, 0.0, 1.0), -20.0),
    "20° right": ((1.0, 0.0, 0.0), 20.0),
    "20° left": ((1.0, 0.0, 0.0), -20.0),
    "20° around": ((0.0, 1.0, 0.0), 20.0),
    "20° other way around": ((0.0, 1.0, 0.0), -20.0),
}
"""How the sensor is turned, about its own axes."""
BAR_S = 2.0
LATE_S = 118.0
"""A drift that begins later is not over when the hold is, and not missed."""
WINDOW_S, WINDOW_STEP_S = 5.0, 0.02


def person(per_min: float, seed: int, holds: int = 1, sway_deg: float = 0.25) -> Body:
    """Rest and holds in turn; when tiring begins, and whither one sags, is another each time."""
    source = np.random.default_rng([seed, 7])
    phases: list[Phase] = []
    for _ in range(holds):
        turn = float(source.uniform(-np.pi, np.pi))
        fatigue = Fatigue(
            per_min,
            after_s=float(source.uniform(15.0, 60.0)),
            deviation_ap_deg=4.0 * math.cos(turn),
            deviation_ml_deg=4.0 * math.sin(turn),
            tremor_deg=0.003,
        )
        phases += [
            Phase("rest", REST_S, QUIET),
            Phase("hold", HOLD_S, QUIET, sway_deg=sway_deg, fatigue=fatigue),
        ]
    return Body(Script((*phases, Phase("rest", 5.0, QUIET))), seed)


def said(body: Body) -> list[Said]:
    """Each hold announced when it begins, and its end."""
    commands: list[Said] = []
    for one in body.truth.fatigued:
        commands.append((one.start_s, "task", {"name": "hold"}))
        commands.append((one.end_s, "task", {"name": ""}))
    return commands


def held(
    body: Body, role: Role, seed: int, mount: FloatArray | None = None, *, belted: bool = False
) -> list[HoldEnded]:
    """What is told about each hold; with both belts at their own 10 Hz, of the belly too."""
    beside = belts(BELTS[-1], body, seed) if belted else None
    mounts = None if mount is None else {role: mount}
    found = run(body, (role,), seed, said(body), mounts, beside)
    return [event for event in found.events if isinstance(event, HoldEnded)]


def true_slope(body: Body, role: Role, start_s: float, held_s: float) -> float:
    """The same slope, of the tilt without noise."""
    n = round(WINDOW_S / WINDOW_STEP_S)
    rms_deg = []
    for window in range(int(held_s / WINDOW_S)):
        t_s = start_s + window * WINDOW_S + WINDOW_STEP_S * np.arange(n)
        rms_deg.append(sway_rms(body.trunk(role.site, t_s).tilt_deg[:, :2], n))
    at_min = (np.arange(len(rms_deg)) + 0.5) * (WINDOW_S / 60.0)
    return theil_sen(at_min, np.array(rms_deg))[0]


def row(
    per_min: float,
    seeds: Sequence[int],
    mount: FloatArray | None,
    holds: int,
    role: Role,
    belted: bool = False,
) -> dict[str, float]:
    """One row of the table, over days and holds."""
    errors_s: list[float] = []
    sure: list[bool] = []
    slopes: list[tuple[float, float, float, float]] = []
    ratios: list[float] = []
    missed = false = steady = 0
    watched_s = 0.0
    for seed in seeds:
        body = person(per_min, seed, holds)
        told = held(body, role, seed, mount, belted=belted)
        assert len(told) == len(body.truth.fatigued)
        for one, truth in zip(told, body.truth.fatigued, strict=True):
            true_s = truth.time_to_drift_s[role.site]
            if math.isnan(true_s):
                steady += 1
                watched_s += one.held_s
                false += one.reason == "drift"
            elif one.reason == "drift":
                errors_s.append(one.time_to_drift_s - true_s)
                sure.append(one.sure)
            elif true_s < LATE_S:
                missed += 1
            slope = true_slope(body, role, one.start_s, one.held_s)
            slopes.append((one.slope_deg_per_min, slope, one.low_deg_per_min, one.high_deg_per_min))
            ratios.append(one.tremor_ratio)
    away = np.abs(errors_s)
    found, true, low, high = np.array(slopes).T
    known = np.isfinite(found + true)
    return {
        "drifts": len(errors_s) + missed,
        "missed": missed,
        "within_2_s": int(np.sum(away <= BAR_S)),
        "sure": int(np.sum(sure)),
        "sure_within_2_s": int(np.sum(away[np.array(sure, dtype=bool)] <= BAR_S)),
        "median_absolute_s": float(np.median(away)) if len(away) else math.nan,
        "largest_s": float(away.max()) if len(away) else math.nan,
        "bias_s": float(np.mean(errors_s)) if len(away) else math.nan,
        "steady_holds": steady,
        "steady_min": watched_s / 60.0,
        "false_drifts": false,
        "slope_median_absolute_deg_per_min": float(np.median(np.abs(found - true)[known])),
        "slope_true_median_deg_per_min": float(np.median(true[known])),
        "slope_in_interval": float(np.mean((low <= true)[known] & (true <= high)[known])),
        "tremor_ratio": float(np.nanmedian(ratios)),
    }


def show(name: str, one: dict[str, float]) -> None:
    """Print one row."""
    print(
        f"{name:<46} {one['within_2_s']:>3.0f}/{one['drifts']:<3.0f} "
        f"{one['sure_within_2_s']:>3.0f}/{one['sure']:<3.0f} {one['missed']:>4.0f} "
        f"{one['bias_s']:>+6.2f} {one['median_absolute_s']:>6.2f} {one['largest_s']:>6.1f}   "
        f"{one['false_drifts']:>2.0f} in {one['steady_min']:>5.1f} min   "
        f"{one['slope_true_median_deg_per_min']:>+6.3f} "
        f"{one['slope_median_absolute_deg_per_min']:>6.3f} {one['slope_in_interval']:>5.2f}   "
        f"{one['tremor_ratio']:>5.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1, help="simulated days per row")
    parser.add_argument("--holds", type=int, default=5, help="holds per day")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    days, holds = range(1, options.days + 1), options.holds
    print(
        f"{'':46} within 2 s, of the sure, missed, bias, median, largest s   false drifts"
        "   slope: true, error, in interval   tremor"
    )
    found: dict[str, object] = {"benchmark": "endurance"}
    rows: list[tuple[str, float, Role, FloatArray | None]] = [
        (f"{role.site}, {rate}/min, as assumed", rate, role, None)
        for role in (Role.PELVIS_IMU, Role.STERNUM_IMU)
        for rate in (*RATES_PER_MIN, 0.0)
    ]
    rows += [
        (f"pelvis, 1.0/min, {name}", 1.0, Role.PELVIS_IMU, turned(*how))
        for name, how in MOUNTS.items()
        if how is not None
    ]
    for name, rate, role, mount in rows:
        one = row(rate, days, mount, holds, role)
        found[name] = one
        show(name, one)
    name = "pelvis and two belts, 0.0/min, as assumed"
    one = row(0.0, days, None, holds, Role.PELVIS_IMU, belted=True)
    found[name] = one
    show(name, one)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
