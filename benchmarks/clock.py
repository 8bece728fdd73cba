"""How well the time of a sample is known: an hour of simulated sensors whose truth is known.

Clocks 1.5 % slow and fast, links with jitter and stalls. Error: time given out minus true time
with the least delay of the link added, which nothing could show. Exits with 1 where a limit is
not kept.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biofeedback.core.ports import Clocking
from biofeedback.core.stream import FloatArray
from tests.unit.signal.links import DELAY_S, START_S, link, samples, timeline

SKEW = 0.015
STALLS = 0.01
SETTLED_S = 20.0
MOST_SD_S, MOST_STEP_S, MOST_DURATION_PCT, MOST_APART_S = 3e-3, 20e-3, 0.1, 20e-3


@dataclass(frozen=True)
class Kind:
    """A sensor and how it sends."""

    name: str
    rate_hz: float
    batch: tuple[int, int]
    clocking: Clocking


KINDS = (
    Kind("GDX-RB, 10 Hz", 10.0, (1, 3), "counter"),
    Kind("GDX-RB without counter, 10 Hz", 10.0, (1, 3), "count"),
    Kind("GDX-RB, 20 Hz", 20.0, (1, 3), "counter"),
    Kind("WitMotion, 50 Hz", 50.0, (1, 1), "count"),
    Kind("WitMotion, 100 Hz", 100.0, (1, 1), "count"),
    Kind("Polar, 52 Hz, 36 per packet", 52.0, (36, 36), "device"),
    Kind("board with a clock, 25 Hz", 25.0, (1, 1), "device"),
)


@dataclass(frozen=True, eq=False)
class Track:
    """What one sensor's clock did: true time, error and error said, of the newest samples."""

    true_s: FloatArray
    error_s: FloatArray
    se_s: FloatArray
    step_s: float
    duration_error_pct: float
    segments: int
    lost: int


def track(kind: Kind, skew: float, jitter_s: float, seconds: float, seed: int) -> Track:
    """Let one sensor run."""
    longest_s = kind.batch[1] / kind.rate_hz
    line = timeline(kind.rate_hz, kind.clocking, longest_s)
    numbers, given_s, said_s = [], [], []
    segments = lost = 0
    for arrival in link(
        kind.rate_hz,
        seconds,
        skew=skew,
        batch=kind.batch,
        jitter_s=jitter_s,
        stalls=STALLS,
        seed=seed,
    ):
        placed = line.place(
            samples(arrival, kind.rate_hz, kind.clocking), round(arrival.arrival_s * 1e9)
        )
        numbers.append(np.arange(arrival.first, arrival.first + arrival.n_samples))
        given_s.append(placed.t_s)
        said_s.append(np.full(arrival.n_samples, placed.se_s))
        segments += placed.new_segment
        lost += placed.lost
    true_s = np.concatenate(numbers) / kind.rate_hz * (1.0 + skew)
    t_s = np.concatenate(given_s)
    error_s = t_s - (true_s + START_S + DELAY_S)
    length_s = float(true_s[-1] - true_s[0])
    return Track(
        true_s,
        error_s,
        np.concatenate(said_s),
        float(np.abs(np.diff(error_s)).max()),
        100.0 * abs(float(t_s[-1] - t_s[0]) / length_s - 1.0),
        segments,
        lost,
    )


def single(kind: Kind, jitter_s: float, tracks: tuple[Track, Track]) -> dict[str, object]:
    """Put both clocks of one sensor into a line: the worse of the two."""
    settled = [one.true_s > SETTLED_S for one in tracks]
    return {
        "sensor": kind.name,
        "time_from": kind.clocking,
        "jitter_ms": 1e3 * jitter_s,
        "error_sd_ms": 1e3 * max(float(np.std(one.error_s)) for one in tracks),
        "worst_settled_ms": 1e3
        * max(
            float(np.abs(one.error_s[rows]).max())
            for one, rows in zip(tracks, settled, strict=True)
        ),
        "worst_step_ms": 1e3 * max(one.step_s for one in tracks),
        "duration_error_pct": max(one.duration_error_pct for one in tracks),
        "se_settled_ms": 1e3
        * max(float(np.median(one.se_s[rows])) for one, rows in zip(tracks, settled, strict=True)),
        "within_2_se_pct": 100.0
        * min(float(np.mean(np.abs(one.error_s) <= 2.0 * one.se_s)) for one in tracks),
        "mistaken_losses": sum(one.lost for one in tracks),
        "breaks": sum(one.segments for one in tracks),
    }


