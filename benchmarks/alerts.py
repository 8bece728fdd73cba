"""Over-bracing and breath-hold alerts against exact truth: sensitivity, latency, false alarms.

A simulated person with two belts and a motion sensor at the pelvis rests, then keeps up a task;
all bytes go through the real decoders, kernel and stages. Truth is the script: when trunk and
breath were made stiff, and when the breath was held.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.onset import BELTS, belts
from benchmarks.trunk_session import run
from biofeedback.core.results import BracingAlert
from biofeedback.core.roles import Role
from firmware_sim.body import Body
from firmware_sim.scenarios import BRACED, IRREGULAR, LOADED, QUIET, SLOW, TALK
from firmware_sim.script import Happening, Pattern, Phase, Script

__all__ = ["FREE", "Episode", "EpisodeFigures", "braced", "freely", "held", "watched"]

REST_S = 80.0
"""Quiet, so that the person's own rest is taken from the first minute."""
SWAY_DEG = 0.25
BETWEEN_S, BRACED_S = 40.0, 30.0
EPISODES = 8
SWAY_PARTS = (0.2, 0.3, 0.4, 0.6)
"""Of the sway at rest. Half is where an alert begins: the last is over-bracing by the simulator's
preset (sway times 0.6), but not by this guard's."""
HOLDS_S = (3.0, 5.0, 6.0, 8.0, 12.0)
TAIL_S = 12.0
"""An alert that begins so long after an episode is still its own: spread looks 10 s back, and is
not below half before the last row of the time before has left it."""
FREE: dict[str, Pattern] = {
    "quiet": QUIET,
    "under load": LOADED,
    "slow, 6 per minute": SLOW,
    "irregular": IRREGULAR,
    "talking": TALK,
}
SHALLOW = replace(QUIET, volume_l=0.44 * QUIET.volume_l)
"""Breath as small as when braced, alone; its other half is a trunk as still, alone."""
SLOW_BRACED = replace(SLOW, volume_l=0.44 * SLOW.volume_l)
SLOW_BRACED_S = 60.0
"""Six breaths: three must be seen, and end, before an alert."""
COUGHS_EVERY_S = 30.0


@dataclass(frozen=True)
class Episode:
    """What an alert should be told of: its kind, from when to when."""

    kind: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class EpisodeFigures:
    """What became of the alerts of a person; `again`: more than one in an episode."""

    episodes: int
    found: int
    again: int
    latencies_s: tuple[float, ...]
    false: dict[str, int]
    hours: float


def braced(
    sway_part: float,
    n: int = EPISODES,
    free: Pattern = LOADED,
    stiff: Pattern = BRACED,
    lasts_s: float = BRACED_S,
) -> tuple[Script, list[Episode]]:
    """A task kept up freely, with stretches of stiffness; who breathes slowly also rests so."""
    freely = Phase("free", BETWEEN_S, free, sway_deg=SWAY_DEG)
    stiffly = Phase("stiff", lasts_s, stiff, tone=1.0, sway_deg=sway_part * SWAY_DEG)
    rest = SLOW if free is SLOW else QUIET
    phases, episodes, now_s = [Phase("rest", REST_S, rest, sway_deg=SWAY_DEG)], [], REST_S
    for _ in range(n):
        phases += [freely, stiffly]
        now_s += BETWEEN_S + lasts_s
        episodes.append(Episode("stiff", now_s - lasts_s, now_s))
    return Script((*phases, freely)), episodes


def held(hold_s: float, n: int = EPISODES) -> Script:
    """A task kept up freely, with breath holds, after breathing in and out in turn."""
    holds = [Happening("hold", BETWEEN_S * (k + 0.5), hold_s, size=float(k % 2)) for k in range(n)]
    task = Phase("task", BETWEEN_S * (n + 1), LOADED, happenings=tuple(holds))
    return Script((Phase("rest", REST_S, QUIET), task))


def freely(
    pattern: Pattern, length_s: float, coughing: bool = False, sway_part: float = 1.0
) -> Script:
    """A task kept up with neither."""
    times_s = np.arange(COUGHS_EVERY_S, length_s - 5.0, COUGHS_EVERY_S) if coughing else ()
    coughs = tuple(Happening("cough", float(at_s), 1.6, size=8.0) for at_s in times_s)
    sighing = replace(pattern, sighs_per_h=10.0)
    task = Phase("task", length_s, sighing, sway_deg=sway_part * SWAY_DEG, happenings=coughs)
    return Script((Phase("rest", REST_S, QUIET), task))


