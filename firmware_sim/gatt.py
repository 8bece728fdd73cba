"""A firmware on the air: a bumble GATT peripheral and the virtual air it lives in.

The only file of the simulator that knows bumble. Put a controller of a real dongle in place of
the virtual one and the same peripheral is on real air.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from bumble import att, hci, ll
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData, PhysicalTransport
from bumble.device import Connection, Device
from bumble.gatt import Characteristic as BumbleCharacteristic
from bumble.gatt import CharacteristicValue
from bumble.gatt import Service as BumbleService
from bumble.link import LocalLink

from firmware_sim.firmware import Emission, MayVanish
from firmware_sim.gatt_table import Characteristic, GattFirmware

__all__ = ["Peripheral", "VirtualAir"]

ACL_LENGTH = 251
DEFAULT_MTU = 23
ADVERTISEMENT_LENGTH = 31
ADVERTISING_INTERVAL_MS = 50.0
GENERAL_DISCOVERABLE = 0x06

_PROPERTIES = {
    "read": BumbleCharacteristic.Properties.READ,
    "write": BumbleCharacteristic.Properties.WRITE,
    "write-without-response": BumbleCharacteristic.Properties.WRITE_WITHOUT_RESPONSE,
    "notify": BumbleCharacteristic.Properties.NOTIFY,
    "indicate": BumbleCharacteristic.Properties.INDICATE,
}


class _AirLink(LocalLink):
    """Bumble's link, with connection events and with scan responses delivered."""

    def __init__(self, interval_s: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._interval_s = interval_s
        self._queues: dict[int, deque[Callable[[], None]]] = {}

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Carry data at the next connection event, in order."""
        deliver = super().send_acl_data
        if not self._interval_s:
            deliver(sender_controller, destination_address, transport, data)
            return
        # Timers of one deadline fire in any order, so each takes the oldest of its sender.
        queue = self._queues.setdefault(id(sender_controller), deque())
        queue.append(lambda: deliver(sender_controller, destination_address, transport, data))
        loop = asyncio.get_running_loop()
        event_s = (loop.time() // self._interval_s + 1.0) * self._interval_s
        loop.call_at(event_s, lambda: queue.popleft()())

    def send_advertising_pdu(
        self, sender_controller: Controller, packet: ll.AdvertisingPdu
    ) -> None:
        """Give advertisement and scan response together, as an active scanner gets them."""
        if isinstance(packet, ll.AdvExtInd):
            for advertising in sender_controller.advertising_sets.values():
                if advertising.address == packet.advertiser_address:
                    packet.data += bytes(advertising.scan_response_data)
        super().send_advertising_pdu(sender_controller, packet)


class _Controller(Controller):
    """Bumble's controller; told to stop connecting, it does (Core, Vol 4, Part E, 7.8.13)."""

    def on_hci_le_create_connection_cancel_command(
        self, command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Forget whom to connect to, and say that nothing came of it."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is not None:
            nothing = hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=pending.peer_address_type,
                peer_address=pending.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
            asyncio.get_running_loop().call_soon(self.send_hci_packet, nothing)
        return super().on_hci_le_create_connection_cancel_command(command)


class VirtualAir:
    """The air between simulated radios of one process.

    Parameters
    ----------
    interval_s : float
        Connection interval, real s: data waits for the next multiple of it; 0 for none.
    """

    def __init__(self, interval_s: float = 0.0) -> None:
        self.link = _AirLink(interval_s)
        self._numbers = itertools.count(1)

    def host(self) -> Controller:
        """Return a new controller for a host; it serves as HCI source and sink of one stack."""
        return self.controller(f"F0:F0:F0:F0:F0:{next(self._numbers):02X}")

    def controller(self, address: str) -> Controller:
        """Return a new controller.

        Parameters
        ----------
        address : str
            Its public address, ``"F1:…"``.

        Returns
        -------
        controller : Controller
            HCI source and sink of one stack.
        """
        controller = _Controller(f"radio {address}", link=self.link, public_address=address)
        controller.le_acl_data_packet_length = ACL_LENGTH
        return controller


class Peripheral:
    """A firmware with a radio.

    Use as an async context manager, or call :meth:`start` and :meth:`stop`.

    Parameters
    ----------
    firmware : GattFirmware
        The device; its ``mtu`` as given is the most it grants.
    air : VirtualAir
        Where it is heard.
    address : str
        Static random address, ``"F1:…"``.
    now_us : callable
        The simulation's time, µs.
    step_s : float
        Real time between two looks at the firmware, s.
    """

    def __init__(
        self,
        firmware: GattFirmware,
        air: VirtualAir,
        address: str,
        now_us: Callable[[], int],
        step_s: float = 0.005,
    ) -> None:
        self.firmware = firmware
        self.address = address
        self._air = air
        self._now_us = now_us
        self._step_s = step_s
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._confirmation: asyncio.Future[None] | None = None
        self._outgoing: deque[Emission] = deque()
        self._written = asyncio.Event()
        self._controller = air.controller(address)
        self._device = Device.with_hci(
            firmware.name, hci.Address(address), self._controller, self._controller
        )
        self._device.gatt_server.max_mtu = firmware.mtu
        self._characteristics: dict[str, BumbleCharacteristic[bytes]] = {}
        for service in firmware.services:
            shown = [self._characteristic(item) for item in service.characteristics]
            self._device.add_service(BumbleService(service.uuid, shown))
        self._device.on(Device.EVENT_CONNECTION, self._connected)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def connected(self) -> bool:
        """Whether a host holds the link."""
        return self._connection is not None

    async def start(self) -> None:
        """Switch on and advertise."""
        await self._device.power_on()
        await self._advertise()
        self._task = asyncio.create_task(self._run(), name=f"peripheral {self.firmware.name}")

    async def stop(self) -> None:
        """Switch off: hang up, fall silent.

        Raises
        ------
        ValueError
            If the firmware sent a notification longer than the MTU allows.
        """
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            outcome = (await asyncio.gather(task, return_exceptions=True))[0]
            await self._device.stop_advertising()
            await self.disconnect_host()
            await self._device.power_off()
            self._air.link.remove_controller(self._controller)
            if isinstance(outcome, Exception):
                raise outcome

    async def disconnect_host(self, timed_out: bool = False) -> None:
        """Drop the host, if there is one.

        Parameters
        ----------
        timed_out : bool
            As a radio out of range, not as a polite goodbye.
        """
        if self._connection is not None:
            await self._connection.disconnect(
                hci.HCI_CONNECTION_TIMEOUT_ERROR
                if timed_out
                else hci.HCI_REMOTE_USER_TERMINATED_CONNECTION_ERROR
            )

    def _characteristic(self, shown: Characteristic) -> BumbleCharacteristic[bytes]:
        properties = BumbleCharacteristic.Properties(0)
        for name in shown.properties:
            properties |= _PROPERTIES[name]

        def read(_: Connection) -> bytes:
            if "read" not in shown.properties:
                raise att.ATT_Error(att.ATT_READ_NOT_PERMITTED_ERROR)
            return self.firmware.read(shown.uuid, self._now_us())

        def write(_: Connection, value: bytes) -> None:
            if not {"write", "write-without-response"} & set(shown.properties):
                raise att.ATT_Error(att.ATT_WRITE_NOT_PERMITTED_ERROR)
            self._outgoing += self.firmware.write(shown.uuid, bytes(value), self._now_us())
            self._written.set()

        permissions = (
            BumbleCharacteristic.Permissions.READABLE | BumbleCharacteristic.Permissions.WRITEABLE
        )
        made = BumbleCharacteristic[bytes](
            shown.uuid, properties, permissions, CharacteristicValue(read=read, write=write)
        )
        self._characteristics[shown.uuid] = made
        return made

    async def _advertise(self) -> None:
        """Name first, then the service; what does not fit in 31 bytes is the scan response."""
        name = AdvertisingData.Type.COMPLETE_LOCAL_NAME, self.firmware.name.encode()
        service = (
            AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
            UUID(self.firmware.advertised_service).to_bytes(force_128=True),
        )
        flags = AdvertisingData.Type.FLAGS, bytes([GENERAL_DISCOVERABLE])
        first, second = [flags, name, service], list[tuple[int, bytes]]()
        if len(bytes(AdvertisingData(first))) > ADVERTISEMENT_LENGTH:
            first, second = [flags, name], [service]
        await self._device.start_advertising(
            auto_restart=True,
            advertising_data=bytes(AdvertisingData(first)),
            scan_response_data=bytes(AdvertisingData(second)),
            advertising_interval_min=ADVERTISING_INTERVAL_MS,
            advertising_interval_max=ADVERTISING_INTERVAL_MS,
        )

    def _connected(self, connection: Connection) -> None:
        self._connection = connection
        self._outgoing.clear()
        self.firmware.mtu = DEFAULT_MTU
        self.firmware.connect(self._now_us())

        def mtu_agreed() -> None:
            self.firmware.mtu = connection.att_mtu

        def disconnected(_: int) -> None:
            self._connection = None
            if self._confirmation is not None:
                self._confirmation.cancel()
            self.firmware.disconnect(self._now_us())

        connection.on(Connection.EVENT_CONNECTION_ATT_MTU_UPDATE, mtu_agreed)
        connection.on(Connection.EVENT_DISCONNECTION, disconnected)

    async def _run(self) -> None:
        """Let time pass for the firmware and send what it says."""
        heard = True
        # Bumble may swallow the request to end (CPython gh-86296): `stop` takes the task away too.
        while self._task is not None:
            now_us = self._now_us()
            firmware = self.firmware
            reachable = not isinstance(firmware, MayVanish) or firmware.reachable(now_us)
            if reachable != heard:
                heard = reachable
                await (self._advertise() if heard else self._vanish())
            if heard and self._connection is not None:
                self._outgoing += firmware.advance(now_us)
                await self._notify(self._connection)
            self._written.clear()
            timer = asyncio.get_running_loop().call_later(self._step_s, self._written.set)
            await self._written.wait()
            timer.cancel()

    async def _vanish(self) -> None:
        await self._device.stop_advertising()
        await self.disconnect_host(timed_out=True)
        self._outgoing.clear()

    async def _notify(self, connection: Connection) -> None:
        while self._outgoing:
            emission = self._outgoing.popleft()
            longest = connection.att_mtu - 3
            if len(emission.payload) > longest:
                raise ValueError(
                    f"{self.firmware.name} notified {len(emission.payload)} bytes; the MTU of "
                    f"{connection.att_mtu} carries {longest}: cut it in the firmware"
                )
            characteristic = self._characteristics[emission.endpoint]
            indicates = characteristic.properties & BumbleCharacteristic.Properties.INDICATE
            if indicates:
                await self._indicate(connection, characteristic, emission.payload)
            else:
                await self._device.notify_subscriber(connection, characteristic, emission.payload)

    async def _indicate(
        self, connection: Connection, characteristic: BumbleCharacteristic[bytes], payload: bytes
    ) -> None:
        """Wait until the host confirms, or is gone."""
        waiting = asyncio.ensure_future(
            self._device.indicate_subscriber(connection, characteristic, payload)
        )
        self._confirmation = waiting
        try:
            await asyncio.wait({waiting})
            if not waiting.cancelled():
                waiting.result()
        finally:
            waiting.cancel()
