"""How fast every decoder is, as a multiple of the rate at which its sensor sends.

A minute of each simulated sensor, handshake included, is recorded in simulated time and then
decoded again and again by fresh decoders, packet by packet as it came.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from benchmarks.fault_devices import DEVICES, TwinDevice
from benchmarks.simulated import Sensor, simulate
from biofeedback.core.entry import Entry, LinkChange, Packet, Tick
from biofeedback.core.ports import Samples
from firmware_sim.scenarios import scenario

SECONDS = 60.0
MOST_TRIES = 5


def recorded(device: TwinDevice, seconds: float) -> list[Entry]:
    """Record everything that enters a session with one device."""
    made = device.make(scenario("quiet", seconds + 5.0, 1), 0.0)
    outcome = simulate({device.device_id: Sensor(device.protocol(), made)}, seconds)
    return outcome.entries


def decoded(device: TwinDevice, entries: list[Entry]) -> tuple[float, int]:
    """Decode a recording; return the processor time, s, and how many samples came."""
    protocol = device.protocol()
    n_samples = 0
    started_s = time.process_time()
    for entry in entries:
        match entry:
            case Packet(direction="rx"):
                outputs = protocol.receive(entry)
            case LinkChange(state="open"):
                outputs = protocol.start()
            case Tick():
                outputs = protocol.wake(entry.host_time_ns)
            case _:
                continue
        for output in outputs:
            if isinstance(output, Samples):
                n_samples += len(output.values)
    return time.process_time() - started_s, n_samples


def measure(device: TwinDevice, seconds: float = SECONDS) -> dict[str, float]:
    """Decode a recording of a device several times; the fastest counts.

    Parameters
    ----------
    device : TwinDevice
        Which.
    seconds : float
        Length of the recording, s.

    Returns
    -------
    figures : dict of str to float
    """
    entries = recorded(device, seconds)
    packets = [e for e in entries if isinstance(e, Packet) and e.direction == "rx"]
    took_s, n_samples = min(decoded(device, entries) for _ in range(MOST_TRIES))
    return {
        "packets_per_s": len(packets) / seconds,
        "bytes_per_s": sum(len(packet.payload) for packet in packets) / seconds,
        "samples": n_samples,
        "us_per_packet": 1e6 * took_s / len(packets),
        "times_real_rate": seconds / took_s,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    figures: dict[str, object] = {"benchmark": "decode", "length_s": options.seconds}
    for device in DEVICES:
        done = measure(device, options.seconds)
        figures[device.title] = done
        print(
            f"{device.title:42} {done['packets_per_s']:6.1f} packets/s, "
            f"{done['us_per_packet']:6.1f} µs each: {done['times_real_rate']:8.0f} x real rate"
        )
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
