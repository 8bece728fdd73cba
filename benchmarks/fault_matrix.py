"""Every device with a simulated twin x every fault: what is counted, raised, kept, and recovered.

Each cell is a whole session in simulated time: real link, engine, kernel and decoder. Writes
``docs/faults.md``.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from benchmarks.fault_devices import DEVICES, TwinDevice
from benchmarks.simulated import Outcome, Sensor, Tap, simulate
from biofeedback.core.account import StreamAccount
from biofeedback.core.entry import Packet
from biofeedback.core.roles import Reason
from biofeedback.drivers.registry import driver
from biofeedback.session.snapshot import LinkStatus
from firmware_sim import faults
from firmware_sim.faults import Fault
from firmware_sim.firmware import Firmware
from firmware_sim.scenarios import scenario
from firmware_sim.sensor_faults import DeadAxis, DeadBelt, SaturatedBelt, SaturatedMotion

FAULT_FROM_S, FAULT_UNTIL_S = 10.0, 25.0
WHILE = (FAULT_FROM_S, FAULT_UNTIL_S)
FROM_THE_START = (0.0, FAULT_UNTIL_S)
SETTLES_S = 20.0
"""Time after a fault until all must be well again."""
LAST_S = 5.0
ENOUGH = 0.9
MOST_MEMORY_BYTES = 64 * 1024
"""What a protocol may keep of everything it was fed, beyond what it kept the round before."""
AWAY_S = 4.0
AWAY = (FAULT_FROM_S, FAULT_FROM_S + AWAY_S)
SEED = 1
Spoil = Callable[[Fault, tuple[float, float]], Fault]
Cells = dict[tuple[str, str], "Cell"]


@dataclass(frozen=True)
class Trouble:
    """A fault, and what may be asked of whoever meets it.

    `spoil` wraps the device; `refit` changes its sensor. `steady`: it can strike from the first
    byte on. `away`: nothing is sent meanwhile, though by the sensor's clock samples are missing.
    `turns`: only for devices with a short counter. `cuts`: where one notification is one message
    it is damage. `flips`: bytes change on the way.
    """

    name: str
    spoil: Spoil = lambda tap, _: tap
    when_s: tuple[float, float] = WHILE
    settles_s: float = SETTLES_S
    steady: bool = False
    away: bool = False
    turns: bool = False
    cuts: bool = False
    flips: bool = False
    for_good: bool = False
    clock_error: float = 0.0
    refit: str = ""


def by_chance(kind: Callable[..., Fault], chance: float, **options: int) -> Spoil:
    """A fault of single notifications or pieces of a stream."""
    return lambda tap, when_s: kind(tap, chance, SEED, between_s=when_s, **options)


def lasting(kind: Callable[..., Fault], **options: bool) -> Spoil:
    """A fault that begins and ends."""
    return lambda tap, when_s: kind(tap, when_s[0], when_s[1] - when_s[0], **options)


TROUBLES = (
    Trouble("nothing"),
    Trouble("drop 20 %", by_chance(faults.Drop, 0.2), steady=True),
    Trouble("burst loss, 6 in a row", by_chance(faults.Drop, 0.1, burst=6), steady=True),
    Trouble("duplicate 20 %", by_chance(faults.Duplicate, 0.2), steady=True),
    Trouble("reorder 10 %", by_chance(faults.Reorder, 0.1), steady=True),
    Trouble("corrupt a bit in 20 %", by_chance(faults.CorruptBit, 0.2), steady=True, flips=True),
    Trouble("split 30 %", by_chance(faults.Split, 0.3), steady=True, cuts=True),
    Trouble("merge 20 %", by_chance(faults.Merge, 0.2), steady=True, cuts=True),
    Trouble("garbage flood", by_chance(faults.Garbage, 1.0, length=200), steady=True),
    Trouble("stall of 4 s", lasting(faults.Stall, keeps=False), AWAY),
    Trouble("late burst after 4 s", lasting(faults.Stall), AWAY),
    Trouble(
        "exactly a turn of the counter lost",
        by_chance(faults.CorruptBit, 1.0, burst=256),
        (FAULT_FROM_S, FAULT_FROM_S + 1.0),
        80.0,
        turns=True,
    ),
    Trouble("vanish and return", lasting(faults.Vanish), AWAY, away=True),
    Trouble("reboot, counters reset", lasting(faults.Reboot), AWAY, away=True),
    Trouble("busy with another app", lambda tap, w: faults.Refuse(tap, w[1]), (0.0, 10.0)),
    Trouble("battery death", lambda tap, w: faults.BatteryDeath(tap, w[0]), for_good=True),
    Trouble("clock 1.5 % fast", clock_error=0.015),
    Trouble("clock 1.5 % slow", clock_error=-0.015),
    Trouble("dead axis", refit="dead"),
    Trouble("saturated sensor", refit="saturated"),
)
REFITS = {
    ("dead", "belt"): DeadBelt,
    ("dead", "imu"): DeadAxis,
    ("saturated", "belt"): SaturatedBelt,
    ("saturated", "imu"): SaturatedMotion,
}


@dataclass(frozen=True)
class Cell:
    """What came of one device and one fault.

    `sent` are the samples that the sensor's clock made between the first and the last that came;
    `together` came at once behind the longest pause.
    """

    sent: int
    received: int
    lost: int
    together: int
    problems: tuple[str, ...]
    kept_bytes: int
    is_well: bool
    first_s: float
    back_s: float
    doubts: str

    @property
    def off_by(self) -> int:
        """Samples accounted for beyond those sent."""
        return self.received + self.lost - self.sent


def held(device: TwinDevice, trouble: Trouble, when_s: tuple[float, float] | None = None) -> Cell:
    """Hold a session with one device and one fault."""
    when_s = when_s or trouble.when_s
    seconds = when_s[1] + trouble.settles_s
    # An axis that stands still tells nothing while nobody moves.
    body = scenario("exerciser" if trouble.refit else "quiet", seconds + 5.0, 1)
    made = device.make(body, trouble.clock_error)
    if trouble.refit:
        refit(device, made, trouble.refit, when_s[0])
    tap = Tap(made, device.count)
    sensor = Sensor(device.protocol(), trouble.spoil(tap, when_s))
    roles = {device.device_id: device.role} if trouble.refit else {}
    outcome = simulate({device.device_id: sensor}, seconds, roles=roles)
    rows = [(now_s, links[device.device_id]) for now_s, links in outcome.links]
    account = books(device, rows[-1][1])
    return Cell(
        sent(device, trouble, tap, rows),
        account.received,
        account.lost,
        first_again(tap),
        tuple(outcome.problems),
        kept_bytes(device, outcome),
        is_well(device, rows[:-1], tap),
        next((now_s for now_s, status in rows if books(device, status).received), float("inf")),
        back_s(device, rows[:-1], when_s[1]),
        doubts(outcome),
    )


def doubts(outcome: Outcome) -> str:
    """Say why the sensor was not trusted."""
    union = Reason.NONE
    for reason in outcome.reasons:
        union |= reason
    return (union & ~(Reason.SETTLING | Reason.STALE_CLOCK)).in_words()


def books(device: TwinDevice, status: LinkStatus) -> StreamAccount:
    """The books of the stream in question; empty ones before it is known."""
    key = f"{device.device_id}/{device.stream}"
    nan = float("nan")
    empty = StreamAccount(key, 0, 0, 0.0, 0, nan, nan, nan, nan, nan)
    return next((account for account in status.streams if account.stream == key), empty)


def refit(device: TwinDevice, made: Firmware, kind: str, from_s: float) -> None:
    """Put a spoilt sensor in the place of the device's own."""
    fault = REFITS[kind, driver(device.driver).kinds[0] if device.sensor != "imu" else "imu"]
    own = getattr(made, device.sensor)
    if isinstance(own, list):
        own[0] = fault(own[0], from_s)
    else:
        setattr(made, device.sensor, fault(own, from_s))