def watched(script: Script, episodes: Sequence[Episode] | None, seed: int) -> EpisodeFigures:
    """Let a script happen; `None` takes the true holds for episodes."""
    body = Body(script, seed)
    if episodes is None:
        episodes = [Episode("hold", hold.start_s, hold.end_s) for hold in body.truth.holds]
    worn = belts(BELTS[1], body, seed)
    said = ((REST_S, "task", {"name": "hold"}),)
    session = run(body, (Role.PELVIS_IMU,), seed, said, beside=worn)
    begun = [
        one for one in session.events if isinstance(one, BracingAlert) and one.state == "begun"
    ]
    latencies_s: list[float] = []
    again = 0
    explained: set[int] = set()
    for episode in episodes:
        own = [
            one
            for one in begun
            if one.kind == episode.kind
            and episode.start_s <= one.decided_s <= episode.end_s + TAIL_S
        ]
        explained |= {id(one) for one in own}
        if own:
            latencies_s.append(own[0].decided_s - episode.start_s)
            again += len(own) - 1
    false = [one.kind for one in begun if id(one) not in explained]
    return EpisodeFigures(
        episodes=len(episodes),
        found=len(latencies_s),
        again=again,
        latencies_s=tuple(latencies_s),
        false={kind: false.count(kind) for kind in ("stiff", "hold")},
        hours=(body.duration_s - REST_S) / 3600.0,
    )


def _one(job: tuple[str, Script, list[Episode] | None, int]) -> tuple[str, EpisodeFigures]:
    name, script, episodes, seed = job
    return name, watched(script, episodes, seed)


def _jobs(
    days: Sequence[int], minutes: float
) -> list[tuple[str, Script, list[Episode] | None, int]]:
    jobs: list[tuple[str, Script, list[Episode] | None, int]] = []
    for seed in days:
        for sway_part in SWAY_PARTS:
            script, episodes = braced(sway_part)
            jobs.append((f"stiff, sway x {sway_part}", script, episodes, seed))
        script, episodes = braced(0.3, 4, SLOW, SLOW_BRACED, SLOW_BRACED_S)
        jobs.append(("stiff, 6 per minute", script, episodes, seed))
        jobs += [(f"hold of {long_s:g} s", held(long_s), None, seed) for long_s in HOLDS_S]
        jobs += [
            (f"free: {name}", freely(pattern, 60.0 * minutes), [], seed)
            for name, pattern in FREE.items()
        ]
        jobs.append(("free: coughing", freely(QUIET, 60.0 * minutes, coughing=True), [], seed))
        jobs.append(("free: shallow alone", freely(SHALLOW, 60.0 * minutes), [], seed))
        still = freely(LOADED, 60.0 * minutes, sway_part=0.2)
        jobs.append(("free: still alone", still, [], seed))
    return jobs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=3, help="simulated days of each kind")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--minutes", type=float, default=20.0, help="of breathing without either")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    jobs = _jobs(range(options.first, options.first + options.days), options.minutes)
    jobs = [job for job in jobs if options.only in job[0]]
    days: dict[str, list[EpisodeFigures]] = {}
    with ProcessPoolExecutor() as pool:
        for name, figures in pool.map(_one, jobs):
            days.setdefault(name, []).append(figures)
    found: dict[str, object] = {"benchmark": "alerts"}
    print(f"{'':28} {'found':>8}  again  latency p50, p95   false stiff, hold per hour")
    for name, every in days.items():
        episodes, hits = sum(one.episodes for one in every), sum(one.found for one in every)
        again, hours = sum(one.again for one in every), sum(one.hours for one in every)
        late_s = np.array([late for one in every for late in one.latencies_s])
        false = {kind: sum(one.false[kind] for one in every) / hours for kind in ("stiff", "hold")}
        p50_s, p95_s = np.quantile(late_s, (0.5, 0.95)).tolist() if len(late_s) else (None, None)
        found[name] = {
            "episodes": episodes,
            "found": hits,
            "again": again,
            "latency_p50_s": p50_s,
            "latency_p95_s": p95_s,
            "false_per_h": false,
            "hours": hours,
        }
        late = f"{p50_s:6.1f} {p95_s:6.1f} s" if p50_s is not None else f"{'':15}"
        share = f"{hits}/{episodes}" if episodes else ""
        print(
            f"{name:28} {share:>8}  {again:5}  {late}   {false['stiff']:6.1f} {false['hold']:6.1f}"
        )
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
