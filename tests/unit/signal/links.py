"""Simulated sensors and links: what the sensor did is known, so errors are measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from biofeedback.core.ports import Clocking, Samples, SampleStream
from biofeedback.core.stream import Channel, FloatArray, StreamInfo
from biofeedback.signal.timeline import Timeline

DELAY_S = 0.02
START_S = 5.0


@dataclass(frozen=True)
class Arrival:
    """A packet: number of its first sample, how many, when it arrived (s since the origin)."""

    first: int
    n_samples: int
    arrival_s: float


@dataclass(frozen=True)
class Told:
    """What a timeline made of packets."""

    t_s: FloatArray
    number: FloatArray
    new_segment: list[int]
    lost: int
    timeline: Timeline

    def error_s(self, rate_hz: float, skew: float) -> FloatArray:
        """Time given out minus the true time of each sample seen through the least delay."""
        return self.t_s - (self.number / rate_hz * (1.0 + skew) + START_S + DELAY_S)


def link(
    rate_hz: float,
    duration_s: float,
    *,
    skew: float = 0.0,
    batch: tuple[int, int] = (1, 1),
    jitter_s: float = 0.01,
    stalls: float = 0.01,
    seed: int = 1,
) -> list[Arrival]:
    """Simulate a sensor and its link.

    Packets of a random number of samples, each delayed by 20 ms and exponential jitter; with
    probability `stalls` the link stands still for 0.2 to 1 s and then delivers all at once.
    """
    random = np.random.default_rng(seed)
    arrivals = []
    first, free_s = 0, 0.0
    while first < duration_s * rate_hz:
        n_samples = int(random.integers(batch[0], batch[1] + 1))
        taken_s = START_S + (first + n_samples - 1) / rate_hz * (1.0 + skew)
        if random.random() < stalls:
            free_s = max(free_s, taken_s + random.uniform(0.2, 1.0))
        free_s = max(taken_s + DELAY_S + random.exponential(jitter_s), free_s + 0.001)
        arrivals.append(Arrival(first, n_samples, free_s))
        first += n_samples
    return arrivals


def timeline(rate_hz: float, clocking: Clocking, longest_packet_s: float = 0.3) -> Timeline:
    info = StreamInfo("force", (Channel("force", "N"),), rate_hz)
    return Timeline(SampleStream(info, "belt", clocking, longest_packet_s), "sim/1/force", 0)


def samples(
    arrival: Arrival, rate_hz: float, clocking: Clocking, device_start_ns: int = 8 * 10**17
) -> Samples:
    numbers = np.arange(arrival.first, arrival.first + arrival.n_samples)
    return Samples(
        "force",
        arrival.first if clocking == "counter" else None,
        np.rint(numbers / rate_hz * 1e9).astype(np.int64) + device_start_ns
        if clocking in ("device", "given")
        else None,
        np.zeros((arrival.n_samples, 1)),
    )


def told(
    arrivals: Iterable[Arrival],
    rate_hz: float,
    clocking: Clocking,
    line: Timeline | None = None,
    longest_packet_s: float = 0.3,
    device_start_ns: int = 8 * 10**17,
) -> Told:
    line = line or timeline(rate_hz, clocking, longest_packet_s)
    times, numbers, breaks, lost = [], [], [], 0
    for place, arrival in enumerate(arrivals):
        placed = line.place(
            samples(arrival, rate_hz, clocking, device_start_ns), round(arrival.arrival_s * 1e9)
        )
        times.append(placed.t_s)
        numbers.append(np.arange(arrival.first, arrival.first + arrival.n_samples, dtype=float))
        lost += placed.lost
        if placed.new_segment:
            breaks.append(place)
    return Told(np.concatenate(times), np.concatenate(numbers), breaks, lost, line)
