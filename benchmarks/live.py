"""What a live session costs: per cent of a core, and how late a packet is seen.

A simulated person wears two belts on the simulated radio and an IMU on a pseudo-terminal, all in
this process, so the whole includes the simulator. The instrument alone is measured by feeding the
recorded entries again, grouped as the engine groups them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from biofeedback.cli.demo.announcing import Announcer
from biofeedback.cli.demo.kits import KITS
from biofeedback.cli.demo.running import run_live
from biofeedback.core.entry import Entry
from biofeedback.session import live
from biofeedback.session.engine import GATHER_S, Mail
from biofeedback.session.instrument import Instrument
from biofeedback.session.sessions import make_kernel, open_reader, recording
from firmware_sim.scenarios import scenario


def groups(entries: list[Entry]) -> list[list[Entry]]:
    """Group entries as the engine does: whatever came within `GATHER_S`."""
    grouped: list[list[Entry]] = []
    until_ns = -1
    for entry in entries:
        if entry.host_time_ns > until_ns or not grouped:
            grouped.append([])
            until_ns = entry.host_time_ns + int(GATHER_S * 1e9)
        grouped[-1].append(entry)
    return grouped


def measure(seconds: float) -> dict[str, float]:
    latencies_ms: list[float] = []
    update = live.Live.update

    def listening(self: live.Live, mails: list[Mail]) -> None:
        latencies_ms.extend(
            (mail.published_ns - at_ns) / 1e6 for mail in mails for at_ns in mail.received_ns
        )
        update(self, mails)

    live.Live.update = listening  # type: ignore[method-assign, assignment]
    with tempfile.TemporaryDirectory() as folder:
        kit = KITS["clinic"]
        body = scenario("quiet", seconds, 1)
        worn = kit.firmwares(body, 1)
        cpu_s = time.process_time()
        with recording(Path(folder) / "s", kit.description("bench")) as writer:
            run_live(kit, worn, writer, seconds, 1.0, Announcer(body.script))
        whole_s = time.process_time() - cpu_s
        reader = open_reader(Path(folder) / "s")
        entries = list(reader.entries())
        instrument = Instrument(make_kernel(reader.description))
        cpu_s = time.process_time()
        for group in groups(entries):
            instrument.feed(group)
        alone_s = time.process_time() - cpu_s
    session_s = (entries[-1].host_time_ns - entries[0].host_time_ns) / 1e9
    # The first seconds are spent connecting.
    steady = sorted(latencies_ms[len(latencies_ms) // 10 :])
    return {
        "session_s": session_s,
        "entries_per_s": len(entries) / session_s,
        "whole_with_simulator_core_pct": 100 * whole_s / session_s,
        "instrument_core_pct": 100 * alone_s / session_s,
        "packet_to_snapshot_p50_ms": statistics.median(steady),
        "packet_to_snapshot_p95_ms": steady[int(0.95 * len(steady))],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    figures = {"benchmark": "live", **measure(options.seconds)}
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
