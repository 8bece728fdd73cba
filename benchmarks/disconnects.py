"""Twenty forced disconnects in a ten-minute session of three sensors, in simulated time.

Two belts and an inertial sensor go out of reach again and again, for a tenth of a second to
twenty seconds. The session is recorded, read back from its folder and replayed: it must be one
session, and its gaps must be those that the sensors' own clocks tell, to one packet.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.fault_devices import belt_samples, frames
from benchmarks.simulated import Sensor, Tap, simulate
from biofeedback.core.entry import Entry, LinkChange
from biofeedback.core.stream import Chunk
from biofeedback.drivers.registry import protocol_for
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.recording.reader import SessionReader
from biofeedback.session.sessions import make_kernel, open_reader, recording, verify_session
from biofeedback.session.snapshot import Snapshot
from firmware_sim.body import Body
from firmware_sim.faults import Vanish
from firmware_sim.firmware import Emission, Firmware
from firmware_sim.godirect import GoDirectBelt
from firmware_sim.scenarios import scenario
from firmware_sim.witmotion import WitMotionSerial

__all__ = ["Figures", "Gap", "hold", "outages"]

CHEST, ABDOMEN, PELVIS = "godirect/chest", "godirect/abdomen", "witmotion/pelvis"
ROLES = {CHEST: "chest_belt", ABDOMEN: "abdomen_belt", PELVIS: "pelvis_imu"}
CLOCK_ERRORS = {CHEST: 0.003, ABDOMEN: -0.002, PELVIS: 0.007}
RATES_HZ = {CHEST: 10.0, ABDOMEN: 10.0, PELVIS: 100.0}
LARGEST_PACKET = {CHEST: 3, ABDOMEN: 3, PELVIS: 1}
"""Samples; the inertial sensor sends every sample by itself, the belts up to three together."""
FIRST_S, LAST_S = 15.0, 40.0
"""Nothing happens before the first sensors have settled, nor so late that none can come back."""
SHORTEST_S, LONGEST_S = 0.1, 20.0
STEP_S = 0.002
TOGETHER = 500
"""Entries decoded at once: the same numbers as one by one, faster."""
APART_S = 45.0
"""From the beginning of one outage of a sensor to that of its next: it comes back in between."""
Outage = tuple[float, float]


@dataclass(frozen=True)
class Gap:
    """One outage and what the recording says of it."""

    device_id: str
    at_s: float
    away_s: float
    missing: int
    told: int
    back_after_s: float

    @property
    def off_by(self) -> int:
        """Missing samples told beyond those that were."""
        return self.told - self.missing


@dataclass(frozen=True)
class Figures:
    """What became of the session."""

    seconds: float
    sessions: int
    links_lost: int
    gaps: Sequence[Gap]
    identical: bool
    problems: Sequence[str]

    @property
    def exact(self) -> bool:
        """Whether every gap is the true one to one packet."""
        return all(abs(gap.off_by) <= LARGEST_PACKET[gap.device_id] for gap in self.gaps)


def outages(n_outages: int, seconds: float, seed: int) -> dict[str, list[Outage]]:
    """Draw when which sensor goes, and for how long.

    Parameters
    ----------
    n_outages : int
        How many in all; sensors take turns.
    seconds : float
        Length of the session, s.
    seed : int
        Source of chance.

    Returns
    -------
    outages : dict of str to list of (float, float)
        Beginning and length, s, by device.
    """
    chance = random.Random(seed)
    ids = list(ROLES)
    drawn: dict[str, list[Outage]] = {}
    for index, device_id in enumerate(ids):
        n_own = len(range(index, n_outages, len(ids)))
        slots = (seconds - FIRST_S - LAST_S) / max(1, n_own)
        room_s = max(0.0, min(slots, slots - APART_S))
        drawn[device_id] = [
            (
                FIRST_S + slots * number + chance.uniform(0.0, room_s),
                SHORTEST_S * (LONGEST_S / SHORTEST_S) ** chance.random(),
            )
            for number in range(n_own)
        ]
    return drawn


def firmware(device_id: str, body: Body) -> Firmware:
    """Make a sensor."""
    error = CLOCK_ERRORS[device_id]
    if device_id == PELVIS:
        return WitMotionSerial(body, "pelvis", clock_error=error)
    return GoDirectBelt(body, device_id.partition("/")[2], clock_error=error)


def counted(device_id: str) -> dict[str, int] | None:
    """Which frames of a sensor hold samples, where all are equally long."""
    return {"length": 11, "kind": 0x52} if device_id == PELVIS else None


def count(device_id: str, emission: Emission) -> int:
    """Samples in an emission."""
    shape = counted(device_id)
    return belt_samples(emission) if shape is None else frames(emission, **shape)


def hold(
    n_outages: int, seconds: float, folder: Path, *, worn: bool = True, seed: int = 1
) -> Figures:
    """Hold the session, read it back, compare.

    Parameters
    ----------
    n_outages : int
        How many times a sensor goes out of reach.
    seconds : float
        Length of the session, s.
    folder : Path
        Where sessions go; empty.
    worn : bool
        Give the sensors their roles, so that every stage works too.
    seed : int
        Source of chance.

    Returns
    -------
    figures : Figures
    """
    plan = outages(n_outages, seconds, seed)
    body = scenario("quiet", seconds + 5.0, 1)
    taps = {
        device_id: Tap(firmware(device_id, body), lambda sent, name=device_id: count(name, sent))
        for device_id in ROLES
    }
    sensors: dict[str, Sensor] = {}
    for device_id, tap in taps.items():
        path: Firmware = tap
        for at_s, for_s in plan[device_id]:
            path = Vanish(path, at_s, for_s)
        sensors[device_id] = Sensor(protocol_for(device_id), path)
    description = SessionDescription(
        tuple(DeviceDescription(name, name.partition("/")[0]) for name in ROLES),
        source="simulated disconnects",
    )
    with recording(folder / "session", description) as writer:
        outcome = simulate(
            sensors, seconds, roles=ROLES if worn else None, writer=writer, step_s=STEP_S
        )
    reader = open_reader(folder / "session")
    rows = recorded_rows(reader)
    gaps = [
        gap(device_id, outage, taps[device_id].sent, rows[device_id])
        for device_id, own in plan.items()
        for outage in own
    ]
    lost = sum(
        isinstance(entry, LinkChange) and entry.state == "lost" and "went out" in entry.reason
        for entry in reader.entries()
    )
    return Figures(
        seconds,
        len(list(folder.iterdir())),
        lost,
        sorted(gaps, key=lambda item: item.at_s),
        verify_session(reader).identical,
        outcome.problems,
    )


def recorded_rows(reader: SessionReader) -> Mapping[str, list[Chunk]]:
    """Decode the recording anew; return the native rows of each device."""
    kernel = make_kernel(reader.description)
    rows: dict[str, list[Chunk]] = {name: [] for name in ROLES}
    for entries in batched(reader.entries(), TOGETHER):
        snapshot = kernel.feed_all(entries)[-1]
        assert isinstance(snapshot, Snapshot)
        for key, chunks in snapshot.streams.items():
            rows[key.rpartition("/")[0]] += [chunk for chunk in chunks if len(chunk)]
    return rows


def batched(entries: Iterable[Entry], n_together: int) -> Iterator[list[Entry]]:
    """Cut a run of entries into pieces."""
    left = iter(entries)
    while together := list(itertools.islice(left, n_together)):
        yield together


def gap(
    device_id: str, outage: Outage, sent: Sequence[tuple[float, int]], rows: Sequence[Chunk]
) -> Gap:
    """Compare the hole in the recorded times with the sensor's own clock."""
    at_s, for_s = outage
    t_s = np.concatenate([chunk.t_s for chunk in rows])
    came_s = np.concatenate([np.asarray(chunk.arrival_s) for chunk in rows])
    after = int(np.searchsorted(came_s, at_s + for_s))
    rate_hz = RATES_HZ[device_id] * (1.0 + CLOCK_ERRORS[device_id])
    told = round((t_s[after] - t_s[after - 1]) * rate_hz) - 1
    # The first packet behind the outage that was taken; some sensors send before they are ready.
    times = np.array([sent_s for sent_s, _ in sent])
    last = int(np.searchsorted(times, at_s, side="right")) - 1
    first = int(np.searchsorted(times, came_s[after], side="right")) - 1
    missing = round((times[first] - times[last]) * rate_hz) - sent[first][1]
    return Gap(
        device_id,
        at_s,
        for_s,
        missing,
        told,
        float(came_s[after] - at_s - for_s),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outages", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = hold(options.outages, options.seconds, Path(folder), seed=options.seed)
    print("sensor             at s   away s   missing   told   back after s")
    for one in figures.gaps:
        print(
            f"{one.device_id:17} {one.at_s:5.1f}   {one.away_s:6.2f}   "
            f"{one.missing:7}  {one.told:5}   {one.back_after_s:6.2f}"
        )
    back_s = [one.back_after_s for one in figures.gaps]
    summary = {
        "benchmark": "disconnects",
        "seconds": figures.seconds,
        "outages": len(figures.gaps),
        "links_lost": figures.links_lost,
        "sessions": figures.sessions,
        "replay_identical": figures.identical,
        "gaps_true_to_one_packet": figures.exact,
        "worst_gap_off_by_samples": max(abs(one.off_by) for one in figures.gaps),
        "back_after_p50_s": statistics.median(back_s),
        "back_after_max_s": max(back_s),
        "problems": list(figures.problems),
    }
    text = json.dumps(summary, indent=2)
    print(text)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n")
    sys.exit(not figures.exact or not figures.identical or bool(figures.problems))


if __name__ == "__main__":
    main()
