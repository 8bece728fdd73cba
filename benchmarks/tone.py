"""Belly tone against exact truth: T, P, how sure they are, and the pattern told of each breath.

A simulated person relaxes, draws the belly in and braces, first as guided manoeuvres, then again,
then pushes it out, and holds the breath three ways. What is done again is announced or not: drawing
in without a word looks like a belt that slips. Two force belts, or two strips
that follow length; bytes go through the real decoders, kernel and stages.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.onset import BELTS, BOARD, BREATH_MM, belts
from benchmarks.trunk_session import Beside, Said, run
from biofeedback.core.results import Tone, ToneReference
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.core.tone_results import BeltType
from biofeedback.drivers.protocols.text_lines import TextLines
from firmware_sim.body import Body
from firmware_sim.scenarios import QUIET
from firmware_sim.script import Happening, Phase, Script
from firmware_sim.text_lines import SerialTextBoard

__all__ = ["BEGIN_S", "KINDS", "Tally", "session", "tally"]

KINDS: tuple[BeltType, ...] = ("tension", "length")
BEGIN_S, STEP_S, SETTLE_S = 20.0, 36.0, 6.0
HOLD_S, HELD_S = 7.0, 24.0
NEAR_S = 1.0
"""An end told further from a true one is that of no breath."""
BOARD_MM = BOARD.replace('unit = "count"', 'unit = "mm"')
DONE: tuple[Phase, ...] = (
    Phase("relaxed", STEP_S, QUIET),
    # What the belly then takes of a breath is in the middle of science's ranges.
    Phase("drawing_in", STEP_S, replace(QUIET, volume_l=0.45), draw_in_mm=0.6 * BREATH_MM),
    Phase("bracing", STEP_S, replace(QUIET, volume_l=0.35), tone=0.3),
    Phase(
        "bulging",
        STEP_S,
        replace(QUIET, volume_l=0.35, rib_share=0.4),
        tone=0.1,
        push_out_mm=0.8 * BREATH_MM,
    ),
)
HELD: tuple[tuple[str, int, float], ...] = (("held", 0, 0.0), ("held_in", 0, 1.0))
"""Name, what else is done as in `DONE`, and whether the breath is in."""
OVER_BRACING = ("over_bracing", 2, 0.0)
WAYS = (
    ("guided, announced again", True, True),
    ("guided, again without a word", True, False),
    ("default thresholds, announced", False, True),
)
TASKS = ("tone_relax", "tone_draw_in", "tone_brace")


def worn(kind: BeltType, body: Body, seed: int) -> dict[str, Beside]:
    """Both belts of a person."""
    if kind == "tension":
        return belts(BELTS[1], body, seed)
    board = SerialTextBoard(body, rate_hz=50.0, seed=seed, resets=False, lengths=True)
    streams = {"chest": Role.CHEST_BELT, "abdomen": Role.ABDOMEN_BELT}
    return {"text_serial/board": (TextLines(BOARD_MM), board, streams)}


def session(
    seed: int, guided: bool = True, kind: BeltType = "tension", announced: bool = True
) -> tuple[Body, tuple[Event, ...]]:
    """Manoeuvres, guided or not (then only rest is), each again, a bulge, three breaths held."""
    phases, said, now_s = [Phase("begin", BEGIN_S, QUIET)], list[Said](), BEGIN_S
    for task, phase in zip(TASKS, DONE, strict=False):
        phases.append(replace(phase, label=task))
        if guided or task == TASKS[0]:
            # Said when it is done, so that the way there is not part of it.
            said.append((now_s + SETTLE_S, "task", {"name": task}))
            said.append((now_s + STEP_S - 0.5, "task", {"name": ""}))
        now_s += STEP_S
    phases += DONE
    # Relaxing is not announced again: it would be another rest, and what was taught void.
    for number, task in enumerate((*TASKS[1:], "") if announced else (), start=1):
        said.append((now_s + number * STEP_S - 0.25, "task", {"name": task}))
    for label, number, inside in (OVER_BRACING, *HELD):
        hold = Happening("hold", 8.0, HOLD_S, size=inside)
        phases.append(replace(DONE[number], label=label, duration_s=HELD_S, happenings=(hold,)))
    body = Body(Script(tuple(phases)), seed)
    found = run(body, (), seed, said, beside=worn(kind, body, seed))
    return body, found.events


@dataclass
class Tally:
    """What was told, by what was done.

    Parameters
    ----------
    told : dict
        How many breaths, or seconds of a hold, were told as which pattern, by what was done.
    reasons : Counter
        Why something was not known.
    tonic, phasic : dict
        Error and standard error of each breath, by what was done.
    references : dict
        What became of the guided manoeuvres.
    """

    told: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    tonic: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    phasic: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)


def tally(body: Body, events: Sequence[Event], into: Tally | None = None) -> Tally:
    """Compare what was told with what was done, breath by breath."""
    found = into or Tally()
    truth = body.truth
    for one in events:
        if isinstance(one, ToneReference):
            found.references[one.manoeuvre] = one.problem or "taken"
        if not isinstance(one, Tone):
            continue
        phase = next((p for p in truth.phases if p.start_s <= one.t_s < p.end_s), None)
        if phase is None or phase.label in (*TASKS, "begin"):
            continue
        if one.held_s > 0.0:
            if not any(hold.start_s < one.t_s <= hold.end_s for hold in truth.holds):
                continue
        elif one.t_s < phase.start_s + SETTLE_S or phase.end_s - phase.start_s < STEP_S:
            continue
        found.told.setdefault(phase.label, Counter())[one.pattern] += 1
        if one.reason:
            found.reasons[one.reason] += 1
        row = int(np.argmin(np.abs(truth.end_s - one.t_s)))
        if one.held_s > 0.0 or not abs(truth.end_s[row] - one.t_s) < NEAR_S:
            continue
        tonic = truth.belly.tonic_tension if one.belt == "tension" else truth.belly.tonic_length
        for told, se, true, errors in (
            (one.tonic, one.tonic_se, tonic[row], found.tonic),
            (one.phasic, one.phasic_se, truth.belly.phasic[row], found.phasic),
        ):
            if np.isfinite(told):
                errors.setdefault(phase.label, []).append((float(told - true), se))
    return found


def figures(errors: dict[str, list[tuple[float, float]]]) -> dict[str, object]:
    """Bias, median and 95th percentile of the error, and how often the interval held the truth."""
    rows: dict[str, object] = {}
    for name, pairs in [*errors.items(), ("all", [p for some in errors.values() for p in some])]:
        error, se = np.array(pairs).T
        rows[name] = {
            "n": len(error),
            "bias": round(float(np.median(error)), 3),
            "median_absolute": round(float(np.median(np.abs(error))), 3),
            "p95_absolute": round(float(np.quantile(np.abs(error), 0.95)), 3),
            "median_se": round(float(np.median(se)), 3),
            "covered": round(float(np.mean(np.abs(error) <= 1.96 * se)), 3),
        }
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=5, help="simulated days")
    parser.add_argument("--first", type=int, default=1, help="number of the first")
    parser.add_argument("--kind", choices=KINDS, help="one kind of belt alone")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    found: dict[str, object] = {"benchmark": "tone"}
    for kind in KINDS if options.kind is None else (options.kind,):
        for name, guided, announced in WAYS:
            sums = Tally()
            for seed in range(options.first, options.first + options.days):
                tally(*session(seed, guided, kind, announced), into=sums)
            name = f"{kind}, {name}"
            found[name] = {
                "told": {label: dict(counts) for label, counts in sums.told.items()},
                "reasons": dict(sums.reasons),
                "tonic": figures(sums.tonic),
                "phasic": figures(sums.phasic),
            }
            print(name)
            for key, rows in found[name].items():  # type: ignore[attr-defined]
                for label, row in rows.items():
                    print(f"  {key:8} {label:13} {json.dumps(row)}", flush=True)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
