"""Polar's control point: requests, replies and what a refusal means.

Every table is in ``docs/protocols/polar.md``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from types import MappingProxyType

from biofeedback.drivers.framing import set_bits

__all__ = [
    "ControlReply",
    "Measurement",
    "Op",
    "Setting",
    "Settings",
    "chosen",
    "control_reply",
    "features",
    "refusal",
    "request",
    "settings",
]

FEATURES_HEAD, REPLY_HEAD = 0x0F, 0xF0
FEATURE_BYTES = 17
MEASUREMENT_MASK = 0x3F
ALREADY = 6


class Op(IntEnum):
    """What is asked of the control point."""

    SETTINGS, START, STOP = 1, 2, 3


class Measurement(IntEnum):
    """What is measured, as far as it is understood here."""

    ECG, ACCELERATION = 0, 2


class Setting(IntEnum):
    """A property of a measurement."""

    RATE, RESOLUTION, RANGE, MILLI_RANGE, CHANNELS, FACTOR, KEY = range(7)


Settings = Mapping[Setting, tuple[float, ...]]
"""Values by setting: those offered, or the one chosen."""

_LAYOUTS = MappingProxyType(
    {
        Setting.RATE: "<H",
        Setting.RESOLUTION: "<H",
        Setting.RANGE: "<H",
        Setting.MILLI_RANGE: "<I",
        Setting.CHANNELS: "<B",
        Setting.FACTOR: "<f",
    }
)
_KEY_BYTES = 16

_OLD = "another model or old firmware; update it, or use its heart rate with `heart_rate`"
_ODD = "switch it off and on, and update its firmware"
_REFUSALS = MappingProxyType(
    {
        1: ("does not know the request", _OLD),
        2: ("does not know the measurement", _OLD),
        3: ("does not measure this", _OLD),
        4: ("did not accept the length of the request", _ODD),
        5: ("did not accept the parameters", _ODD),
        ALREADY: ("streams already", "close other apps that use it, or switch it off and on"),
        7: ("did not accept the resolution", _ODD),
        8: ("did not accept the rate", _ODD),
        9: ("did not accept the range", _ODD),
        10: (
            "needs larger packets (MTU 232) than this host grants",
            "update the system's Bluetooth, or use another adapter",
        ),
        11: ("did not accept the number of channels", _ODD),
        12: (
            "is in a state that forbids this",
            "end recordings on the device, switch it off and on",
        ),
        13: ("is in the charger", "take it out of the charger"),
        14: ("has no memory left", "empty its memory with the maker's app"),
    }
)


@dataclass(frozen=True, slots=True)
class ControlReply:
    """A reply of the control point.

    Parameters
    ----------
    op, measurement : int
        What it answers.
    status : int
        0 is done; the rest: `refusal`.
    more : bool
        Whether parameters go on in the next reply.
    parameters : bytes
        Settings, or nothing of meaning.
    """

    op: int
    measurement: int
    status: int
    more: bool
    parameters: bytes


def request(op: Op, measurement: Measurement, values: Settings | None = None) -> bytes:
    """Write a request.

    Parameters
    ----------
    op : Op
        What is asked.
    measurement : Measurement
        Of what.
    values : mapping of Setting to tuple of float, or None
        One value for each setting chosen.

    Returns
    -------
    payload : bytes
    """
    payload = bytes((op, measurement))
    for setting, (value, *_) in sorted((values or {}).items()):
        payload += bytes((setting, 1)) + struct.pack(_LAYOUTS[setting], int(value))
    return payload


def control_reply(payload: bytes) -> ControlReply | None:
    """Read a reply.

    Parameters
    ----------
    payload : bytes
        Any bytes.

    Returns
    -------
    reply : ControlReply or None
        None if they are no reply.
    """
    if len(payload) < 4 or payload[0] != REPLY_HEAD:
        return None
    op, measurement, status = payload[1:4]
    more = len(payload) > 4 and payload[4] != 0
    return ControlReply(op, measurement & MEASUREMENT_MASK, status, more, payload[5:])


def features(payload: bytes) -> frozenset[int] | None:
    """Read what the device can measure.

    Parameters
    ----------
    payload : bytes
        Any bytes of the control point.

    Returns
    -------
    measurements : frozenset of int or None
        None if they tell no features.
    """
    if len(payload) != FEATURE_BYTES or payload[0] != FEATURES_HEAD:
        return None
    return frozenset(set_bits(payload[1]))


def settings(parameters: bytes) -> Settings:
    """Read settings, up to the first that is unknown or cut short.

    Parameters
    ----------
    parameters : bytes
        Of a reply.

    Returns
    -------
    values : mapping of Setting to tuple of float
    """
    values: dict[Setting, tuple[float, ...]] = {}
    at = 0
    while at + 2 <= len(parameters):
        kind, count = parameters[at], parameters[at + 1]
        if kind > Setting.KEY:
            break
        layout = _LAYOUTS.get(Setting(kind))
        size = _KEY_BYTES if layout is None else struct.calcsize(layout)
        at += 2
        raw = parameters[at : at + count * size]
        if len(raw) < count * size:
            break
        at += count * size
        if layout is not None and count:
            values[Setting(kind)] = tuple(
                float(value) for (value,) in struct.iter_unpack(layout, raw)
            )
    return values


def chosen(offered: Settings, wishes: Mapping[Setting, float]) -> Settings:
    """Choose of each setting the value nearest to what is wished, else the largest.

    Parameters
    ----------
    offered : mapping of Setting to tuple of float
        What the device can do.
    wishes : mapping of Setting to float
        What is wanted.

    Returns
    -------
    values : mapping of Setting to tuple of float
        One of each offered setting that may be chosen.
    """
    values: dict[Setting, tuple[float, ...]] = {}
    for setting in (Setting.RATE, Setting.RESOLUTION, Setting.RANGE, Setting.CHANNELS):
        if setting in offered:
            wish = wishes.get(setting, inf)
            values[setting] = (min(sorted(offered[setting])[::-1], key=lambda v: abs(v - wish)),)
    return values


def refusal(status: int) -> str:
    """Say what a status means and what to do.

    Parameters
    ----------
    status : int
        Of a reply; not 0.

    Returns
    -------
    words : str
    """
    what, way_out = _REFUSALS.get(status, (f"refused for a reason unknown here ({status})", _ODD))
    return f"the device {what}; {way_out}"