def sent(
    device: TwinDevice, trouble: Trouble, tap: Tap, rows: list[tuple[float, LinkStatus]]
) -> int:
    """Samples that the sensor's clock made between the first and the last that came."""
    came = [status for _, status in rows if books(device, status).received]
    if not came:
        return 0
    # What had been sent when the last sample of the first look arrived, less what was taken.
    first = books(device, came[0])
    by_then = sum(n for at_s, n in tap.sent if at_s <= came[0].last_sample_s)
    startup = by_then - first.received - first.lost
    total = sum(n for at_s, n in tap.sent if at_s <= rows[-1][1].last_sample_s)
    if not trouble.away:
        return total - startup
    taken = [(at_s, n) for at_s, n in tap.sent if at_s <= rows[-1][1].last_sample_s]
    while startup > 0:
        startup -= taken.pop(0)[1]
    passed_s = taken[-1][0] - taken[0][0]
    return round(passed_s * device.rate_hz * (1.0 + trouble.clock_error)) + taken[0][1]


def is_well(device: TwinDevice, rows: list[tuple[float, LinkStatus]], tap: Tap) -> bool:
    """Tell whether at the end the device is ready and its samples come as they are sent."""
    end_s, end = rows[-1]
    start_s, start = next(row for row in rows if row[0] > end_s - LAST_S)
    came = books(device, end).received - books(device, start).received
    went = sum(n for at_s, n in tap.sent if start_s < at_s <= end_s)
    due = device.rate_hz * (end_s - start_s)
    # The packet that holds the last samples of the time may come behind it.
    return end.ready and came >= ENOUGH * max(went, due) - largest(tap)


