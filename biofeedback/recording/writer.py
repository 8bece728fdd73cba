"""Append-only recording in a thread of its own: a stalled disk never delays a breath.

Chunks of 64 KiB are flushed at least every half second and synced to the disk every five, so a
kill loses at most the last moments. Nothing is ever overwritten.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import shutil
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from mcap.writer import CompressionType, Writer

from biofeedback.core.entry import Entry
from biofeedback.core.errors import RecordingError
from biofeedback.core.stream import Event
from biofeedback.recording.layout import (
    DERIVED_FOLDER,
    INPUT_FILE,
    OUTPUT_FILE,
    PART,
    SESSION_FILE,
    SessionDescription,
    canonical,
    entry_message,
    event_message,
    make_private,
)

__all__ = ["SessionWriter"]

logger = logging.getLogger(__name__)

CHUNK_BYTES = 64 * 1024
FLUSH_S = 0.25
SYNC_S = 5.0
# Entries waiting for a stalled disk: two belts and a 100 Hz IMU make about 120 a second, so
# this is some ten minutes and at most a few tens of megabytes.
MOST_WAITING = 100_000
PROFILE = "biofeedback"


class _McapFile:
    """One ``*.mcap.part`` that becomes ``*.mcap`` when it is finished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + PART)
        self._stream: IO[bytes] = self._part.open("xb")
        make_private(self._part)
        self._writer = Writer(
            self._stream, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD
        )
        self._writer.start(PROFILE, "")
        self._channels: dict[str, int] = {}
        self._schema = self._writer.register_schema("json", "jsonschema", b'{"type":"object"}')
        self._raw_schema = 0

    def add(self, topic: str, payload: bytes, time_ns: int, sequence: int) -> None:
        channel = self._channels.get(topic)
        if channel is None:
            raw = topic.startswith("/packet/")
            channel = self._writer.register_channel(
                topic,
                "application/octet-stream" if raw else "json",
                self._raw_schema if raw else self._schema,
            )
            self._channels[topic] = channel
            # Channels are written with the first chunk that needs them; a torn file keeps this.
            self._writer.add_metadata("channels", {str(channel): topic})
        # MCAP times are unsigned; only their order and differences matter.
        self._writer.add_message(channel, max(time_ns, 0), payload, max(time_ns, 0), sequence)

    def flush(self) -> None:
        self._writer.flush()  # type: ignore[no-untyped-call]

    def sync(self) -> None:
        os.fsync(self._stream.fileno())

    def finish(self) -> None:
        self._writer.finish()  # type: ignore[no-untyped-call]
        self._stream.flush()
        self.sync()
        self._stream.close()
        self._part.rename(self._path)

    def abandon(self) -> None:
        """Close what can be closed; the part stays for the reader to recover."""
        with contextlib.suppress(OSError):
            self._stream.close()


