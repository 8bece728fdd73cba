"""Chest against belly on simulated people whose truth is known: phase, shares, calibration, checks.

Every case goes through the stages of the live table: breaths, donning, calibration, separation.
Belts are sampled at 50 Hz with white noise, heart beat and drift; the simulated person does the
manoeuvres, well or badly, while commands mark the steps.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from biofeedback.core.donning import (
    BeltPolarity,
    CalibrationDone,
    CalibrationFailed,
    CalibrationStep,
)
from biofeedback.core.results import BreathShare, CommandHeard
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.calibration_steps import ORDER
from biofeedback.signal.setups import table_pipeline
from biofeedback.signal.stage import Pipeline
from firmware_sim.body import Body
from firmware_sim.manoeuvres import manoeuvres
from firmware_sim.script import Pattern, Phase, Script
from firmware_sim.wearing import BELT_SITES, Wearing

RATE_HZ = 50.0
CHANNELS = tuple(
    Channel(f"{site}_{name}", unit)
    for site in BELT_SITES
    for name, unit in (("excursion", "mm"), ("ok", "flag"))
)
INFO = StreamInfo("table", CHANNELS, RATE_HZ)
NOISE_MM = 0.05
REST = Pattern(14, 0.45, rib_share=0.5)
TARGET_DEG, TARGET_POINTS, TARGET_SLOPE = 2.0, 3.0, 0.05
RATIOS, RIB_SHARES = (0.4, 0.7, 1.0, 1.5, 2.2, 3.0), (0.1, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True)
class Session:
    """One simulated person and what was found."""

    body: Body
    events: Sequence[Event]

    def shares(self, label: str) -> list[tuple[BreathShare, int]]:
        """Breaths that lie in a phase, each with its row in the truth."""
        truth = self.body.truth
        phase = next(phase for phase in truth.phases if phase.label == label)
        rows = []
        for event in self.events:
            if isinstance(event, BreathShare) and phase.start_s + 6 < event.t_s < phase.end_s:
                row = int(np.argmin(np.abs(truth.end_s - event.t_s)))
                if abs(truth.end_s[row] - event.t_s) < 1.0:
                    rows.append((event, row))
        return rows

    @property
    def done(self) -> CalibrationDone | None:
        """The calibration, if it was accepted."""
        return next((event for event in self.events if isinstance(event, CalibrationDone)), None)

    @property
    def problems(self) -> set[str]:
        """What was said to be wrong with any step or the whole."""
        said: set[str] = set()
        for event in self.events:
            if isinstance(event, CalibrationFailed):
                said |= set(event.problems)
            elif isinstance(event, CalibrationStep) and event.problem is not None:
                said.add(event.problem)
        return said


def session(
    phases: Iterable[Phase], seed: int, wearing: Wearing | None = None, noise_mm: float = NOISE_MM
) -> Session:
    """Let a person do the phases, and show both belts and the commands to the stages."""
    body = Body(Script(tuple(phases)), seed, wearing)
    random = np.random.default_rng([seed, 1])
    t_s = np.arange(0.0, body.duration_s, 1.0 / RATE_HZ)
    columns: list[FloatArray] = []
    for site in BELT_SITES:
        noise = noise_mm * random.normal(size=len(t_s))
        columns += [body.belt_mm(site, t_s) + noise, np.ones_like(t_s)]
    chunk = Chunk(INFO, t_s, t_s + 0.3, np.column_stack(columns))
    steps = [phase for phase in body.truth.phases if phase.label in ORDER]
    asked = [(phase.start_s, phase.label) for phase in steps]
    asked += [(phase.end_s, "finish") for phase in steps[-1:]]
    heard = []
    for at_s, step in asked:
        row = int(np.searchsorted(t_s, at_s))
        heard.append(
            CommandHeard(
                t_s=at_s,
                decided_s=float(t_s[row]),
                arrival_s=float(chunk.arrival_s[row]),
                name="calibrate",
                arguments=(("posture", "sit"), ("step", step)),
            )
        )
    pipeline = Pipeline(table_pipeline((Role.CHEST_BELT, Role.ABDOMEN_BELT)))
    pipeline.bind(INFO)
    return Session(body, pipeline.process(chunk, heard)[1])


def phase_sweep(seeds: Sequence[int]) -> list[dict[str, float]]:
    """Angles every 15 degrees, with noise of 5 % of the quiet excursion in every row."""
    noise_mm = 0.05 * 20.0 * 0.5 * REST.volume_l
    rows = []
    for angle_deg in range(-180, 181, 15):
        pattern = replace(REST, phase_deg=float(angle_deg), phase_sd_deg=0.0)
        errors: list[float] = []
        coherence: list[float] = []
        in_breath = []
        for seed in seeds:
            found = session((Phase("rest", 90.0, pattern),), seed, noise_mm=noise_mm)
            for share in found.events:
                if isinstance(share, BreathShare) and math.isfinite(share.phase_angle_deg):
                    errors.append((share.phase_angle_deg - angle_deg + 180.0) % 360.0 - 180.0)
                    coherence.append(share.coherence)
                    in_breath.append(share.phase_relation_pct)
        turn = np.exp(1j * np.deg2rad(errors))
        rows.append(
            {
                "angle_deg": angle_deg,
                "breaths": len(errors),
                "circular_error_deg": math.degrees(float(np.angle(turn.mean()))),
                "breath_mae_deg": float(np.mean(np.abs(errors))),
                "breath_p95_deg": float(np.percentile(np.abs(errors), 95)),
                "coherence": float(np.median(coherence)),
                "phase_relation_pct": float(np.median(in_breath)),
            }
        )
    return rows


def share_errors(found: Session) -> tuple[list[float], list[float]]:
    """Errors of the belly's share at rest, points, and each as a multiple of its standard error."""
    truth = found.body.truth
    errors, parts = [], []
    for share, row in found.shares("rest"):
        if not math.isnan(share.belly_share_pct):
            error = share.belly_share_pct - 100.0 * (1.0 - float(truth.rib_share[row]))
            errors.append(error)
            parts.append(error / share.belly_share_se_pct)
    return errors, parts


