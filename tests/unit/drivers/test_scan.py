"""What a scan makes of what is around. On the air: tests/radio."""

from __future__ import annotations

import asyncio

import pytest
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

from biofeedback.core.errors import DeviceConnectionError, DeviceError
from biofeedback.drivers import serialport
from biofeedback.drivers.registry import driver
from biofeedback.drivers.scan import Found, Sightings, scan
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
    assert {(item.driver, *item.others) for item in ports} <= {("witmotion", "text_serial")}


def test_without_bluetooth_ports_are_still_listed_when_somebody_is_told() -> None:
    told: list[DeviceError] = []
    silent = radio(FileNotFoundError(2, "no bus"))
    found = asyncio.run(scan(0, radio=silent, complain=told.append))
    assert [item.address for item in found] == [name for name, _ in port_names()]
    assert type(told[0]) is DeviceConnectionError
    with pytest.raises(DeviceConnectionError, match="no D-Bus"):
        asyncio.run(scan(0, radio=silent))


def test_a_device_that_several_drivers_know_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    both = ("A6", "WT901BLE68", [*driver("text_ble").service_uuids], -50)
    monkeypatch.setattr("tests.unit.drivers.test_scan.AROUND", [both])
    (found,) = asyncio.run(scan(0, radio=radio(), serial=False))
    assert (found.driver, found.others) == ("witmotion_ble", ("text_ble",))


def test_a_port_that_may_not_be_used_is_listed_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[DeviceError] = []
    monkeypatch.setattr(serialport, "port_names", lambda: [("/dev/ttyUSB9", "CH340")])
    monkeypatch.setattr(serialport, "port_problem", lambda name: f"{name} may not be used")
    found = asyncio.run(scan(0, radio=radio(), complain=told.append))
    assert found[-1] == Found("witmotion", "/dev/ttyUSB9", "CH340", None, None, ("text_serial",))
    assert [str(problem) for problem in told] == ["/dev/ttyUSB9 may not be used"]


def test_sightings_keep_their_order_and_forget_who_is_gone() -> None:
    a, b = (Found("godirect", address, "", -50, None) for address in "AB")
    nearer = Found("godirect", "A", "", -40, None)
    sightings = Sightings()
    sightings.update([a], 0.0)
    seen = sightings.update([b, nearer], 2.0)
    assert [(item.found, item.seen_s) for item in seen] == [(nearer, 2.0), (b, 2.0)]
    sightings.update([b], 20.0)
    assert [item.found for item in sightings.update([], 33.0)] == [b]
