"""WitMotion IMUs over Bluetooth LE: settings and decoding, from docs/protocols/witmotion.md.

Twenty-byte frames without checksum, time or counter: samples are counted as received, and a lost
notification shows only as time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from biofeedback.core.entry import Packet
from biofeedback.core.ports import DeviceInfo, Garbage, Output, Ready, Samples, Status
from biofeedback.drivers.framing import FrameCutter
from biofeedback.drivers.protocols.witmotion_registers import (
    BATTERY,
    OUTPUT_RATE,
    UNLOCK,
    Settings,
    battery_pct,
    imu_stream,
    motion_values,
    rate_code,
    read_registers,
    write_register,
)

__all__ = ["NOTIFY_UUID", "SERVICE_UUID", "WRITE_UUID", "WitMotionBle"]

# The base ends in 9a34fb, unlike Bluetooth's own.
SERVICE_UUID = "0000ffe5-0000-1000-8000-00805f9a34fb"
NOTIFY_UUID = "0000ffe4-0000-1000-8000-00805f9a34fb"
WRITE_UUID = "0000ffe9-0000-1000-8000-00805f9a34fb"
FRAME_BYTES = 20
HIGHEST_RATE_HZ = 100.0
READY_SAMPLES = 3
BATTERY_EVERY_NS = 60_000_000_000
_MOTION, _REGISTERS = 0x61, 0x71


def _length(head: bytes) -> int:
    return FRAME_BYTES if head[0] == 0x55 and head[1] in (_MOTION, _REGISTERS) else 0


def _is_intact(frame: bytes) -> bool:
    return len(frame) == FRAME_BYTES  # nothing in it tells more


class WitMotionBle:
    """An IMU that streams acceleration and angular rate over Bluetooth LE.

    Settings are changed without being saved: the sensor is left as it was found.

    Parameters
    ----------
    rate_hz : float
        Output rate, Hz: one of 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100.

    Raises
    ------
    ProtocolError
        If the sensor has no such rate.
    """

    def __init__(self, rate_hz: float = 50.0) -> None:
        self._rate_code = rate_code(rate_hz, HIGHEST_RATE_HZ)
        self._rate_hz = rate_hz
        self._cutter = FrameCutter(2, _length, _is_intact)
        self._settings = Settings(WRITE_UUID, "switch the sensor off and on")
        self._begin()

    def _begin(self) -> None:
        self._cutter.clear()
        self._open = self._ready = False
        self._n_readable = 0
        self._battery_ns: int | None = None

    def start(self) -> Iterable[Output]:
        """Unlock the settings; the rest follows with `wake`, 100 ms apart or more."""
        self._begin()
        self._open = True
        rate = write_register(OUTPUT_RATE, self._rate_code)
        return (self._settings.begin((UNLOCK, rate)),)

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Send the next setting, ask for the battery each minute; give up after 10 s of silence.

        Parameters
        ----------
        now_ns : int
            Told, never asked.
        """
        if not self._open:
            return ()
        if self._battery_ns is None or now_ns - self._battery_ns > BATTERY_EVERY_NS:
            self._battery_ns = now_ns
            self._settings.ask(read_registers(BATTERY))
        return self._settings.wake(now_ns, self._ready)

    def stop(self) -> Iterable[Output]:
        """Nothing to say: the sensor streams while notifications are on."""
        self._open = False
        return ()

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take a notification: a part of a frame, one frame or several.

        Parameters
        ----------
        packet : Packet
            Any bytes.
        """
        outputs: list[Output] = []
        rows: list[tuple[int, ...]] = []
        for skipped, frame in self._cutter.cut(packet.payload):
            if skipped:
                outputs.append(Garbage(skipped, "no frame"))
            if frame and frame[1] == _MOTION:
                rows.append(struct.unpack_from("<6h", frame, 2))
            elif frame:
                first, value = struct.unpack_from("<HH", frame, 2)
                if first == BATTERY:
                    outputs.append(Status("battery_pct", battery_pct(value), f"{value / 100} V"))
        return (*outputs, *self._samples(rows))

    def _samples(self, rows: list[tuple[int, ...]]) -> Iterator[Output]:
        if not rows:
            return
        if not self._ready:
            # Samples before the settings are in force have another rate.
            self._n_readable = self._n_readable + len(rows) if self._settings.done else 0
            if not self._open or self._n_readable < READY_SAMPLES:
                return
            self._ready = True
            yield Ready(DeviceInfo("WitMotion"), (imu_stream(self._rate_hz, "count"),))
            rows = rows[len(rows) - (self._n_readable - READY_SAMPLES) :]
            if not rows:
                return
        yield Samples("imu", None, None, motion_values(rows))
