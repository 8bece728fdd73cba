"""What both WitMotion languages share: registers, paced settings, and the stream they give.

Every table is in ``docs/protocols/witmotion.md``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from types import MappingProxyType

import numpy as np

from biofeedback.core.errors import ProtocolError
from biofeedback.core.ports import Clocking, Output, Refused, SampleStream, Send
from biofeedback.core.stream import Channel, FloatArray, StreamInfo
from biofeedback.core.units import STANDARD_GRAVITY_MPS2

__all__ = [
    "BATTERY",
    "OUTPUT_CONTENT",
    "OUTPUT_RATE",
    "UNLOCK",
    "VERSION",
    "Settings",
    "battery_pct",
    "imu_stream",
    "motion_values",
    "rate_code",
    "read_registers",
    "write_register",
]

UNLOCK = bytes.fromhex("ffaa6988b5")
OUTPUT_CONTENT, OUTPUT_RATE, READ, VERSION, BATTERY = 0x02, 0x03, 0x27, 0x2E, 0x64
RATE_CODES = MappingProxyType(
    {0.2: 1, 0.5: 2, 1.0: 3, 2.0: 4, 5.0: 5, 10.0: 6, 20.0: 7, 50.0: 8, 100.0: 9, 200.0: 0x0B}
)
_SCALE = np.array([16.0 / 32768.0 * STANDARD_GRAVITY_MPS2] * 3 + [2000.0 / 32768.0] * 3)
# Per cent by hundredths of a volt, as the sensors' own software shows it.
_BATTERY_STEPS = (
    *((397, 100), (393, 90), (387, 75), (382, 60), (379, 50), (377, 40)),
    *((373, 30), (370, 20), (368, 15), (350, 10), (340, 5), (0, 0)),
)
# "Leave about 100 ms between commands."
COMMAND_GAP_NS = 100_000_000
ANSWER_TIMEOUT_NS = 10_000_000_000
# A port or a notification gathers some tens of milliseconds (FTDI latency timer: 16 ms).
LONGEST_PACKET_S = 0.1


def write_register(register: int, value: int) -> bytes:
    """Write the command that sets a register.

    Parameters
    ----------
    register : int
        Its number.
    value : int
        16 bits.

    Returns
    -------
    command : bytes
    """
    return bytes((0xFF, 0xAA, register, value & 0xFF, value >> 8))


def read_registers(first: int) -> bytes:
    """Write the command that asks for registers.

    Parameters
    ----------
    first : int
        Number of the first one.

    Returns
    -------
    command : bytes
    """
    return write_register(READ, first)


def rate_code(rate_hz: float, highest_hz: float) -> int:
    """Return the code of an output rate.

    Parameters
    ----------
    rate_hz : float
        Output rate, Hz.
    highest_hz : float
        Highest rate all sources agree on, Hz.

    Returns
    -------
    code : int

    Raises
    ------
    ProtocolError
        If the sensor has no such rate.
    """
    known = [rate for rate in RATE_CODES if rate <= highest_hz]
    if rate_hz not in known:
        raise ProtocolError(f"rate_hz is {rate_hz}; choose one of {known} Hz")
    return RATE_CODES[rate_hz]


def motion_values(counts: Sequence[Sequence[int]]) -> FloatArray:
    """Turn counts into m/s² and deg/s.

    Parameters
    ----------
    counts : sequence of 6 int each
        Acceleration and angular rate, x, y, z each.

    Returns
    -------
    values : ndarray, shape (n_samples, 6)
    """
    values: FloatArray = np.array(counts, dtype=np.float64).reshape(-1, 6) * _SCALE
    return values


def battery_pct(centivolts: int) -> float:
    """Return the charge by the battery's voltage.

    Parameters
    ----------
    centivolts : int
        Hundredths of a volt.

    Returns
    -------
    charge_pct : float
    """
    return float(next(pct for least, pct in _BATTERY_STEPS if max(0, centivolts) >= least))


def imu_stream(rate_hz: float, clocking: Clocking) -> SampleStream:
    """Describe the stream of acceleration and angular rate.

    Parameters
    ----------
    rate_hz : float
        Output rate asked for, Hz.
    clocking : Clocking
        How its time can be rebuilt.

    Returns
    -------
    stream : SampleStream
    """
    channels = (
        *(Channel(f"acc_{axis}_mps2", "m/s2") for axis in "xyz"),
        *(Channel(f"gyro_{axis}_dps", "deg/s") for axis in "xyz"),
    )
    info = StreamInfo("imu", channels, rate_hz)
    return SampleStream(info, "imu", clocking, max(LONGEST_PACKET_S, 2.0 / rate_hz))


class Settings:
    """Commands sent one by one with pauses, and the patience to wait for an answer.

    The sensors acknowledge nothing: a command counts as done when the next may be sent.

    Parameters
    ----------
    endpoint : str
        Where commands go.
    hint : str
        What to do when nothing readable comes, in words.
    """

    def __init__(self, endpoint: str, hint: str) -> None:
        self._endpoint = endpoint
        self._hint = hint
        self._queue: deque[bytes] = deque()
        self._sent_ns = self._started_ns = 0
        self._begun = self._refused = False

    @property
    def done(self) -> bool:
        """True when all commands have been sent."""
        return not self._queue

    def begin(self, commands: Iterable[bytes]) -> Send:
        """Start anew.

        Parameters
        ----------
        commands : iterable of bytes
            At least one.

        Returns
        -------
        first : Send
        """
        self._queue = deque(commands)
        self._begun = self._refused = False
        return Send(self._endpoint, self._queue.popleft())

    def ask(self, command: bytes) -> None:
        """Queue one more command.

        Parameters
        ----------
        command : bytes
            What to send.
        """
        self._queue.append(command)

    def wake(self, now_ns: int, answered: bool) -> tuple[Output, ...]:
        """Send the next command if its time has come; give up after 10 s without an answer.

        Parameters
        ----------
        now_ns : int
            Told, never asked.
        answered : bool
            Whether the sensor has sent something readable.

        Returns
        -------
        outputs : tuple of Output
        """
        if not self._begun:
            self._begun = True
            self._started_ns = self._sent_ns = now_ns
        elif self._queue and now_ns - self._sent_ns >= COMMAND_GAP_NS:
            self._sent_ns = now_ns
            return (Send(self._endpoint, self._queue.popleft()),)
        elif not answered and not self._refused and now_ns - self._started_ns > ANSWER_TIMEOUT_NS:
            self._refused = True
            return (Refused(f"nothing readable came in 10 s; {self._hint}", timed_out=True),)
        return ()
