"""What a scan makes of what is around. On the air: tests/radio."""

from __future__ import annotations

import asyncio

import pytest
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

from biofeedback.core.errors import DeviceConnectionError, DeviceError
from biofeedback.drivers.registry import driver
from biofeedback.drivers.scan import scan
from biofeedback.drivers.serialport import port_names
from biofeedback.drivers.virtual_radio import VirtualRadio

BELT, IMU = driver("godirect"), driver("witmotion_ble")
AROUND = [
    ("A1", "GDX-RB 0K2001B3", [], -80),
    ("A2", None, [*BELT.service_uuids], -40),
    ("A3", "WT901BLE67", [*IMU.service_uuids], -60),
    ("A4", "headphones", ["0000110b-0000-1000-8000-00805f9b34fb"], -30),
    ("A5", None, [], -20),
]


def radio(failure: Exception | None = None) -> VirtualRadio:
    """A radio that hears AROUND; the bleak above it is the real one."""

    class Heard(BaseBleakScanner):
        def __init__(self, detection_callback=None, service_uuids=None, *_, **__) -> None:
            super().__init__(detection_callback, service_uuids)

        async def start(self) -> None:
            if failure is not None:
                raise failure
            for address, name, uuids, rssi in AROUND:
                said = AdvertisementData(name, {}, {}, uuids, None, rssi, ())
                self.create_or_update_device(address, address, name, None, said)

        async def stop(self) -> None:
            return

    made = VirtualRadio(None)
    made.scanner_backend = Heard
    return made


def test_known_devices_come_strongest_first_with_their_driver_and_handle() -> None:
    found = asyncio.run(scan(0, radio=radio(), serial=False))
    assert [(item.driver, item.address, item.name, item.rssi_dbm) for item in found] == [
        ("godirect", "A2", "", -40),
        ("witmotion_ble", "A3", "WT901BLE67", -60),
        ("godirect", "A1", "GDX-RB 0K2001B3", -80),
    ]
    assert [item.handle.address for item in found] == ["A2", "A3", "A1"]


def test_ports_are_listed_after_what_the_radio_hears() -> None:
    found = asyncio.run(scan(0, radio=radio()))
    ports = [item for item in found if item.handle is None]
    assert found[3:] == ports
    assert [(item.address, item.name, item.rssi_dbm) for item in ports] == [
        (name, text, None) for name, text in port_names()
    ]
    assert {item.driver for item in ports} <= {"witmotion"}


def test_without_bluetooth_ports_are_still_listed_when_somebody_is_told() -> None:
    told: list[DeviceError] = []
    silent = radio(FileNotFoundError(2, "no bus"))
    found = asyncio.run(scan(0, radio=silent, complain=told.append))
    assert [item.address for item in found] == [name for name, _ in port_names()]
    assert [type(problem) for problem in told] == [DeviceConnectionError]
    with pytest.raises(DeviceConnectionError, match="no D-Bus"):
        asyncio.run(scan(0, radio=silent))
