"""WitMotion IMUs over serial: settings and decoding, from docs/protocols/witmotion.md.

Eleven-byte frames with a checksum, one per quantity; those of one measurement come back to back
in ascending order of their ids. There is no counter: samples are counted as received.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from biofeedback.core.entry import Packet
from biofeedback.core.errors import ProtocolError
from biofeedback.core.ports import (
    DeviceInfo,
    Garbage,
    Output,
    Ready,
    Refused,
    Samples,
    SampleStream,
    Send,
    Status,
)
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.drivers.framing import ByteBuffer, sum_checksum

__all__ = ["SERIAL_ENDPOINT", "WitMotion"]

SERIAL_ENDPOINT = "serial"
_HEAD, _FRAME_BYTES = 0x55, 11
_ACC, _GYRO, _REGISTERS = 0x51, 0x52, 0x5F
_KNOWN_IDS = frozenset((*range(0x50, 0x5B), _REGISTERS))
_RATE_CODES = {0.2: 1, 0.5: 2, 1: 3, 2: 4, 5: 5, 10: 6, 20: 7, 50: 8, 100: 9, 200: 0x0B}
_UNLOCK = bytes.fromhex("ffaa6988b5")
_RATE_REGISTER, _CONTENT_REGISTER, _VERSION_REGISTER = 0x03, 0x02, 0x2E
# Output content: bit 1 acceleration, bit 2 angular rate (register 0x02).
_CONTENT = 0x0006
_ACC_SCALE = 16.0 / 32768.0 * STANDARD_GRAVITY_MPS2
_GYRO_SCALE = 2000.0 / 32768.0
# "Leave about 100 ms between commands"; ticks come every 250 ms.
COMMAND_GAP_NS = 100_000_000
READY_SAMPLES = 3
ANSWER_TIMEOUT_NS = 10_000_000_000
# A port hands over what has come in some tens of milliseconds (FTDI latency timer: 16 ms).
LONGEST_PACKET_S = 0.1


class WitMotion:
    """An IMU that streams acceleration and angular rate.

    Settings are changed without being saved: the sensor is left as it was found.

    Parameters
    ----------
    rate_hz : float
        Output rate, Hz: one of 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200.

    Raises
    ------
    ProtocolError
        If the sensor has no such rate.
    """

    def __init__(self, rate_hz: float = 100.0) -> None:
        if rate_hz not in _RATE_CODES:
            raise ProtocolError(f"rate_hz is {rate_hz}; this sensor has {sorted(_RATE_CODES)} Hz")
        self._rate_hz = rate_hz
        self._buffer = ByteBuffer()
        self._begin()

    def _begin(self) -> None:
        self._buffer.clear()
        self._commands: deque[bytes] = deque()
        self._last_command_ns = self._started_ns = 0
        self._started = self._ready = self._refused = False
        self._firmware = ""
        self._n_good = 0
        self._last_id = 0
        self._acc: tuple[int, int, int] | None = None
        self._rows: list[tuple[int, ...]] = []

    def start(self) -> Iterable[Output]:
        """Unlock the settings; the rest follows with `wake`, 100 ms apart or more."""
        self._begin()
        self._started = True
        code = _RATE_CODES[self._rate_hz]
        self._commands += [
            bytes((0xFF, 0xAA, _CONTENT_REGISTER, _CONTENT & 0xFF, _CONTENT >> 8)),
            _UNLOCK,
            bytes((0xFF, 0xAA, _RATE_REGISTER, code, 0x00)),
            bytes((0xFF, 0xAA, 0x27, _VERSION_REGISTER, 0x00)),
        ]
        return (Send(SERIAL_ENDPOINT, _UNLOCK),)

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Send the next setting; give up when nothing readable came for 10 s.

        Parameters
        ----------
        now_ns : int
            Told, never asked.
        """
        if not self._started:
            return ()
        if not self._started_ns:
            self._started_ns = self._last_command_ns = now_ns
            return ()
        if self._commands and now_ns - self._last_command_ns >= COMMAND_GAP_NS:
            self._last_command_ns = now_ns
            return (Send(SERIAL_ENDPOINT, self._commands.popleft()),)
        if not self._ready and not self._refused and now_ns - self._started_ns > ANSWER_TIMEOUT_NS:
            self._refused = True
            return (
                Refused(
                    "no readable frame in 10 s; check the baud rate (9600 or 115200) "
                    "and that the port is the sensor's",
                    timed_out=True,
                ),
            )
        return ()

    def stop(self) -> Iterable[Output]:
        """Nothing to say: the sensor goes on streaming to nobody."""
        self._started = False
        self._commands.clear()
        return ()

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take bytes of the port in any split.

        Parameters
        ----------
        packet : Packet
            Any bytes.
        """
        self._buffer.add(packet.payload)
        outputs: list[Output] = []
        skipped = bytearray()
        while len(self._buffer) >= _FRAME_BYTES:
            frame = self._buffer.peek(_FRAME_BYTES)
            if (
                frame[0] != _HEAD
                or frame[1] not in _KNOWN_IDS
                or sum_checksum(frame[:-1]) != frame[-1]
            ):
                # 0x55 occurs as data too: give up one byte and try again.
                skipped += self._buffer.take(1)
                continue
            self._buffer.take(_FRAME_BYTES)
            if skipped:
                outputs.append(Garbage(bytes(skipped), "no frame"))
                skipped.clear()
            outputs += self._frame(frame)
        if skipped:
            outputs.append(Garbage(bytes(skipped), "no frame"))
        if self._rows:
            outputs += self._samples()
        return tuple(outputs)

    def _frame(self, frame: bytes) -> Iterator[Output]:
        kind = frame[1]
        if kind != _REGISTERS:
            if kind <= self._last_id:
                # A new cycle: a pair must not span two of them.
                self._acc = None
            self._last_id = kind
        if kind == _ACC:
            x, y, z, temperature = struct.unpack_from("<4h", frame, 2)
            self._acc = (x, y, z)
            if self._n_good == 0:
                yield Status("temperature_degc", temperature / 100.0)
        elif kind == _GYRO:
            # A rate without its acceleration belongs to a measurement whose first frame was
            # lost: the pair is left out as a whole.
            if self._acc is not None:
                self._rows.append((*self._acc, *struct.unpack_from("<3h", frame, 2)))
            self._acc = None
        elif kind == _REGISTERS:
            low, high = struct.unpack_from("<2h", frame, 2)
            self._firmware = f"{low & 0xFFFF}.{high & 0xFFFF}"

    def _samples(self) -> Iterator[Output]:
        rows, self._rows = self._rows, []
        if not self._ready:
            self._n_good += len(rows)
            # The settings are in force once the last of them has left; samples before that
            # have another rate.
            if self._n_good < READY_SAMPLES or self._commands:
                return
            self._ready = True
            channels = tuple(Channel(f"acc_{axis}_mps2", "m/s2") for axis in "xyz") + tuple(
                Channel(f"gyro_{axis}_dps", "deg/s") for axis in "xyz"
            )
            info = StreamInfo("imu", channels, self._rate_hz)
            stream = SampleStream(info, "imu", "count", max(LONGEST_PACKET_S, 2.0 / self._rate_hz))
            yield Ready(DeviceInfo("WitMotion", "", self._firmware), (stream,))
            return
        counts = np.array(rows, dtype=np.float64)
        values = counts * np.array([_ACC_SCALE] * 3 + [_GYRO_SCALE] * 3)
        yield Samples("imu", None, None, values)