def largest(tap: Tap) -> int:
    """Return the number of samples of the largest packet."""
    return max((count for _, count in tap.sent), default=0)


def first_again(tap: Tap) -> int:
    """Return how many samples were sent at once behind the longest pause."""
    pause = max(pairwise(tap.sent), key=lambda pair: pair[1][0] - pair[0][0], default=None)
    return sum(n for at_s, n in tap.sent if pause is not None and at_s == pause[1][0])


def back_s(device: TwinDevice, rows: list[tuple[float, LinkStatus]], ends_s: float) -> float:
    """Return how long after the end of the fault samples came again, s; infinite if never."""
    before = [books(device, status).received for now_s, status in rows if now_s <= ends_s]
    return next(
        (
            now_s - ends_s
            for now_s, status in rows
            if now_s > ends_s and books(device, status).received > max(before, default=0)
        ),
        float("inf"),
    )


def kept_bytes(device: TwinDevice, outcome: Outcome) -> int:
    """Feed all that came to one decoder again and again; return by how much it grows."""
    protocol = device.protocol()
    packets = [e for e in outcome.entries if isinstance(e, Packet) and e.direction == "rx"]
    for _ in protocol.start():
        pass
    shift_ns = 0
    kept = 0
    for round_number in range(3):
        if round_number == 1:
            tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for packet in packets:
            later = replace(packet, host_time_ns=packet.host_time_ns + shift_ns)
            for _output in protocol.receive(later):
                pass
        kept = tracemalloc.get_traced_memory()[0] - before
        shift_ns += packets[-1].host_time_ns if packets else 0
    tracemalloc.stop()
    return max(0, kept)


def meant_for(device: TwinDevice, trouble: Trouble) -> bool:
    """Tell whether a device can have such a fault."""
    return not (trouble.refit and not device.sensor) and not (trouble.turns and not device.turn)


def counts_mark(device: TwinDevice, trouble: Trouble, cell: Cell) -> str:
    """Say in a letter how the counts compare."""
    if cell.off_by == 0:
        return "C"
    if trouble.away and abs(cell.off_by) <= cell.together + 1:
        return "c"
    untold = (trouble.cuts and device.whole) or (trouble.flips and not device.checked)
    return "!" if device.knows == "samples" and not untold else "~"


def marks(device: TwinDevice, trouble: Trouble, cell: Cell) -> str:
    """Say in four letters what came of a cell."""
    return "".join(
        (
            counts_mark(device, trouble, cell),
            "!" if cell.problems else "X",
            "M" if cell.kept_bytes < MOST_MEMORY_BYTES else "!",
            ("–" if not cell.is_well else "!")
            if trouble.for_good
            else "R"
            if cell.is_well
            else "!",
        )
    )


def table(rows: list[list[str]]) -> list[str]:
    """Write rows as a table; the first is its head."""
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return [head, "|" + "---|" * len(rows[0]), *body]


