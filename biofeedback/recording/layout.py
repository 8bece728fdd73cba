"""The session folder: names, topics, canonical JSON, format version.

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
import math
import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from biofeedback.core import results
from biofeedback.core.entry import Command, Entry, LinkChange, Packet, Tick
from biofeedback.core.errors import RecordingFormatError, RecordingVersionError
from biofeedback.core.stream import Event

__all__ = [
    "FORMAT_VERSION",
    "ClockPair",
    "DeviceDescription",
    "SessionDescription",
    "canonical",
    "entry_message",
    "entry_of",
    "event_message",
    "event_of",
    "home",
    "make_private",
    "software_versions",
]

FORMAT_VERSION = 1
SESSION_FILE, INPUT_FILE, OUTPUT_FILE = "session.json", "input.mcap", "output.mcap"
DERIVED_FOLDER = "derived"
PART = ".part"
EVENT_TYPES: Mapping[str, type[Event]] = MappingProxyType(
    {
        name: kind
        for name in results.__all__
        if isinstance(kind := getattr(results, name), type) and issubclass(kind, Event)
    }
)
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
        Pseudonym; may be empty.
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
    """

    devices: tuple[DeviceDescription, ...]
    person: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    clock: tuple[ClockPair, ...] = ()
    versions: Mapping[str, str] = dataclasses.field(default_factory=lambda: software_versions())
    format_version: int = FORMAT_VERSION

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
        except (ValueError, KeyError, TypeError) as failure:
            raise RecordingFormatError(
                f"{path} is not a session description ({failure}); "
                "choose a session folder made by this software",
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
                "restore it from a copy, the raw data beside it are untouched",
                path,
            ) from failure


def software_versions() -> dict[str, str]:
    """Return the versions and platform that can change a result."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{name: metadata.version(name) for name in VERSIONED},
    }


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


def canonical(fields: Mapping[str, object]) -> bytes:
    """Write fields as JSON in one way only: sorted keys, shortest exact floats, NaN as null.

    Parameters
    ----------
    fields : mapping of str to value
        JSON types; tuples become lists.

    Returns
    -------
    text : bytes
        UTF-8.
    """
    plain = {name: _plain(value) for name, value in fields.items()}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _plain(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return value


def event_message(event: Event) -> tuple[str, bytes]:
    """Return topic and canonical payload of an event.

    Parameters
    ----------
    event : Event
        Any event of ``core.results``.

    Returns
    -------
    topic : str
        ``/event/<type>``.
    payload : bytes
    """
    return f"/event/{type(event).__name__}", canonical(dataclasses.asdict(event))


def event_of(topic: str, payload: bytes) -> Event:
    """Read an event back; null becomes NaN.

    Parameters
    ----------
    topic : str
        ``/event/<type>``.
    payload : bytes
        As written.

    Returns
    -------
    event : Event

    Raises
    ------
    RecordingFormatError
        If the type or a field is unknown.
    """
    try:
        kind = EVENT_TYPES[topic.removeprefix("/event/")]
        fields = json.loads(payload)
        return kind(**{name: _restored(value) for name, value in fields.items()})
    except (ValueError, TypeError, KeyError) as failure:
        raise RecordingFormatError(
            f"event on {topic!r} cannot be read ({failure}); replay the session to remake it"
        ) from failure


def _restored(value: object) -> Any:
    if value is None:
        return math.nan
    if isinstance(value, list):
        return tuple(tuple(item) if isinstance(item, list) else item for item in value)
    return value


def entry_message(entry: Entry) -> tuple[str, bytes]:
    """Return topic and payload of an entry; packets keep their raw bytes.

    Parameters
    ----------
    entry : Entry
        Any entry.

    Returns
    -------
    topic : str
        ``/packet/<device>|<endpoint>|<direction>``, ``/link``, ``/command`` or ``/tick``.
    payload : bytes
    """
    match entry:
        case Packet():
            topic = f"/packet/{entry.device_id}|{entry.endpoint}|{entry.direction}"
            return topic, entry.payload
        case LinkChange():
            fields: dict[str, object] = {
                "device_id": entry.device_id,
                "state": entry.state,
                "reason": entry.reason,
            }
            return "/link", canonical(fields)
        case Command():
            return "/command", canonical({"name": entry.name, "arguments": dict(entry.arguments)})
        case Tick():
            return "/tick", b"{}"


def entry_of(topic: str, payload: bytes, host_time_ns: int) -> Entry:
    """Read an entry back.

    Parameters
    ----------
    topic : str
        As given by `entry_message`.
    payload : bytes
        As given by `entry_message`.
    host_time_ns : int
        Its time.

    Returns
    -------
    entry : Entry

    Raises
    ------
    RecordingFormatError
        If the topic is unknown or the payload is damaged.
    """
    try:
        if topic.startswith("/packet/"):
            device_id, endpoint, direction = topic.removeprefix("/packet/").rsplit("|", 2)
            return Packet(host_time_ns, device_id, cast(Any, direction), endpoint, payload)
        if topic == "/tick":
            return Tick(host_time_ns)
        fields = json.loads(payload)
        if topic == "/link":
            return LinkChange(host_time_ns, **fields)
        if topic == "/command":
            arguments = MappingProxyType(fields["arguments"])
            return Command(host_time_ns, fields["name"], arguments)
    except (ValueError, TypeError, KeyError) as failure:
        raise RecordingFormatError(f"entry on {topic!r} cannot be read ({failure})") from failure
    raise RecordingFormatError(f"topic {topic!r} is not known; update the software")
