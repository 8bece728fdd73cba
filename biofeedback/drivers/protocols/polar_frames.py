"""Polar's data frames: head, samples, compressed samples, and when each sample was taken.

Every table is in ``docs/protocols/polar.md``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from biofeedback.core.stream import FloatArray, IntArray
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.drivers.protocols.polar_control import MEASUREMENT_MASK, Measurement

__all__ = ["DataFrame", "FrameClock", "data_frame", "scale_mps2"]

HEAD = struct.Struct("<BQB")
COMPRESSED_COUNTS, COMPRESSED_MG = 0x80, 0x81
N_AXES, REFERENCE_BYTES = 3, 6
MOST_BITS = 24
LATEST_NS = 1 << 62
"""Times from here on are damaged; sums of those below cannot overflow, ns."""
OFF_PERIOD = 0.25
"""A period may be off the nominal one by so much; more is a missing frame."""

_SAMPLE_BYTES = MappingProxyType(
    {
        (Measurement.ECG, 0): 3,
        (Measurement.ACCELERATION, 0): 1,
        (Measurement.ACCELERATION, 1): 2,
        (Measurement.ACCELERATION, 2): 3,
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class DataFrame:
    """A data notification.

    Parameters
    ----------
    measurement : Measurement
        What was measured.
    stamp_ns : int
        Time of the last sample on the device's clock, ns.
    frame_type : int
        How the samples were written.
    counts : ndarray of int64, shape (n_samples, n_channels)
        As sent, decompressed, not scaled.
    """

    measurement: Measurement
    stamp_ns: int
    frame_type: int
    counts: IntArray


def data_frame(payload: bytes) -> DataFrame | str:
    """Read a data notification.

    Parameters
    ----------
    payload : bytes
        Any bytes.

    Returns
    -------
    frame : DataFrame or str
        Why they cannot be read, in few words, if they cannot.
    """
    if len(payload) <= HEAD.size:
        return "too short"
    kind, stamp_ns, frame_type = HEAD.unpack_from(payload)
    kind &= MEASUREMENT_MASK
    if kind not in (Measurement.ECG, Measurement.ACCELERATION):
        return "unknown measurement"
    measurement = Measurement(kind)
    if stamp_ns >= LATEST_NS:
        return "time out of range"
    content = payload[HEAD.size :]
    counts: IntArray | None
    if measurement is Measurement.ACCELERATION and frame_type in (COMPRESSED_COUNTS, COMPRESSED_MG):
        counts = _decompressed(content)
        if counts is None:
            return "damaged block"
    else:
        n_bytes = _SAMPLE_BYTES.get((measurement, frame_type))
        if n_bytes is None:
            return "unknown frame type"
        n_channels = 1 if measurement is Measurement.ECG else N_AXES
        if len(content) % (n_bytes * n_channels):
            return "length disagrees with frame type"
        counts = _signed(content, n_bytes).reshape(-1, n_channels)
    return DataFrame(measurement, stamp_ns, frame_type, counts)


def scale_mps2(frame_type: int, factor: float | None) -> float | None:
    """Return what a count of acceleration is worth.

    Parameters
    ----------
    frame_type : int
        Of the frame.
    factor : float or None
        As told when the measurement was started.

    Returns
    -------
    scale_mps2 : float or None
        Acceleration per count, m/s²; None if the factor is needed and not known.
    """
    if frame_type == COMPRESSED_COUNTS:
        return None if factor is None else factor * STANDARD_GRAVITY_MPS2
    scale_mg = 1.0 if frame_type != COMPRESSED_MG or factor is None else factor
    return scale_mg * STANDARD_GRAVITY_MPS2 / 1000.0


def _signed(content: bytes, n_bytes: int) -> IntArray:
    """Read little-endian numbers of 1, 2 or 3 bytes."""
    if n_bytes < 3:
        return np.frombuffer(content, dtype=f"<i{n_bytes}").astype(np.int64)
    parts = np.frombuffer(content, dtype=np.uint8).reshape(-1, 3).astype(np.int64)
    unsigned: IntArray = parts @ np.array([1, 1 << 8, 1 << 16])
    return (unsigned ^ 0x800000) - 0x800000


def _decompressed(content: bytes) -> IntArray | None:
    """Undo delta compression of three axes; None if a block is damaged."""
    if len(content) < REFERENCE_BYTES:
        return None
    steps = [_signed(content[:REFERENCE_BYTES], 2).reshape(1, N_AXES)]
    packed = np.frombuffer(content, dtype=np.uint8)
    at = REFERENCE_BYTES
    while at < len(content):
        if at + 2 > len(content):
            return None
        bits, count = content[at], content[at + 1]
        n_bits = bits * count * N_AXES
        end = at + 2 + (n_bits + 7) // 8
        if not 1 <= bits <= MOST_BITS or not count or end > len(content):
            return None
        steps.append(_unpacked(packed[at + 2 : end], bits, count * N_AXES).reshape(-1, N_AXES))
        at = end
    summed: IntArray = np.cumsum(np.concatenate(steps), axis=0)
    return summed


def _unpacked(packed: NDArray[np.uint8], bits: int, count: int) -> IntArray:
    """Read two's complement numbers packed from the least significant bit up."""
    weights = 1 << np.arange(bits, dtype=np.int64)
    weights[-1] = -weights[-1]
    flags = np.unpackbits(packed, count=bits * count, bitorder="little").reshape(count, bits)
    values: IntArray = flags @ weights
    return values


class FrameClock:
    """Gives each sample its time from the stamps of the frames.

    Samples are spread evenly between the stamp of the frame before and that of their own. Where
    those are too far apart or too close they are counted back by the last good period.

    Parameters
    ----------
    rate_hz : float
        Nominal rate, Hz.
    """

    def __init__(self, rate_hz: float) -> None:
        self._nominal_ns = self._period_ns = 1e9 / rate_hz
        self._stamp_ns: int | None = None

    def times_ns(self, stamp_ns: int, n_samples: int) -> IntArray:
        """Return when the samples of a frame were taken.

        Parameters
        ----------
        stamp_ns : int
            Time of its last sample, ns.
        n_samples : int
            How many it holds, ≥ 1.

        Returns
        -------
        times_ns : ndarray of int64, shape (n_samples,)
        """
        if self._stamp_ns is not None:
            period_ns = (stamp_ns - self._stamp_ns) / n_samples
            if abs(period_ns / self._nominal_ns - 1.0) <= OFF_PERIOD:
                self._period_ns = period_ns
        self._stamp_ns = stamp_ns
        back: FloatArray = np.rint(np.arange(n_samples - 1, -1, -1) * self._period_ns)
        return stamp_ns - back.astype(np.int64)
