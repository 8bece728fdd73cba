"""A bleak backend over bumble: the same client code, simulated air.

Everything above the backend is the real bleak; everything below is real ATT/GATT between
bumble's virtual controllers: MTU exchange, discovery, subscriptions, disconnects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from bleak import BleakScanner
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.adapter import BaseBleakAdapter
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import (
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)
from bleak.uuids import normalize_uuid_str

from biofeedback.drivers.ending import ended, seen_through

if TYPE_CHECKING:
    from bumble.controller import Controller
    from bumble.device import Advertisement, Connection, Device, Peer

__all__ = ["VirtualRadio"]

ResultT = TypeVar("ResultT")
HOST_ADDRESS = "F0:F0:F0:F0:F0:01"
WANTED_MTU = 517
DISCONNECT_S = 5.0
CALLS_OFF = 20
# Characteristic property bits (Bluetooth Core, Vol 3, Part G, 3.3.1.1).
_PROPERTIES: tuple[tuple[int, CharacteristicPropertyName], ...] = (
    (0x01, "broadcast"),
    (0x02, "read"),
    (0x04, "write-without-response"),
    (0x08, "write"),
    (0x10, "notify"),
    (0x20, "indicate"),
)


class VirtualRadio:
    """A Bluetooth adapter that does not exist, for :class:`~biofeedback.drivers.ble.BleTransport`.

    Use as an async context manager on the loop that will use it.

    Parameters
    ----------
    controller : bumble.controller.Controller
        One end of the simulated air.
    """

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._central: Device | None = None
        radio = self

        class Scanner(_Scanner):
            _radio = radio

        class Client(_Client):
            _radio = radio

        class Adapter(_Adapter):
            _radio = radio

        self.scanner_backend: type[BaseBleakScanner] = Scanner
        self.adapter_backend: type[BaseBleakAdapter] = Adapter
        self.client_backend: type[BaseBleakClient] = Client

    @property
    def central(self) -> Device:
        """The host side; known inside the context."""
        if self._central is None:
            raise BleakError("the simulated radio is not switched on; use it with `async with`")
        return self._central

    async def __aenter__(self) -> VirtualRadio:
        from bumble.device import Device
        from bumble.hci import Address

        self._central = Device.with_hci(
            "host", Address(HOST_ADDRESS), self._controller, self._controller
        )
        await self._central.power_on()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        central, self._central = self._central, None
        if central is not None:
            await central.power_off()


def _uuid_text(uuid: Any) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-").lower())


class _Scanner(BaseBleakScanner):
    """Reports what the simulated air carries."""

    _radio: VirtualRadio

    def __init__(
        self,
        detection_callback: Callable[[BLEDevice, AdvertisementData], Any] | None = None,
        service_uuids: list[str] | None = None,
        scanning_mode: Literal["active", "passive"] = "active",
        **_: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"

    async def start(self) -> None:
        self.seen_devices = {}
        central = self._radio.central
        central.on("advertisement", self._heard)
        await central.start_scanning(active=self._active, filter_duplicates=False)

    async def stop(self) -> None:
        central = self._radio.central
        await central.stop_scanning()
        central.remove_listener("advertisement", self._heard)

    def _heard(self, advertisement: Advertisement) -> None:
        from bumble.core import AdvertisingData

        kinds = AdvertisingData.Type
        data = advertisement.data
        name = data.get(kinds.COMPLETE_LOCAL_NAME) or data.get(kinds.SHORTENED_LOCAL_NAME)
        listed_all = [
            _uuid_text(uuid)
            for kind in (
                kinds.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
                kinds.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
                kinds.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
                kinds.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
            )
            for listed in data.get_all(kind)
            for uuid in listed
        ]
        uuids = list(dict.fromkeys(listed_all))
        address = advertisement.address.to_string(False)
        said = AdvertisementData(
            None if name is None else str(name), {}, {}, uuids, None, advertisement.rssi, ()
        )
        if self.is_allowed_uuid(uuids):
            device = self.create_or_update_device(
                address, address, said.local_name, advertisement.address, said
            )
            self.call_detection_callbacks(device, said)


class _Adapter(BaseBleakAdapter):
    """Tells whom this side of the simulated air is connected to."""

    _radio: VirtualRadio

    @classmethod
    async def get(cls, **_: Any) -> Self:
        return cls()

    async def get_connected_devices(self, service_uuids: frozenset[str]) -> list[BLEDevice]:
        del service_uuids  # nothing else is on this air
        peers = [held.peer_address for held in self._radio.central.connections.values()]
        return [BLEDevice(peer.to_string(False), None, peer) for peer in peers]


class _Client(BaseBleakClient):
    """Talks GATT over the simulated air."""

    _radio: VirtualRadio

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None = None,
        timeout: float = 10.0,
        **_: Any,
    ) -> None:
        super().__init__(
            address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout
        )
        device = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._target: Any = None if device is None else device.details
        self._name = None if device is None else device.name
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._subscribers: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        return self._name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        return 23 if self._connection is None else int(self._connection.att_mtu)

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool = False, **_: Any) -> None:
        del pair  # the simulated air has nothing to pair with
        from bumble.core import ConnectionError as BumbleConnectionError
        from bumble.device import Peer

        if self._connection is not None:
            raise BleakError("already connected")
        if self._target is None:
            found = await BleakScanner.find_device_by_address(
                self.address, timeout=self._timeout, backend=self._radio.scanner_backend
            )
            if found is None:
                raise BleakDeviceNotFoundError(self.address, "nobody with this address is heard")
            self._target, self._name = found.details, found.name
        if self._radio.central.find_connection_by_bd_addr(self._target) is not None:
            raise BleakError("held by another client")
        connecting = asyncio.create_task(self._radio.central.connect(self._target, timeout=None))
        try:
            async with asyncio.timeout(self._timeout):
                connection = await asyncio.shield(connecting)
        except TimeoutError:
            await self._call_off(connecting)
            raise BleakDeviceNotFoundError(self.address, "no answer to the connection") from None
        except BumbleConnectionError as failure:
            raise BleakError(f"connection failed: {failure}") from failure
        except asyncio.CancelledError:
            await seen_through(self._call_off(connecting), DISCONNECT_S)
            raise
        self._connection = connection
        connection.on("disconnection", self._lost)
        self._peer = Peer(connection)
        try:
            await self._answered(self._peer.request_mtu(WANTED_MTU))
            self.services = await self._answered(self._discover(self._peer))
        except BaseException:
            await seen_through(self.disconnect(), 2 * DISCONNECT_S)
            raise

    async def _call_off(self, connecting: asyncio.Task[Connection]) -> None:
        """Stop connecting; hang up if it was too late for that."""
        central = self._radio.central
        for _ in range(CALLS_OFF):
            if connecting.done():
                break
            await central.cancel_connection()  # type: ignore[no-untyped-call]
            await asyncio.wait({connecting}, timeout=0.05)
        # Of a link that breaks while it is being made bumble never tells the end.
        await ended(connecting)
        for connection in tuple(central.connections.values()):
            if connection.peer_address == self._target:
                await connection.disconnect()

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        collection = BleakGATTServiceCollection()
        for service in await peer.discover_services():
            listed = BleakGATTService(service, service.handle, _uuid_text(service.uuid))
            collection.add_service(listed)
            for characteristic in await service.discover_characteristics():
                bits = int(characteristic.properties)
                item = BleakGATTCharacteristic(
                    characteristic,
                    characteristic.handle,
                    _uuid_text(characteristic.uuid),
                    [word for bit, word in _PROPERTIES if bits & bit],
                    lambda: self.mtu_size - 3,
                    listed,
                )
                collection.add_characteristic(item)
                for descriptor in await characteristic.discover_descriptors():
                    uuid = _uuid_text(descriptor.type)
                    collection.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, uuid, item)
                    )
        return collection

    def _lost(self, reason: int) -> None:
        del reason
        self._forget()
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    def _forget(self) -> None:
        self._connection = self._peer = None
        self.services = None
        self._subscribers.clear()

    async def disconnect(self) -> None:
        from bumble.core import BaseError

        connection = self._connection
        if connection is None:
            return
        gone = asyncio.Event()
        connection.on("disconnection", lambda _: gone.set())
        try:
            async with asyncio.timeout(DISCONNECT_S):
                await connection.disconnect()
                await gone.wait()
        except (BaseError, TimeoutError):
            # The other side went first, or never answers: either way this link is over.
            self._forget()

    async def pair(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError("the simulated air has nothing to pair with")

    async def unpair(self) -> None:
        raise NotImplementedError("the simulated air has nothing to pair with")

    async def _answered(self, request: Awaitable[ResultT]) -> ResultT:
        """Await a GATT request; turn its refusals into bleak's errors."""
        from bumble.att import ATT_Error
        from bumble.core import BaseError

        try:
            return await request
        except ATT_Error as refusal:
            code = BleakGATTProtocolErrorCode(int(refusal.error_code))
            raise BleakGATTProtocolError(code) from refusal
        except BaseError as failure:
            raise BleakError(str(failure)) from failure
        except asyncio.CancelledError:
            # Bumble cancels what waits for an answer when the link goes. A request to us is passed
            # on all the same.
            task = asyncio.current_task()
            if self._connection is None and not (task and task.cancelling()):
                raise BleakError("disconnected while waiting for an answer") from None
            raise

    def _connected(self) -> Peer:
        if self._peer is None:
            raise BleakError("not connected")
        return self._peer

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_: Any
    ) -> bytearray:
        del use_cached
        value = await self._answered(self._connected().read_value(characteristic.obj))
        return bytearray(value)

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_: Any
    ) -> bytearray:
        del use_cached
        return bytearray(await self._answered(self._connected().read_value(descriptor.obj)))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: Any, response: bool
    ) -> None:
        peer, payload = self._connected(), bytes(data)
        longest = characteristic.max_write_without_response_size
        if not response and len(payload) > longest:
            raise BleakError(f"{len(payload)} bytes in one write; the MTU carries {longest}")
        await self._answered(peer.write_value(characteristic.obj, payload, with_response=response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: Any) -> None:
        write = self._connected().write_value(descriptor.obj, bytes(data), with_response=True)
        await self._answered(write)

    async def start_notify(
        self,
        characteristic: BleakGATTCharacteristic,
        callback: Callable[[bytearray], None],
        **_: Any,
    ) -> None:
        def heard(value: bytes) -> None:
            callback(bytearray(value))

        self._connected()
        if not {"notify", "indicate"} & set(characteristic.properties):
            raise BleakError(f"characteristic {characteristic.uuid} does not notify")
        self._subscribers[characteristic.handle] = heard
        await self._answered(characteristic.obj.subscribe(heard))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        heard = self._subscribers.pop(characteristic.handle, None)
        if heard is not None:
            await self._answered(characteristic.obj.unsubscribe(heard))
