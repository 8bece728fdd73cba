"""All that may enter the instrument, and all that is recorded as truth.

An entry has a host time (``perf_counter_ns`` of the machine that recorded it). The kernel reads
entries in feed order only and never asks what time it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

__all__ = ["Command", "CommandName", "Entry", "LinkChange", "LinkState", "Packet", "Tick"]

LinkState = Literal["opening", "open", "silent", "resumed", "lost", "reopened", "closing", "closed"]
CommandName = Literal[
    "align",
    "assign",
    "answer",
    "baseline",
    "calibrate",
    "cue",
    "lag",
    "mark",
    "note",
    "record",
    "set_band",
    "stop",
    "tap_check",
    "task",
]


@dataclass(frozen=True, slots=True)
class Packet:
    """Bytes that crossed the wire, as they were.

    Parameters
    ----------
    host_time_ns : int
        ``perf_counter_ns`` when it reached us (rx) or was handed to the transport (tx).
    device_id : str
        Driver and serial number or address, such as ``godirect/0K2001B3``.
    direction : {"rx", "tx"}
        From the device, or to it.
    endpoint : str
        GATT characteristic UUID, ``"serial"`` or ``"imported"``.
    payload : bytes
        The bytes.
    """

    host_time_ns: int
    device_id: str
    direction: Literal["rx", "tx"]
    endpoint: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link is being opened, opened, fell silent, spoke again, was lost, came back, or is closed.

    ``opening`` is told at every attempt, with what went wrong at the last one. ``closing`` comes
    before ``closed``: the kernel answers it with the last bytes to send.

    Parameters
    ----------
    host_time_ns : int
        When it was noticed.
    device_id : str
        Whose link.
    state : LinkState
        The new state.
    reason : str
        Why, in words.
    rssi_dbm : float or None
        Strength of its radio when it was last heard, dBm, where the transport knows it.
    """

    host_time_ns: int
    device_id: str
    state: LinkState
    reason: str = ""
    rssi_dbm: float | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """Everything a person can do that changes a result.

    Parameters
    ----------
    host_time_ns : int
        When it was given.
    name : CommandName
        What is asked: ``assign`` (stream, role), ``baseline`` (start_s, end_s or none: the
        minute before), ``align`` (step: ``table``, ``still``, ``bow`` or ``finish``), ``task``
        (name, side), ``cue`` (nothing: a push was announced), ``lag`` (stream, lag_s),
        ``mark``/``note`` (text), ``tap_check`` (nothing: the next ten seconds), ``record``,
        ``stop``, …
    arguments : mapping of str to str, int, float, bool or None
        Its arguments; JSON types only, since they are recorded as JSON.
    """

    host_time_ns: int
    name: CommandName
    arguments: Mapping[str, str | int | float | bool | None] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True)
class Tick:
    """The only thing that makes time pass when no bytes come; fed and recorded every 250 ms.

    Parameters
    ----------
    host_time_ns : int
        The engine's clock.
    """

    host_time_ns: int


Entry = Packet | LinkChange | Command | Tick
