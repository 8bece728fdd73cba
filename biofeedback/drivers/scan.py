"""Who is nearby: Bluetooth devices that some driver knows, and serial ports; and who was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from biofeedback.core.errors import DeviceConnectionError, DeviceError
from biofeedback.drivers.registry import drivers

if TYPE_CHECKING:
    from biofeedback.drivers.ble import BLEDevice
    from biofeedback.drivers.virtual_radio import VirtualRadio

__all__ = ["Found", "Sighting", "Sightings", "scan"]

FORGET_S = 30.0
"""Who has not been heard of for so long is gone, s."""


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
    others : tuple of str
        Drivers it may need instead: several may know it, and a port tells nothing of what is
        behind it.
    """

    driver: str
    address: str
    name: str
    rssi_dbm: int | None
    handle: BLEDevice | None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device, and when it was last heard of.

    Parameters
    ----------
    found : Found
        As it was then.
    seen_s : float
        When that was, s.
    """

    found: Found
    seen_s: float


class Sightings:
    """What several scans have found, each device once, in order of first appearance."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Sighting] = {}

    def update(self, found: Iterable[Found], now_s: float) -> tuple[Sighting, ...]:
        """Take what a scan has found.

        Parameters
        ----------
        found : iterable of Found
            Its result.
        now_s : float
            When it ended, s.

        Returns
        -------
        sightings : tuple of Sighting
            All that were heard of in the last 30 s.
        """
        for item in found:
            self._seen[item.driver, item.address] = Sighting(item, now_s)
        self._seen = {
            key: sighting
            for key, sighting in self._seen.items()
            if now_s - sighting.seen_s < FORGET_S
        }
        return tuple(self._seen.values())


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
        Told when Bluetooth cannot be used, while ports are still listed, and of ports that this
        user may not use; None raises the former.

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
    from biofeedback.drivers.serialport import port_names, port_problem

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
        knowing = [
            spec.name
            for spec in drivers().values()
            if spec.transport == "ble"
            and (name.startswith(spec.name_prefixes) or set(uuids) & set(spec.service_uuids))
        ]
        if knowing:
            first, *others = knowing
            found.append(Found(first, device.address, name, rssi_dbm, device, tuple(others)))
    found.sort(key=lambda item: item.rssi_dbm if item.rssi_dbm is not None else -999, reverse=True)
    if serial:
        first, *others = (spec.name for spec in drivers().values() if spec.transport == "serial")
        for port, text in port_names():
            found.append(Found(first, port, text, None, None, tuple(others)))
            if complain is not None and (problem := port_problem(port)):
                complain(DeviceConnectionError(problem, port))
    return found
