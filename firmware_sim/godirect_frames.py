"""Frames of a Vernier Go Direct device, seen from the device.

Commands come in; replies and measurements go out. Layouts: ``docs/protocols`` (Vernier's BSD
sources godirect-js and GDXLib).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

__all__ = [
    "Command",
    "CommandId",
    "CommandParser",
    "MeasurementType",
    "SensorRecord",
    "device_frame",
    "device_info_payload",
    "measurement_body",
    "reply_frame",
    "status_payload",
]

COMMAND_START = 0x58
MEASUREMENT_HEADER = 0x20
INIT_REPLY_HEADER = 0xB8
REPLY_HEADER = 0x98
HEADER_LENGTH = 4
INIT_REPLY = bytes.fromhex("55aa56a957a858a759a65aa55ba45ca35da25ea1")


class CommandId(IntEnum):
    """What a host may ask."""

    GET_STATUS = 0x10
    START_MEASUREMENTS = 0x18
    STOP_MEASUREMENTS = 0x19
    INIT = 0x1A
    SET_MEASUREMENT_PERIOD = 0x1B
    CLEAR_ERROR_FLAGS = 0x34
    GET_SENSOR_INFO = 0x50
    GET_AVAILABLE_SENSOR_MASK = 0x51
    DISCONNECT = 0x54
    GET_DEVICE_INFO = 0x55
    GET_DEFAULT_SENSOR_MASK = 0x56


class MeasurementType(IntEnum):
    """What a frame with header 0x20 carries."""

    NORMAL_REAL32 = 0x06
    WIDE_REAL32 = 0x07
    SINGLE_CHANNEL_REAL32 = 0x08
    SINGLE_CHANNEL_INT32 = 0x09
    APERIODIC_REAL32 = 0x0A
    APERIODIC_INT32 = 0x0B
    START_TIME = 0x0C
    DROPPED = 0x0D
    PERIOD = 0x0E


_INTEGER = (MeasurementType.SINGLE_CHANNEL_INT32, MeasurementType.APERIODIC_INT32)


@dataclass(frozen=True, slots=True)
class Command:
    """A command as received.

    Parameters
    ----------
    command_id : int
        Byte 4.
    counter : int
        The host's rolling counter, echoed in the reply.
    parameters : bytes
        Bytes from 5 on.
    """

    command_id: int
    counter: int
    parameters: bytes


class CommandParser:
    """Puts command frames together from writes cut anywhere.

    Attributes
    ----------
    refused : int
        Bytes thrown away while looking for a frame with a right checksum.
    """

    SHORTEST, LONGEST = 5, 64

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.refused = 0

    def feed(self, data: bytes) -> list[Command]:
        """Take written bytes.

        Parameters
        ----------
        data : bytes
            Any piece of the stream of commands.

        Returns
        -------
        commands : list of Command
            Those completed by `data`.
        """
        self._buffer += data
        commands = []
        while len(self._buffer) >= 2:
            length = self._buffer[1]
            if self._buffer[0] != COMMAND_START or not self.SHORTEST <= length <= self.LONGEST:
                self._refuse_a_byte()
            elif len(self._buffer) < length:
                break
            elif self._buffer[3] != _checksum(bytes(self._buffer[:length])):
                self._refuse_a_byte()
            else:
                frame = bytes(self._buffer[:length])
                del self._buffer[:length]
                commands.append(Command(frame[4], frame[2], frame[5:]))
        return commands

    def _refuse_a_byte(self) -> None:
        del self._buffer[0]
        self.refused += 1


def _checksum(frame: bytes) -> int:
    """Sum of all bytes but the checksum itself, modulo 256."""
    return (sum(frame) - frame[3]) & 0xFF


def device_frame(header: int, counter: int, body: bytes) -> bytes:
    """Build a frame from the device to the host.

    Parameters
    ----------
    header : int
        Byte 0.
    counter : int
        The device's own counter, 0 to 255.
    body : bytes
        Bytes from 4 on.

    Returns
    -------
    frame : bytes
        With length and checksum.
    """
    frame = bytearray([header, HEADER_LENGTH + len(body), counter, 0]) + body
    frame[3] = _checksum(bytes(frame))
    return bytes(frame)


def reply_frame(counter: int, command: Command, payload: bytes) -> bytes:
    """Build the reply to a command, which echoes its id and counter.

    Parameters
    ----------
    counter : int
        The device's own counter, 0 to 255.
    command : Command
        What is answered.
    payload : bytes
        Bytes from 6 on.

    Returns
    -------
    frame : bytes
        With length and checksum.
    """
    header = INIT_REPLY_HEADER if command.command_id == CommandId.INIT else REPLY_HEADER
    return device_frame(header, counter, bytes([command.command_id, command.counter]) + payload)


def measurement_body(
    kind: MeasurementType,
    sensors: Sequence[int],
    samples: Sequence[Sequence[float]],
    spare: int = 0xFC,
) -> bytes:
    """Build the body of a frame that carries samples.

    Parameters
    ----------
    kind : MeasurementType
        One of the types that carry samples.
    sensors : sequence of int
        Sensor numbers, ascending; exactly one for single-channel and aperiodic frames.
    samples : sequence of sequence of float
        One row for each sample, one value for each sensor.
    spare : int
        The byte of unknown meaning.

    Returns
    -------
    body : bytes
        Bytes from 4 on.
    """
    values = [value for row in samples for value in row]
    if kind in _INTEGER:
        packed = struct.pack(f"<{len(values)}i", *(int(value) for value in values))
    else:
        packed = struct.pack(f"<{len(values)}f", *values)
    mask = sum(1 << sensor for sensor in sensors)
    if kind is MeasurementType.NORMAL_REAL32:
        head = struct.pack("<BHBB", kind, mask, len(samples), spare)
    elif kind is MeasurementType.WIDE_REAL32:
        head = struct.pack("<BIBB", kind, mask, len(samples), spare)
    else:
        (sensor,) = sensors
        head = struct.pack("<BBBB", kind, spare, sensor, len(samples))
    return head + packed


def status_payload(
    status: int, main: tuple[int, int, int], radio: tuple[int, int, int], battery_pct: int
) -> bytes:
    """Build the payload of a GET_STATUS reply; the charger is idle.

    Parameters
    ----------
    status : int
        Status bits.
    main, radio : tuple of (major, minor, build)
        Firmware versions of the two processors.
    battery_pct : int
        Charge left, %.

    Returns
    -------
    payload : bytes
        Bytes from 6 on.
    """
    return struct.pack("<BBBBHBBHBB", status, 0, *main, *radio, battery_pct, 0)


def device_info_payload(
    order_code: str,
    serial: str,
    name: str,
    main: tuple[int, int, int],
    radio: tuple[int, int, int],
    address: bytes,
) -> bytes:
    """Build the payload of a GET_DEVICE_INFO reply.

    Parameters
    ----------
    order_code, serial, name : str
        Texts; at most 16, 16 and 32 bytes.
    main, radio : tuple of (major, minor, build)
        Firmware versions of the two processors.
    address : bytes
        Bluetooth address, most significant byte first.

    Returns
    -------
    payload : bytes
        Bytes from 6 on.
    """
    return struct.pack(
        "<16s16s32sHHBBBBHBBH6sI64s",
        order_code.encode(),
        serial.encode(),
        name.encode(),
        0,
        2021,
        3,
        15,
        *main,
        *radio,
        address,
        0,
        b"Go Direct Respiration Belt",
    )


@dataclass(frozen=True, slots=True)
class SensorRecord:
    """One row of the sensor table of a device.

    Parameters
    ----------
    number : int
        Bit in the masks.
    sensor_id : int
        Not 0.
    description, unit : str
        Texts.
    lowest, highest : float
        Range in `unit`.
    typical_period_us : int
        What the maker's software would choose, µs.
    """

    number: int
    sensor_id: int
    description: str
    unit: str
    lowest: float
    highest: float
    typical_period_us: int = 100_000

    def payload(self) -> bytes:
        """Payload of a GET_SENSOR_INFO reply: real numbers, periodic, 10 ms to 1 h."""
        return struct.pack(
            "<bBIBB60s32sdddIQIII",
            self.number,
            0,
            self.sensor_id,
            0,
            0,
            self.description.encode(),
            self.unit.encode(),
            0.01,
            self.lowest,
            self.highest,
            10_000,
            3_600_000_000,
            self.typical_period_us,
            1_000,
            0,
        )
