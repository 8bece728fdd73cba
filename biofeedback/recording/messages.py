"""Entries and events as messages: one way only to write each, read back exactly.

Packets keep their raw bytes. Everything else is canonical JSON: sorted keys, no spaces, UTF-8,
floats in the shortest form that reads back to the same bits. JSON has no NaN: NaN is written as
null, and null in a number's place is read back as NaN, but as None where a field may be None.
Infinities become null too; no result of ours is infinite.
"""

from __future__ import annotations

import dataclasses
import json
import math
import typing
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, NoneType
from typing import Any, cast

import numpy as np

from biofeedback.core import donning, labels, results
from biofeedback.core.entry import Command, Entry, LinkChange, Packet, Tick
from biofeedback.core.errors import RecordingError, RecordingFormatError
from biofeedback.core.stream import Event

__all__ = [
    "EVENT_TYPES",
    "canonical",
    "entry_message",
    "entry_of",
    "event_message",
    "event_of",
    "schema",
]

EVENT_TYPES: Mapping[str, type[Event]] = MappingProxyType(
    {
        name: kind
        for module in (results, donning, labels)
        for name in module.__all__
        if isinstance(kind := getattr(module, name), type) and issubclass(kind, Event)
    }
)
PACKET, EVENT = "/packet/", "/event/"


def canonical(fields: Mapping[str, object]) -> bytes:
    """Write fields as JSON in one way only.

    Parameters
    ----------
    fields : mapping of str to value
        JSON types and numpy scalars; tuples become lists, NaN becomes null.

    Returns
    -------
    text : bytes
        UTF-8.
    """
    plain = {name: _plain(value) for name, value in fields.items()}
    text = json.dumps(
        plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
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
    return f"{EVENT}{type(event).__name__}", canonical(dataclasses.asdict(event))


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
        kind = EVENT_TYPES[topic.removeprefix(EVENT)]
        fields = json.loads(payload)
        empty = _may_be_none(kind.__name__)
        values: dict[str, Any] = {
            name: None if value is None and name in empty else _restored(value)
            for name, value in fields.items()
        }
        return kind(**values)
    except (ValueError, TypeError, LookupError, AttributeError) as failure:
        raise RecordingFormatError(
            f"event on {topic!r} cannot be read ({failure}); analyze the session to remake it"
        ) from failure


@cache
def _may_be_none(kind: str) -> frozenset[str]:
    """Return the fields in which null means nothing at all, and not an unknown number."""
    hints = typing.get_type_hints(EVENT_TYPES[kind])
    return frozenset(name for name, hint in hints.items() if NoneType in typing.get_args(hint))


def _restored(value: object) -> Any:
    if value is None:
        return math.nan
    if isinstance(value, list):
        return tuple(tuple(item) if isinstance(item, list) else item for item in value)
    return value


def entry_message(entry: Entry) -> tuple[str, bytes]:
    """Return topic and payload of an entry; its time is kept beside them.

    Parameters
    ----------
    entry : Entry
        Any entry.

    Returns
    -------
    topic : str
        ``/packet/<device>|<endpoint>|<direction>``, ``/link``, ``/command`` or ``/tick``.
    payload : bytes

    Raises
    ------
    RecordingError
        If an argument of a command is NaN or infinite: a replay could not be told the same.
    """
    match entry:
        case Packet():
            topic = f"{PACKET}{entry.device_id}|{entry.endpoint}|{entry.direction}"
            return topic, entry.payload
        case LinkChange():
            fields: dict[str, object] = {
                "device_id": entry.device_id,
                "state": entry.state,
                "reason": entry.reason,
            }
            if entry.rssi_dbm is not None:
                fields["rssi_dbm"] = entry.rssi_dbm
            return "/link", canonical(fields)
        case Command():
            for name, value in entry.arguments.items():
                if isinstance(value, float) and not math.isfinite(value):
                    raise RecordingError(
                        f"argument {name!r} of command {entry.name!r} is {value}; "
                        "give a finite number, or leave it out"
                    )
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
        if topic.startswith(PACKET):
            device_id, endpoint, direction = topic.removeprefix(PACKET).rsplit("|", 2)
            return Packet(host_time_ns, device_id, cast(Any, direction), endpoint, payload)
        if topic == "/tick":
            return Tick(host_time_ns)
        fields = json.loads(payload)
        if topic == "/link":
            return LinkChange(host_time_ns, **fields)
        if topic == "/command":
            arguments = MappingProxyType(fields["arguments"])
            return Command(host_time_ns, fields["name"], arguments)
    except (ValueError, TypeError, LookupError) as failure:
        raise RecordingFormatError(f"entry on {topic!r} cannot be read ({failure})") from failure
    raise RecordingFormatError(f"topic {topic!r} is not known; update the software")


def schema(topic: str) -> bytes:
    """Return the JSON schema of a topic, for viewers and other languages.

    Parameters
    ----------
    topic : str
        Any topic whose payload is JSON.

    Returns
    -------
    schema : bytes
        JSON Schema; an event's fields with their types, an open object for other topics.
    """
    kind = EVENT_TYPES.get(topic.removeprefix(EVENT))
    if kind is None:
        return b'{"type":"object"}'
    hints = typing.get_type_hints(kind)
    properties = {field.name: _json_type(hints[field.name]) for field in dataclasses.fields(kind)}
    return canonical(
        {
            "title": kind.__name__,
            "type": "object",
            "properties": properties,
            "required": sorted(properties),
        }
    )


def _json_type(hint: object) -> dict[str, object]:
    if hint is float:
        return {"type": ["number", "null"]}
    if hint is bool:
        return {"type": "boolean"}
    if hint is int:
        return {"type": "integer"}
    if typing.get_origin(hint) is typing.Literal:
        return {"enum": list(typing.get_args(hint))}
    if NoneType in typing.get_args(hint):
        words = (one for one in typing.get_args(hint) if typing.get_origin(one) is typing.Literal)
        return {"enum": [word for one in words for word in typing.get_args(one)] + [None]}
    return {"type": "array"} if typing.get_origin(hint) is tuple else {"type": "string"}
