"""Reads a session folder, whole, torn or damaged, and says where a torn one ends.

Reading never changes the original: a file without a footer is read chunk by chunk, each checked
by its CRC, up to the tear.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mcap.exceptions import McapError
from mcap.records import Channel, Chunk, DataEnd, Footer, Message, Schema
from mcap.stream_reader import StreamReader, breakup_chunk
from zstandard import ZstdError

from biofeedback.core.entry import Entry
from biofeedback.core.errors import RecordingFormatError
from biofeedback.core.stream import Event
from biofeedback.recording.layout import (
    INPUT_FILE,
    OUTPUT_FILE,
    PART,
    SESSION_FILE,
    SessionDescription,
    entry_of,
    event_of,
)

__all__ = ["Digest", "SessionReader"]

# The library gives up in several ways on bytes that are no MCAP; each is a tear to us.
TORN = (
    McapError,
    ZstdError,
    struct.error,
    ValueError,
    EOFError,
    OverflowError,
    MemoryError,
    LookupError,
)
LARGEST_RECORD = 1 << 30


@dataclass(frozen=True, slots=True)
class Digest:
    """Hash over everything that came out up to an entry.

    Parameters
    ----------
    feed_index : int
        Last entry fed.
    digest : str
        Hexadecimal.
    """

    feed_index: int
    digest: str


@dataclass(slots=True)
class _Tear:
    """What was wrong with a file, as far as it was read."""

    bad_chunks: int = 0
    ended: bool = False
    bytes_unread: int = 0
    last_time_ns: int = 0
    topics: dict[int, str] = field(default_factory=dict)


class SessionReader:
    """A session folder.

    Parameters
    ----------
    folder : Path
        The folder, or a file inside it.

    Raises
    ------
    RecordingFormatError
        If it is not a session.
    RecordingVersionError
        If a newer version wrote it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.parent if folder.is_file() else folder
        path = self.folder / SESSION_FILE
        if not path.is_file():
            raise RecordingFormatError(
                f"{self.folder} holds no {SESSION_FILE}, so it is not a session; "
                "choose a session folder, or use `biofeedback import` for other recordings",
                self.folder,
            )
        self.description = SessionDescription.from_json(
            path.read_text(encoding="utf-8", errors="replace"), path
        )
        self._input = self._existing(INPUT_FILE)

    def _existing(self, name: str) -> Path:
        for candidate in (self.folder / name, self.folder / (name + PART)):
            if candidate.is_file():
                return candidate
        raise RecordingFormatError(
            f"{self.folder} holds no {name}; restore it from a copy of the session", self.folder
        )

    def entries(self) -> Iterator[Entry]:
        """Give every readable entry in feed order.

        Yields
        ------
        entry : Entry
        """
        tear = _Tear()
        for topic, message in _messages(self._input, tear):
            yield entry_of(topic, message.data, message.log_time)

    def events(self) -> Iterator[Event]:
        """Give the recorded events in the order in which they were written.

        Yields
        ------
        event : Event
        """
        for topic, message in _messages(self._existing(OUTPUT_FILE), _Tear()):
            if topic.startswith("/event/"):
                yield event_of(topic, message.data)

    def digests(self) -> Iterator[Digest]:
        """Give the recorded digests in order.

        Yields
        ------
        digest : Digest
        """
        for topic, message in _messages(self._existing(OUTPUT_FILE), _Tear()):
            if topic == "/digest":
                fields = json.loads(message.data)
                yield Digest(int(fields["feed_index"]), str(fields["digest"]))

    def torn(self) -> str:
        """Say where the recording ends when it was not closed or is damaged; empty when whole.

        Returns
        -------
        words : str
        """
        tear = _Tear()
        first_ns, n_entries = 0, 0
        for _, message in _messages(self._input, tear):
            first_ns = first_ns or message.log_time
            n_entries += 1
        if tear.ended and not tear.bad_chunks and self._input.suffix != PART:
            return ""
        length_s = (tear.last_time_ns - first_ns) / 1e9 if n_entries else 0.0
        damage = f"; {tear.bad_chunks} damaged pieces were left out" if tear.bad_chunks else ""
        return (
            f"was not closed: it ends after {length_s:.2f} s and {n_entries} entries"
            f"{damage}; {tear.bytes_unread} bytes at the end could not be read"
        )


def _messages(path: Path, tear: _Tear) -> Iterator[tuple[str, Message]]:
    """Give messages in file order with their topics; note in `tear` how far it went."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        read_until = 0
        try:
            records = StreamReader(
                stream, emit_chunks=True, record_size_limit=LARGEST_RECORD
            ).records
            for record in records:
                if isinstance(record, Chunk):
                    yield from _chunk_messages(record, tear)
                elif isinstance(record, Channel):
                    tear.topics[record.id] = record.topic
                elif isinstance(record, Message):
                    yield from _one(record, tear)
                elif isinstance(record, DataEnd):
                    # What follows is the summary, which repeats what was read.
                    read_until, tear.ended = size, True
                    return
                elif isinstance(record, Schema | Footer):
                    pass
                read_until = stream.tell()
        except TORN:
            pass
        finally:
            tear.bytes_unread = size - read_until


def _chunk_messages(chunk: Chunk, tear: _Tear) -> Iterator[tuple[str, Message]]:
    try:
        records = breakup_chunk(chunk, validate_crc=True)
    except TORN:
        # One chunk is lost, the rest is not.
        tear.bad_chunks += 1
        return
    for record in records:
        if isinstance(record, Channel):
            tear.topics[record.id] = record.topic
        elif isinstance(record, Message):
            yield from _one(record, tear)


def _one(message: Message, tear: _Tear) -> Iterator[tuple[str, Message]]:
    topic = tear.topics.get(message.channel_id)
    if topic is None:
        # Its channel stood in a damaged chunk.
        tear.bad_chunks += 1
        return
    tear.last_time_ns = max(tear.last_time_ns, message.log_time)
    yield topic, message
