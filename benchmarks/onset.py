"""Onsets of belly and arm against exact truth: a table, and JSON.

The simulated person raises an arm on a cue and draws the belly in; both sensors' bytes go through
the real decoders, kernel and stages. Truth is when the belt's circumference begins to fall, and
when the arm begins to turn.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.trunk_session import Beside, Session, run
from biofeedback.core.results import OnsetTrial, RelativeTiming
from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.drivers.protocols.godirect import GoDirect
from biofeedback.drivers.protocols.text_lines import TextLines
from firmware_sim.arm_raises import ArmRaised, ArmRaises
from firmware_sim.body import Body
from firmware_sim.godirect import GoDirectBelt
from firmware_sim.scenarios import QUIET
from firmware_sim.script import Phase, Script
from firmware_sim.text_lines import SerialTextBoard
from firmware_sim.wearing import Wearing

__all__ = ["Form", "figures", "session", "trials"]

Form = Literal["raised_cosine", "minimum_jerk"]
REST_S, TRIALS, PERIOD_S = 60.0, 36, 8.0
FAST_S, SLOW_S = (0.15, 0.3), (0.4, 1.0)
"""Rise of the draw-in and time of the arm, s."""
BREATH_MM = QUIET.volume_l * (1.0 - QUIET.rib_share) * Wearing().abdomen_mm_per_l
"""A0: what a quiet breath moves the abdominal belt, mm."""
BOARD = """
name = "Two stretch belts"
transport = "serial"
address = "/dev/ttyUSB0"
rate_hz = 100.0
[line]
grammar = "columns"
columns = ["t", "chest", "abdomen"]
[time]
from = "t"
unit = "ms"
[[belt]]
stream = "chest"
from = "chest"
unit = "count"
site = "chest"
[[belt]]
stream = "abdomen"
from = "abdomen"
unit = "count"
site = "abdomen"
"""
BELTS = ("board, 100 Hz", "Go Direct, 20 Hz", "Go Direct, 10 Hz")
FOUND_WITHIN_S = 0.5


def belts(name: str, body: Body, seed: int) -> dict[str, Beside]:
    """Both belts of a person, by the name of their row."""
    chest, abdomen = Role.CHEST_BELT, Role.ABDOMEN_BELT
    if name == BELTS[0]:
        board = SerialTextBoard(body, rate_hz=100.0, seed=seed, resets=False)
        return {
            "text_serial/board": (TextLines(BOARD), board, {"chest": chest, "abdomen": abdomen})
        }
    period_s = 1.0 / float(name.split()[-2])
    return {
        f"godirect/{role.site}": (
            GoDirect(period_s),
            GoDirectBelt(body, role.site, f"0K2001{number}", seed + number, stall_chance=0.0),
            {"force": role},
        )
        for number, role in enumerate((chest, abdomen))
    }


def session(
    name: str,
    pace: tuple[float, float],
    depth: float,
    form: Form,
    seed: int,
    n_trials: int = TRIALS,
) -> tuple[Body, Session]:
    """A minute of quiet breathing, then trials."""
    rise_s, move_s = pace
    raises = ArmRaises(
        n_trials,
        PERIOD_S,
        move_s=move_s,
        rise_s=rise_s,
        draw_in_mm=depth * BREATH_MM,
        form=form,
    )
    script = Script(
        (
            Phase("quiet", REST_S, QUIET),
            Phase("raises", 6.0 + n_trials * PERIOD_S, QUIET, arm_raises=raises),
        )
    )
    body = Body(script, seed)
    task = "arm_raise_fast" if pace == FAST_S else "arm_raise_slow"
    said = ((REST_S, "task", {"name": task}),)
    worn = belts(name, body, seed)
    return body, run(body, (Role.ARM_IMU,), seed, said, beside=worn)


def trials(body: Body, found: Session) -> list[tuple[OnsetTrial, ArmRaised]]:
    """Each trial told, with the raise it is."""
    truth = body.truth.arm_raises
    told = [event for event in found.events if isinstance(event, OnsetTrial)]
    pairs = [(one, min(truth, key=lambda true: abs(true.limb_s - one.limb_s))) for one in told]
    return [(one, true) for one, true in pairs if abs(true.limb_s - one.limb_s) < FOUND_WITHIN_S]


def error_ms(errors_s: FloatArray) -> dict[str, float]:
    """Bias, median absolute error and standard deviation, ms."""
    if not len(errors_s):
        return {}
    return {
        "bias_ms": 1e3 * float(np.median(errors_s)),
        "median_absolute_ms": 1e3 * float(np.median(np.abs(errors_s))),
        "sd_ms": 1e3 * float(np.std(errors_s)),
    }


def figures(body: Body, found: Session) -> dict[str, object]:
    """What became of the trials of a session."""
    pairs = trials(body, found)
    used = [(one, true) for one, true in pairs if not one.problem]
    last = next((e for e in reversed(found.events) if isinstance(e, RelativeTiming)), None)
    true_s = np.array([true.belt_s - true.limb_s for true in body.truth.arm_raises])
    problems = [one.problem for one, _ in pairs if one.problem]
    return {
        "raises": len(body.truth.arm_raises),
        "told": sum(isinstance(event, OnsetTrial) for event in found.events),
        "usable": len(used),
        "problems": {name: problems.count(name) for name in sorted(set(problems))},
        "belly": error_ms(np.array([one.belly_s - true.belt_s for one, true in used])),
        "arm": error_ms(np.array([one.limb_s - true.limb_s for one, true in used])),
        "delay_ms": None if last is None else 1e3 * last.delay_s,
        "interval_ms": None if last is None else [1e3 * last.low_s, 1e3 * last.high_s],
        "true_delay_ms": 1e3 * float(np.median(true_s)),
    }


def show(name: str, row: Mapping[str, object]) -> None:
    """Print one row of the table."""

    def errors(value: object) -> str:
        if not isinstance(value, Mapping) or not value:
            return f"{'unknown':>24}"
        return "{bias_ms:+7.1f} {median_absolute_ms:7.1f} {sd_ms:8.1f}".format(**value)

    interval = row["interval_ms"]
    low, high = interval if isinstance(interval, list) else (np.nan, np.nan)
    print(
        f"{name:<52} {row['usable']:>3}/{row['raises']:<3} {errors(row['belly'])} "
        f"{errors(row['arm'])}  {row['delay_ms']:.0f} [{low:.0f}, {high:.0f}] "
        f"({row['true_delay_ms']:.0f})  {row['problems'] or ''}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="simulated days")
    parser.add_argument("--belts", choices=BELTS, help="one kind of belt alone")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    print(f"{'':52} usable   belly: bias, median absolute, SD   arm: the same, ms   delay (true)")
    found: dict[str, object] = {"benchmark": "onset"}
    for name in BELTS if options.belts is None else (options.belts,):
        for pace, words in ((FAST_S, "fast"), (SLOW_S, "slow")):
            for depth in (0.5, 0.2, 0.0):
                forms: tuple[Form, ...] = ("raised_cosine", "minimum_jerk")
                for form in forms if depth else forms[:1]:
                    for seed in range(1, options.seeds + 1):
                        row = figures(*session(name, pace, depth, form, seed))
                        title = f"{name}, {words}, {depth} A0, {form}, day {seed}"
                        found[title] = row
                        show(title, row)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
