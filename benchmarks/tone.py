"""Belly tone against exact truth: its level, and the pattern told of each breath.

A simulated person with two force belts relaxes, draws the belly in, and braces, first as guided
manoeuvres, then again without a word; bytes go through the real decoders, kernel and stages.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.onset import BELTS, BREATH_MM, belts
from benchmarks.trunk_session import Said, run
from biofeedback.core.results import Tone, ToneReference
from biofeedback.core.stream import Event
from firmware_sim.body import TONE_MM, TONE_N, Body
from firmware_sim.scenarios import QUIET
from firmware_sim.script import Happening, Phase, Script

__all__ = ["STIFFNESS_N_PER_MM", "session", "tally"]

STIFFNESS_N_PER_MM = 0.25
"""Of the simulated force belt."""
DRAW_IN_MM = 0.6 * BREATH_MM
BRACE = 0.4
SHALLOW = replace(QUIET, volume_l=0.6 * QUIET.volume_l, rib_share=0.6)
BEGIN_S, STEP_S, SETTLE_S = 20.0, 36.0, 6.0
HOLD_S = 7.0
STEPS = (("relaxed", 0.0, 0.0), ("drawing_in", DRAW_IN_MM, 0.0), ("bracing", 0.0, BRACE))
HELD = ("over_bracing", "held_in")
TASKS = ("tone_relax", "tone_draw_in", "tone_brace")


def true_tonic(draw_in_mm: float, tone: float) -> float:
    """T of a force belt: what draw-in and bracing change its pull by, over that of a breath."""
    change_mm = -draw_in_mm + TONE_MM["abdomen"] * tone
    change_n = STIFFNESS_N_PER_MM * change_mm + TONE_N["abdomen"] * tone
    return change_n / (STIFFNESS_N_PER_MM * BREATH_MM)


def session(seed: int, guided: bool = True) -> tuple[Body, tuple[Event, ...]]:
    """Manoeuvres, guided or not (then only rest is), each again, two breaths held."""
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
    body = Body(Script(tuple(phases)), seed)
    found = run(body, (), seed, said, beside=belts(BELTS[1], body, seed))
    return body, found.events


def tally(body: Body, events: tuple[Event, ...]) -> dict[str, object]:
    """Patterns told by phase, the error of T, and which manoeuvres were taken."""
    told: dict[str, Counter[str]] = {}
    errors: list[float] = []
    truth = {name: true_tonic(draw_in_mm, tone) for name, draw_in_mm, tone in STEPS}
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
            errors.append(one.tonic - truth[phase.label])
    return {
        "told": {name: dict(counts) for name, counts in told.items()},
        "tonic_errors": errors,
        "references": {
            one.manoeuvre: one.problem or "taken"
            for one in events
            if isinstance(one, ToneReference)
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=5, help="simulated days")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    found: dict[str, object] = {"benchmark": "tone"}
    for guided in (True, False):
        told: dict[str, Counter[str]] = {}
        errors: list[float] = []
        for seed in range(1, options.days + 1):
            row = tally(*session(seed, guided))
            errors += row["tonic_errors"]  # type: ignore[operator]
            for name, counts in row["told"].items():  # type: ignore[attr-defined]
                told.setdefault(name, Counter()).update(counts)
        name = "guided" if guided else "default thresholds"
        found[name] = {
            "told": {label: dict(counts) for label, counts in told.items()},
            "tonic_bias": float(np.median(errors)),
            "tonic_median_absolute": float(np.median(np.abs(errors))),
            "tonic_p95_absolute": float(np.quantile(np.abs(errors), 0.95)),
        }
        print(name, json.dumps(found[name], indent=1), flush=True)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
