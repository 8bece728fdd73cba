"""Go Direct frames as values: commands written, replies and measurements read.

Stateless; every table is in ``docs/protocols/godirect.md``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from biofeedback.core.stream import FloatArray
from biofeedback.drivers.framing import set_bits, sum_checksum

__all__ = [
    "Command",
    "DeviceReply",
    "MeasurementType",
    "SensorReply",
    "StatusReply",
    "command_frame",
    "device_reply",
    "frame_length",
    "is_complete_reply",
    "is_intact",
    "is_measurement",
    "mask_reply",
    "measurement_values",
    "sensor_reply",
    "status_reply",
]

HEAD_BYTES = 5
"""Header, length, counter, checksum, and command or type: the shortest frame."""
MEASUREMENT_HEADER = 0x20


class Command(IntEnum):
    """What the host may ask."""

    GET_STATUS = 0x10
    START_MEASUREMENTS = 0x18
    STOP_MEASUREMENTS = 0x19
    INIT = 0x1A
    SET_MEASUREMENT_PERIOD = 0x1B
    GET_SENSOR_INFO = 0x50
    GET_AVAILABLE_SENSOR_MASK = 0x51
    DISCONNECT = 0x54
    GET_DEVICE_INFO = 0x55
    GET_DEFAULT_SENSOR_MASK = 0x56


class MeasurementType(IntEnum):
    """What a measurement frame holds."""

    NORMAL_REAL32 = 0x06
    WIDE_REAL32 = 0x07
    SINGLE_CHANNEL_REAL32 = 0x08
    SINGLE_CHANNEL_INT32 = 0x09
    APERIODIC_REAL32 = 0x0A
    APERIODIC_INT32 = 0x0B
    START_TIME = 0x0C
    DROPPED = 0x0D
    PERIOD = 0x0E


_WHOLE_NUMBERS = (MeasurementType.SINGLE_CHANNEL_INT32, MeasurementType.APERIODIC_INT32)
_REPLY_BYTES = {
    Command.GET_STATUS: 18,
    Command.START_MEASUREMENTS: 7,
    Command.GET_SENSOR_INFO: 154,
    Command.GET_AVAILABLE_SENSOR_MASK: 10,
    Command.GET_DEFAULT_SENSOR_MASK: 10,
    Command.GET_DEVICE_INFO: 158,
}


def command_frame(counter: int, command: Command, parameters: bytes = b"") -> bytes:
    """Write a command.

    Parameters
    ----------
    counter : int
        The host's rolling counter, 0 to 255.
    command : Command
        What is asked.
    parameters : bytes
        As its row of the table says.

    Returns
    -------
    frame : bytes
    """
    frame = bytearray((0x58, HEAD_BYTES + len(parameters), counter, 0, command)) + parameters
    frame[3] = sum_checksum(bytes(frame), skip=3)
    return bytes(frame)


def frame_length(head: bytes) -> int:
    """Return the length of the frame that begins so, 0 if none does.

    Parameters
    ----------
    head : bytes
        Its first five bytes.

    Returns
    -------
    length : int
    """
    begins = head[0] == MEASUREMENT_HEADER or head[0] & 0x1F == 0x18
    return head[1] if begins and head[1] >= HEAD_BYTES else 0


def is_intact(frame: bytes) -> bool:
    """Tell whether the checksum of a whole frame agrees.

    Parameters
    ----------
    frame : bytes
        The frame.

    Returns
    -------
    intact : bool
    """
    return sum_checksum(frame, skip=3) == frame[3]


def is_measurement(frame: bytes) -> bool:
    """Tell a measurement from a reply.

    Parameters
    ----------
    frame : bytes
        The frame.

    Returns
    -------
    measurement : bool
    """
    return frame[0] == MEASUREMENT_HEADER


def measurement_values(frame: bytes) -> dict[int, FloatArray] | None:
    """Return the values of each sensor in a measurement frame.

    Parameters
    ----------
    frame : bytes
        A measurement frame.

    Returns
    -------
    values : dict of int to ndarray, shape (n_samples,), or None
        By sensor number, in the sensor's own unit; empty for frames without values; None when
        count and length disagree.
    """
    kind = frame[4]
    try:
        if kind == MeasurementType.NORMAL_REAL32:
            mask, count = struct.unpack_from("<HB", frame, 5)
            start, sensors = 9, set_bits(mask)
        elif kind == MeasurementType.WIDE_REAL32:
            mask, count = struct.unpack_from("<IB", frame, 5)
            start, sensors = 11, set_bits(mask)
        elif MeasurementType.SINGLE_CHANNEL_REAL32 <= kind <= MeasurementType.APERIODIC_INT32:
            sensor, count = struct.unpack_from("<BB", frame, 6)
            start, sensors = 8, [sensor]
        else:
            return {}
    except struct.error:
        return None
    if len(frame) - start != 4 * count * len(sensors):
        return None
    number_type = "<i4" if kind in _WHOLE_NUMBERS else "<f4"
    with np.errstate(invalid="ignore"):  # a damaged number may be one that signals
        flat = np.frombuffer(frame, number_type, offset=start).astype(np.float64)
    rows = flat.reshape(count, len(sensors))
    return {sensor: rows[:, column] for column, sensor in enumerate(sensors)}


def is_complete_reply(frame: bytes) -> bool:
    """Tell whether a reply is as long as its command's table.

    Parameters
    ----------
    frame : bytes
        A reply; longer ones than documented are accepted.

    Returns
    -------
    complete : bool
    """
    return len(frame) >= _REPLY_BYTES.get(Command(frame[4]), HEAD_BYTES + 1)


@dataclass(frozen=True, slots=True)
class StatusReply:
    """Answer to GET_STATUS.

    Parameters
    ----------
    bits : int
        Error bits; 0x40 is an overflow of the belt's own buffer.
    firmware, radio_firmware : str
        ``major.minor.build``.
    battery_pct : int
        Charge, per cent.
    charger : str
        ``idle``, ``charging``, ``full`` or ``fault``; empty for codes not documented.
    """

    bits: int
    firmware: str
    radio_firmware: str
    battery_pct: int
    charger: str


def status_reply(frame: bytes) -> StatusReply:
    """Read a complete GET_STATUS reply.

    Parameters
    ----------
    frame : bytes
        At least 18 bytes.

    Returns
    -------
    status : StatusReply
    """
    bits, *versions, battery, charger = struct.unpack_from("<BxBBHBBHBB", frame, 6)
    words = ("idle", "charging", "full", "fault")
    return StatusReply(
        bits,
        ".".join(map(str, versions[:3])),
        ".".join(map(str, versions[3:])),
        battery,
        words[charger] if charger < len(words) else "",
    )


@dataclass(frozen=True, slots=True)
class DeviceReply:
    """Answer to GET_DEVICE_INFO, the part that is used.

    Parameters
    ----------
    order_code, serial, name : str
        ``GDX-RB``, the serial number, the advertised name.
    """

    order_code: str
    serial: str
    name: str


def device_reply(frame: bytes) -> DeviceReply:
    """Read a complete GET_DEVICE_INFO reply.

    Parameters
    ----------
    frame : bytes
        At least 158 bytes.

    Returns
    -------
    device : DeviceReply
    """
    return DeviceReply(_text(frame[6:22]), _text(frame[22:38]), _text(frame[38:70]))


def mask_reply(frame: bytes) -> int:
    """Read the sensor mask of a complete GET_AVAILABLE_ or GET_DEFAULT_SENSOR_MASK reply.

    Parameters
    ----------
    frame : bytes
        At least 10 bytes.

    Returns
    -------
    mask : int
        Bit n is sensor n.
    """
    return int.from_bytes(frame[6:10], "little")


@dataclass(frozen=True, slots=True)
class SensorReply:
    """Answer to GET_SENSOR_INFO, the part that is used.

    Parameters
    ----------
    sensor : int
        Its number.
    sensor_id : int
        0 when there is no such sensor.
    description, unit : str
        In the maker's words.
    """

    sensor: int
    sensor_id: int
    description: str
    unit: str


def sensor_reply(frame: bytes) -> SensorReply:
    """Read a complete GET_SENSOR_INFO reply.

    Parameters
    ----------
    frame : bytes
        At least 154 bytes.

    Returns
    -------
    sensor : SensorReply
    """
    number, sensor_id = struct.unpack_from("<bxI", frame, 6)
    return SensorReply(number, sensor_id, _text(frame[14:74]), _text(frame[74:106]))


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("utf-8", errors="replace").strip()
