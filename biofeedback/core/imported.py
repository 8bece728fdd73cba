"""Codec of imported samples: other people's recordings as packets like any other.

A packet holds a second of all mapped streams with explicit time stamps: short enough that a
replay looks live. Longer ones are read as well. Little endian::

    magic "BFI1" | header length u32 | header JSON | per stream: times i64, values f64

The header lists the streams in order: id, kind, rate, channels with units, number of rows. Times
are nanoseconds since the recording's first sample; that moment is also the first entry's host
time 0, so they already are session time.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, get_args

import numpy as np

from biofeedback.core.ports import StreamKind
from biofeedback.core.stream import Channel, FloatArray, IntArray, StreamInfo
from biofeedback.core.units import UNITS

__all__ = ["PACKET_S", "ImportedBlock", "decode", "encode"]

MAGIC = b"BFI1"
PACKET_S = 1.0
"""Longest time one packet spans when written, s."""


@dataclass(frozen=True, slots=True, eq=False)
class ImportedBlock:
    """Rows of one stream within one packet.

    Parameters
    ----------
    info : StreamInfo
        Names, units, nominal rate.
    kind : StreamKind
        What it measures.
    time_ns : ndarray of int64, shape (n_samples,)
        Nanoseconds since the recording's first sample, strictly increasing.
    values : ndarray, shape (n_samples, n_channels)
        NaN where unknown.
    """

    info: StreamInfo
    kind: StreamKind
    time_ns: IntArray
    values: FloatArray


def encode(blocks: Sequence[ImportedBlock]) -> bytes:
    """Write blocks as one payload.

    Parameters
    ----------
    blocks : sequence of ImportedBlock
        Every stream, also one without rows: the first packet announces them all.

    Returns
    -------
    payload : bytes
    """
    header = [
        {
            "stream": block.info.stream_id,
            "kind": block.kind,
            "rate_hz": block.info.sample_rate_hz,
            "channels": [[channel.name, channel.unit] for channel in block.info.channels],
            "rows": len(block.time_ns),
        }
        for block in blocks
    ]
    text = json.dumps(header, separators=(",", ":")).encode()
    parts = [MAGIC, struct.pack("<I", len(text)), text]
    for block in blocks:
        parts.append(np.ascontiguousarray(block.time_ns, "<i8").tobytes())
        parts.append(np.ascontiguousarray(block.values, "<f8").tobytes())
    return b"".join(parts)


def decode(payload: bytes) -> list[ImportedBlock]:
    """Read a payload back.

    Parameters
    ----------
    payload : bytes
        As written by `encode`.

    Returns
    -------
    blocks : list of ImportedBlock

    Raises
    ------
    ValueError
        If it is not such a payload, or cut.
    """
    if payload[:3] != MAGIC[:3] or len(payload) < 8:
        raise ValueError("no imported samples")
    if payload[:4] != MAGIC:
        raise ValueError(f"imported samples of version {payload[3:4]!r}; known is {MAGIC[3:]!r}")
    (length,) = struct.unpack_from("<I", payload, 4)
    position = 8 + length
    blocks = []
    try:
        # From bytes, JSON guesses the encoding, and takes four that nobody writes here.
        for stream in json.loads(payload[8:position].decode("utf-8")):
            channels = tuple(Channel(str(name), str(unit)) for name, unit in stream["channels"])
            info = StreamInfo(str(stream["stream"]), channels, float(stream["rate_hz"]))
            kind, rows = stream["kind"], int(stream["rows"])
            if (
                kind not in get_args(StreamKind)
                or rows < 0
                or not math.isfinite(info.sample_rate_hz)
            ):
                raise ValueError(f"imported stream of kind {kind!r}, {rows} rows")
            if unknown := {channel.unit for channel in channels} - UNITS:
                raise ValueError(f"imported stream with unit {unknown}")
            time_ns = np.frombuffer(payload, "<i8", rows, position).astype(np.int64)
            position += 8 * rows
            values = np.frombuffer(payload, "<f8", rows * len(channels), position)
            position += 8 * rows * len(channels)
            blocks.append(
                ImportedBlock(
                    info,
                    cast(StreamKind, kind),
                    time_ns,
                    values.reshape(rows, len(channels)).astype(np.float64),
                )
            )
    except (KeyError, TypeError, OverflowError, RecursionError) as failure:
        raise ValueError(f"damaged header of imported samples: {failure}") from failure
    if position != len(payload):
        raise ValueError(f"{len(payload)} bytes, the header says {position}")
    return blocks
