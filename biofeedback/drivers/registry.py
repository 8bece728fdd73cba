"""Which drivers there are: a table of strings, loaded on demand, extended by entry points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module, metadata
from typing import Any, Literal, cast

from biofeedback.core.errors import ConfigError, DeviceNotFoundError
from biofeedback.core.ports import DeviceProtocol, StreamKind

__all__ = ["DriverSpec", "driver", "drivers", "protocol_for"]

ENTRY_POINTS = "biofeedback.drivers"


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """How a family of devices is found, reached and understood.

    Parameters
    ----------
    name : str
        First part of ``device_id``.
    title : str
        For people.
    kinds : tuple of StreamKind
        Kinds of streams it gives: which roles it may take.
    transport : {"ble", "serial", "imported"}
        How it is reached.
    protocol : str
        ``module:class`` of its DeviceProtocol.
    name_prefixes : tuple of str
        Advertised names that begin so are this device.
    service_uuids : tuple of str
        Advertised services of this device.
    notify_uuids : tuple of str
        Characteristics to subscribe to.
    write_uuid : str
        Characteristic that takes commands; empty where none are given.
    extra_uuids : tuple of str
        Characteristics that a device may lack: read once where they can be read, subscribed to
        where they notify. What was read comes like a notification, before the link is open.
    baud : int
        Of a serial port.
    """

    name: str
    title: str
    kinds: tuple[StreamKind, ...]
    transport: Literal["ble", "serial", "imported"]
    protocol: str
    name_prefixes: tuple[str, ...] = ()
    service_uuids: tuple[str, ...] = ()
    notify_uuids: tuple[str, ...] = ()
    write_uuid: str = ""
    extra_uuids: tuple[str, ...] = ()
    baud: int = field(default=115200)


# Maker, model, serial number, firmware, battery level.
_TOLD_UUIDS = tuple(
    f"0000{short}-0000-1000-8000-00805f9b34fb" for short in ("2a29", "2a24", "2a25", "2a26", "2a19")
)

_BUILT_IN = (
    DriverSpec(
        name="godirect",
        title="Vernier Go Direct Respiration Belt",
        kinds=("belt",),
        transport="ble",
        protocol="biofeedback.drivers.protocols.godirect:GoDirect",
        name_prefixes=("GDX-RB",),
        service_uuids=("d91714ef-28b9-4f91-ba16-f0d9a604f112",),
        notify_uuids=("b41e6675-a329-40e0-aa01-44d2f444babe",),
        write_uuid="f4bf14a6-c7d5-4b6d-8aa8-df1a7c83adcb",
    ),
    DriverSpec(
        name="witmotion",
        title="WitMotion IMU on a serial port",
        kinds=("imu",),
        transport="serial",
        protocol="biofeedback.drivers.protocols.witmotion:WitMotion",
    ),
    DriverSpec(
        name="witmotion_ble",
        title="WitMotion IMU over Bluetooth LE",
        kinds=("imu",),
        transport="ble",
        protocol="biofeedback.drivers.protocols.witmotion_ble:WitMotionBle",
        name_prefixes=("WT", "BWT"),
        service_uuids=("0000ffe5-0000-1000-8000-00805f9a34fb",),
        notify_uuids=("0000ffe4-0000-1000-8000-00805f9a34fb",),
        write_uuid="0000ffe9-0000-1000-8000-00805f9a34fb",
    ),
    DriverSpec(
        name="text_serial",
        title="Board that prints lines of text on a serial port",
        kinds=("belt", "imu"),
        transport="serial",
        protocol="biofeedback.drivers.protocols.text_lines:TextLines",
    ),
    DriverSpec(
        name="text_ble",
        title="Board that sends lines of text over Nordic UART",
        kinds=("belt", "imu"),
        transport="ble",
        protocol="biofeedback.drivers.protocols.text_lines:TextLines",
        service_uuids=("6e400001-b5a3-f393-e0a9-e50e24dcca9e",),
        notify_uuids=("6e400003-b5a3-f393-e0a9-e50e24dcca9e",),
        write_uuid="6e400002-b5a3-f393-e0a9-e50e24dcca9e",
    ),
    # Polar's straps speak the heart rate service too: the first driver that fits is taken.
    DriverSpec(
        name="polar",
        title="Polar H10, Verity Sense or OH1",
        kinds=("imu", "other"),
        transport="ble",
        protocol="biofeedback.drivers.protocols.polar:Polar",
        name_prefixes=("Polar H10", "Polar Sense", "Polar OH1"),
        service_uuids=("fb005c80-02e7-f387-1cad-8acd2d8df0c8",),
        notify_uuids=(
            "fb005c81-02e7-f387-1cad-8acd2d8df0c8",
            "fb005c82-02e7-f387-1cad-8acd2d8df0c8",
        ),
        write_uuid="fb005c81-02e7-f387-1cad-8acd2d8df0c8",
        extra_uuids=(
            *_TOLD_UUIDS,
            "fb005c81-02e7-f387-1cad-8acd2d8df0c8",
            "00002a37-0000-1000-8000-00805f9b34fb",
        ),
    ),
    DriverSpec(
        name="heart_rate",
        title="Heart-rate strap",
        kinds=("other",),
        transport="ble",
        protocol="biofeedback.drivers.protocols.heart_rate:HeartRate",
        service_uuids=("0000180d-0000-1000-8000-00805f9b34fb",),
        notify_uuids=("00002a37-0000-1000-8000-00805f9b34fb",),
        extra_uuids=_TOLD_UUIDS,
    ),
    DriverSpec(
        name="imported",
        title="Samples of another recording",
        kinds=("belt", "imu"),
        transport="imported",
        protocol="biofeedback.drivers.protocols.imported:Imported",
    ),
)


@cache
def drivers() -> Mapping[str, DriverSpec]:
    """Return every known driver by name, built-in ones first."""
    known = {spec.name: spec for spec in _BUILT_IN}
    for point in metadata.entry_points(group=ENTRY_POINTS):
        spec = point.load()
        if isinstance(spec, DriverSpec):
            known.setdefault(spec.name, spec)
    return known


def driver(name: str) -> DriverSpec:
    """Return one driver.

    Parameters
    ----------
    name : str
        Its name, or a ``device_id`` that begins with it.

    Returns
    -------
    spec : DriverSpec

    Raises
    ------
    DeviceNotFoundError
        If there is none of that name.
    """
    spec = drivers().get(name.partition("/")[0])
    if spec is None:
        raise DeviceNotFoundError(
            f"there is no driver {name.partition('/')[0]!r}; known are {', '.join(drivers())}",
            name,
        )
    return spec


def protocol_for(
    device_id: str, options: Mapping[str, str | int | float | bool] | None = None
) -> DeviceProtocol:
    """Make the protocol of a device.

    Parameters
    ----------
    device_id : str
        Driver and address.
    options : mapping or None
        Options of its protocol.

    Returns
    -------
    protocol : DeviceProtocol

    Raises
    ------
    DeviceNotFoundError
        If there is no such driver.
    ConfigError
        If the protocol knows no such option.
    """
    module, _, name = driver(device_id).protocol.partition(":")
    factory = cast(Any, getattr(import_module(module), name))
    try:
        return cast(DeviceProtocol, factory(**(options or {})))
    except TypeError as failure:
        raise ConfigError(f"{device_id}: {failure}; see docs/protocols for its options") from None