def page(devices: Sequence[TwinDevice], cells: Cells, begun: Cells) -> str:
    """Write the matrix as a page."""
    head = ["fault", *(device.title for device in devices)]

    def rows(words: Callable[[TwinDevice, Trouble, Cell], str], of: Cells) -> list[list[str]]:
        return [
            [
                trouble.name,
                *(
                    words(device, trouble, of[device.title, trouble.name])
                    if (device.title, trouble.name) in of
                    else ""
                    for device in devices
                ),
            ]
            for trouble in TROUBLES
            if any(name == trouble.name for _, name in of)
        ]

    doubts = [
        [device.title, name, cell.doubts or "nothing"]
        for device in devices
        for trouble in TROUBLES
        if trouble.refit and (cell := cells.get((device.title, name := trouble.name)))
    ]
    return "\n".join(
        (
            INTRODUCTION,
            *table([head, *rows(marks, cells)]),
            "\n## Received and lost, of sent\n",
            *table([head, *rows(lambda _d, _t, c: f"{c.received} + {c.lost} of {c.sent}", cells)]),
            "\n## Samples came again so long after the end of the fault, s\n",
            *table([head, *rows(lambda _d, _t, c: seconds_word(c.back_s), cells)]),
            "\n## First sample, when the fault is there from the first byte to second 25, s\n",
            *table([head, *rows(lambda _d, _t, c: seconds_word(c.first_s), begun)]),
            "\n## What is said of a spoilt sensor\n",
            *table([["sensor", "fault", "not trusted because"], *doubts]),
            "",
        )
    )


def seconds_word(value_s: float) -> str:
    """Write a duration, or that it is infinite."""
    return "never" if value_s == float("inf") else f"{value_s:.1f}"


INTRODUCTION = """# Faults

Written by `make matrix` (`python -m benchmarks.fault_matrix`); do not edit.

Each cell is a session in simulated time with one simulated sensor, and the product's own link,
engine, kernel and decoder. The fault is there from second 10 to second 25 (or as its name says),
and the session goes on for 20 s more. Four letters tell what came of it:

- **C** received + lost = sent, to the sample. **c** the same but for what came together
  behind a gap in which the sensor sent nothing: none of those tells when the first was taken.
  **~** not exact, and cannot be: of a sensor that numbers nothing a loss
  shows only as time that is missing for good, and single losses among many samples do not; a frame
  counter tells how many frames are missing, not how many samples they held; and where one
  notification is one message (Polar, heart rate), cutting or joining them is damage that no radio
  does and that nothing in the message tells; and in a line of text, which has no checksum, a
  damaged digit of the printed time is another time. **!** wrong.
- **X** nothing raised, nothing logged as an error. **M** what the decoder keeps does not grow.
- **R** at the end the sensor is ready and its samples come as they are sent. **–** it is gone for
  good, said so, and the session went on.

Sent are the samples that the sensor's clock made between the first and the last that came.
A dead axis of a belt is a gauge that is torn off. A radio and a cable never reorder, split or
repeat what they acknowledged; those rows stand for what drivers and adapters do.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="driver whose devices are tried")
    parser.add_argument("--write", type=Path, help="write the page here")
    options = parser.parse_args()
    devices = [device for device in DEVICES if device.driver.startswith(options.only)]
    cells: Cells = {}
    begun: Cells = {}
    started_s = time.perf_counter()
    for device in devices:
        print(f"\n{device.title}")
        for trouble in (trouble for trouble in TROUBLES if meant_for(device, trouble)):
            cell = cells[device.title, trouble.name] = held(device, trouble)
            line = f"{trouble.name:36} {marks(device, trouble, cell)}"
            line += f"  {cell.received:5} + {cell.lost:4} of {cell.sent:5}"
            line += f"  back after {seconds_word(cell.back_s):>5} s"
            if trouble.steady:
                first = begun[device.title, trouble.name] = held(device, trouble, FROM_THE_START)
                line += f"; from the first byte: {marks(device, trouble, first)[1:]}"
                line += f", first sample at {seconds_word(first.first_s)} s"
            print(f"{line}  {cell.doubts}", flush=True)
    for cell in (*cells.values(), *begun.values()):
        for problem in cell.problems:
            print(f"raised or logged: {problem}")
    passed_s = time.perf_counter() - started_s
    print(f"\n{len(cells) + len(begun)} sessions in {passed_s:.0f} s")
    if options.write:
        options.write.write_text(page(devices, cells, begun), encoding="utf-8")
    bad = [
        marks(d, t, cells[d.title, t.name])
        for d in devices
        for t in TROUBLES
        if (d.title, t.name) in cells
    ]
    sys.exit(any("!" in mark for mark in bad))


if __name__ == "__main__":
    main()
