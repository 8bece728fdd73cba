"""Trunk measures against exact truth and other people's recordings: a table, and JSON.

The simulated person wears motion sensors whose bytes go through the real decoder, kernel and
stages. Truth is the simulated body's own, before any sensor.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from vqf import VQF

from benchmarks.trunk_recordings import (
    quiet_and_intended,
    seated_movements,
    standing_and_walking,
)
from benchmarks.trunk_session import Said, Session, run, true_lean_deg, turned
from biofeedback.core.results import Aligned, FiveStands, Repetition, Sway
from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from firmware_sim.body import Body
from firmware_sim.exercises import USUAL_DEG, Exercise, Repeated
from firmware_sim.scenarios import LOADED, QUIET, SLOW
from firmware_sim.script import Happening, Phase, Script
from firmware_sim.sensors import InertialSensor

BACK, PELVIS, THIGH = Role.BACK_IMU, Role.PELVIS_IMU, Role.THIGH_IMU
STILL_S, BOWS_S = 10.0, 16.0
BOW = Exercise(
    "hip_hinge", 3, period_s=4.5, move_s=1.3, hold_s=0.2, size_deg=30, lumbar_share=0.4, after_s=1
)
LED: tuple[Said, ...] = (
    (3.0, "align", {"step": "still"}),
    (STILL_S, "align", {"step": "bow"}),
    (STILL_S + BOWS_S - 1.0, "align", {"step": "finish"}),
)
NEUTRAL_S = (3.0, 8.0)
"""Standing still; where the alignment takes neutral from."""
SET_S, SETTLE_S = 60.0, 6.0
AXES = {"about its face": (0, 0, 1), "upright": (0, 1, 0), "sideways": (1, 0, 0)}
TASK_CHANGES_S = 1.0
PACES = {
    "usual": Exercise("bridge", 10),
    "slow": Exercise("bridge", 10, period_s=8.0, move_s=2.4, hold_s=1.0),
    "fast": Exercise("bridge", 10, period_s=2.4, move_s=0.6, hold_s=0.2),
}
"""Ten of whatever is done: twice the usual time for the way out, or half of it."""
TILTED_DEG = 20.0
WAIT_S = 600.0


def led_in(*more: Phase, bow: Exercise = BOW) -> Script:
    """Stand still, bow three times, then whatever follows."""
    return Script(
        (Phase("still", STILL_S, QUIET), Phase("bow", BOWS_S, QUIET, exercise=bow), *more)
    )


def errors(body: Body, session: Session, role: Role, since_s: float) -> FloatArray:
    """Tilt minus truth, both from neutral, (n, 2), deg."""
    neutral_s = np.arange(*NEUTRAL_S, 0.02)
    rest = true_lean_deg(body.trunk(role.site, neutral_s)).mean(axis=0)
    late = session.t_s >= since_s
    true = true_lean_deg(body.trunk(role.site, session.t_s[late])) - rest
    return np.asarray(session.tilt(role)[late] - true)


def rms(values: FloatArray) -> float:
    return float(np.sqrt(np.nanmean(values * values)))


def inclination(seed: int) -> dict[str, float]:
    """Held leans of the trunk, then bends and lifts, two sensors aligned by bowing."""
    leans = tuple(
        Happening("posture", 5.0 + 12.0 * n, 1.5, size)
        for n, size in enumerate((15.0, 30.0, -8.0, 20.0, 0.0))
    )
    lift = Exercise("lift", 11)
    hinge = Exercise("hip_hinge", 11, lumbar_share=0.45)
    script = led_in(
        Phase("leans", 65.0, QUIET, happenings=leans),
        Phase("hinge", SET_S, LOADED, exercise=hinge),
        Phase("lift", SET_S, LOADED, exercise=lift),
    )
    body = Body(script, seed)
    session = run(body, (BACK, PELVIS), seed, LED)
    begin_s = STILL_S + BOWS_S
    static, moving, lumbar = [], [], []
    for role in (BACK, PELVIS):
        error = errors(body, session, role, begin_s + 1.0)
        t_s = session.t_s[session.t_s >= begin_s + 1.0]
        held = (t_s < begin_s + 65.0) & ((t_s - begin_s - 5.0) % 12.0 > 3.0)
        static.append(rms(error[held]))
        moving.append(rms(error[t_s > begin_s + 65.0]))
    late = session.t_s > begin_s + 65.0
    at_s = session.t_s[late]
    states = [true_lean_deg(body.trunk(role.site, at_s))[:, 0] for role in (BACK, PELVIS)]
    rest_s = np.arange(*NEUTRAL_S, 0.02)
    rest = [true_lean_deg(body.trunk(r.site, rest_s))[:, 0].mean() for r in (BACK, PELVIS)]
    true = (states[0] - rest[0]) - (states[1] - rest[1])
    lumbar.append(rms(session.columns["lumbar_flexion_deg"][late] - true))
    return {
        "static_rms_deg": max(static),
        "moving_rms_deg": max(moving),
        "lumbar_rms_deg": max(lumbar),
    }


def drift(seed: int) -> dict[str, float]:
    """Ten minutes standing still: how far the mean of a minute moves away."""
    body = Body(Script((Phase("still", 610.0, QUIET),)), seed)
    session = run(body, (PELVIS,), seed, ((0.5, "align", {"step": "table"}), *LED[:1]))
    error = errors(body, session, PELVIS, 10.0)
    minutes = [part.mean(axis=0) for part in np.array_split(error[: 10 * 3000], 10)]
    moved = np.abs(np.array(minutes) - minutes[0])
    swayed = []
    for sway in (event for event in session.events if isinstance(event, Sway)):
        if np.isfinite(sway.tilt_rms_deg):
            window_s = np.arange(sway.start_s, sway.t_s, 0.02)
            true = true_lean_deg(body.trunk(PELVIS.site, window_s))
            swayed.append(sway.tilt_rms_deg / rms(np.hypot(*(true - true.mean(axis=0)).T)))
    return {
        "drift_10_min_deg": float(moved.max()),
        "still_rms_deg": rms(error - error.mean(axis=0)),
        "sway_over_true_median": float(np.median(swayed)),
        "sway_over_true_worst": float(max(swayed, key=lambda one: abs(np.log(one)))),
    }


def exercising(pace: str = "usual") -> tuple[Script, list[Said]]:
    """All exercises, one set each, legs on both sides, with a rest of fidgeting and coughing."""
    ten = PACES[pace]
    lasts_s = ten.repetitions * ten.period_s + 5.0
    phases: list[Phase] = []
    said = list(LED)
    at_s = STILL_S + BOWS_S
    for kind in USUAL_DEG:
        sides = ("left", "right") if kind in ("heel_slide", "single_leg_stance") else ("",)
        for side in sides:
            how = replace(ten, kind=kind, side=side)  # type: ignore[arg-type]
            said.append((at_s + TASK_CHANGES_S, "task", {"name": kind, "side": side}))
            phases.append(Phase(kind, lasts_s, LOADED, exercise=how))
            at_s += lasts_s
        rest = (Happening("motion", 4.0, 4.0, size=6.0), Happening("cough", 12.0, 1.6, size=8.0))
        phases.append(Phase("rest", 18.0, QUIET, happenings=rest))
        at_s += 18.0
    return led_in(*phases), said


def overlap(found: Repetition, true: Repeated) -> float:
    both = min(found.end_s, true.end_s) - max(found.start_s, true.start_s)
    either = max(found.end_s, true.end_s) - min(found.start_s, true.start_s)
    return max(0.0, both) / either


def repetitions(
    seed: int,
    roles: Sequence[Role] = (BACK, PELVIS, THIGH),
    pace: str = "usual",
    mounts: Mapping[Role, FloatArray] | None = None,
) -> dict[str, object]:
    """F1 of repetitions by overlap of more than half, and how well they are measured."""
    script, said = exercising(pace)
    body = Body(script, seed)
    session = run(body, roles, seed, said, mounts)
    begin_s = STILL_S + BOWS_S
    truth = [one for one in body.truth.repetitions if one.start_s > begin_s]
    found = [e for e in session.events if isinstance(e, Repetition) and e.counted]
    hits: dict[int, Repeated] = {}
    for number, one in enumerate(found):
        best = max(truth, key=lambda true: overlap(one, true))
        if overlap(one, best) > 0.5 and best not in hits.values() and best.label == one.task:
            hits[number] = best
    pairs = [(found[number], true) for number, true in hits.items()]
    loaded = [(one, true) for one, true in pairs if true.deviation_deg]
    stands = [one for one in truth if one.label == "sit_to_stand"]
    fives = [e for e in session.events if isinstance(e, FiveStands)]
    true_s = [stands[4].end_s - stands[0].start_s, stands[9].end_s - stands[5].start_s]
    by_task = {
        kind: 2.0
        * sum(true.label == kind for _, true in pairs)
        / (sum(true.label == kind for true in truth) + sum(one.task == kind for one in found))
        for kind in USUAL_DEG
    }
    counts = {
        "true": len(truth),
        "found": len(found),
        "f1": 2.0 * len(pairs) / (len(truth) + len(found)),
        "f1_by_task": by_task,
    }
    if len(roles) == 1:
        return counts  # one sensor sees its own part of a movement, of which truth is the whole
    return {
        **counts,
        "rom_rms_deg": rms(np.array([one.rom_deg - true.rom_deg for one, true in pairs])),
        "deviation_rms_deg": rms(
            np.array([one.deviation_deg - true.deviation_deg for one, true in loaded])
        ),
        "five_stands_error_s": [
            five.seated_s - true for five, true in zip(fives, true_s, strict=False)
        ],
        "latency_s": float(np.median([one.decided_s - one.end_s for one, _ in pairs])),
    }


def worn_crooked(seed: int, roles: Sequence[Role], pace: str) -> dict[str, object]:
    """Counts of every exercise with all sensors turned by 20 degrees, each axis once."""
    return {
        f"turned {name}": repetitions(
            seed, roles, pace, {role: turned(axis, TILTED_DEG) for role in roles}
        )["f1_by_task"]
        for name, axis in AXES.items()
    }


def waiting(seed: int) -> dict[str, object]:
    """Ten minutes after a leg exercise was announced in which none is done: counted by mistake."""
    restless = tuple(
        Happening("motion", at_s, 3.0, size=6.0)
        if at_s % 40.0
        else Happening("cough", at_s, 1.6, size=8.0)
        for at_s in np.arange(20.0, WAIT_S, 20.0)
    )
    ways = {
        "standing": Phase("wait", WAIT_S, LOADED),
        "lying, slow breath": Phase("wait", WAIT_S, SLOW, sway_deg=0.1),
        "fidgets and coughs": Phase("wait", WAIT_S, QUIET, sway_deg=0.1, happenings=restless),
    }
    said: tuple[Said, ...] = ((5.0, "task", {"name": "heel_slide"}),)
    return {
        name: sum(
            isinstance(event, Repetition) and event.counted
            for event in run(Body(Script((phase,)), seed), (PELVIS,), seed, said).events
        )
        for name, phase in ways.items()
    }


def alignment(seed: int) -> dict[str, object]:
    """RMS error of tilt in bends and leans, sensor turned by 20 degrees, with bows and without."""
    lift = Exercise("lift", 8)
    leg = Exercise("single_leg_stance", 5, deviation_deg=8.0, side="right")
    after = (Phase("lift", 45.0, QUIET, exercise=lift), Phase("leg", 30.0, QUIET, exercise=leg))
    rows: dict[str, object] = {}
    plain = led_in(*after)
    crooked = led_in(*after, bow=replace(BOW, kind="lift"))
    for name, axis in AXES.items():
        for angle_deg in (-20.0, 20.0):
            mounts = {PELVIS: turned(axis, angle_deg)}
            worn = {}
            for how, script, said in (
                ("not aligned", plain, ()),
                ("aligned", plain, LED),
                ("bows that turn", crooked, LED),
            ):
                body = Body(script, seed)
                session = run(body, (PELVIS,), seed, said, mounts)
                worn[how] = rms(errors(body, session, PELVIS, STILL_S + BOWS_S + 1.0))
                if said:
                    (event,) = (e for e in session.events if isinstance(e, Aligned))
                    worn[f"{how}, ok"] = float(event.ok)
            rows[f"{angle_deg:+.0f}° {name}"] = worn
    return rows


def rest_bias_trap(seed: int) -> dict[str, float]:
    """Slow quiet breathing at the abdomen: the filter as it comes, and as it is used here."""
    body = Body(Script((Phase("slow", 180.0, SLOW, sway_deg=0.1),)), seed)
    sensor = InertialSensor(body, "abdomen", seed, crooked_deg=1e-6)
    t_s = np.arange(0.0, 180.0, 0.01)
    sample = sensor.sample(t_s)
    acc = sample.acc_counts * (16.0 * 9.80665 / 32768.0)
    gyro = np.deg2rad(sample.gyro_counts * (2000.0 / 32768.0))
    true = true_lean_deg(body.trunk("abdomen", t_s))[:, 0]
    shown: dict[str, float] = {}
    for name, vqf in (
        ("as it comes", VQF(0.01)),
        ("rest bias off", VQF(0.01, restBiasEstEnabled=False)),
    ):
        vqf.setBiasEstimate(np.deg2rad(sensor.gyro_bias_dps), np.deg2rad(0.02))
        quat = vqf.updateBatch(np.ascontiguousarray(gyro), np.ascontiguousarray(acc))["quat6D"]
        w, x, y, z = quat.T
        up = np.column_stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)])
        lean = np.rad2deg(np.arctan2(-(up @ sensor.mount)[:, 0], (up @ sensor.mount)[:, 2]))
        late = slice(6000, None)
        found, wanted = lean[late] - lean[late].mean(), true[late] - true[late].mean()
        lags = np.arange(-100, 101)
        fit = [float(np.mean(found[100:-100] * np.roll(wanted, k)[100:-100])) for k in lags]
        shown[f"{name}: lag_s"] = float(lags[int(np.argmax(fit))]) / 100.0
        shown[f"{name}: gain"] = rms(found) / rms(wanted)
        shown[f"{name}: rms_error_deg"] = rms(found - wanted)
    return shown


PARTS: Mapping[str, Callable[[int], object]] = {
    "inclination": inclination,
    "drift": drift,
    "repetitions": repetitions,
    **{
        f"repetitions, {role.site} alone": partial(repetitions, roles=(role,))
        for role in (PELVIS, BACK, Role.STERNUM_IMU, Role.ABDOMEN_IMU)
    },
    **{
        f"repetitions, {pace}, crooked, {name}": partial(worn_crooked, roles=roles, pace=pace)
        for pace in ("slow", "fast")
        for name, roles in (("three", (BACK, PELVIS, THIGH)), ("pelvis alone", (PELVIS,)))
    },
    "waiting": waiting,
    "mounting": alignment,
    "rest bias": rest_bias_trap,
}


def show(name: str, figures: object, depth: int = 0) -> None:
    if isinstance(figures, Mapping):
        print(f"{'  ' * depth}{name}")
        for key, value in figures.items():
            show(str(key), value, depth + 1)
        return
    if isinstance(figures, list):
        text = ", ".join(f"{one:.3f}" for one in figures)
    else:
        text = f"{figures:.3f}" if isinstance(figures, float) else str(figures)
    print(f"{'  ' * depth}{name:<{40 - 2 * depth}} {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="simulated days")
    parser.add_argument("--only", help="one of: recordings, " + ", ".join(PARTS))
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    figures: dict[str, object] = {"benchmark": "trunk"}
    if options.only in (None, "recordings"):
        figures["quiet and intended sway"] = quiet_and_intended() or "no recordings here"
        figures["standing and walking"] = standing_and_walking() or "no recordings here"
        figures["seated movements"] = seated_movements() or "no recordings here"
    for name, part in PARTS.items():
        if options.only in (None, name):
            figures[name] = {f"day {seed}": part(seed) for seed in range(1, options.seeds + 1)}
    for name, value in figures.items():
        show(name, value)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
