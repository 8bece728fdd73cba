"""A firmware on a wire: a pseudo-terminal, or a TCP port for pyserial's ``socket://``."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self

from firmware_sim.firmware import Firmware

__all__ = ["PtyLink", "TcpLink", "serial_link"]

LONGEST_READ = 4096


class _WireLink(ABC):
    """A thread that lets time pass for the firmware while somebody is on the wire."""

    def __init__(
        self, firmware: Firmware, now_us: Callable[[], int], endpoint: str, step_s: float
    ) -> None:
        self.firmware = firmware
        self.url = ""
        self._now_us = now_us
        self._endpoint = endpoint
        self._step_s = step_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Open the wire; `url` tells where."""
        self._open()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name=f"wire {self.firmware.name}")
        self._thread.start()

    def stop(self) -> None:
        """Pull the plug: whoever is on the wire sees it vanish."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._close()

    def _run(self) -> None:
        somebody = False
        while not self._stopping.is_set():
            data = self._receive()
            now_us = self._now_us()
            if (data is not None) != somebody:
                somebody = not somebody
                (self.firmware.connect if somebody else self.firmware.disconnect)(now_us)
            if data is None:
                continue
            emissions = self.firmware.write(self._endpoint, data, now_us) if data else []
            for emission in emissions + self.firmware.advance(now_us):
                self._send(emission.payload)
        if somebody:
            self.firmware.disconnect(self._now_us())

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def _receive(self) -> bytes | None:
        """Wait up to one step for bytes; None when nobody is on the wire."""

    @abstractmethod
    def _send(self, data: bytes) -> None:
        """Send, or lose what does not fit, as a serial line does."""

    @abstractmethod
    def _close(self) -> None: ...


class PtyLink(_WireLink):
    """A firmware behind a pseudo-terminal (Linux, macOS).

    Parameters
    ----------
    firmware : Firmware
        The device.
    now_us : callable
        The simulation's time, µs.
    endpoint : str
        Name the firmware gives to its wire.
    step_s : float
        Longest real time between two looks at the firmware, s.

    Attributes
    ----------
    url, path : str
        The port to open, once started.
    """

    def __init__(
        self,
        firmware: Firmware,
        now_us: Callable[[], int],
        endpoint: str = "serial",
        step_s: float = 0.005,
    ) -> None:
        super().__init__(firmware, now_us, endpoint, step_s)
        self._master = -1

    @property
    def path(self) -> str:
        """The device file."""
        return self.url

    def _open(self) -> None:
        import tty  # absent on Windows

        self._master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self.url = os.ttyname(slave)
        os.close(slave)

    def _receive(self) -> bytes | None:
        if not select.select([self._master], [], [], self._step_s)[0]:
            return b""
        try:
            data = os.read(self._master, LONGEST_READ)
        except OSError:  # Linux: nobody has the other side open
            data = b""
        if data:
            return data
        time.sleep(self._step_s)
        return None

    def _send(self, data: bytes) -> None:
        try:
            os.write(self._master, data)
        except OSError:  # full because nobody reads, or just closed
            return

    def _close(self) -> None:
        os.close(self._master)


class TcpLink(_WireLink):
    """A firmware behind a TCP port of this machine; one guest at a time.

    Parameters
    ----------
    firmware, now_us, endpoint, step_s : Firmware, callable, str, float
        As of :class:`PtyLink`.
    port : int
        0 takes a free one.

    Attributes
    ----------
    url : str
        ``socket://127.0.0.1:<port>``, once started.
    """

    def __init__(
        self,
        firmware: Firmware,
        now_us: Callable[[], int],
        endpoint: str = "serial",
        step_s: float = 0.005,
        port: int = 0,
    ) -> None:
        super().__init__(firmware, now_us, endpoint, step_s)
        self._port = port
        self._listener: socket.socket | None = None
        self._guest: socket.socket | None = None

    def _open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"

    def _receive(self) -> bytes | None:
        waiting = self._guest or self._listener
        assert waiting is not None
        if not select.select([waiting], [], [], self._step_s)[0]:
            return None if self._guest is None else b""
        if self._guest is None:
            self._guest, _ = waiting.accept()
            self._guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._guest.setblocking(False)
            return b""
        try:
            data = self._guest.recv(LONGEST_READ)
        except OSError:
            data = b""
        if data:
            return data
        self._dismiss()
        return None

    def _send(self, data: bytes) -> None:
        try:
            if self._guest is not None:
                self._guest.sendall(data)
        except OSError:  # full because nobody reads, or just gone
            return

    def _dismiss(self) -> None:
        if self._guest is not None:
            self._guest.close()
            self._guest = None

    def _close(self) -> None:
        self._dismiss()
        if self._listener is not None:
            self._listener.close()
            self._listener = None


def serial_link(firmware: Firmware, now_us: Callable[[], int]) -> PtyLink | TcpLink:
    """Return a pseudo-terminal where there is such a thing, else a TCP port.

    Parameters
    ----------
    firmware : Firmware
        The device.
    now_us : callable
        The simulation's time, µs.

    Returns
    -------
    link : PtyLink or TcpLink
        Not yet started; a context manager with a ``url``.
    """
    return PtyLink(firmware, now_us) if hasattr(os, "openpty") else TcpLink(firmware, now_us)
