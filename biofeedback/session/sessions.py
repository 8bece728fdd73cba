"""Sessions as a whole: a new one to record into, an old one to replay, check and analyse."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from biofeedback.core.clock import Clock
from biofeedback.drivers.registry import protocol_for
from biofeedback.recording.layout import ClockPair, SessionDescription, home
from biofeedback.recording.reader import SessionReader
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.kernel import Kernel
from biofeedback.session.verification import Verification, verify

__all__ = ["make_kernel", "new_folder", "open_reader", "recording", "verify_session"]


def new_folder(person: str = "") -> Path:
    """Return a folder name for a session that starts now, under the root of all sessions.

    Parameters
    ----------
    person : str
        Pseudonym; may be empty.

    Returns
    -------
    folder : Path
        Does not exist yet.
    """
    stamp = datetime.now().astimezone().strftime("%Y-%m-%dT%H-%M-%S")
    name = f"{stamp}_{person}" if person else stamp
    folder, number = home() / name, 2
    while folder.exists():
        folder, number = home() / f"{name}_{number}", number + 1
    return folder


@contextmanager
def recording(
    folder: Path | None, description: SessionDescription, clock: Clock | None = None
) -> Iterator[SessionWriter]:
    """Record a session: make the folder, keep the clock pairs, close whatever happens.

    Parameters
    ----------
    folder : Path or None
        Must not exist; None makes one under the root of all sessions.
    description : SessionDescription
        Who, what, with which devices.
    clock : Clock or None
        The session's clock; None for times that are not of today (an import, a simulation).

    Yields
    ------
    writer : SessionWriter

    Raises
    ------
    RecordingError
        If the folder cannot be made, or, at the end, if the recording stopped on the way.
    """
    description = _with_clock(description, clock)
    writer = SessionWriter(folder or new_folder(description.person), description)
    try:
        yield writer
    finally:
        writer.close(_with_clock(description, clock))
    if writer.failure is not None:
        raise writer.failure


def _with_clock(description: SessionDescription, clock: Clock | None) -> SessionDescription:
    if clock is None:
        return description
    pair = ClockPair(datetime.now(UTC).isoformat(), clock.now_ns())
    return dataclasses.replace(description, clock=(*description.clock, pair))


def open_reader(folder: Path) -> SessionReader:
    """Open a session for reading.

    Parameters
    ----------
    folder : Path
        Session folder, or a file inside it.

    Returns
    -------
    reader : SessionReader

    Raises
    ------
    RecordingFormatError, RecordingVersionError
        If it is not a session, or a newer version wrote it.
    """
    return SessionReader(folder)


def make_kernel(description: SessionDescription) -> Kernel:
    """Make a fresh kernel that speaks the languages of a session's devices.

    Parameters
    ----------
    description : SessionDescription
        Its devices.

    Returns
    -------
    kernel : Kernel
    """
    return Kernel(
        {
            device.device_id: protocol_for(device.device_id, device.options)
            for device in description.devices
        }
    )


def verify_session(reader: SessionReader) -> Verification:
    """Replay a session and compare everything that comes out with what was recorded.

    Parameters
    ----------
    reader : SessionReader
        The session.

    Returns
    -------
    verification : Verification
    """
    return verify(reader, make_kernel(reader.description))