def apart(one: Track, other: Track) -> FloatArray:
    """Return how far apart two sensors put the same moment, at even true times after settling."""
    until_s = min(one.true_s[-1], other.true_s[-1])
    common_s = np.arange(SETTLED_S, until_s, 0.1)
    return np.abs(
        np.interp(common_s, one.true_s, one.error_s)
        - np.interp(common_s, other.true_s, other.error_s)
    )


def pair(names: tuple[str, str], tracks: dict[float, tuple[Track, Track]]) -> dict[str, object]:
    """Put two sensors, one slow and one fast, into a line: by jitter, and at most as an angle."""
    row: dict[str, object] = {"pair": f"{names[0]} + {names[1]}"}
    worst_s = 0.0
    for jitter_s, two in tracks.items():
        apart_s = apart(*two)
        worst_s = max(worst_s, float(apart_s.max()))
        said_s = [float(np.median(one.se_s[one.true_s > SETTLED_S])) for one in two]
        row[f"p95_ms_at_{1e3 * jitter_s:g}"] = 1e3 * float(np.percentile(apart_s, 95))
        row[f"worst_ms_at_{1e3 * jitter_s:g}"] = 1e3 * float(apart_s.max())
        row[f"se_ms_at_{1e3 * jitter_s:g}"] = 1e3 * math.hypot(*said_s)
    row["apart_worst_ms"] = 1e3 * worst_s
    row["phase_deg_at_15_per_min"] = 360.0 * worst_s / 4.0
    return row


def measure(seconds: float, jitters_s: tuple[float, ...]) -> dict[str, list[dict[str, object]]]:
    """Run every sensor with both clocks over every link."""
    tracks = {
        (kind.name, jitter_s): (
            track(kind, SKEW, jitter_s, seconds, seed=10 * number),
            track(kind, -SKEW, jitter_s, seconds, seed=10 * number + 1),
        )
        for jitter_s in jitters_s
        for number, kind in enumerate(KINDS)
    }
    return {
        "sensors": [
            single(kind, jitter_s, tracks[kind.name, jitter_s])
            for jitter_s in jitters_s
            for kind in KINDS
        ],
        "pairs": [
            pair(
                (one.name, other.name),
                {j: (tracks[one.name, j][0], tracks[other.name, j][1]) for j in jitters_s},
            )
            for one, other in itertools.combinations_with_replacement(KINDS, 2)
        ],
    }


def broken(found: dict[str, list[dict[str, object]]]) -> list[str]:
    """Say which limits are not kept."""
    limits = {
        "error_sd_ms": 1e3 * MOST_SD_S,
        "worst_step_ms": 1e3 * MOST_STEP_S,
        "duration_error_pct": MOST_DURATION_PCT,
        "apart_worst_ms": 1e3 * MOST_APART_S,
    }
    return [
        f"{row.get('sensor') or row.get('pair')}: {name} is {row[name]:.3f}, limit {most}"
        for row in (*found["sensors"], *found["pairs"])
        for name, most in limits.items()
        if name in row and not float(str(row[name])) <= most
    ]


def show(rows: list[dict[str, object]]) -> None:
    """Print rows as a table in Markdown."""
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows:
        cells = [f"{v:.3g}" if isinstance(v, float) else str(v) for v in row.values()]
        print("| " + " | ".join(cells) + " |")
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--jitter-ms", type=float, nargs="+", default=[2.0, 10.0, 30.0])
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    found = measure(options.seconds, tuple(1e-3 * ms for ms in options.jitter_ms))
    show(found["sensors"])
    show(found["pairs"])
    failures = broken(found)
    if options.json:
        figures = {"benchmark": "clock", "seconds": options.seconds, **found, "broken": failures}
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    print("\n".join(failures) or "every limit is kept")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
