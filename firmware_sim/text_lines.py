"""Firmware of a small board that prints lines of text, over serial or Nordic UART."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from typing import Literal

import numpy as np

from firmware_sim.belt_length import BeltLength
from firmware_sim.body import BELT_SITES, Body
from firmware_sim.firmware import Emission
from firmware_sim.gatt_table import Characteristic, Service
from firmware_sim.motions import FloatArray
from firmware_sim.sensors import BeltForce, ForceGauge, InertialSensor, MotionSensor, SensorClock

__all__ = [
    "UART_NOTIFY",
    "UART_SERVICE",
    "UART_WRITE",
    "BleTextBoard",
    "Grammar",
    "SerialTextBoard",
    "TimeUnit",
    "printed",
]

SERIAL = "serial"
UART_SERVICE = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
UART_WRITE = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
UART_NOTIFY = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"

Grammar = Literal["columns", "labels", "teleplot", "json"]
TimeUnit = Literal["ms", "us", ""]

BITS_PER_BYTE = 10
TICKS_AHEAD = 32
COUNTS_PER_N = 4095 / 50.0
TURN = 1 << 32
BOOTS_IN_US = 1_500_000
BOOT_TEXT = (
    "ets Jul 29 2019 12:21:46",
    "",
    "rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
)
MOTION = tuple(f"{kind}{axis}" for kind in ("Accel", "Gyro") for axis in "XYZ")

Row = Sequence[tuple[str, str]]
"""Label and printed number of each field."""


def printed(grammar: Grammar, time: str, row: Row) -> str:
    """Print one measurement.

    Parameters
    ----------
    grammar : Grammar
        How.
    time : str
        Printed time; empty prints none.
    row : sequence of (str, str)
        Label and printed number of each field.

    Returns
    -------
    text : str
        One line, or one for each field of Teleplot, without the last end of line.
    """
    if grammar == "teleplot":
        return "\r\n".join(f">{label}:{time}:{v}" if time else f">{label}:{v}" for label, v in row)
    fields = [("t", time), *row] if time else list(row)
    if grammar == "columns":
        return ",".join(number for _, number in fields)
    if grammar == "labels":
        return ",".join(f"{label}:{number}" for label, number in fields)
    return "{" + ",".join(f"{json.dumps(label)}:{number}" for label, number in fields) + "}"


class _TextBoard(ABC):
    """Stretch belts on the analog inputs of a board, or a motion chip, printed as measured.

    A belt is printed as a count of a 12-bit converter that reaches 4095 at 50 N, or its length in
    mm; the motion chip in m/s² and rad/s.
    """

    def __init__(
        self,
        body: Body,
        belts: Sequence[str],
        imu_site: str,
        grammar: Grammar,
        rate_hz: float,
        time_unit: TimeUnit,
        first_time: int,
        seed: int,
        clock_error: float,
        lengths: bool = False,
    ) -> None:
        if not belts and not imu_site:
            raise ValueError("nothing is connected to the board; give belts or an imu_site")
        self.belts: list[ForceGauge] = []
        self.lengths: list[BeltLength] = []
        if lengths:
            self.lengths = [BeltLength(body, site, seed) for site in belts]
        else:
            self.belts = [BeltForce(body, site, seed) for site in belts]
        self.imu: MotionSensor | None = None
        if imu_site:
            self.imu = InertialSensor(body, imu_site, seed)
        self.labels = (*belts, *(MOTION if imu_site else ()))
        self._grammar, self._rate_hz, self._time_unit = grammar, rate_hz, time_unit
        self._first_time, self._clock_error = first_time, clock_error
        self._open = False
        self._ahead: deque[tuple[int, str]] = deque()
        self._boot(0)

    def connect(self, now_us: int) -> None:
        """A host opened the link."""
        self._open = True
        self._skip_to(now_us)

    def disconnect(self, now_us: int) -> None:
        """The link is gone; the board prints to nobody."""
        self._open = False

    def write(self, endpoint: str, data: bytes, now_us: int) -> list[Emission]:
        """Take what is written and do nothing with it, as most sketches."""
        return self.advance(now_us)

    def read(self, endpoint: str, now_us: int) -> bytes:
        """Raise KeyError: nothing of this board can be read over GATT."""
        raise KeyError(endpoint)

    def advance(self, now_us: int) -> list[Emission]:
        """Let time pass; return the lines printed until `now_us`."""
        emissions: list[Emission] = []
        while self._open:
            if not self._ahead:
                self._measure_ahead()
            time_us, text = self._ahead[0]
            if time_us > now_us:
                break
            self._ahead.popleft()
            emissions += self._print(time_us, text)
        return emissions

    def power_cycle(self, now_us: int) -> None:
        """Restart: the clock begins anew."""
        self._boot(now_us)

    def _boot(self, now_us: int) -> None:
        self._clock = SensorClock(now_us, 1e6 / self._rate_hz, self._clock_error)
        self._skip_to(now_us)

    def _skip_to(self, now_us: int) -> None:
        self._ahead.clear()
        self._tick = max(1, self._clock.ticks_until(now_us))

    def _measure_ahead(self) -> None:
        """Work out the next lines: of a scripted body they are known before they are due."""
        ticks = range(self._tick, self._tick + TICKS_AHEAD)
        self._tick = ticks.stop
        due_us = [self._clock.due_us(tick) for tick in ticks]
        rows = self._measure(np.array(due_us, dtype=np.float64) / 1e6)
        for time_us, numbers in zip(due_us, rows, strict=True):
            row = list(zip(self.labels, numbers, strict=True))
            self._ahead.append((time_us, printed(self._grammar, self._time(time_us), row)))

    def _measure(self, t_s: FloatArray) -> list[list[str]]:
        """Return printed numbers, one list for each time."""
        columns = [
            [str(round(force_n * COUNTS_PER_N)) for force_n in belt.sample_n(t_s).tolist()]
            for belt in self.belts
        ]
        columns += [[f"{mm:.2f}" for mm in one.sample_mm(t_s).tolist()] for one in self.lengths]
        if self.imu is not None:
            sample = self.imu.sample(t_s)
            acc_mps2 = sample.acc_counts * (16.0 * InertialSensor.GRAVITY_MPS2 / 32768.0)
            gyro_rad_s = np.deg2rad(sample.gyro_counts * (2000.0 / 32768.0))
            for column in (*acc_mps2.T.tolist(), *gyro_rad_s.T.tolist()):
                columns.append([f"{value:.2f}" for value in column])
        return [list(row) for row in zip(*columns, strict=True)]

    def _time(self, now_us: int) -> str:
        if not self._time_unit:
            return ""
        since_us = (now_us - self._clock.start_us) * (1.0 + self._clock_error)
        since = int(since_us / (1000.0 if self._time_unit == "ms" else 1.0))
        return str((self._first_time + since) % TURN)

    @abstractmethod
    def _print(self, time_us: int, text: str) -> list[Emission]: ...


class SerialTextBoard(_TextBoard):
    """A board on a serial port.

    At a baud rate too low for what is to be printed, whole measurements are skipped.

    Parameters
    ----------
    body : Body
        Who wears it.
    belts : sequence of str
        Where stretch belts are: ``chest``, ``abdomen``.
    imu_site : str
        Where a motion chip is, one of :data:`~.trunk.SITES`; empty for none.
    grammar : Grammar
        How it prints.
    rate_hz : float
        Lines per second by its own clock.
    time_unit : TimeUnit
        Unit of the printed time; empty prints none.
    first_time : int
        What its clock shows when it has booted, in that unit; it turns over at 2³².
    seed : int
        Source of chance.
    clock_error : float
        Rate error of its crystal; 0.01 runs 1 % fast.
    baud : int
        Of its port, bits per second.
    resets : bool
        Boots when the port is opened: silence, boot text, a comment, and a header of columns.
    lengths : bool
        Its belts tell their length in mm, not a count of force.

    Raises
    ------
    ValueError
        If nothing is connected to it.
    """

    def __init__(
        self,
        body: Body,
        belts: Sequence[str] = BELT_SITES,
        imu_site: str = "",
        *,
        grammar: Grammar = "columns",
        rate_hz: float = 50.0,
        time_unit: TimeUnit = "ms",
        first_time: int = 0,
        seed: int = 0,
        clock_error: float = 0.0,
        baud: int = 115200,
        resets: bool = True,
        lengths: bool = False,
    ) -> None:
        self.name = "text board"
        self._baud, self._resets = baud, resets
        self._wire_free_us = 0
        super().__init__(
            body,
            belts,
            imu_site,
            grammar,
            rate_hz,
            time_unit,
            first_time,
            seed,
            clock_error,
            lengths,
        )

    def connect(self, now_us: int) -> None:
        """A host opened the port; many boards restart at that."""
        if self._resets:
            self._boot(now_us + BOOTS_IN_US)
        super().connect(now_us)
        if self._resets:
            self._ahead.extend((self._clock.start_us, text) for text in self._greeting())

    def _greeting(self) -> list[str]:
        comment = f"# {len(self.labels)} fields"
        header = ",".join(("t", *self.labels) if self._time_unit else self.labels)
        return [*BOOT_TEXT, comment, *([header] if self._grammar == "columns" else [])]

    def _print(self, time_us: int, text: str) -> list[Emission]:
        if self._wire_free_us > time_us and time_us > self._clock.start_us:
            return []
        payload = f"{text}\r\n".encode()
        takes_us = round(len(payload) * BITS_PER_BYTE * 1e6 / self._baud)
        self._wire_free_us = max(self._wire_free_us, time_us) + takes_us
        return [Emission(time_us, SERIAL, payload)]


class BleTextBoard(_TextBoard):
    """A board that sends its lines over the Nordic UART service.

    Parameters
    ----------
    body, belts, imu_site, grammar, rate_hz : Body, sequence of str, str, Grammar, float
        As of :class:`SerialTextBoard`.
    time_unit, first_time, seed, clock_error : TimeUnit, int, int, float
        As of :class:`SerialTextBoard`.
    name : str
        Advertised name.
    mtu : int
        Most it grants, bytes: lines are cut to ``mtu - 3`` wherever that falls.

    Raises
    ------
    ValueError
        If nothing is connected to it.
    """

    services: tuple[Service, ...] = (
        Service(
            UART_SERVICE,
            (
                Characteristic(UART_WRITE, ("write", "write-without-response")),
                Characteristic(UART_NOTIFY, ("notify",)),
            ),
        ),
    )
    advertised_service = UART_SERVICE

    def __init__(
        self,
        body: Body,
        belts: Sequence[str] = BELT_SITES,
        imu_site: str = "",
        *,
        grammar: Grammar = "labels",
        rate_hz: float = 50.0,
        time_unit: TimeUnit = "ms",
        first_time: int = 0,
        seed: int = 0,
        clock_error: float = 0.0,
        name: str = "ESP32-IMU",
        mtu: int = 185,
    ) -> None:
        self.name = name
        self.mtu = mtu
        super().__init__(
            body, belts, imu_site, grammar, rate_hz, time_unit, first_time, seed, clock_error
        )

    def _print(self, time_us: int, text: str) -> list[Emission]:
        payload, size = f"{text}\r\n".encode(), self.mtu - 3
        return [
            Emission(time_us, UART_NOTIFY, payload[at : at + size])
            for at in range(0, len(payload), size)
        ]