class SessionWriter:
    """Records one session.

    Parameters
    ----------
    folder : Path
        Must not exist; made private to the user.
    description : SessionDescription
        Written at once as ``session.json``.

    Raises
    ------
    RecordingError
        If the folder exists or cannot be made.
    """

    def __init__(self, folder: Path, description: SessionDescription) -> None:
        self.folder = folder
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700)
            (folder / DERIVED_FOLDER).mkdir(mode=0o700)
            self._describe(description)
            self._input = _McapFile(folder / INPUT_FILE)
            self._output = _McapFile(folder / OUTPUT_FILE)
        except FileExistsError as failure:
            raise RecordingError(
                f"{folder} exists already and nothing is overwritten; "
                "choose another folder or move that one away",
                folder,
            ) from failure
        except OSError as failure:
            raise RecordingError(_disk_words(folder, failure), folder) from failure
        self._description = description
        self._n_entries = 0
        self._last_ns = 0
        self._failure: RecordingError | None = None
        self._queue: queue.Queue[tuple[_McapFile, str, bytes, int, int] | None] = queue.Queue(
            MOST_WAITING
        )
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="biofeedback-writer", daemon=True)
        self._thread.start()

    def __enter__(self) -> SessionWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def failure(self) -> RecordingError | None:
        """What stopped the recording (full disk, vanished folder), or None while all is well."""
        return self._failure

    def write_entry(self, entry: Entry) -> int:
        """Queue an entry for ``input.mcap``.

        Parameters
        ----------
        entry : Entry
            In feed order.

        Returns
        -------
        feed_index : int
            Its place in the recording, from 0.
        """
        feed_index = self._n_entries
        self._n_entries += 1
        self._last_ns = entry.host_time_ns
        topic, payload = entry_message(entry)
        self._put(self._input, topic, payload, entry.host_time_ns, feed_index)
        return feed_index

    def write_event(self, event: Event) -> None:
        """Queue an event for ``output.mcap``.

        Parameters
        ----------
        event : Event
            As the kernel gave it.
        """
        topic, payload = event_message(event)
        self._put(self._output, topic, payload, self._last_ns, 0)

    def write_digest(self, feed_index: int, digest: str) -> None:
        """Queue the hash over everything that came out up to an entry.

        Parameters
        ----------
        feed_index : int
            Last entry fed.
        digest : str
            Hexadecimal.
        """
        payload = canonical({"feed_index": feed_index, "digest": digest})
        self._put(self._output, "/digest", payload, self._last_ns, 0)

    def close(self, description: SessionDescription | None = None) -> None:
        """Write what waits, finish the files. Twice is harmless.

        Parameters
        ----------
        description : SessionDescription or None
            Replaces ``session.json`` (clock pair at the end, notes); None keeps it.
        """
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        if description is not None and self._failure is None:
            self._describe(description)

    def _describe(self, description: SessionDescription) -> None:
        # Beside and renamed: a kill in between leaves the old one whole.
        beside = self.folder / (SESSION_FILE + PART)
        beside.write_text(description.to_json(), encoding="utf-8")
        make_private(beside)
        beside.replace(self.folder / SESSION_FILE)

    def _put(self, file: _McapFile, topic: str, payload: bytes, time_ns: int, index: int) -> None:
        if self._failure is not None or self._closed:
            return
        try:
            self._queue.put_nowait((file, topic, payload, time_ns, index))
        except queue.Full:
            self._fail(
                RecordingError(
                    f"the disk of {self.folder} took nothing for so long that "
                    f"{MOST_WAITING} entries wait; what was written before is safe, "
                    "start a new session on another disk",
                    self.folder,
                )
            )

    def _fail(self, failure: RecordingError) -> None:
        if self._failure is None:
            self._failure = failure
            logger.error("%s", failure)

    def _work(self) -> None:
        files = (self._input, self._output)
        try:
            self._write_all(files)
            for file in files:
                file.finish()
        except (OSError, ValueError) as failure:
            self._fail(RecordingError(_disk_words(self.folder, failure), self.folder))
            for file in files:
                file.abandon()
            # Keep taking, so that nobody waits for a queue that nobody empties.
            while self._queue.get() is not None:
                pass

    def _write_all(self, files: tuple[_McapFile, ...]) -> None:
        """Take from the queue until it says None; flush and sync on time."""
        flushed_s = synced_s = time.monotonic()
        while True:
            with contextlib.suppress(queue.Empty):
                item = self._queue.get(timeout=FLUSH_S)
                if item is None:
                    return
                file, topic, payload, time_ns, index = item
                file.add(topic, payload, time_ns, index)
            now_s = time.monotonic()
            if now_s - flushed_s >= FLUSH_S:
                for each in files:
                    each.flush()
                flushed_s = now_s
            if now_s - synced_s >= SYNC_S:
                for each in files:
                    each.sync()
                synced_s = now_s


def _disk_words(folder: Path, failure: Exception) -> str:
    """Say why a disk refused, how much room it has, and what to do."""
    try:
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        free_mb = shutil.disk_usage(existing).free / 1e6
        room = f"{free_mb:.0f} MB free"
    except (OSError, StopIteration):
        room = "the disk does not answer"
    return (
        f"cannot write {folder} ({failure}; {room}); what was written before is safe: "
        "free some space or choose another folder with BIOFEEDBACK_HOME or --out"
    )
