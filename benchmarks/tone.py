"""Belly tone against exact truth: its level, and the pattern told of each breath.

A simulated person with two belts, of force or of length, relaxes, draws the belly in, and braces,
first as guided manoeuvres, then again without a word, and pushes the belly out; bytes go through
the real decoders, kernel and stages.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.onset import BELTS, BOARD, BREATH_MM, belts
from benchmarks.trunk_session import Beside, Said, run
from biofeedback.core.results import Tone, ToneReference
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.core.tone_results import BeltType
from biofeedback.drivers.protocols.text_lines import TextLines
from firmware_sim.body import TONE_MM, TONE_N, Body
from firmware_sim.scenarios import QUIET
from firmware_sim.script import Happening, Phase, Script
from firmware_sim.text_lines import SerialTextBoard

__all__ = ["STIFFNESS_N_PER_MM", "session", "tally"]

STIFFNESS_N_PER_MM = 0.25
"""Of the simulated force belt."""
DRAW_IN_MM = 0.6 * BREATH_MM
PUSH_OUT_MM = 0.8 * BREATH_MM
BRACE = 0.4
SHALLOW = replace(QUIET, volume_l=0.6 * QUIET.volume_l, rib_share=0.6)
BEGIN_S, STEP_S, SETTLE_S = 20.0, 36.0, 6.0
HOLD_S = 7.0
STEPS = (("relaxed", 0.0, 0.0), ("drawing_in", DRAW_IN_MM, 0.0), ("bracing", 0.0, BRACE))
BULGING = ("bulging", -PUSH_OUT_MM, 0.0)
HELD = ("over_bracing", "held_in")
KINDS: tuple[BeltType, ...] = ("tension", "length")
BOARD_MM = BOARD.replace('unit = "count"', 'unit = "mm"')
TASKS = ("tone_relax", "tone_draw_in", "tone_brace")


def true_tonic(draw_in_mm: float, tone: float, kind: BeltType = "tension") -> float:
    """T: what draw-in and bracing change length or pull by, over what a breath does."""
    change_mm = -draw_in_mm + TONE_MM["abdomen"] * tone
    if kind == "length":
        return change_mm / BREATH_MM
    change_n = STIFFNESS_N_PER_MM * change_mm + TONE_N["abdomen"] * tone
    return change_n / (STIFFNESS_N_PER_MM * BREATH_MM)


def worn(kind: BeltType, body: Body, seed: int) -> dict[str, Beside]:
    """Two force belts over the radio, or a board that prints the length of both."""
    if kind == "tension":
        return belts(BELTS[1], body, seed)
    board = SerialTextBoard(body, rate_hz=50.0, seed=seed, resets=False, lengths=True)
    roles = {"chest": Role.CHEST_BELT, "abdomen": Role.ABDOMEN_BELT}
    return {"text_serial/board": (TextLines(BOARD_MM), board, roles)}


def session(
    seed: int, guided: bool = True, kind: BeltType = "tension"
) -> tuple[Body, tuple[Event, ...]]:
    """Manoeuvres, guided or not (then only rest is), each again, two breaths held, pushed out."""
    phases, said, now_s = [Phase("begin", BEGIN_S, QUIET)], list[Said](), BEGIN_S
    for number, task in enumerate((*TASKS, *(name for name, _, _ in STEPS))):
        name, draw_in_mm, tone = STEPS[number % 3]
        pattern = QUIET if name == "relaxed" else SHALLOW
        again = number >= len(TASKS)
        phases.append(
            Phase(name if again else task, STEP_S, pattern, tone=tone, draw_in_mm=draw_in_mm)
        )
        if guided or number not in (1, 2):
            # Said when it is done, so that the way there is not part of it.
            said.append((now_s + SETTLE_S, "task", {"name": "" if again else task}))
            said.append((now_s + STEP_S - 0.5, "task", {"name": ""}))
        now_s += STEP_S
    hold = Happening("hold", 8.0, HOLD_S, size=0.0)
    phases.append(Phase("over_bracing", 24.0, SHALLOW, tone=BRACE, happenings=(hold,)))
    hold = replace(hold, size=1.0)
    phases.append(Phase("held_in", 24.0, QUIET, happenings=(hold,)))
    name, draw_in_mm, tone = BULGING
    phases.append(Phase(name, STEP_S, SHALLOW, tone=tone, draw_in_mm=draw_in_mm))
    body = Body(Script(tuple(phases)), seed)
    found = run(body, (), seed, said, beside=worn(kind, body, seed))
    return body, found.events


def tally(body: Body, events: tuple[Event, ...], kind: BeltType = "tension") -> dict[str, object]:
    """Patterns told by phase, the error of T and of its error, and which manoeuvres were taken."""
    told: dict[str, Counter[str]] = {}
    errors: list[float] = []
    covered: dict[str, list[bool]] = {}
    truth = {name: true_tonic(mm, tone, kind) for name, mm, tone in (*STEPS, BULGING)}
    holds = body.truth.holds
    for one in events:
        if not isinstance(one, Tone):
            continue
        phase = next((p for p in body.truth.phases if p.start_s <= one.t_s < p.end_s), None)
        if phase is None or phase.label not in (*truth, *HELD):
            continue
        held = phase.label in HELD
        if held:
            inside = one.held_s > 0 and any(h.start_s < one.t_s <= h.end_s for h in holds)
        else:
            inside = one.held_s == 0 and one.t_s > phase.start_s + SETTLE_S
        if not inside:
            continue
        told.setdefault(phase.label, Counter())[one.pattern] += 1
        if not held and np.isfinite(one.tonic):
            error = one.tonic - truth[phase.label]
            errors.append(error)
            covered.setdefault(phase.label, []).append(abs(error) < 1.96 * one.tonic_se)
    return {
        "told": {name: dict(counts) for name, counts in told.items()},
        "tonic_errors": errors,
        "covered": covered,
        "references": {
            one.manoeuvre: one.problem or "taken"
            for one in events
            if isinstance(one, ToneReference)
        },
    }


def figures(rows: list[dict[str, Any]]) -> dict[str, object]:
    """Put days together: what was told, how wrong T is, how often its interval holds the truth."""
    told: dict[str, Counter[str]] = {}
    covered: dict[str, list[bool]] = {}
    for row in rows:
        for label, counts in row["told"].items():
            told.setdefault(label, Counter()).update(counts)
        for label, inside in row["covered"].items():
            covered.setdefault(label, []).extend(inside)
    errors = np.array([error for row in rows for error in row["tonic_errors"]])
    return {
        "told": {label: dict(counts) for label, counts in told.items()},
        "tonic_bias": float(np.median(errors)),
        "tonic_median_absolute": float(np.median(np.abs(errors))),
        "tonic_p95_absolute": float(np.quantile(np.abs(errors), 0.95)),
        "covered": {label: float(np.mean(inside)) for label, inside in covered.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="first simulated day")
    parser.add_argument("--days", type=int, default=5, help="simulated days")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    found: dict[str, object] = {"benchmark": "tone"}
    for kind in KINDS:
        for guided in (True, False):
            name = f"{kind}, {'guided' if guided else 'default thresholds'}"
            days = range(options.first, options.first + options.days)
            found[name] = figures([tally(*session(day, guided, kind), kind) for day in days])
            print(name, json.dumps(found[name], indent=1), flush=True)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