def share_matrix(seeds: Sequence[int]) -> list[dict[str, float]]:
    """Share of the rib cage by volume ratio, after a calibration done well."""
    rows = []
    for ratio in RATIOS:
        for rib_share in RIB_SHARES:
            errors: list[float] = []
            parts: list[float] = []
            accepted, ln_k = 0, []
            rest = Phase("rest", 90.0, replace(REST, rib_share=rib_share))
            for seed in seeds:
                found = session((*manoeuvres(), rest), seed, Wearing(20.0, 20.0 * ratio))
                if found.done is not None:
                    accepted += 1
                    ln_k.append(found.done.ln_k - math.log(ratio))
                    more = share_errors(found)
                    errors += more[0]
                    parts += more[1]
            rows.append(
                {
                    "volume_ratio": ratio,
                    "rib_share_pct": 100.0 * rib_share,
                    "accepted": accepted / len(seeds),
                    "ln_k_error": float(np.mean(np.abs(ln_k))) if ln_k else math.nan,
                    "breaths": len(errors),
                    "share_mae_pct": float(np.mean(np.abs(errors))) if errors else math.nan,
                    "share_bias_pct": float(np.mean(errors)) if errors else math.nan,
                    "within_2_se": float(np.mean(np.abs(parts) < 2.0)) if parts else math.nan,
                }
            )
    return rows


def log_ratio_slope(seeds: Sequence[int]) -> dict[str, float]:
    """Change of the log-ratio against the true change of the log-odds; spread where none is."""
    wanted, got, quiet = [], [], []
    for seed in seeds:
        changes = [
            Phase(f"share {share}", 60.0, replace(REST, rib_share=share))
            for share in (0.2, 0.35, 0.65, 0.8)
        ]
        found = session((Phase("base", 250.0, REST), *changes), seed)
        truth = found.body.truth
        odds = np.log(truth.rib_share / (1.0 - truth.rib_share))
        base = np.median(odds[truth.end_s < 66.0])
        for label in ["base", *(phase.label for phase in changes)]:
            for share, row in found.shares(label):
                if math.isnan(share.rib_cage_log_ratio):
                    continue
                if label == "base":
                    quiet.append(share.rib_cage_log_ratio / share.rib_cage_log_ratio_se)
                wanted.append(odds[row] - base)
                got.append(share.rib_cage_log_ratio)
    slope = float(np.polyfit(wanted, got, 1)[0])
    residual = np.array(got) - np.array(wanted)
    return {
        "breaths": len(got),
        "slope": slope,
        "mae": float(np.mean(np.abs(residual))),
        "unchanged_breaths": len(quiet),
        "unchanged_within_2_se": float(np.mean(np.abs(quiet) < 2.0)),
    }


def imperfect(seeds: Sequence[int]) -> list[dict[str, float]]:
    """Air that escapes during the pushes, and led breaths that are not equally deep."""
    rows = []
    for leak in (0.0, 0.1, 0.2, 0.3):
        for depth in (0.8, 1.0, 1.2):
            errors, parts, ln_k = [], [], []
            alone: dict[str, list[float]] = {"isovolume": [], "preferential": []}
            for seed in seeds:
                steps = manoeuvres(leak=leak, belly_depth=depth)
                found = session((*steps, Phase("rest", 60.0, REST)), seed)
                done, true = found.done, math.log(found.body.wearing.volume_ratio)
                if done is not None:
                    ln_k.append(done.ln_k - true)
                    alone["isovolume"].append(done.ln_k_isovolume - true)
                    alone["preferential"].append(done.ln_k_preferential - true)
                    more = share_errors(found)
                    errors += more[0]
                    parts += more[1]
            mean = {name: float(np.mean(values)) for name, values in alone.items() if values}
            rows.append(
                {
                    "leak": leak,
                    "belly_depth": depth,
                    "accepted": len(ln_k) / len(seeds),
                    "ln_k_bias": float(np.mean(ln_k)) if ln_k else math.nan,
                    "ln_k_isovolume_bias": mean.get("isovolume", math.nan),
                    "ln_k_preferential_bias": mean.get("preferential", math.nan),
                    "share_mae_pct": float(np.mean(np.abs(errors))) if errors else math.nan,
                    "within_2_se": float(np.mean(np.abs(parts) < 2.0)) if parts else math.nan,
                }
            )
    return rows


