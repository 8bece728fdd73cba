"""The session folder: names, description, format version.

::

    2026-02-03T10-12-05_p017/
      session.json   who, what, when, with which versions
      input.mcap     the truth: raw bytes per device and endpoint; links, commands, ticks as JSON
      output.mcap    the minutes: events as JSON, digests of everything that came out
      derived/       can be remade
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from biofeedback.core.errors import RecordingError, RecordingFormatError, RecordingVersionError

__all__ = [
    "FORMAT_VERSION",
    "ClockPair",
    "DeviceDescription",
    "SessionDescription",
    "home",
    "make_private",
    "software_versions",
]

FORMAT_VERSION = 1
SESSION_FILE, INPUT_FILE, OUTPUT_FILE = "session.json", "input.mcap", "output.mcap"
DERIVED_FOLDER = "derived"
PART, TORN, REPAIRED = ".part", ".torn", ".repaired"
# Names of MCAP metadata records.
DESCRIPTION_RECORD, CHANNELS_RECORD, REPAIR_RECORD = "session", "channels", "repair"
PSEUDONYM = re.compile(r"[A-Za-z0-9_-]{0,32}")
# Versions that can change a result: what "same machine and environment" is judged by.
VERSIONED = ("biofeedback", "numpy", "scipy", "vqf")


@dataclasses.dataclass(frozen=True, slots=True)
class DeviceDescription:
    """A device of the session.

    Parameters
    ----------
    device_id : str
        Driver and address.
    driver : str
        Name in the driver registry.
    options : mapping of str to str, int, float or bool
        Options of its protocol.
    """

    device_id: str
    driver: str
    options: Mapping[str, str | int | float | bool] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class ClockPair:
    """The same moment on the wall and on the session's clock.

    Parameters
    ----------
    utc : str
        ISO 8601 with zone.
    host_time_ns : int
        The session's clock.
    """

    utc: str
    host_time_ns: int


@dataclasses.dataclass(frozen=True, slots=True)
class SessionDescription:
    """``session.json``.

    Parameters
    ----------
    devices : tuple of DeviceDescription
        In the order given to the kernel.
    person : str
        Pseudonym, part of the folder's name; may be empty.
    source : str
        What made it: ``record``, ``demo`` or ``import``, and from what.
    notes : tuple of str
        What was repaired or noticed when it was made.
    clock : tuple of ClockPair
        At start and end; an imported recording may have none.
    versions : mapping of str to str
        Software and platform that made it.
    format_version : int
        Of the folder.

    Raises
    ------
    RecordingError
        If the pseudonym has other characters than letters, digits, ``_`` and ``-``, or more
        than 32 of them.
    """

    devices: tuple[DeviceDescription, ...]
    person: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    clock: tuple[ClockPair, ...] = ()
    versions: Mapping[str, str] = dataclasses.field(default_factory=lambda: software_versions())
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        if PSEUDONYM.fullmatch(self.person) is None:
            raise RecordingError(
                f"pseudonym {self.person!r} must have at most 32 letters, digits, _ or -; "
                "choose one that names nobody, such as p017"
            )

    def to_json(self) -> str:
        """Return the text of ``session.json``."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, path: Path) -> SessionDescription:
        """Read ``session.json``.

        Parameters
        ----------
        text : str
            Its contents.
        path : Path
            Named in errors.

        Returns
        -------
        description : SessionDescription

        Raises
        ------
        RecordingFormatError
            If it is not one of ours.
        RecordingVersionError
            If a newer version wrote it.
        """
        try:
            fields = json.loads(text)
            version = int(fields["format_version"])
        except (ValueError, LookupError, TypeError) as failure:
            raise RecordingFormatError(
                f"{path} is not a session description ({failure}); "
                "move it away, and the copy of it inside the recording is used",
                path,
            ) from failure
        if version > FORMAT_VERSION:
            raise RecordingVersionError(
                f"{path} has format {version}, this software reads up to {FORMAT_VERSION}; "
                "update the software",
                path,
            )
        try:
            return cls(
                devices=tuple(DeviceDescription(**device) for device in fields["devices"]),
                person=fields["person"],
                source=fields["source"],
                notes=tuple(fields["notes"]),
                clock=tuple(ClockPair(**pair) for pair in fields["clock"]),
                versions=fields["versions"],
                format_version=version,
            )
        except (KeyError, TypeError) as failure:
            raise RecordingFormatError(
                f"{path} lacks or has doubtful fields ({failure}); "
                "move it away, and the copy of it inside the recording is used",
                path,
            ) from failure


def software_versions() -> dict[str, str]:
    """Return the versions and platform that can change a result."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        **{name: metadata.version(name) for name in VERSIONED},
    }


def _processor() -> str:
    """Name the processor: numerical libraries choose their code, and last bits, by it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def home() -> Path:
    """Return the root of all sessions: ``BIOFEEDBACK_HOME``, or the user's data folder."""
    given = os.environ.get("BIOFEEDBACK_HOME")
    if given:
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("biofeedback", appauthor=False) / "sessions"


def make_private(path: Path) -> None:
    """Make a file or folder readable by its owner alone.

    On Windows the folder of the user is private already and modes mean little.

    Parameters
    ----------
    path : Path
        Existing file or folder.
    """
    path.chmod(0o700 if path.is_dir() else 0o600)
