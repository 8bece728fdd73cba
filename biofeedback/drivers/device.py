"""The ten-line script's friend: one device as an async context manager.

The instrument does not use it: there the kernel alone feeds a protocol, so that everything can be
recorded and replayed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from itertools import chain, repeat
from typing import TYPE_CHECKING

from biofeedback.core.clock import Clock, RealClock
from biofeedback.core.entry import Entry, LinkChange, LinkState, Packet
from biofeedback.core.errors import DeviceConnectionError, DeviceRefusedError, DeviceTimeoutError
from biofeedback.core.ports import (
    DeviceInfo,
    DeviceProtocol,
    Output,
    Ready,
    Refused,
    Samples,
    SampleStream,
    Send,
    Status,
    Transport,
)
from biofeedback.drivers.ending import ended
from biofeedback.drivers.link import Link
from biofeedback.drivers.registry import driver, protocol_for

if TYPE_CHECKING:
    from biofeedback.drivers.ble import BLEDevice
    from biofeedback.drivers.virtual_radio import VirtualRadio

__all__ = ["Device", "make_transport", "open_device", "transports"]

logger = logging.getLogger(__name__)

WAKE_S = 0.1
GOODBYE_S = 0.2


def make_transport(
    device_id: str,
    address: str | BLEDevice,
    clock: Clock,
    radio: VirtualRadio | None = None,
    options: Mapping[str, str | int | float | bool] | None = None,
) -> Transport:
    """Make the transport that a driver asks for.

    Parameters
    ----------
    device_id : str
        Begins with the driver's name.
    address : str or BLEDevice
        Bluetooth address or advertised name, or the handle that a scan gave; port name or URL.
    clock : Clock
        Stamps what is received.
    radio : VirtualRadio or None
        None is the machine's own Bluetooth.
    options : mapping or None
        Options of the driver; ``baud`` is the speed of a serial port.

    Returns
    -------
    transport : Transport
    """
    spec = driver(device_id)
    if spec.transport == "ble":
        from biofeedback.drivers.ble import BleTransport

        return BleTransport(address, spec, clock, radio)
    from biofeedback.drivers.serialport import SerialTransport

    return SerialTransport(str(address), int((options or {}).get("baud", spec.baud)), clock)


def transports(
    device_id: str,
    address: str | BLEDevice,
    clock: Clock,
    radio: VirtualRadio | None = None,
    options: Mapping[str, str | int | float | bool] | None = None,
) -> Callable[[], Transport]:
    """Return what makes a fresh transport for every attempt of a link.

    What a scan gave is fresh once: it spares the first attempt a scan of its own. Later the
    device may be away, and connecting blind would keep the radio from the others.

    Parameters
    ----------
    device_id, address, clock : str, str or BLEDevice, Clock
        As of :func:`make_transport`.
    radio, options : VirtualRadio or None, mapping or None
        As of :func:`make_transport`.

    Returns
    -------
    make : callable
    """
    addresses = chain((address,), repeat(getattr(address, "address", address)))
    return lambda: make_transport(device_id, next(addresses), clock, radio, options)


class Device:
    """An open device; :func:`open_device` makes it.

    Parameters
    ----------
    device_id : str
        Driver and address.
    protocol : DeviceProtocol
        The language it speaks.

    Attributes
    ----------
    info : DeviceInfo
        Who it says it is.
    streams : tuple of SampleStream
        What it sends.
    battery_pct : float
        Percent; NaN until told.
    link_state : LinkState
        ``open``, ``silent``, ``lost``, ``reopened`` …
    """

    def __init__(self, device_id: str, protocol: DeviceProtocol) -> None:
        self.device_id = device_id
        self.info = DeviceInfo("")
        self.streams: tuple[SampleStream, ...] = ()
        self.battery_pct = float("nan")
        self.link_state: LinkState = "closed"
        self._protocol = protocol
        self._link: Link | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._samples: asyncio.Queue[Samples | None] = asyncio.Queue()
        self._sends: asyncio.Queue[Send] = asyncio.Queue()

    async def samples(self) -> AsyncIterator[Samples]:
        """Give samples as they come, until the device is closed.

        When the link is lost it is sought again, and samples go on once it is back: meanwhile
        `link_state` tells.

        Yields
        ------
        samples : Samples
        """
        while (samples := await self._samples.get()) is not None:
            yield samples

    def _hear(self, entry: Entry) -> None:
        if isinstance(entry, Packet):
            self._take(self._protocol.receive(entry))
        elif isinstance(entry, LinkChange):
            self.link_state = entry.state
            if entry.state in ("open", "reopened"):
                # What an earlier conversation wanted written means nothing to this one.
                while not self._sends.empty():
                    self._sends.get_nowait()
                self._take(self._protocol.start())
            elif entry.state == "lost" and not self._ready.done():
                failure = self._link.failure if self._link is not None else None
                self._ready.set_exception(
                    failure or DeviceConnectionError(entry.reason, self.device_id)
                )

    def _take(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            match output:
                case Send():
                    self._sends.put_nowait(output)
                case Samples():
                    self._samples.put_nowait(output)
                case Ready():
                    self.info, self.streams = output.info, output.streams
                    if not self._ready.done():
                        self._ready.set_result(None)
                case Refused() if not self._ready.done():
                    self._ready.set_exception(
                        DeviceTimeoutError(output.reason, self.device_id)
                        if output.timed_out
                        else DeviceRefusedError(output.reason, self.device_id, output.code)
                    )
                case Refused() if self._link is not None:
                    self._link.renew(output.reason)
                case Status(name="battery_pct"):
                    self.battery_pct = output.value
                case _:
                    pass

    async def _work(self, link: Link, clock: Clock) -> None:
        """Write what the protocol wants written; let time pass for it."""
        while True:
            try:
                async with asyncio.timeout(clock.real_s(WAKE_S) or WAKE_S):
                    send = await self._sends.get()
            except TimeoutError:
                self._take(self._protocol.wake(clock.now_ns()))
                continue
            try:
                await link.send(send)
            except DeviceConnectionError as failure:
                # The link notices by itself and comes back; the protocol then starts anew.
                logger.warning("could not send to %s: %s", self.device_id, failure)


@asynccontextmanager
async def open_device(
    driver_name: str,
    address: str | BLEDevice,
    *,
    radio: VirtualRadio | None = None,
    clock: Clock | None = None,
    timeout_s: float = 20.0,
    **options: str | int | float | bool,
) -> AsyncIterator[Device]:
    """Open a device, finish its handshake, and close it at the end.

    Parameters
    ----------
    driver_name : str
        Name in the driver registry, such as ``"godirect"``.
    address : str or BLEDevice
        Bluetooth address or advertised name, or the handle that a scan gave; port name or URL.
    radio : VirtualRadio or None
        None is the machine's own Bluetooth.
    clock : Clock or None
        None is the machine's own.
    timeout_s : float
        Longest the handshake may take, s.
    **options : str, int, float or bool
        Options of the protocol, such as ``period_s`` or ``rate_hz``.

    Yields
    ------
    device : Device
        Ready; samples are coming.

    Raises
    ------
    DeviceNotFoundError
        If there is no such driver, or the device is not heard or plugged in.
    DeviceConnectionError
        If the wire cannot be opened.
    DeviceTimeoutError
        If the handshake is not done in time.
    DeviceRefusedError
        If the device says no.
    """
    clock = clock or RealClock()
    device_id = f"{driver_name}/{getattr(address, 'address', address)}"
    device = Device(device_id, protocol_for(device_id, options))
    transport = transports(device_id, address, clock, radio, options)
    link = Link(device_id, transport, clock, device._hear)
    device._link = link
    link.start()
    work = asyncio.create_task(device._work(link, clock))
    try:
        waiting = {device._ready, work}
        done, _ = await asyncio.wait(
            waiting, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            raise DeviceTimeoutError(
                f"{device_id} did not finish its handshake in {timeout_s:.0f} s; "
                "switch it off and on, and close other apps that use it",
                device_id,
            )
        for task in done:
            task.result()
        try:
            yield device
        finally:
            device._take(device._protocol.stop())
            await asyncio.sleep(GOODBYE_S)
    finally:
        await ended(work)
        await link.close()
        device._samples.put_nowait(None)
        if not device._ready.done():
            device._ready.cancel()
