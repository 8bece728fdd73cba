"""Transport over bleak: the machine's own Bluetooth or a simulated one, and nobody else knows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)

from biofeedback.core.clock import Clock
from biofeedback.core.errors import (
    DeviceConnectionError,
    DeviceError,
    DeviceNotFoundError,
    DeviceTimeoutError,
)
from biofeedback.drivers.registry import DriverSpec

if TYPE_CHECKING:
    from biofeedback.drivers.virtual_radio import VirtualRadio

__all__ = ["BLEDevice", "BleTransport", "find_nearby", "radio_problem"]

CONNECT_S = 15.0
SCAN_S = 8.0
# Every device takes 20 bytes (the smallest MTU, 23, less 3); some drop longer writes.
LARGEST_WRITE = 20


class BleTransport:
    """One BLE device.

    Parameters
    ----------
    address : str or BLEDevice
        Address, advertised name, or the device as a scan gave it (which spares a second scan).
    spec : DriverSpec
        Which characteristics to subscribe to and to write to.
    clock : Clock
        Stamps notifications.
    radio : VirtualRadio or None
        None is the machine's own Bluetooth.
    """

    def __init__(
        self,
        address: str | BLEDevice,
        spec: DriverSpec,
        clock: Clock,
        radio: VirtualRadio | None = None,
    ) -> None:
        self._address = address
        self._spec = spec
        self._clock = clock
        self._radio = radio
        self._client: BleakClient | None = None
        self._lost: Callable[[str], None] | None = None

    async def open(
        self, receive: Callable[[str, bytes, int], None], lost: Callable[[str], None]
    ) -> None:
        """Find, connect, subscribe.

        Parameters
        ----------
        receive : callable
            Told of every notification, in order, stamped in bleak's own callback.
        lost : callable
            Told once when the device goes away by itself.

        Raises
        ------
        DeviceNotFoundError
            If nobody with that address or name is heard.
        DeviceTimeoutError
            If it does not answer in time.
        DeviceConnectionError
            If the radio or the device refuses, or lacks a characteristic.
        """
        name = _words(self._address)
        try:
            async with _one_at_a_time():
                device = await self._find()
                client = BleakClient(
                    device,
                    disconnected_callback=self._disconnected,
                    timeout=CONNECT_S,
                    backend=None if self._radio is None else self._radio.client_backend,
                )
                await client.connect()
        except DeviceError:
            raise
        except Exception as failure:
            raise _translated(failure, name) from failure
        self._client, self._lost = client, lost

        def heard(characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
            if self._client is client:
                receive(characteristic.uuid, bytes(data), self._clock.now_ns())

        try:
            for uuid in self._spec.notify_uuids:
                await client.start_notify(uuid, heard)
        except Exception as failure:
            await self.close()
            raise _translated(failure, name) from failure

    async def send(self, endpoint: str, payload: bytes) -> None:
        """Write, cut into pieces that every device takes, with no answer asked.

        Parameters
        ----------
        endpoint : str
            Characteristic UUID.
        payload : bytes
            The bytes.

        Raises
        ------
        DeviceConnectionError
            If the link is gone or the write is refused.
        """
        client = self._client
        if client is None:
            raise DeviceConnectionError(f"{_words(self._address)} is not connected")
        try:
            found = client.services.get_characteristic(endpoint)
            quietly = found is None or "write-without-response" in found.properties
            for start in range(0, len(payload), LARGEST_WRITE):
                piece = payload[start : start + LARGEST_WRITE]
                await client.write_gatt_char(endpoint, piece, response=not quietly)
        except Exception as failure:
            raise _translated(failure, _words(self._address)) from failure

    async def close(self) -> None:
        """Disconnect; twice is harmless."""
        client, self._client = self._client, None
        self._lost = None
        if client is not None:
            try:
                await client.disconnect()
            except (BleakError, OSError, TimeoutError, EOFError):
                # Already gone; there is nothing left to close.
                return

    async def _find(self) -> BLEDevice:
        if isinstance(self._address, BLEDevice):
            return self._address
        wanted = self._address.casefold()

        def matches(device: BLEDevice, said: object) -> bool:
            return wanted in (device.address.casefold(), (device.name or "").casefold())

        device = await BleakScanner.find_device_by_filter(
            matches,
            timeout=SCAN_S,
            backend=_scanner(self._radio),
        )
        if device is None:
            raise DeviceNotFoundError(
                f"{self._address} was not heard in {SCAN_S:.0f} s; switch it on, bring it near, "
                "close other apps that use it and do not pair it in the system's settings",
                self._address,
            )
        return device

    def _disconnected(self, client: BleakClient) -> None:
        if self._client is client:
            self._client = None
            lost, self._lost = self._lost, None
            if lost is not None:
                lost("the device disconnected or is out of reach")


_opening: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def _one_at_a_time() -> asyncio.Lock:
    """Adapters scan for or connect to one device at a time; a second request is refused."""
    return _opening.setdefault(asyncio.get_running_loop(), asyncio.Lock())


async def find_nearby(
    timeout_s: float, radio: VirtualRadio | None = None
) -> list[tuple[BLEDevice, tuple[str, ...], int | None]]:
    """Listen to who advertises.

    Parameters
    ----------
    timeout_s : float
        How long, s.
    radio : VirtualRadio or None
        None is the machine's own Bluetooth.

    Returns
    -------
    found : list of (BLEDevice, service UUIDs, rssi_dbm)

    Raises
    ------
    DeviceConnectionError
        If there is no Bluetooth to listen with.
    """
    try:
        async with _one_at_a_time():
            heard = await BleakScanner.discover(
                timeout=timeout_s,
                return_adv=True,
                backend=_scanner(radio),
            )
    except Exception as failure:
        raise _translated(failure, "Bluetooth") from failure
    return [(device, tuple(said.service_uuids), said.rssi) for device, said in heard.values()]


def _scanner(radio: VirtualRadio | None) -> Any:
    """Return the scanner class for bleak's ``backend=``; None lets bleak choose the system's."""
    return None if radio is None else radio.scanner_backend


def radio_problem(failure: BaseException) -> str:
    """Say what keeps Bluetooth from working, and the way out; empty when it is something else.

    Parameters
    ----------
    failure : BaseException
        What bleak raised.

    Returns
    -------
    words : str
    """
    if isinstance(failure, BleakBluetoothNotAvailableError):
        return (
            f"no Bluetooth to use ({failure.reason.name.lower().replace('_', ' ')}); plug in or "
            "switch on an adapter and allow this program to use it in the system's settings"
        )
    if isinstance(failure, FileNotFoundError):
        return "no D-Bus on this machine, so no Bluetooth; install and start dbus and bluez"
    if isinstance(failure, BleakDBusError):
        if "ServiceUnknown" in failure.dbus_error:
            return "BlueZ does not run; install bluez and run `systemctl start bluetooth`"
        if "AccessDenied" in failure.dbus_error:
            return "this user may not use Bluetooth; add it to the group `bluetooth`"
        if "InProgress" in failure.dbus_error:
            return "another program is scanning or connecting; close it and try again"
    if isinstance(failure, PermissionError):
        return "this program may not use Bluetooth; allow it in the system's privacy settings"
    return ""


def _translated(failure: BaseException, name: str) -> DeviceError:
    """Turn whatever bleak raises into our errors, with the next step."""
    problem = radio_problem(failure)
    if problem:
        return DeviceConnectionError(f"{name}: {problem}", name)
    if isinstance(failure, BleakDeviceNotFoundError):
        return DeviceNotFoundError(
            f"{name} was not found ({failure}); switch it on and bring it near", name
        )
    if isinstance(failure, TimeoutError | asyncio.TimeoutError):
        return DeviceTimeoutError(
            f"{name} did not connect within {CONNECT_S:.0f} s; another app may hold it", name
        )
    if isinstance(failure, BleakCharacteristicNotFoundError):
        return DeviceConnectionError(
            f"{name} lacks a characteristic this driver needs ({failure}); "
            "it is another model, or holds other firmware",
            name,
        )
    return DeviceConnectionError(f"{name}: {failure or type(failure).__name__}; try again", name)


def _words(address: str | BLEDevice) -> str:
    return address if isinstance(address, str) else (address.name or address.address)
