"""Bytes of the Polar measurement data service, as the sensor builds and reads them."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

__all__ = [
    "FACTOR",
    "Measurement",
    "Op",
    "Request",
    "Setting",
    "Status",
    "acc_content",
    "compressed_content",
    "data_frame",
    "ecg_content",
    "features",
    "n_bits_for",
    "parse_request",
    "reply",
    "settings_bytes",
]

IntArray = npt.NDArray[np.int64]

MEASUREMENT_MASK = 0x3F
FACTOR = 0.000244
"""g in one step of a compressed frame of older firmware."""


class Op(IntEnum):
    """Requests to the control point."""

    SETTINGS = 1
    START = 2
    STOP = 3


class Measurement(IntEnum):
    """What can be measured."""

    ECG = 0
    PPG = 1
    ACCELERATION = 2
    PULSE_INTERVALS = 3
    ANGULAR_RATE = 5
    MAGNETIC_FIELD = 6
    SKIN_TEMPERATURE = 7
    SDK_MODE = 9


class Setting(IntEnum):
    """How it is measured."""

    RATE = 0
    RESOLUTION = 1
    RANGE = 2
    MILLI_RANGE = 3
    CHANNELS = 4
    FACTOR = 5


_LAYOUTS = {
    Setting.RATE: "<H",
    Setting.RESOLUTION: "<H",
    Setting.RANGE: "<H",
    Setting.MILLI_RANGE: "<I",
    Setting.CHANNELS: "<B",
    Setting.FACTOR: "<f",
}


class Status(IntEnum):
    """How the control point answers."""

    DONE = 0
    UNKNOWN_OP = 1
    UNKNOWN_MEASUREMENT = 2
    NOT_SUPPORTED = 3
    BAD_LENGTH = 4
    BAD_PARAMETER = 5
    ALREADY_IN_STATE = 6
    BAD_RESOLUTION = 7
    BAD_RATE = 8
    BAD_RANGE = 9
    BAD_MTU = 10
    BAD_CHANNELS = 11
    IN_CHARGER = 13


@dataclass(frozen=True, slots=True)
class Request:
    """What a host asked for.

    Parameters
    ----------
    op : int
        May be none of :class:`Op`.
    measurement : int
        May be none of :class:`Measurement`.
    settings : dict of Setting to int or float, or None
        The chosen settings; None where they cannot be read.
    """

    op: int
    measurement: int
    settings: dict[Setting, float] | None


def features(measurements: Collection[Measurement]) -> bytes:
    """Build what reading the control point gives.

    Parameters
    ----------
    measurements : collection of Measurement
        Those below 8 have a bit in the first byte, SDK mode one in the second.

    Returns
    -------
    features : bytes
        17 bytes.
    """
    first = sum(1 << measurement for measurement in measurements if measurement < 8)
    second = 0x02 if Measurement.SDK_MODE in measurements else 0
    return bytes([0x0F, first, second]).ljust(17, b"\0")


def settings_bytes(settings: Mapping[Setting, Sequence[float]]) -> bytes:
    """Build a list of settings.

    Parameters
    ----------
    settings : mapping of Setting to sequence of int or float
        The values of each, in order.

    Returns
    -------
    parameters : bytes
    """
    return b"".join(
        bytes([setting, len(values)]) + b"".join(struct.pack(_LAYOUTS[setting], v) for v in values)
        for setting, values in settings.items()
    )


def reply(
    op: int, measurement: int, status: Status, parameters: bytes = b"", more: int = 0
) -> bytes:
    """Build the reply to a request that was done.

    Parameters
    ----------
    op, measurement : int
        As asked.
    status : Status
        What became of it.
    parameters : bytes
        Behind the ``more`` byte.
    more : int
        Other than 0 where the parameters go on in the next reply.

    Returns
    -------
    indication : bytes
    """
    return bytes([0xF0, op, measurement, status, more]) + parameters


def parse_request(data: bytes) -> Request | None:
    """Read a request.

    Parameters
    ----------
    data : bytes
        As written to the control point.

    Returns
    -------
    request : Request or None
        None if it is too short to be one.
    """
    if len(data) < 2:
        return None
    settings: dict[Setting, float] = {}
    at = 2
    while at < len(data):
        layout = _LAYOUTS.get(data[at])  # type: ignore[call-overload]
        if layout is None or data[at + 1 : at + 2] != b"\x01":
            return Request(data[0], data[1] & MEASUREMENT_MASK, None)
        size = struct.calcsize(layout)
        if at + 2 + size > len(data):
            return Request(data[0], data[1] & MEASUREMENT_MASK, None)
        (settings[Setting(data[at])],) = struct.unpack_from(layout, data, at + 2)
        at += 2 + size
    return Request(data[0], data[1] & MEASUREMENT_MASK, settings)


def data_frame(measurement: Measurement, stamp_ns: int, frame_type: int, content: bytes) -> bytes:
    """Build a notification of measured samples.

    Parameters
    ----------
    measurement : Measurement
        Which.
    stamp_ns : int
        Time of the last sample, ns since 2000-01-01 of the sensor's clock.
    frame_type : int
        Layout of `content`; bit 7 for compressed.
    content : bytes
        The samples.

    Returns
    -------
    notification : bytes
    """
    return struct.pack("<BQB", measurement, stamp_ns, frame_type) + content


def ecg_content(voltage_uv: IntArray) -> bytes:
    """Build samples of frame type 0 of the ECG.

    Parameters
    ----------
    voltage_uv : ndarray of int, shape (n,)
        µV.

    Returns
    -------
    content : bytes
        Three bytes for each.
    """
    return b"".join(int(v).to_bytes(3, "little", signed=True) for v in voltage_uv)


def acc_content(acc_mg: IntArray) -> bytes:
    """Build samples of frame type 1 of acceleration.

    Parameters
    ----------
    acc_mg : ndarray of int, shape (n, 3)
        Thousandths of g.

    Returns
    -------
    content : bytes
        Six bytes for each.
    """
    return bytes(acc_mg.astype("<i2").tobytes())


def n_bits_for(differences: IntArray) -> int:
    """Return how many bits the two's complement of all of them needs.

    Parameters
    ----------
    differences : ndarray of int
        Any shape, not empty.

    Returns
    -------
    n_bits : int
        At least 1.
    """
    lowest, highest = int(differences.min()), int(differences.max())
    return 1 + max((-lowest - 1 if lowest < 0 else 0).bit_length(), max(highest, 0).bit_length())


def compressed_content(samples: IntArray, blocks: Sequence[tuple[int, int]]) -> bytes:
    """Build samples of the compressed frame types: a reference, then blocks of differences.

    Parameters
    ----------
    samples : ndarray of int, shape (n, 3)
        16-bit numbers.
    blocks : sequence of (n_bits, count)
        Bits of a difference, and samples, of each block; the counts add up to n − 1.

    Returns
    -------
    content : bytes

    Raises
    ------
    ValueError
        If the blocks do not hold all samples.
    """
    if sum(count for _, count in blocks) != len(samples) - 1:
        raise ValueError(f"blocks {list(blocks)} do not hold {len(samples) - 1} differences")
    content = acc_content(samples[:1])
    differences = np.diff(samples, axis=0)
    at = 0
    for n_bits, count in blocks:
        block = differences[at : at + count].ravel().tolist()
        at += count
        packed = sum((d & (1 << n_bits) - 1) << i * n_bits for i, d in enumerate(block))
        size = -(-n_bits * len(block) // 8)
        content += bytes([n_bits, count]) + packed.to_bytes(size, "little")
    return content
