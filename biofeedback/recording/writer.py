"""Append-only recording in a thread of its own: a stalled disk never delays a breath.

Chunks of 64 KiB are flushed at least every half second and synced to the disk every five, so a
kill loses at most the last moments. Nothing is ever overwritten. A disk that refuses ends the
recording, never the session: the reason is kept, and what was written stays readable.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import queue
import shutil
import threading
import time
from pathlib import Path
from types import TracebackType

from biofeedback.core.entry import Entry
from biofeedback.core.errors import RecordingError
from biofeedback.core.stream import Event
from biofeedback.recording.layout import (
    DERIVED_FOLDER,
    DESCRIPTION_RECORD,
    INPUT_FILE,
    OUTPUT_FILE,
    PART,
    SESSION_FILE,
    SessionDescription,
    make_private,
)
from biofeedback.recording.mcapfile import McapFile, sync_folder
from biofeedback.recording.messages import canonical, entry_message, event_message
from biofeedback.recording.recovery import LARGEST_RECORD_BYTES

__all__ = ["SessionWriter"]

logger = logging.getLogger(__name__)

FLUSH_S = 0.25
SYNC_S = 5.0
# Entries waiting for a stalled disk: two belts and a 100 Hz IMU make about 120 a second, so
# this is some ten minutes and at most a few tens of megabytes.
MOST_WAITING = 100_000
# How long closing waits for a disk that does not answer.
PATIENCE_S = 60.0
# A chunk holds one payload more than its size at most.
LARGEST_PAYLOAD_BYTES = LARGEST_RECORD_BYTES // 2


class SessionWriter:
    """Records one session.

    Parameters
    ----------
    folder : Path
        Must not exist; made private to the user.
    description : SessionDescription
        Written at once as ``session.json``, and kept inside both recordings too.

    Raises
    ------
    RecordingError
        If the folder exists or cannot be made.
    """

    def __init__(self, folder: Path, description: SessionDescription) -> None:
        self.folder = folder
        try:
            _make_folder(folder)
        except OSError as failure:
            raise _refused(folder, failure) from failure
        made: list[McapFile] = []
        try:
            (folder / DERIVED_FOLDER).mkdir(mode=0o700)
            self.describe(description)
            for name in (INPUT_FILE, OUTPUT_FILE):
                made.append(McapFile(folder / name))
                made[-1].keep(DESCRIPTION_RECORD, {SESSION_FILE: description.to_json()})
            sync_folder(folder)
        except OSError as failure:
            # Made a moment ago, by us, and still without a single entry.
            for file in made:
                file.abandon()
            shutil.rmtree(folder, ignore_errors=True)
            raise _refused(folder, failure) from failure
        self._input, self._output = made
        self._n_entries = 0
        self._n_minutes = 0
        self._last_ns = 0
        self._failure: RecordingError | None = None
        self._queue: queue.Queue[tuple[McapFile, str, bytes, int, int] | None] = queue.Queue(
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

        Raises
        ------
        RecordingError
            If it could not be read back as it is: a negative time, a payload beyond 128 MiB,
            a command's argument that is no finite number. Also after `close`.
        """
        if self._closed:
            raise RecordingError(f"{self.folder} is closed; start a new session", self.folder)
        topic, payload = entry_message(entry)
        if entry.host_time_ns < 0:
            raise RecordingError(
                f"entry at {entry.host_time_ns} ns: times begin at 0; shift them", self.folder
            )
        if len(payload) > LARGEST_PAYLOAD_BYTES:
            raise RecordingError(
                f"packet of {len(payload)} bytes; the limit is {LARGEST_PAYLOAD_BYTES}, cut it",
                self.folder,
            )
        feed_index = self._n_entries
        self._n_entries += 1
        self._last_ns = entry.host_time_ns
        self._put(self._input, topic, payload, feed_index)
        return feed_index

    def write_event(self, event: Event) -> None:
        """Queue an event for ``output.mcap``.

        Parameters
        ----------
        event : Event
            As the kernel gave it.
        """
        self._put_minute(*event_message(event))

    def write_digest(self, feed_index: int, digest: str) -> None:
        """Queue the hash over everything that came out up to an entry.

        Parameters
        ----------
        feed_index : int
            Last entry fed.
        digest : str
            Hexadecimal.
        """
        self._put_minute("/digest", canonical({"feed_index": feed_index, "digest": digest}))

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
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(None)
        self._thread.join(PATIENCE_S)
        if self._thread.is_alive():
            self._fail(OSError(errno.ETIMEDOUT, f"no answer for {PATIENCE_S:.0f} s"))
        if description is not None and self._failure is None:
            try:
                self.describe(description)
            except OSError as failure:
                self._fail(failure)

    def describe(self, description: SessionDescription) -> None:
        """Write ``session.json`` anew: a sensor came later.

        Parameters
        ----------
        description : SessionDescription
            As it is now.
        """
        # Beside and renamed: a kill in between leaves the old one whole.
        beside = self.folder / (SESSION_FILE + PART)
        with beside.open("w", encoding="utf-8") as stream:
            make_private(beside)
            stream.write(description.to_json())
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self.folder / SESSION_FILE)

    def _put_minute(self, topic: str, payload: bytes) -> None:
        self._put(self._output, topic, payload, self._n_minutes)
        self._n_minutes += 1

    def _put(self, file: McapFile, topic: str, payload: bytes, number: int) -> None:
        if self._failure is not None or self._closed:
            return
        try:
            self._queue.put_nowait((file, topic, payload, self._last_ns, number))
        except queue.Full:
            self._fail(OSError(errno.ETIMEDOUT, f"{MOST_WAITING} messages wait for the disk"))

    def _fail(self, failure: Exception) -> None:
        if self._failure is None:
            self._failure = _refused(self.folder, failure)
            logger.error("%s", self._failure)

    def _work(self) -> None:
        """Write until closed; whatever goes wrong is kept and told, never raised."""
        files = (self._input, self._output)
        try:
            self._write_all(files)
            for file in files:
                file.finish()
        except Exception as failure:
            self._fail(failure)
            for file in files:
                file.abandon()

    def _write_all(self, files: tuple[McapFile, ...]) -> None:
        """Take from the queue until it is closed and empty; flush and sync on time."""
        flushed_s = synced_s = time.monotonic()
        while True:
            item = None
            with contextlib.suppress(queue.Empty):
                item = self._queue.get(timeout=FLUSH_S)
            if item is not None:
                file, topic, payload, time_ns, number = item
                file.add(topic, payload, time_ns, number)
            elif self._closed and self._queue.empty():
                return
            now_s = time.monotonic()
            if now_s - flushed_s >= FLUSH_S:
                for each in files:
                    each.flush()
                flushed_s = now_s
            if now_s - synced_s >= SYNC_S:
                for each in files:
                    each.sync()
                synced_s = now_s


def _make_folder(folder: Path) -> None:
    """Make a folder that did not exist, and what is missing above it, for the user alone."""
    missing = [parent for parent in folder.parents if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700)


def _refused(folder: Path, failure: Exception) -> RecordingError:
    """Say why a recording cannot be written, how much room there is, and what to do."""
    if isinstance(failure, FileExistsError):
        return RecordingError(
            f"{folder} exists already and nothing is overwritten; "
            "choose another folder or move that one away",
            folder,
        )
    try:
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        room = f"{shutil.disk_usage(existing).free / 1e6:.0f} MB free"
    except (OSError, StopIteration):
        room = "the disk does not answer"
    return RecordingError(
        f"cannot write {folder} ({failure}; {room}); what was written before is safe: free some "
        "space or choose another folder with BIOFEEDBACK_HOME or --out, then start a new session",
        folder,
    )
