"""One MCAP file on its way to disk: never overwritten, readable after any interruption."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from mcap.writer import CompressionType, Writer

from biofeedback.recording.layout import CHANNELS_RECORD, PART, make_private
from biofeedback.recording.messages import schema

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["McapFile", "is_held", "sync_folder"]

CHUNK_BYTES = 64 * 1024
PROFILE = "biofeedback"
# Windows locks ranges and keeps others from reading them: one byte where no file ever reaches.
LOCKED_BYTE = 1 << 62


class McapFile:
    """``<path>.part``, which becomes ``<path>`` when it is finished.

    Parameters
    ----------
    path : Path
        Of the finished file; neither may exist.

    Raises
    ------
    OSError
        If it exists or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + PART)
        if path.exists():
            raise FileExistsError(errno.EEXIST, "exists already", str(path))
        self._stream: BinaryIO = self._part.open("xb")
        self._channels: dict[str, int] = {}
        self._writer = Writer(
            self._stream, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD
        )
        try:
            make_private(self._part)
            _hold(self._stream)
            self._writer.start(PROFILE, "")
            self.flush()
        except OSError:
            self.abandon()
            raise

    def keep(self, name: str, fields: Mapping[str, str]) -> None:
        """Write a metadata record at once.

        Parameters
        ----------
        name : str
            Of the record.
        fields : mapping of str to str
            What it says.
        """
        self._writer.add_metadata(name, dict(fields))
        self.flush()

    def add(self, topic: str, payload: bytes, time_ns: int, sequence: int) -> None:
        """Append a message; a new topic goes to disk at once, and twice.

        Parameters
        ----------
        topic : str
            Where it belongs.
        payload : bytes
            What it says.
        time_ns : int
            Session clock, 0 or more.
        sequence : int
            Its number.
        """
        channel = self._channels.get(topic)
        known = channel is not None
        if channel is None:
            channel = self._channels[topic] = self._register(topic)
        self._writer.add_message(channel, time_ns, payload, time_ns, sequence)
        if not known:
            self.flush()

    def _register(self, topic: str) -> int:
        if topic.startswith("/packet/"):
            channel = self._writer.register_channel(topic, "application/octet-stream", 0)
        else:
            form = self._writer.register_schema(topic, "jsonschema", schema(topic))
            channel = self._writer.register_channel(topic, "json", form)
        # The channel stands in one chunk only; this is for when that chunk gets damaged.
        self._writer.add_metadata(CHANNELS_RECORD, {str(channel): topic})
        return int(channel)

    def flush(self) -> None:
        """Hand everything to the operating system; survives a kill.

        Raises
        ------
        OSError
            If the disk refuses, or the file was removed meanwhile.
        """
        self._writer.flush()  # type: ignore[no-untyped-call]
        if os.fstat(self._stream.fileno()).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, "removed while recording", str(self._part))

    def sync(self) -> None:
        """Hand everything to the disk; survives a power cut."""
        os.fsync(self._stream.fileno())

    def finish(self) -> None:
        """Write the index, close and rename."""
        self._writer.finish()  # type: ignore[no-untyped-call]
        self._stream.flush()
        self.sync()
        self._stream.close()
        self._part.rename(self._path)
        sync_folder(self._path.parent)

    def abandon(self) -> None:
        """Close what can be closed; the part stays for the reader to recover."""
        with contextlib.suppress(OSError):
            self._stream.close()


def sync_folder(folder: Path) -> None:
    """Hand a folder's new names to the disk, where the platform can.

    Parameters
    ----------
    folder : Path
        Existing folder.
    """
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _hold(stream: BinaryIO) -> bool:
    """Take the file for this process alone; False when another one has it.

    A network disk may know no locks; then nobody holds anything.
    """
    try:
        if sys.platform == "win32":
            position = stream.tell()
            stream.seek(LOCKED_BYTE)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            stream.seek(position)
        else:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as failure:
        return failure.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


def is_held(path: Path) -> bool:
    """Tell whether a running recording, of this or another process, is writing a file.

    Parameters
    ----------
    path : Path
        Existing file; only opened for reading.

    Returns
    -------
    held : bool
    """
    if path.suffix != PART:
        return False
    with path.open("rb") as stream:
        return not _hold(stream)
