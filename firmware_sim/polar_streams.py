"""Samples of a Polar sensor on their way into frames, each stamped with the sensor's own clock."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from firmware_sim.motions import FloatArray
from firmware_sim.polar_frames import (
    FACTOR,
    IntArray,
    Measurement,
    acc_content,
    compressed_content,
    data_frame,
    ecg_content,
    n_bits_for,
)
from firmware_sim.sensors import SensorClock

__all__ = ["Compressor", "FrameStream", "PodClock", "acc_encoder", "ecg_encoder"]

HEAD_LENGTH = 10
TIMER_HZ = 32_768
LATENCY_US = 10_000

Encoder = Callable[[IntArray], tuple[int, bytes]]
"""Takes as many samples as there are, gives how many of them went into the content."""


class PodClock:
    """Nanoseconds since 2000-01-01, as a pod believes that nobody told the date.

    Parameters
    ----------
    powered_us : int
        True time at which it was switched on, µs.
    first_ns : int
        What it believes then, ns.
    error : float
        Rate error of its crystal; 0.01 runs 1 % fast.
    """

    def __init__(self, powered_us: int, first_ns: int, error: float) -> None:
        self._powered_us, self._first_ns, self._error = powered_us, first_ns, error

    def stamp_ns(self, now_us: int) -> int:
        """Return the time of its 32 768 Hz timer.

        Parameters
        ----------
        now_us : int
            True time, µs.

        Returns
        -------
        stamp : int
            ns since 2000-01-01.
        """
        ticks = int((now_us - self._powered_us) * (1.0 + self._error) * TIMER_HZ / 1e6)
        return self._first_ns + ticks * 1_000_000_000 // TIMER_HZ


class FrameStream:
    """One measurement that runs: frames leave when they are full.

    Parameters
    ----------
    measurement : Measurement
        What.
    frame_type : int
        Layout of its frames.
    measure : callable
        Gives the samples at increasing times, s.
    encode : Encoder
        Puts samples into a frame.
    n_most : int
        Most samples of a frame.
    clock : SensorClock
        When samples are taken.
    jitter_us : int
        Largest random delay of a frame, µs.
    chance : numpy.random.Generator
        Of the delay.
    """

    def __init__(
        self,
        measurement: Measurement,
        frame_type: int,
        measure: Callable[[FloatArray], IntArray],
        encode: Encoder,
        n_most: int,
        clock: SensorClock,
        jitter_us: int,
        chance: np.random.Generator,
    ) -> None:
        self._measurement, self._frame_type = measurement, frame_type
        self._measure, self._encode, self._n_most = measure, encode, n_most
        self._clock, self._jitter_us, self._chance = clock, jitter_us, chance
        self._tick = 1
        self._samples: list[IntArray] = []
        self._next: tuple[int, int, bytes] | None = None

    def skip_to(self, now_us: int) -> None:
        """Throw away what was measured before `now_us`: nobody listened.

        Parameters
        ----------
        now_us : int
            Time, µs.
        """
        self._tick = max(1, self._clock.ticks_until(now_us))
        self._samples.clear()
        self._next = None

    def advance(self, now_us: int, pod: PodClock) -> list[tuple[int, bytes]]:
        """Return the frames that left until a time.

        Parameters
        ----------
        now_us : int
            Time, µs.
        pod : PodClock
            Stamps them.

        Returns
        -------
        frames : list of (int, bytes)
            When each left, µs.
        """
        frames: list[tuple[int, bytes]] = []
        while True:
            if self._next is None:
                self._next = self._filled()
            leaves_us, last_us, content = self._next
            if leaves_us > now_us:
                return frames
            stamp_ns = pod.stamp_ns(last_us)
            frames.append(
                (leaves_us, data_frame(self._measurement, stamp_ns, self._frame_type, content))
            )
            self._next = None

    def _filled(self) -> tuple[int, int, bytes]:
        """Work out the next frame: of a scripted body, samples are known before they are due."""
        n_kept = sum(len(block) for block in self._samples)
        ticks = range(self._tick + n_kept, self._tick + self._n_most)
        if ticks:
            due_us = np.array([self._clock.due_us(tick) for tick in ticks], dtype=np.float64)
            self._samples.append(self._measure(due_us / 1e6))
        waiting = np.concatenate(self._samples)
        n, content = self._encode(waiting)
        self._tick += n
        self._samples = [waiting[n:]]
        last_us = self._clock.due_us(self._tick - 1)
        late_us = LATENCY_US + int(self._chance.integers(0, self._jitter_us + 1))
        return last_us + late_us, last_us, content


def ecg_encoder(samples: IntArray) -> tuple[int, bytes]:
    """Put all samples into a frame of the ECG.

    Parameters
    ----------
    samples : ndarray of int, shape (n,)
        µV.

    Returns
    -------
    n, content : int, bytes
    """
    return len(samples), ecg_content(samples)


def acc_encoder(samples: IntArray) -> tuple[int, bytes]:
    """Put all samples into a frame of acceleration of 16 bits.

    Parameters
    ----------
    samples : ndarray of int, shape (n, 3)
        Thousandths of g.

    Returns
    -------
    n, content : int, bytes
    """
    return len(samples), acc_content(samples)


class Compressor:
    """Puts as many samples into a compressed frame as the frame takes, in one to three blocks.

    Parameters
    ----------
    longest : int
        Most bytes of a frame, head included.
    in_factors : bool
        Numbers are steps of :data:`~.polar_frames.FACTOR` g instead of thousandths of g.
    chance : numpy.random.Generator
        How samples are cut into blocks.
    """

    MOST_BLOCKS = 3

    def __init__(self, longest: int, in_factors: bool, chance: np.random.Generator) -> None:
        self._longest, self._in_factors, self._chance = longest, in_factors, chance

    def __call__(self, samples: IntArray) -> tuple[int, bytes]:
        """Return how many samples the frame took, and its content."""
        if self._in_factors:
            samples = np.round(samples / (1000.0 * FACTOR)).astype(np.int64)
        differences = np.diff(samples, axis=0)
        n = len(samples)
        parts = self._chance.random(self._chance.integers(0, self.MOST_BLOCKS))
        while True:
            cuts = np.unique([0, *(parts * (n - 1)).astype(int).tolist(), n - 1]).tolist()
            blocks = [
                (n_bits_for(differences[start:end]), end - start) for start, end in pairwise(cuts)
            ]
            content = compressed_content(samples[:n], blocks)
            if len(content) + HEAD_LENGTH <= self._longest:
                return n, content
            n -= 1
