"""Reads all that can be read of an MCAP file, whatever happened to it.

A file that was never finished has no index, and one flipped byte makes a stock reader give up.
Here the file is walked record by record: each must be consistent in itself, each chunk must match
its CRC. Where one does not, the next consistent chunk is looked for, so that damage costs what it
touches and no more. Memory stays at one chunk.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, DataEnd, Header, Message, Metadata
from mcap.stream_reader import breakup_chunk

__all__ = ["LARGEST_RECORD_BYTES", "Unreadable", "readable_records"]

LARGEST_RECORD_BYTES = 1 << 28
MAGIC = b"\x89MCAP0\r\n"
PREAMBLE = struct.Struct("<BQ")
# Where a chunk begins is known from the name of its compression, which stands this far inside.
COMPRESSION_MARK = struct.pack("<I", 4) + b"zstd"
MARK_OFFSET = PREAMBLE.size + 8 + 8 + 8 + 4
CHUNK_FIXED_BYTES = 8 + 8 + 8 + 4 + 4 + 8
SEARCH_BYTES = 1 << 20
# The libraries give up in several ways on bytes that are not theirs.
UNUSABLE = (
    McapError,
    zstandard.ZstdError,
    struct.error,
    ValueError,
    EOFError,
    OverflowError,
    LookupError,
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that could not be read.

    Parameters
    ----------
    offset : int
        Where they begin in the file.
    n_bytes : int
        How many.
    """

    offset: int
    n_bytes: int


Readable = Channel | Message | Metadata | DataEnd
_Outer = Header | Chunk | Metadata | DataEnd | None


def readable_records(stream: BinaryIO) -> Iterator[Readable | Unreadable]:
    """Give the records of an MCAP file in file order, and what lies unreadable between them.

    Parameters
    ----------
    stream : binary file
        Seekable; only read.

    Yields
    ------
    record : Channel, Message, Metadata, DataEnd or Unreadable
        Chunks are given as what is in them. After a DataEnd nothing follows: what comes in the
        file is an index that repeats what was read.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    offset = len(MAGIC)
    if stream.read(offset) != MAGIC:
        yield Unreadable(0, min(offset, size))
    while offset < size:
        found = _record_at(stream, offset, size)
        if found is None:
            following = _next_chunk(stream, offset + 1, size)
            yield Unreadable(offset, following - offset)
            offset = following
            continue
        record, end = found
        if isinstance(record, Chunk):
            contents = _contents(record)
            if contents is None:
                yield Unreadable(offset, end - offset)
            else:
                yield from contents
        elif isinstance(record, Metadata):
            yield record
        elif isinstance(record, DataEnd):
            yield record
            return
        offset = end


def _record_at(stream: BinaryIO, offset: int, size: int) -> tuple[_Outer, int] | None:
    """Read the record at `offset`, and where it ends; None if it is not consistent."""
    stream.seek(offset)
    preamble = stream.read(PREAMBLE.size)
    if len(preamble) < PREAMBLE.size:
        return None
    opcode, length = PREAMBLE.unpack(preamble)
    end = offset + PREAMBLE.size + length
    if end > size or length > LARGEST_RECORD_BYTES:
        return None
    if opcode == Opcode.MESSAGE_INDEX:
        head = stream.read(6)
        consistent = len(head) == 6 and int.from_bytes(head[2:], "little") == length - 6
        return (None, end) if consistent else None
    reader = {
        Opcode.HEADER: Header.read,
        Opcode.CHUNK: Chunk.read,
        Opcode.METADATA: Metadata.read,
        Opcode.DATA_END: DataEnd.read,
    }.get(opcode)
    if reader is None:
        return None
    body = ReadDataStream(BytesIO(stream.read(length)))
    try:
        record: _Outer = reader(body)
    except UNUSABLE:
        return None
    consistent = body.count == length
    if isinstance(record, Chunk):
        inside = CHUNK_FIXED_BYTES + len(record.compression.encode()) + len(record.data)
        consistent = consistent and inside == length
    return (record, end) if consistent else None


def _contents(chunk: Chunk) -> list[Channel | Message] | None:
    """Unpack a chunk; None if it does not match its CRC."""
    try:
        if chunk.uncompressed_size > LARGEST_RECORD_BYTES:
            return None
        if chunk.compression == "zstd":
            # The frame says its own size, which is what would be allocated.
            size = zstandard.get_frame_parameters(chunk.data).content_size
            if size not in (chunk.uncompressed_size, zstandard.CONTENTSIZE_UNKNOWN):
                return None
        records = breakup_chunk(chunk, validate_crc=True)
    except UNUSABLE:
        return None
    return [record for record in records if isinstance(record, Channel | Message)]


def _next_chunk(stream: BinaryIO, start: int, size: int) -> int:
    """Return where the next consistent chunk begins, or the end of the file."""
    position = start
    while position < size:
        stream.seek(position)
        block = stream.read(SEARCH_BYTES)
        found = block.find(COMPRESSION_MARK)
        while found >= 0:
            candidate = position + found - MARK_OFFSET
            if candidate >= start:
                record = _record_at(stream, candidate, size)
                if record is not None and isinstance(record[0], Chunk):
                    return candidate
            found = block.find(COMPRESSION_MARK, found + 1)
        if len(block) < SEARCH_BYTES:
            break
        position += len(block) - len(COMPRESSION_MARK) + 1
    return size
