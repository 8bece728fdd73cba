"""Transport over bleak: the machine's own Bluetooth or a simulated one, and nobody else knows."""

from __future__ import annotations

import asyncio
import contextlib
import platform
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
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
DISCONNECT_S = 5.0
# An adapter does one thing at a time: a device that is absent is listened for in short turns, so
# that it never keeps another one from coming back.
LISTEN_S, N_LISTENS = 2.0, 4
# Every device takes 20 bytes (the smallest MTU, 23, less 3); some drop longer writes.
LARGEST_WRITE = 20
NOTIFYING = frozenset({"notify", "indicate"})
# Security that the link lacks (Bluetooth Core, Vol 3, Part F, 3.4.1.1).
UNPAIRED_CODES = (0x05, 0x08, 0x0C, 0x0F)


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

    Attributes
    ----------
    rssi_dbm : float or None
        Strength with which the device was heard when it was looked for, dBm; no system tells it
        of a device that is connected.
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
        self.rssi_dbm: float | None = None

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
        try:
            client = await self._connected()
            self._check(client)
            await self._subscribe(client, receive)
        except Exception as failure:
            await self.close()
            raise _translated(failure, _words(self._address)) from failure
        self._lost = lost

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
            translated = _translated(failure, _words(self._address))
            if _is_unpaired(failure):
                # Every command would be refused: the link is no use, and the user has to know.
                lost, self._lost = self._lost, None
                if lost is not None:
                    lost(str(translated))
            raise translated from failure

    async def close(self) -> None:
        """Disconnect; twice is harmless."""
        client, self._client = self._client, None
        self._lost = None
        if client is None:
            return
        try:
            async with asyncio.timeout(DISCONNECT_S):
                await client.disconnect()
        except (BleakError, OSError, TimeoutError, EOFError):
            # Already gone, or it never answers: either way there is nothing left to close.
            return

    async def _connected(self) -> BleakClient:
        """Connect with what a scan gave, or after listening for the device."""
        if isinstance(self._address, BLEDevice):
            # A host stack forgets devices after a while; then they are looked for like any other.
            with contextlib.suppress(BleakDeviceNotFoundError):
                async with _one_at_a_time():
                    return await self._connect(self._address)
        for _ in range(N_LISTENS):
            async with _one_at_a_time():
                device = await self._find()
                if device is not None:
                    return await self._connect(device)
                held = await self._held_here()
                if held is not None:
                    return await self._share(held)
        raise DeviceNotFoundError(
            f"{_words(self._address)} was not heard in {LISTEN_S * N_LISTENS:.0f} s; switch it on, "
            "bring it near, close other apps that use it and do not pair it in the system's "
            "settings",
            _words(self._address),
        )

    @property
    def _wanted(self) -> str:
        address = self._address if isinstance(self._address, str) else self._address.address
        return address.casefold()

    async def _find(self) -> BLEDevice | None:
        wanted = self._wanted

        def matches(device: BLEDevice, said: AdvertisementData) -> bool:
            names = (device.address, device.name or "", said.local_name or "")
            found = wanted in (name.casefold() for name in names)
            if found:
                self.rssi_dbm = float(said.rssi)
            return found

        return await BleakScanner.find_device_by_filter(
            matches, timeout=LISTEN_S, backend=_scanner(self._radio)
        )

    async def _held_here(self) -> BLEDevice | None:
        """Find it among those that this computer is connected to: such do not advertise."""
        try:
            adapter = await BleakAdapter.get(
                backend=None if self._radio is None else self._radio.adapter_backend
            )
            devices = await adapter.get_connected_devices(
                list(self._spec.service_uuids or self._spec.notify_uuids)
            )
        except (BleakError, NotImplementedError, OSError, EOFError):
            return None  # not every system tells
        wanted = self._wanted
        return next(
            (d for d in devices if wanted in (d.address.casefold(), (d.name or "").casefold())),
            None,
        )

    async def _share(self, device: BLEDevice) -> BleakClient:
        """Take over what a program that died left connected; one that lives may refuse."""
        try:
            return await self._connect(device)
        except (BleakError, TimeoutError) as failure:
            raise DeviceConnectionError(
                f"{_words(self._address)} is connected to another program of this computer "
                f"({failure}); close that program, or disconnect the device in the system's "
                "Bluetooth settings",
                _words(self._address),
            ) from failure

    async def _connect(self, device: BLEDevice) -> BleakClient:
        client = BleakClient(
            device,
            disconnected_callback=self._disconnected,
            timeout=CONNECT_S,
            backend=None if self._radio is None else self._radio.client_backend,
        )
        # Known before it is connected, so that closing meanwhile lets go of it.
        self._client = client
        await client.connect()
        return client

    def _check(self, client: BleakClient) -> None:
        """Refuse a device whose characteristics cannot do what the driver needs."""
        needs = [(uuid, NOTIFYING) for uuid in self._spec.notify_uuids]
        if self._spec.write_uuid:
            needs.append((self._spec.write_uuid, frozenset({"write", "write-without-response"})))
        for uuid, wanted in needs:
            found = client.services.get_characteristic(uuid)
            if found is None:
                raise BleakCharacteristicNotFoundError(uuid)
            if not wanted & set(found.properties):
                raise DeviceConnectionError(
                    f"{_words(self._address)}: characteristic {uuid} offers "
                    f"{', '.join(found.properties) or 'nothing'}, needed is "
                    f"{' or '.join(sorted(wanted))}; it is another model, or holds other firmware",
                    _words(self._address),
                )

    async def _subscribe(
        self, client: BleakClient, receive: Callable[[str, bytes, int], None]
    ) -> None:
        def heard(characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
            if self._client is client:
                receive(characteristic.uuid, bytes(data), self._clock.now_ns())

        for uuid in self._spec.notify_uuids:
            await client.start_notify(uuid, heard)
        for uuid in self._spec.extra_uuids:
            # Nice to have: what a device lacks or keeps to itself does not keep it from being used.
            with contextlib.suppress(BleakError):
                found = client.services.get_characteristic(uuid)
                if found is None:
                    continue
                if uuid not in self._spec.notify_uuids and NOTIFYING & set(found.properties):
                    await client.start_notify(found, heard)
                if "read" in found.properties:
                    heard(found, await client.read_gatt_char(found))
        if self._client is not client:
            raise BleakError("disconnected while it was being opened")

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


_SWITCH_ON = {
    "Windows": "switch it on in Settings > Bluetooth & devices, and flight mode off",
    "Darwin": "switch it on in System Settings > Bluetooth",
    "Linux": "switch it on with `rfkill unblock bluetooth` and `bluetoothctl power on`",
}
_ALLOW = {
    "Windows": "allow apps to use it in Settings > Privacy & security > Radios",
    "Darwin": "allow the terminal or app that runs this in System Settings > Privacy & Security > "
    "Bluetooth, then start it anew",
    "Linux": "add this user to the group `bluetooth` and log in again",
}
# Where a package such as pywin32 made this thread a single-threaded COM apartment.
_APARTMENT = (
    "this thread belongs to a window of Windows, where Bluetooth would wait for ever; open sensors "
    "from a thread of its own, or set `sys.coinit_flags = 0` before pythoncom is imported"
)
_NO_ADAPTER = "plug in an adapter with Bluetooth LE (4.0 or later)"


def radio_problem(failure: BaseException, system: str = platform.system()) -> str:
    """Say what keeps Bluetooth from working, and the way out; empty when it is something else.

    Parameters
    ----------
    failure : BaseException
        What bleak raised.
    system : str
        ``"Windows"``, ``"Darwin"`` or ``"Linux"``: settings are in other places on each.

    Returns
    -------
    words : str
    """
    switch_on, allow = _SWITCH_ON.get(system, "switch it on"), _ALLOW.get(system, "allow it")
    if isinstance(failure, BleakBluetoothNotAvailableError):
        match failure.reason.name:
            case "POWERED_OFF":
                return f"Bluetooth is switched off; {switch_on}"
            case "NO_BLUETOOTH":
                return f"this machine has no Bluetooth adapter that works; {_NO_ADAPTER}"
            case "NO_BLE_CENTRAL_ROLE":
                return f"the adapter knows no Bluetooth LE; {_NO_ADAPTER}"
            case "DENIED_BY_USER" | "DENIED_BY_SYSTEM" | "DENIED_BY_UNKNOWN":
                return f"this program may not use Bluetooth; {allow}"
            case _:
                return f"Bluetooth does not answer ({failure.args[0]}); {switch_on}, or off and on"
    if isinstance(failure, FileNotFoundError):
        return "no D-Bus on this machine, so no Bluetooth; install and start dbus and bluez"
    if isinstance(failure, BleakDBusError):
        if "ServiceUnknown" in failure.dbus_error:
            return "BlueZ does not run; install bluez and run `systemctl start bluetooth`"
        if "AccessDenied" in failure.dbus_error:
            return f"this user may not use Bluetooth; {allow}"
        if "InProgress" in failure.dbus_error:
            return "another program is scanning or connecting; close it and try again"
    if isinstance(failure, PermissionError):
        return f"this program may not use Bluetooth; {allow}"
    if isinstance(failure, BleakError) and "Windows GUI" in str(failure):
        return _APARTMENT
    return ""


def _translated(failure: BaseException, name: str) -> DeviceError:
    """Turn whatever bleak raises into our errors, with the next step."""
    if isinstance(failure, DeviceError):
        return failure
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
    if _is_unpaired(failure):
        return DeviceConnectionError(
            f"{name} wants to be paired first ({failure.args[-1]}); pair it in the system's "
            "Bluetooth settings, or remove it there and pair it again, then try again",
            name,
        )
    if isinstance(failure, BleakGATTProtocolError):
        return DeviceConnectionError(
            f"{name} refused: {failure.args[-1]} (code {int(failure.code)}); switch it off and on",
            name,
        )
    words = str(failure) or type(failure).__name__
    return DeviceConnectionError(
        f"{name}: {words}; bring it nearer, switch it off and on, try again", name
    )


def _is_unpaired(failure: BaseException) -> bool:
    return isinstance(failure, BleakGATTProtocolError) and int(failure.code) in UNPAIRED_CODES


def _words(address: str | BLEDevice) -> str:
    return address if isinstance(address, str) else (address.name or address.address)
