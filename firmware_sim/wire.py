"""A firmware at the end of a wire in memory, by the shape of a host's transport.

It runs on whatever loop it is opened on: on a simulated one a long session takes no time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from firmware_sim.firmware import Emission, Firmware, MayVanish

__all__ = ["Wire"]


class Wire:
    """Opened, closed and broken like a radio link; bytes come in order and at once.

    A device that is out of reach or busy cannot be opened; one that goes out of reach breaks the
    wire.

    Parameters
    ----------
    firmware : Firmware
        The device.
    now_us : callable
        The simulation's time, µs.
    opens_in_s : float
        How long connecting takes, s.
    step_s : float
        Time between two looks at the firmware, s.
    reads : sequence of str
        Characteristics that are read once on opening, where the device has them.
    """

    def __init__(
        self,
        firmware: Firmware,
        now_us: Callable[[], int],
        opens_in_s: float = 0.5,
        step_s: float = 0.01,
        reads: Sequence[str] = (),
    ) -> None:
        self._firmware = firmware
        self._now_us = now_us
        self._opens_in_s = opens_in_s
        self._step_s = step_s
        self._reads = reads
        self._receive: Callable[[str, bytes, int], None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(
        self, receive: Callable[[str, bytes, int], None], lost: Callable[[str], None]
    ) -> None:
        """Connect and begin to listen.

        Parameters
        ----------
        receive : callable
            Told of everything the device sends: endpoint, bytes, time in ns.
        lost : callable
            Told why when the device goes out of reach.

        Raises
        ------
        ConnectionError
            If it is out of reach, or busy with somebody else.
        """
        await asyncio.sleep(self._opens_in_s)
        if not self._reachable():
            raise ConnectionError(f"{self._firmware.name} was not heard; another app may hold it")
        self._firmware.connect(self._now_us())
        self._receive = receive
        for endpoint in self._reads:
            try:
                value = self._firmware.read(endpoint, self._now_us())
            except KeyError:
                continue
            receive(endpoint, value, self._now_us() * 1000)
        self._task = asyncio.create_task(self._run(lost), name=f"wire {self._firmware.name}")

    async def send(self, endpoint: str, payload: bytes) -> None:
        """Write to the device.

        Parameters
        ----------
        endpoint : str
            GATT characteristic UUID or ``"serial"``.
        payload : bytes
            The bytes.

        Raises
        ------
        ConnectionError
            If the wire is not open.
        """
        if self._receive is None:
            raise ConnectionError(f"{self._firmware.name} is not connected")
        self._hear(self._firmware.write(endpoint, payload, self._now_us()))

    async def close(self) -> None:
        """Hang up; twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self.break_off()

    def break_off(self) -> None:
        """Lose the device for a moment, as a radio does."""
        if self._receive is not None:
            self._receive = None
            self._firmware.disconnect(self._now_us())

    async def _run(self, lost: Callable[[str], None]) -> None:
        while self._receive is not None and self._reachable():
            self._hear(self._firmware.advance(self._now_us()))
            await asyncio.sleep(self._step_s)
        self.break_off()
        lost(f"{self._firmware.name} went out of reach")

    def _hear(self, emissions: list[Emission]) -> None:
        for sent in emissions:
            if self._receive is not None:
                self._receive(sent.endpoint, sent.payload, self._now_us() * 1000)

    def _reachable(self) -> bool:
        firmware = self._firmware
        return not isinstance(firmware, MayVanish) or firmware.reachable(self._now_us())
