"""Transport over pyserial: ports, ``socket://`` and pseudo-terminals; the only file that knows it.

One reader thread per port: portable to every system and URL, it stamps bytes as they come and
hands them to the loop in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable

import serial
from serial.tools import list_ports

from biofeedback.core.clock import Clock
from biofeedback.core.errors import DeviceConnectionError, DeviceNotFoundError
from biofeedback.drivers.ending import seen_through

__all__ = ["ENDPOINT", "SerialTransport", "port_names", "port_problem"]

ENDPOINT = "serial"
# A read returns as soon as one byte is there; the time-out only bounds how long closing takes
# where a read cannot be cancelled.
READ_TIMEOUT_S = 0.2
# A port that takes no bytes for so long is stuck, not slow.
WRITE_TIMEOUT_S = 2.0
# Some drivers take their time to open a port, wireless ones above all.
OPENED_BY_S = 10.0
MOST_BYTES = 4096
JOIN_GROUP = (
    "add this user to the group that owns it (`sudo usermod -aG dialout $USER`, then log in again)"
)
# After an unplug pyserial raises either of these, and the port still says it is open.
BROKEN = (serial.SerialException, OSError, TypeError, ValueError)


class SerialTransport:
    """One serial port.

    Parameters
    ----------
    url : str
        ``COM3``, ``/dev/ttyUSB0``, ``socket://host:port`` …
    baud : int
        Bits per second.
    clock : Clock
        Stamps what is read.
    """

    def __init__(self, url: str, baud: int, clock: Clock) -> None:
        self._url = url
        self._baud = baud
        self._clock = clock
        self._port: serial.Serial | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    async def open(
        self, receive: Callable[[str, bytes, int], None], lost: Callable[[str], None]
    ) -> None:
        """Open the port and start reading.

        Parameters
        ----------
        receive : callable
            Told of bytes as they come, on the loop.
        lost : callable
            Told once when the port goes away by itself.

        Raises
        ------
        DeviceNotFoundError
            If there is no such port.
        DeviceConnectionError
            If it is in use or not permitted.
        """
        opening = asyncio.create_task(asyncio.to_thread(self._opened))
        try:
            port = await asyncio.shield(opening)
        except (serial.SerialException, OSError, ValueError) as failure:
            raise _translated(failure, self._url) from failure
        except asyncio.CancelledError:
            # The thread opens it all the same, and nobody else would let go of it.
            await seen_through(_let_go(opening), OPENED_BY_S)
            raise
        self._port = port
        self._closing = closing = threading.Event()
        loop = asyncio.get_running_loop()

        def hand_over(function: Callable[..., None], *arguments: object) -> None:
            # The loop may be closed between the check and the call: then nobody listens.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_unless, closing, function, *arguments)

        def read() -> None:
            while not closing.is_set():
                try:
                    data = _read_some(port)
                except BROKEN as failure:
                    hand_over(lost, f"the port went away ({failure})")
                    return
                if data:
                    hand_over(receive, ENDPOINT, data, self._clock.now_ns())

        self._thread = threading.Thread(target=read, name=f"serial {self._url}", daemon=True)
        self._thread.start()

    def _opened(self) -> serial.Serial:
        # Windows ports are always exclusive, and URLs know no such thing: None there.
        exclusive = True if "://" not in self._url and os.name == "posix" else None
        port = serial.serial_for_url(
            self._url,
            baudrate=self._baud,
            timeout=READ_TIMEOUT_S,
            write_timeout=WRITE_TIMEOUT_S,
            exclusive=exclusive,
        )
        # The usual 16 ms of an FTDI chip, down to 1; other ports do not know the request.
        if hasattr(port, "set_low_latency_mode"):
            with contextlib.suppress(*BROKEN, NotImplementedError):
                port.set_low_latency_mode(True)
        return port

    async def send(self, endpoint: str, payload: bytes) -> None:
        """Write bytes.

        Parameters
        ----------
        endpoint : str
            ``"serial"``.
        payload : bytes
            The bytes.

        Raises
        ------
        DeviceConnectionError
            If the port is gone.
        """
        port = self._port
        if port is None:
            raise DeviceConnectionError(f"{self._url} is not open", self._url)
        try:
            await asyncio.to_thread(port.write, payload)
        except BROKEN as failure:
            raise _translated(failure, self._url) from failure

    async def close(self) -> None:
        """Stop reading and close the port; twice is harmless."""
        self._closing.set()
        port, self._port = self._port, None
        thread, self._thread = self._thread, None
        if port is not None and thread is not None:
            # In one piece: a closing that is cancelled still closes.
            await asyncio.to_thread(_close, port, thread)


async def _let_go(opening: asyncio.Task[serial.Serial]) -> None:
    with contextlib.suppress(*BROKEN):
        (await opening).close()


def _read_some(port: serial.Serial) -> bytes:
    """Wait for a byte, then take all that came with it.

    A socket only tells that something waits, not how much: asking again until nothing does makes
    one packet of what arrived together, on every kind of port.
    """
    data = bytes(port.read(1))
    while data and len(data) < MOST_BYTES and (waiting := port.in_waiting):
        data += port.read(min(waiting, MOST_BYTES - len(data)))
    return data


def _close(port: serial.Serial, thread: threading.Thread) -> None:
    with contextlib.suppress(AttributeError, *BROKEN):
        port.cancel_read()
    thread.join()
    # pyserial drops the socket of a peer that hung up without closing it.
    wire = getattr(port, "_socket", None)
    with contextlib.suppress(*BROKEN):
        port.close()
    if isinstance(wire, socket.socket):
        wire.close()


def _unless(closing: threading.Event, function: Callable[..., None], *arguments: object) -> None:
    """Call on the loop, unless the port was closed meanwhile."""
    if not closing.is_set():
        function(*arguments)


def port_names() -> list[tuple[str, str]]:
    """Return the serial ports present: name and description."""
    ports = [(port.device, port.description or "") for port in list_ports.comports()]
    return [(name, "" if text == "n/a" else text) for name, text in ports]


def port_problem(name: str) -> str:
    """Say why this user may not use a port that is there, and the way out.

    Parameters
    ----------
    name : str
        Of the port.

    Returns
    -------
    words : str
        Empty when nothing is in the way, as far as can be told without opening it.
    """
    if os.name != "posix" or os.access(name, os.R_OK | os.W_OK):
        return ""
    return f"{name} may not be used by this user; {JOIN_GROUP}"


def _translated(failure: BaseException, url: str) -> DeviceNotFoundError | DeviceConnectionError:
    """Turn what pyserial raises into our errors, with the next step."""
    text = str(failure)
    if "No such file" in text or "FileNotFoundError" in text or "cannot find" in text:
        present = ", ".join(name for name, _ in port_names()) or "none"
        return DeviceNotFoundError(
            f"there is no port {url}; present: {present}. Plug the sensor in", url
        )
    if "refused" in text:
        return DeviceConnectionError(f"nobody listens at {url}; start what should", url)
    if "lock" in text or "busy" in text.lower():
        return DeviceConnectionError(f"{url} is used by another program; close it", url)
    if "Permission" in text or "Access is denied" in text:
        hint = JOIN_GROUP if os.name == "posix" else "close the program that uses it"
        return DeviceConnectionError(f"{url} may not be used ({text}); {hint}", url)
    return DeviceConnectionError(f"{url}: {text}; check cable, port name and baud rate", url)