def worn_wrongly(seeds: Sequence[int]) -> dict[str, dict[str, float]]:
    """Rates at which belts worn inverted or swapped are noticed, and false alarms."""
    cases = {
        "right": Wearing(),
        "chest inverted": Wearing(inverted=("chest",)),
        "abdomen inverted": Wearing(inverted=("abdomen",)),
        "both inverted": Wearing(inverted=BELT_SITES),
        "swapped": Wearing(swapped=True),
    }
    rates = {}
    for name, wearing in cases.items():
        counts = {"accepted": 0, "chest called inverted": 0, "abdomen called inverted": 0}
        counts["called swapped"] = 0
        for seed in seeds:
            found = session((*manoeuvres(), Phase("rest", 5.0, REST)), seed, wearing)
            called = {
                event.role.removesuffix("_belt")
                for event in found.events
                if isinstance(event, BeltPolarity) and event.inverted
            }
            counts["accepted"] += found.done is not None
            counts["called swapped"] += "swapped" in found.problems
            for site in called:
                counts[f"{site} called inverted"] += 1
        rates[name] = {what: count / len(seeds) for what, count in counts.items()}
    return rates


def main(arguments: Sequence[str]) -> int:
    """Run everything, print tables, write JSON; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="people per case")
    parser.add_argument("--json", type=Path, help="where figures are written")
    asked = parser.parse_args(arguments)
    seeds = range(1, asked.seeds + 1)

    phase = phase_sweep(seeds)
    print("Phase angle, noise 5 % of a breath: circular error, per breath MAE and p95, coherence")
    for row in phase:
        print(
            f"  {row['angle_deg']:+5.0f}°  {row['circular_error_deg']:+5.2f}°  "
            f"{row['breath_mae_deg']:4.2f}°  {row['breath_p95_deg']:5.2f}°  "
            f"{row['coherence']:.3f}  opposed {row['phase_relation_pct']:5.1f} %"
        )
    slope = log_ratio_slope(seeds)
    print(
        f"\nLog-ratio against baseline: slope {slope['slope']:.3f} on the true change of the "
        f"log-odds, MAE {slope['mae']:.3f} ({slope['breaths']} breaths);\n"
        f"  where nothing changed {100 * slope['unchanged_within_2_se']:.0f} % lie within 2 SE"
    )
    matrix = share_matrix(seeds)
    print("\nBelly share after calibration: MAE, points (bias), part within 2 SE")
    print("  K \\ rib cage  " + "".join(f"{100 * share:>20.0f} %" for share in RIB_SHARES))
    for ratio in RATIOS:
        cells = [row for row in matrix if row["volume_ratio"] == ratio]
        print(
            f"  {ratio:12.1f}  "
            + "".join(
                f"{row['share_mae_pct']:8.2f} ({row['share_bias_pct']:+5.2f}) "
                f"{row['within_2_se']:5.2f}"
                for row in cells
            )
        )
    bad = imperfect(seeds)
    print("\nDone badly: leak, depth of belly-led breaths; accepted; bias of ln K (pushes, led)")
    for row in bad:
        print(
            f"  {row['leak']:.1f}  {row['belly_depth']:.1f}  {row['accepted']:4.2f}  "
            f"{row['ln_k_bias']:+5.2f} ({row['ln_k_isovolume_bias']:+5.2f}, "
            f"{row['ln_k_preferential_bias']:+5.2f})  share MAE {row['share_mae_pct']:5.2f}  "
            f"within 2 SE {row['within_2_se']:4.2f}"
        )
    worn = worn_wrongly(seeds)
    print("\nWorn wrongly")
    for name, rates in worn.items():
        print(f"  {name:17}" + ", ".join(f"{what} {rate:.2f}" for what, rate in rates.items()))
    if asked.json is not None:
        figures = {
            "people_per_case": asked.seeds,
            "phase": phase,
            "log_ratio": slope,
            "share": matrix,
            "imperfect": bad,
            "worn": worn,
        }
        asked.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    missed = [
        f"phase at {row['angle_deg']}°"
        for row in phase
        if not abs(row["circular_error_deg"]) <= TARGET_DEG
    ]
    missed += [
        f"share at K {row['volume_ratio']}, rib cage {row['rib_share_pct']} %"
        for row in matrix
        if not row["share_mae_pct"] <= TARGET_POINTS
    ]
    if not abs(slope["slope"] - 1.0) <= TARGET_SLOPE:
        missed.append("slope of the log-ratio")
    print("\n" + ("Missed: " + "; ".join(missed) if missed else "All targets met."))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
