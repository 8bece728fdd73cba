"""Random and mutated bytes for every decoder: nothing may raise, nothing may be kept for ever.

Inputs are golden vectors with bits flipped, cut, joined, repeated and replaced, and plain chance,
fed to decoders in every state of their conversation. The same seed gives the same inputs.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import sys
import time
import tracemalloc
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from biofeedback.core.entry import Packet
from biofeedback.core.ports import DeviceProtocol, Garbage, Samples
from biofeedback.drivers.registry import protocol_for

__all__ = ["PROTOCOLS", "Fuzzed", "corpus", "fuzz", "mutated"]

VECTORS = Path(__file__).parents[1] / "tests" / "vectors"
BOARDS = Path(__file__).parents[1] / "examples" / "boards"
MOST_MEMORY_BYTES = 64 * 1024
ROUND = 400
"""Inputs of one conversation; then a new one begins."""
LONGEST = 600
Seed = tuple[str, bytes]


@dataclass(frozen=True)
class Language:
    """A decoder: its driver, where its vectors are, and the ways it can be set up."""

    driver: str
    vectors: str
    session: str
    options: Sequence[Mapping[str, str | int | float | bool]] = ({},)


PROTOCOLS = {
    "godirect": Language("godirect", "godirect", "session.jsonl"),
    "witmotion": Language("witmotion", "witmotion", "session.jsonl", ({}, {"device_time": True})),
    "witmotion_ble": Language("witmotion_ble", "witmotion", "ble_session.jsonl"),
    "polar": Language("polar", "polar", "session.jsonl", ({}, {"ecg": True})),
    "heart_rate": Language("heart_rate", "heart_rate", "session.jsonl"),
    "text_serial": Language(
        "text_serial",
        "text_lines",
        "session.jsonl",
        ({}, {"board": (BOARDS / "two_belts.toml").read_text(encoding="utf-8")}),
    ),
    "text_ble": Language(
        "text_ble",
        "text_lines",
        "ble_session.jsonl",
        ({}, {"board": (BOARDS / "imu_over_bluetooth.toml").read_text(encoding="utf-8")}),
    ),
    "imported": Language("imported", "imported", ""),
}


@dataclass(frozen=True)
class Fuzzed:
    """What became of the inputs of one decoder."""

    inputs: int
    input_bytes: int
    samples: int
    garbage: int
    kept_bytes: int
    grown_mb: float
    seconds: float
    failures: tuple[str, ...]


def corpus(language: Language) -> tuple[list[Seed], list[Seed]]:
    """Return everything a device ever said in the vectors, and one whole conversation."""
    if language.vectors == "imported":
        said = imported_seeds()
        return said, said
    folder = VECTORS / language.vectors
    said = [seed for path in sorted(folder.glob("*.jsonl")) for seed in read_seeds(path)]
    return said, list(read_seeds(folder / language.session))


def read_seeds(path: Path) -> Iterator[Seed]:
    """Read endpoint and bytes of what the device says in a file of vectors."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["direction"] == "rx":
            yield row["endpoint"], bytes.fromhex(row["hex"])


def imported_seeds() -> list[Seed]:
    """Packets as the importers write them."""
    import numpy as np

    from biofeedback.core.imported import ImportedBlock, encode
    from biofeedback.core.stream import Channel, StreamInfo

    info = StreamInfo("chest", (Channel("excursion", "a.u."),), 10.0)
    seeds = []
    for first in (0, 3):
        time_ns = (np.arange(first, first + 3) * 100_000_000).astype(np.int64)
        block = ImportedBlock(info, "belt", time_ns, np.array([[1.5], [np.nan], [-2.0]]))
        seeds.append(("imported", encode([block])))
    return seeds


