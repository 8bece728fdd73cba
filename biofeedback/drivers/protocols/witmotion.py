"""WitMotion IMUs over serial: settings and decoding, from docs/protocols/witmotion.md.

Eleven-byte frames with a checksum, one per quantity; those of one measurement come back to back
in ascending order of their ids. There is no counter: samples are counted as received, or timed
by the sensor's own clock where that is asked for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

import numpy as np

from biofeedback.core.entry import Packet
from biofeedback.core.ports import (
    Clocking,
    DeviceInfo,
    Garbage,
    Output,
    Ready,
    Samples,
    Send,
    Status,
)
from biofeedback.drivers.framing import FrameCutter, sum_checksum
from biofeedback.drivers.protocols.witmotion_registers import (
    OUTPUT_CONTENT,
    OUTPUT_RATE,
    UNLOCK,
    VERSION,
    Settings,
    imu_stream,
    motion_values,
    rate_code,
    read_registers,
    write_register,
)

__all__ = ["SERIAL_ENDPOINT", "WitMotion", "clock_ns"]

SERIAL_ENDPOINT = "serial"
FRAME_BYTES = 11
HIGHEST_RATE_HZ = 200.0
READY_SAMPLES = 3
RESTARTED_NS = 1_500_000_000
"""After a silence so long the sensor may have restarted with what is saved in it."""
_TIME, _ACC, _GYRO, _REGISTERS = 0x50, 0x51, 0x52, 0x5F
_KNOWN_IDS = frozenset((*range(0x50, 0x5B), _REGISTERS))
_CONTENT_TIME, _CONTENT_ACC, _CONTENT_GYRO = 1, 2, 4


def clock_ns(frame: bytes) -> int:
    """Read the sensor's clock from a time frame.

    Parameters
    ----------
    frame : bytes
        A frame with id 0x50.

    Returns
    -------
    time_ns : int
        Nanoseconds since 2000-01-01 by the sensor's calendar; only differences mean anything.
    """
    year, month, day, hour, minute, second = frame[2:8]
    millisecond = int.from_bytes(frame[8:10], "little")
    # Count years from March, so that the leap day is the last day of a year (2000 to 2099).
    past_february = month > 2
    years = year if past_february else year - 1
    months = month - 3 if past_february else month + 9
    days = 365 * years + years // 4 + (153 * months + 2) // 5 + day + 59
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return (seconds * 1000 + millisecond) * 1_000_000


def _length(head: bytes) -> int:
    return FRAME_BYTES if head[0] == 0x55 and head[1] in _KNOWN_IDS else 0


def _is_intact(frame: bytes) -> bool:
    return sum_checksum(frame[:-1]) == frame[-1]


class WitMotion:
    """An IMU that streams acceleration and angular rate over a serial port.

    Settings are changed without being saved: the sensor is left as it was found.

    Parameters
    ----------
    rate_hz : float
        Output rate, Hz: one of 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200.
    device_time : bool
        Ask for the sensor's clock (1 ms steps) with every measurement, so that lost ones show.
    baud : int
        Speed the port was opened with, bits per second; told where nothing is readable.

    Raises
    ------
    ProtocolError
        If the sensor has no such rate.
    """

    def __init__(
        self, rate_hz: float = 100.0, device_time: bool = False, baud: int = 115200
    ) -> None:
        self._rate_code = rate_code(rate_hz, HIGHEST_RATE_HZ)
        self._rate_hz = rate_hz
        self._device_time = device_time
        self._cutter = FrameCutter(2, _length, _is_intact)
        self._settings = Settings(
            SERIAL_ENDPOINT,
            f"is it this port, and its baud rate {baud}? usual are 115200 and 9600 (option baud)",
        )
        self._begin()

    def _begin(self) -> None:
        self._cutter.clear()
        self._open = self._ready = self._warm = False
        self._firmware = ""
        self._n_readable = 0
        self._last_ns = 0
        self._new_measurement()
        self._rows: list[tuple[int, ...]] = []
        self._times_ns: list[int] = []

    def _new_measurement(self) -> None:
        self._last_id = 0
        self._acc: tuple[int, ...] | None = None
        self._time_ns: int | None = None

    def start(self) -> Iterable[Output]:
        """Unlock the settings; the rest follows with `wake`, 100 ms apart or more."""
        self._begin()
        self._open = True
        return (self._set_up(),)

    def _set_up(self) -> Send:
        """Begin to tell the sensor what to send."""
        content = _CONTENT_ACC | _CONTENT_GYRO | (_CONTENT_TIME if self._device_time else 0)
        return self._settings.begin(
            (
                UNLOCK,
                write_register(OUTPUT_CONTENT, content),
                UNLOCK,
                write_register(OUTPUT_RATE, self._rate_code),
                read_registers(VERSION),
            )
        )

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Send the next setting; give up when nothing readable came for 10 s.

        Parameters
        ----------
        now_ns : int
            Told, never asked.
        """
        return self._settings.wake(now_ns, self._ready) if self._open else ()

    def stop(self) -> Iterable[Output]:
        """Nothing to say: the sensor goes on streaming to nobody."""
        self._open = False
        return ()

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take bytes of the port in any split.

        Parameters
        ----------
        packet : Packet
            Any bytes.
        """
        outputs: list[Output] = []
        longest_ns = max(RESTARTED_NS, round(3e9 / self._rate_hz))
        if self._ready and packet.host_time_ns - self._last_ns > longest_ns:
            outputs.append(self._set_up())
        self._last_ns = packet.host_time_ns
        for skipped, frame in self._cutter.cut(packet.payload):
            if skipped:
                outputs.append(Garbage(skipped, "no frame"))
                # A damaged frame spoils its measurement: no pair may span two of them.
                self._new_measurement()
            if frame:
                outputs += self._frame(frame)
        return (*outputs, *self._samples())

    def _frame(self, frame: bytes) -> Iterator[Output]:
        kind = frame[1]
        if kind == _REGISTERS:
            low, high = struct.unpack_from("<2H", frame, 2)
            self._firmware = f"{low}.{high}"
            return
        if kind <= self._last_id:
            self._new_measurement()
        self._last_id = kind
        if kind == _TIME:
            self._time_ns = clock_ns(frame)
        elif kind == _ACC:
            *acc, temperature = struct.unpack_from("<4h", frame, 2)
            self._acc = tuple(acc)
            if not self._warm:
                self._warm = True
                yield Status("temperature_degc", temperature / 100.0)
        elif kind == _GYRO and self._acc is not None:
            if self._device_time and self._time_ns is None:
                return
            self._rows.append((*self._acc, *struct.unpack_from("<3h", frame, 2)))
            self._times_ns.append(self._time_ns or 0)

    def _samples(self) -> Iterator[Output]:
        rows, self._rows = self._rows, []
        times_ns, self._times_ns = self._times_ns, []
        if not rows:
            return
        if not self._ready:
            # Samples before the settings are in force have another rate.
            self._n_readable = self._n_readable + len(rows) if self._settings.done else 0
            if not self._open or self._n_readable < READY_SAMPLES:
                return
            self._ready = True
            clocking: Clocking = "device" if self._device_time else "count"
            info = DeviceInfo("WitMotion", "", self._firmware)
            yield Ready(info, (imu_stream(self._rate_hz, clocking),))
            later = len(rows) - (self._n_readable - READY_SAMPLES)
            rows, times_ns = rows[later:], times_ns[later:]
            if not rows:
                return
        device_time_ns = np.array(times_ns, dtype=np.int64) if self._device_time else None
        yield Samples("imu", None, device_time_ns, motion_values(rows))
