"""What a firmware shows of itself over GATT; words only, no radio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from firmware_sim.firmware import Firmware

__all__ = [
    "BATTERY_LEVEL",
    "BATTERY_SERVICE",
    "INFORMATION_SERVICE",
    "Characteristic",
    "GattFirmware",
    "Property",
    "Service",
    "information",
    "sig_uuid",
]

Property = Literal["read", "write", "write-without-response", "notify", "indicate"]


def sig_uuid(short: int) -> str:
    """Return the full form of a 16-bit UUID assigned by the Bluetooth SIG.

    Parameters
    ----------
    short : int
        As in the list of assigned numbers.

    Returns
    -------
    uuid : str
        128-bit form, lower case.
    """
    return f"0000{short:04x}-0000-1000-8000-00805f9b34fb"


BATTERY_LEVEL = sig_uuid(0x2A19)
INFORMATION = tuple(sig_uuid(short) for short in (0x2A29, 0x2A24, 0x2A25, 0x2A26))
"""Maker, model, serial number, firmware."""


@dataclass(frozen=True, slots=True)
class Characteristic:
    """A GATT characteristic.

    Parameters
    ----------
    uuid : str
        128-bit form, lower case: the ``endpoint`` of the firmware.
    properties : tuple of Property
        What a host may do with it.
    """

    uuid: str
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A GATT service.

    Parameters
    ----------
    uuid : str
        128-bit form, lower case.
    characteristics : tuple of Characteristic
        In order.
    """

    uuid: str
    characteristics: tuple[Characteristic, ...]


BATTERY_SERVICE = Service(sig_uuid(0x180F), (Characteristic(BATTERY_LEVEL, ("read", "notify")),))
INFORMATION_SERVICE = Service(
    sig_uuid(0x180A), tuple(Characteristic(uuid, ("read",)) for uuid in INFORMATION)
)


def information(maker: str, model: str, serial: str, firmware: str) -> dict[str, bytes]:
    """Return what is read of the device information service.

    Parameters
    ----------
    maker, model, serial, firmware : str
        As printed.

    Returns
    -------
    texts : dict of str to bytes
        By characteristic.
    """
    texts = (maker, model, serial, firmware)
    return dict(zip(INFORMATION, (text.encode() for text in texts), strict=True))


class GattFirmware(Firmware, Protocol):
    """A firmware that can be put behind a radio.

    Attributes
    ----------
    services : tuple of Service
        What a host discovers.
    advertised_service : str
        UUID in the advertisement beside the name.
    mtu : int
        ATT MTU in force, bytes; the firmware cuts what it notifies to ``mtu - 3``.
    """

    services: tuple[Service, ...]
    advertised_service: str
    mtu: int
