"""Who is nearby: Bluetooth devices that some driver knows, and serial ports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biofeedback.core.errors import DeviceError
from biofeedback.drivers.registry import drivers

if TYPE_CHECKING:
    from biofeedback.drivers.ble import BLEDevice
    from biofeedback.drivers.virtual_radio import VirtualRadio

__all__ = ["Found", "scan"]


@dataclass(frozen=True, slots=True)
class Found:
    """A device that can be opened.

    Parameters
    ----------
    driver : str
        Name in the driver registry.
    address : str
        Bluetooth address or port name.
    name : str
        What it calls itself.
    rssi_dbm : int or None
        Signal strength, dBm; None for a cable.
    handle : BLEDevice or None
        Passed to the transport, to spare it a scan of its own.
    """

    driver: str
    address: str
    name: str
    rssi_dbm: int | None
    handle: BLEDevice | None


async def scan(
    timeout_s: float = 5.0,
    *,
    radio: VirtualRadio | None = None,
    serial: bool = True,
    complain: Callable[[DeviceError], None] | None = None,
) -> list[Found]:
    """Look for sensors.

    Parameters
    ----------
    timeout_s : float
        How long to listen, s.
    radio : VirtualRadio or None
        None is the machine's own Bluetooth.
    serial : bool
        List serial ports as well. A port tells nothing of what is behind it.
    complain : callable or None
        Told when Bluetooth cannot be used, while ports are still listed; None raises.

    Returns
    -------
    found : list of Found
        Strongest first, then ports.

    Raises
    ------
    DeviceError
        If Bluetooth cannot be used and nobody is there to be told.
    """
    from biofeedback.drivers.ble import find_nearby
    from biofeedback.drivers.serialport import port_names

    found: list[Found] = []
    try:
        nearby = await find_nearby(timeout_s, radio)
    except DeviceError as failure:
        if complain is None:
            raise
        complain(failure)
        nearby = []
    for device, uuids, rssi_dbm in nearby:
        name = device.name or ""
        for spec in drivers().values():
            if spec.transport == "ble" and (
                name.startswith(spec.name_prefixes) or set(uuids) & set(spec.service_uuids)
            ):
                found.append(Found(spec.name, device.address, name, rssi_dbm, device))
                break
    found.sort(key=lambda item: item.rssi_dbm if item.rssi_dbm is not None else -999, reverse=True)
    if serial:
        driver = next(spec.name for spec in drivers().values() if spec.transport == "serial")
        found += [Found(driver, port, text, None, None) for port, text in port_names()]
    return found
