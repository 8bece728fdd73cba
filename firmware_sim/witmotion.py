"""Firmware of WitMotion inertial modules: serial (WT901, BWT901CL) and BLE 5.0 (WT9011DCL).

Two wire formats over one register map. Streaming needs no request.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from firmware_sim.body import Body
from firmware_sim.firmware import Emission
from firmware_sim.gatt_table import Characteristic, Service
from firmware_sim.sensors import InertialSensor, MotionSensor, SensorClock
from firmware_sim.witmotion_registers import (
    BAUDS,
    LIVE,
    RATES_HZ,
    SINGLE_SHOT,
    Register,
    Registers,
)

__all__ = [
    "BLE_NOTIFY",
    "BLE_SERVICE",
    "BLE_WRITE",
    "SERIAL",
    "WitMotionBle",
    "WitMotionSerial",
    "ble_read_reply",
    "ble_sample_frame",
    "serial_frame",
]

SERIAL = "serial"
BLE_SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"
BLE_NOTIFY = "0000ffe4-0000-1000-8000-00805f9a34fb"
BLE_WRITE = "0000ffe9-0000-1000-8000-00805f9a34fb"

BITS_PER_BYTE = 10
REBOOT_US = 500_000
TICKS_AHEAD = 32
FIRST_DAY = datetime(2024, 1, 15, 10, 30)
TEMPERATURE_CENTI_C, BATTERY_CENTI_V, FIRMWARE_VERSION = 2550, 387, 40


def serial_frame(frame_id: int, data: bytes) -> bytes:
    """Build an 11-byte serial frame.

    Parameters
    ----------
    frame_id : int
        0x50 to 0x5A, or 0x5F.
    data : bytes
        Eight bytes.

    Returns
    -------
    frame : bytes
        With start byte and checksum.
    """
    frame = bytes([0x55, frame_id]) + data
    return frame + bytes([sum(frame) & 0xFF])


def ble_sample_frame(words: Sequence[int]) -> bytes:
    """Build a 20-byte sample frame.

    Parameters
    ----------
    words : sequence of int
        Nine signed words: acceleration, angular rate, angles.

    Returns
    -------
    frame : bytes
    """
    return b"\x55\x61" + struct.pack("<9h", *words)


def ble_read_reply(start: int, words: Sequence[int]) -> bytes:
    """Build a 20-byte answer to a read.

    Parameters
    ----------
    start : int
        First register.
    words : sequence of int
        Content of eight registers, signed.

    Returns
    -------
    frame : bytes
    """
    return b"\x55\x71" + struct.pack("<H8h", start, *words)


class _WitMotion(ABC):
    """Sampling, live registers and commands, common to both wire formats."""

    words_per_read: int

    def __init__(
        self,
        body: Body,
        site: str,
        seed: int,
        clock_error: float,
        needs_unlock: bool,
        rate_code: int,
    ) -> None:
        self.sensor: MotionSensor = InertialSensor(body, site, seed)
        self.registers = Registers(needs_unlock)
        self.registers.unlocked = True
        self.registers.write(Register.RATE, rate_code)
        self.registers.save()
        self.registers.restart()
        self._clock_error = clock_error
        self._open = False
        self._incoming = bytearray()
        self._reference_deg = np.zeros(3)
        self._live: dict[int, int] = {}
        self._dark_until_us = 0
        self._clock: SensorClock | None = None
        self._tick = 0
        self._ahead: deque[tuple[int, dict[int, int]]] = deque()
        self._retime(0)

    def connect(self, now_us: int) -> None:
        """A host opened the port; what was sent before is lost."""
        self._open = True
        self._incoming.clear()
        self._skip_to(now_us)

    def disconnect(self, now_us: int) -> None:
        """The link is gone; the module goes on by itself."""
        self._open = False

    def read(self, endpoint: str, now_us: int) -> bytes:
        """Raise KeyError: nothing of this module can be read over GATT."""
        raise KeyError(endpoint)

    def advance(self, now_us: int) -> list[Emission]:
        """Let time pass; return the frames sent until `now_us`."""
        emissions: list[Emission] = []
        while self._open and self._clock is not None:
            if not self._ahead:
                # The body is scripted, so samples may be worked out before they are due.
                ticks = range(self._tick, self._tick + TICKS_AHEAD)
                self._tick = ticks.stop
                self._ahead.extend(self._measure([self._clock.due_us(tick) for tick in ticks]))
            time_us, live = self._ahead[0]
            if time_us > now_us:
                break
            self._ahead.popleft()
            emissions += self._send_sample(time_us, live)
        return emissions

    def write(self, endpoint: str, data: bytes, now_us: int) -> list[Emission]:
        """Take ``FF AA register low high`` commands in any split; only reads are answered."""
        emissions = self.advance(now_us)
        if now_us < self._dark_until_us:
            return emissions
        self._incoming += data
        while len(self._incoming) >= 5:
            if self._incoming[:2] != b"\xff\xaa":
                del self._incoming[0]
                continue
            register, value = struct.unpack_from("<BH", self._incoming, 2)
            del self._incoming[:5]
            emissions += self._obey(register, value, now_us)
        return emissions

    def power_cycle(self, now_us: int) -> None:
        """Restart from the saved registers; dark for half a second."""
        self.registers.restart()
        self._incoming.clear()
        self._dark_until_us = now_us + REBOOT_US
        self._retime(self._dark_until_us)

    def _obey(self, register: int, value: int, now_us: int) -> list[Emission]:
        if register == Register.READ:
            return self._send(now_us, self._read_reply(value & 0xFF, now_us))
        if not self.registers.write(register, value):
            return []
        if register == Register.RATE:
            self._retime(now_us)
            if value == SINGLE_SHOT:
                ((time_us, live),) = self._measure([now_us])
                return self._send_sample(time_us, live)
        elif register == Register.SLEEP:
            self._clock = None
        elif register == Register.CALIBRATION and value == 0x08:
            level = np.array(
                [_signed(self._live.get(Register.ANGLE + axis, 0)) for axis in range(2)]
            )
            self._reference_deg[:2] += level / 32768.0 * 180.0
            self._ahead.clear()
            self._skip_to(now_us)
        elif register == Register.SAVE and value == 0x00:
            self.registers.save()
        elif register == Register.SAVE and value == 0x01:
            self.registers.restore()
            self._retime(now_us)
        elif register == Register.SAVE and value == 0xFF:
            self.power_cycle(now_us)
        return []

    def _retime(self, now_us: int) -> None:
        """Start the sampling clock anew at the rate of the register; none when stopped."""
        rate_hz = RATES_HZ.get(self.registers[Register.RATE])
        self._tick = 1
        self._ahead.clear()
        self._clock = SensorClock(now_us, 1e6 / rate_hz, self._clock_error) if rate_hz else None

    def _skip_to(self, now_us: int) -> None:
        self._ahead.clear()
        if self._clock is not None:
            self._tick = max(1, self._clock.ticks_until(now_us))

    def _measure(self, due_us: list[int]) -> list[tuple[int, dict[int, int]]]:
        """Return the live registers at these times."""
        sample = self.sensor.sample(np.array(due_us, dtype=np.float64) / 1e6)
        angles = np.round((sample.angle_deg - self._reference_deg) / 180.0 * 32768.0)
        quaternions = np.clip(np.round(sample.quaternion * 32768.0), -32768, 32767)
        words = np.concatenate(
            [sample.acc_counts, sample.gyro_counts, angles.astype(np.int64), quaternions], axis=1
        )
        return [
            (time_us, dict(zip(LIVE, row, strict=True)))
            for time_us, row in zip(due_us, words.tolist(), strict=True)
        ]

    def _send_sample(self, time_us: int, live: dict[int, int]) -> list[Emission]:
        self._live = {register: _signed(int(word)) for register, word in live.items()}
        return self._sample_emissions(time_us)

    def _device_time(self, now_us: int) -> datetime:
        return FIRST_DAY + timedelta(microseconds=now_us * (1.0 + self._clock_error))

    def _word(self, register: int, now_us: int) -> int:
        """Content of any register, as a signed word."""
        chip = self._device_time(now_us)
        known = {
            Register.VERSION: FIRMWARE_VERSION,
            Register.TIME: (chip.year - 2000) | chip.month << 8,
            Register.TIME + 1: chip.day | chip.hour << 8,
            Register.TIME + 2: chip.minute | chip.second << 8,
            Register.TIME + 3: chip.microsecond // 1000,
            Register.TEMPERATURE: TEMPERATURE_CENTI_C,
            Register.SERIAL_BATTERY: BATTERY_CENTI_V,
            Register.BLE_BATTERY: BATTERY_CENTI_V,
            **self._live,
        }
        return _signed(known.get(register, self.registers[register]))

    def _read_words(self, start: int, now_us: int) -> list[int]:
        return [self._word(start + i, now_us) for i in range(self.words_per_read)]

    @abstractmethod
    def _read_reply(self, start: int, now_us: int) -> bytes: ...

    @abstractmethod
    def _sample_emissions(self, time_us: int) -> list[Emission]: ...

    @abstractmethod
    def _send(self, time_us: int, payload: bytes) -> list[Emission]: ...


class WitMotionSerial(_WitMotion):
    """A module on a serial port.

    At a baud rate too low for what is to be sent, whole measurements are skipped.

    Parameters
    ----------
    body : Body
        Who wears it.
    site : str
        ``pelvis``, ``sternum`` …; one of :data:`~.trunk.SITES`.
    seed : int
        Source of chance.
    clock_error : float
        Rate error of its crystal; 0.007 (0.7 % fast) has been seen.
    needs_unlock : bool
        Ignores writes before the unlock command, as newer firmware does.
    rate_code : int
        Output rate saved in it; 0x06 is the maker's 10 Hz, 0x09 is 100 Hz.
    """

    words_per_read = 4

    def __init__(
        self,
        body: Body,
        site: str = "pelvis",
        seed: int = 0,
        clock_error: float = 0.0,
        *,
        needs_unlock: bool = True,
        rate_code: int = 0x06,
    ) -> None:
        self.name = "WT901"
        self._wire_free_us = 0
        super().__init__(body, site, seed, clock_error, needs_unlock, rate_code)

    def _frame_data(self, frame_id: int, now_us: int) -> bytes:
        """Eight data bytes of a periodic frame."""
        live = [self._live[register] for register in LIVE]
        acc, gyro, angle, quaternion = live[:3], live[3:6], live[6:9], live[9:13]
        match frame_id:
            case 0x50:
                chip = self._device_time(now_us)
                day = (chip.year - 2000, chip.month, chip.day, chip.hour, chip.minute, chip.second)
                return struct.pack("<6BH", *day, chip.microsecond // 1000)
            case 0x51:
                return struct.pack("<4h", *acc, TEMPERATURE_CENTI_C)
            case 0x52:
                return struct.pack("<4h", *gyro, TEMPERATURE_CENTI_C)
            case 0x53:
                return struct.pack("<4h", *angle, FIRMWARE_VERSION)
            case 0x54:
                return struct.pack("<4h", 0, 0, 0, TEMPERATURE_CENTI_C)
            case 0x56:
                return struct.pack("<2i", 101_325, 0)
            case 0x59:
                return struct.pack("<4h", *quaternion)
            case _:  # ports and GPS: nothing is connected
                return bytes(8)

    def _sample_emissions(self, time_us: int) -> list[Emission]:
        if self._wire_free_us > time_us:
            return []
        mask = self.registers[Register.CONTENT]
        frames = b"".join(
            serial_frame(0x50 + bit, self._frame_data(0x50 + bit, time_us))
            for bit in range(11)
            if mask >> bit & 1
        )
        return self._send(time_us, frames) if frames else []

    def _send(self, time_us: int, payload: bytes) -> list[Emission]:
        baud = BAUDS.get(self.registers[Register.BAUD], 9600)
        takes_us = round(len(payload) * BITS_PER_BYTE * 1e6 / baud)
        self._wire_free_us = max(self._wire_free_us, time_us) + takes_us
        return [Emission(time_us, SERIAL, payload)]

    def _read_reply(self, start: int, now_us: int) -> bytes:
        return serial_frame(0x5F, struct.pack("<4h", *self._read_words(start, now_us)))


class WitMotionBle(_WitMotion):
    """A module with BLE 5.0: 20-byte frames, no checksum, no counter.

    Parameters
    ----------
    body, site, seed, clock_error, needs_unlock, rate_code : Body, str, int, float, bool, int
        As of :class:`WitMotionSerial`.
    name : str
        Advertised name.
    long_replies : bool
        Pads read replies to 22 bytes, as some firmware is said to.
    """

    words_per_read = 8
    services: tuple[Service, ...] = (
        Service(
            BLE_SERVICE,
            (
                Characteristic(BLE_NOTIFY, ("notify",)),
                Characteristic(BLE_WRITE, ("write", "write-without-response")),
            ),
        ),
    )
    advertised_service = BLE_SERVICE

    def __init__(
        self,
        body: Body,
        site: str = "pelvis",
        seed: int = 0,
        clock_error: float = 0.0,
        *,
        needs_unlock: bool = True,
        rate_code: int = 0x06,
        name: str = "WT901BLE68",
        long_replies: bool = False,
    ) -> None:
        self.name = name
        self.mtu = 247
        self._long_replies = long_replies
        self._gathered = b""
        super().__init__(body, site, seed, clock_error, needs_unlock, rate_code)

    def disconnect(self, now_us: int) -> None:
        """The link is gone; frames not yet sent are dropped."""
        self._gathered = b""
        super().disconnect(now_us)

    def _sample_emissions(self, time_us: int) -> list[Emission]:
        self._gathered += ble_sample_frame([self._live[register] for register in LIVE[:9]])
        wanted = (
            40 if RATES_HZ.get(self.registers[Register.RATE], 0.0) > 50.0 and self.mtu >= 43 else 20
        )
        if len(self._gathered) < wanted:
            return []
        payload, self._gathered = self._gathered, b""
        return self._send(time_us, payload)

    def _send(self, time_us: int, payload: bytes) -> list[Emission]:
        size = self.mtu - 3
        return [
            Emission(time_us, BLE_NOTIFY, payload[at : at + size])
            for at in range(0, len(payload), size)
        ]

    def _read_reply(self, start: int, now_us: int) -> bytes:
        reply = ble_read_reply(start, self._read_words(start, now_us))
        return reply + bytes(2) if self._long_replies else reply


def _signed(word: int) -> int:
    """Fold a number into a signed 16-bit word."""
    return (word + 0x8000 & 0xFFFF) - 0x8000