def mutated(seeds: Sequence[Seed], chance: random.Random) -> Seed:
    """Make one input out of the vectors, or of nothing."""
    endpoint, payload = chance.choice(seeds)
    data = bytearray(payload)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        match chance.randrange(8):
            case 0:  # bits flip
                for _ in range(chance.randint(1, 3) if data else 0):
                    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case 1:  # cut
                start = chance.randrange(len(data) + 1)
                data = data[start : chance.randint(start, len(data))]
            case 2:  # joined with another
                data += chance.choice(seeds)[1]
            case 3:  # repeated
                data *= chance.randint(2, 4)
            case 4:  # a byte becomes another, often a telling one
                if data:
                    at = chance.randrange(len(data))
                    data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
            case 5:  # something in between
                at = chance.randrange(len(data) + 1)
                data[at:at] = chance.randbytes(chance.randint(1, 16))
            case 6:  # two halves of two
                other = chance.choice(seeds)[1]
                data = data[: len(data) // 2] + other[len(other) // 2 :]
            case _:  # chance alone
                data = bytearray(chance.randbytes(chance.randint(0, 64)))
    if chance.random() < 0.02:
        endpoint = chance.choice(seeds)[0] if chance.random() < 0.5 else "elsewhere"
    return endpoint, bytes(data[:LONGEST])


class _Listener:
    """Feeds a decoder and keeps the books."""

    def __init__(self, language: Language, seed: int) -> None:
        self._language = language
        self._seeds, self._session = corpus(language)
        self._chance = random.Random(seed)
        self._now_ns = 0
        self.inputs = self.input_bytes = self.samples = self.garbage = 0
        self.failures: list[str] = []
        self._protocols = [
            protocol_for(f"{language.driver}/1", options) for options in language.options
        ]

    def conversation(self) -> None:
        """Begin anew, perhaps get through the handshake, then hear anything at all."""
        protocol = self._chance.choice(self._protocols)
        self._take(protocol.start())
        if self._chance.random() < 0.7:
            for endpoint, payload in self._session:
                self._hear(protocol, endpoint, payload)
        for _ in range(ROUND):
            endpoint, payload = mutated(self._seeds, self._chance)
            self.inputs += 1
            self.input_bytes += len(payload)
            self._hear(protocol, endpoint, payload)
        if self._chance.random() < 0.8:
            self._take(protocol.stop())

    def _hear(self, protocol: DeviceProtocol, endpoint: str, payload: bytes) -> None:
        self._now_ns += self._chance.choice((0, 1_000_000, 10_000_000, 100_000_000))
        packet = Packet(self._now_ns, "fuzz/1", "rx", endpoint, payload)
        try:
            self._take(protocol.receive(packet))
            if self._chance.random() < 0.1:
                self._now_ns += self._chance.choice((250_000_000, 250_000_000, 6_000_000_000))
                self._take(protocol.wake(self._now_ns))
        except Exception as failure:
            if len(self.failures) < 20:
                self.failures.append(f"{failure!r} at {endpoint} {payload.hex()}")

    def _take(self, outputs: object) -> None:
        assert hasattr(outputs, "__iter__")
        for output in outputs:
            if isinstance(output, Samples):
                self.samples += len(output.values)
            elif isinstance(output, Garbage):
                self.garbage += 1


def fuzz(name: str, n_inputs: int, seed: int = 1, n_weighed: int = 20) -> Fuzzed:
    """Feed a decoder.

    Parameters
    ----------
    name : str
        Of a driver.
    n_inputs : int
        How many inputs at least.
    seed : int
        Another one gives other inputs.
    n_weighed : int
        Conversations over which what is kept is weighed.

    Returns
    -------
    fuzzed : Fuzzed
    """
    listener = _Listener(PROTOCOLS[name], seed)
    started_s, rss_mb = time.perf_counter(), 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning is a fault here as well
        while listener.inputs < n_inputs:
            listener.conversation()
            rss_mb = rss_mb or peak_mb()  # behind the first round: what is kept on purpose is there
    seconds = time.perf_counter() - started_s
    grown_mb, inputs, input_bytes = peak_mb() - rss_mb, listener.inputs, listener.input_bytes
    samples, garbage = listener.samples, listener.garbage
    tracemalloc.start()
    listener.conversation()
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(n_weighed):
        listener.conversation()
    gc.collect()
    kept_bytes = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return Fuzzed(
        inputs,
        input_bytes,
        samples,
        garbage,
        kept_bytes,
        grown_mb,
        seconds,
        tuple(listener.failures),
    )


def peak_mb() -> float:
    """Peak resident memory of this process, MB (kilobytes are the unit on Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=2_000_000, help="per protocol")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(PROTOCOLS))
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    figures = {}
    bad = False
    for name in [options.only] if options.only else PROTOCOLS:
        done = fuzz(name, options.inputs, options.seed)
        figures[name] = vars(done)
        print(
            f"{name:14} {done.inputs:9} inputs, {done.input_bytes / 1e6:6.1f} MB in "
            f"{done.seconds:5.0f} s; {done.samples:9} samples, {done.garbage:9} pieces of garbage; "
            f"{len(done.failures)} exceptions; keeps {done.kept_bytes} bytes, "
            f"process grew by {done.grown_mb:.1f} MB",
            flush=True,
        )
        for failure in done.failures:
            print(f"  {failure}")
        bad |= bool(done.failures) or done.kept_bytes > MOST_MEMORY_BYTES
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"benchmark": "fuzz", **figures}, indent=2) + "\n")
    sys.exit(bad)


if __name__ == "__main__":
    main()
