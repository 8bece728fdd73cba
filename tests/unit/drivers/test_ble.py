"""What bleak may raise becomes our errors with a next step. The rest: tests/radio."""

from __future__ import annotations

import asyncio
import sys

import pytest
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from biofeedback.core.clock import RealClock
from biofeedback.core.errors import (
    DeviceConnectionError,
    DeviceNotFoundError,
    DeviceTimeoutError,
)
from biofeedback.drivers.ble import BleTransport, find_nearby, radio_problem
from biofeedback.drivers.registry import driver
from biofeedback.drivers.virtual_radio import VirtualRadio

ADDRESS = "F1:F1:F1:F1:F1:01"


def off(reason: BleakBluetoothNotAvailableReason) -> BleakBluetoothNotAvailableError:
    return BleakBluetoothNotAvailableError("no", reason)


PROBLEMS = [
    (off(BleakBluetoothNotAvailableReason.NO_BLUETOOTH), "no Bluetooth adapter.*plug in"),
    (off(BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE), "no Bluetooth LE; plug in"),
    (off(BleakBluetoothNotAvailableReason.POWERED_OFF), "switched off; switch it on"),
    (off(BleakBluetoothNotAvailableReason.DENIED_BY_USER), "may not use Bluetooth; "),
    (off(BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM), "may not use Bluetooth; "),
    (off(BleakBluetoothNotAvailableReason.UNKNOWN), r"does not answer \(no\); switch it on"),
    (FileNotFoundError(2, "No such file or directory"), "no D-Bus.*install and start dbus"),
    (
        BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["not provided"]),
        "BlueZ does not run.*systemctl start bluetooth",
    ),
    (
        BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", []),
        "this user may not use Bluetooth; ",
    ),
    (BleakDBusError("org.bluez.Error.InProgress", []), "another program is scanning.*close it"),
    (PermissionError(13, "denied"), "this program may not use Bluetooth; "),
    (
        BleakError("Thread is configured for Windows GUI but callbacks are not working."),
        "belongs to a window.*thread of its own",
    ),
]


def radio_that_fails(failure: BaseException) -> VirtualRadio:
    """A radio whose every scan ends so; the bleak above it is the real one."""

    class Failing(BaseBleakScanner):
        def __init__(self, detection_callback=None, service_uuids=None, *_, **__) -> None:
            super().__init__(detection_callback, service_uuids)

        async def start(self) -> None:
            raise failure

        async def stop(self) -> None:
            pytest.fail("stopped without having started")

    radio = VirtualRadio(None)
    radio.scanner_backend = Failing
    return radio


def transport_over(failure: BaseException) -> BleTransport:
    return BleTransport(ADDRESS, driver("godirect"), RealClock(), radio_that_fails(failure))


async def opened(transport: BleTransport) -> None:
    await transport.open(lambda *_: None, lambda _: None)


@pytest.mark.parametrize(("failure", "words"), PROBLEMS, ids=lambda value: type(value).__name__)
def test_a_radio_that_cannot_be_used_says_why_and_what_to_do(failure, words: str) -> None:
    with pytest.raises(DeviceConnectionError, match=words) as raised:
        asyncio.run(opened(transport_over(failure)))
    assert raised.value.device_id == ADDRESS
    assert raised.value.__cause__ is failure
    with pytest.raises(DeviceConnectionError, match=words):
        asyncio.run(find_nearby(0.1, radio_that_fails(failure)))


@pytest.mark.parametrize(
    ("failure", "kind", "words"),
    [
        (TimeoutError(), DeviceTimeoutError, "did not connect within 15 s; another app"),
        (BleakDeviceNotFoundError(ADDRESS, "gone"), DeviceNotFoundError, "gone.*switch it on"),
        (BleakGATTProtocolError(0x05), DeviceConnectionError, r"paired first.*Authentication"),
        (BleakGATTProtocolError(0x0E), DeviceConnectionError, r"\(code 14\); switch it off"),
        (BleakError("le-connection-abort-by-local"), DeviceConnectionError, "abort.*try again"),
        (EOFError(), DeviceConnectionError, "EOFError; bring it nearer"),
    ],
)
def test_a_device_that_fails_is_told_apart_from_the_radio(failure, kind, words: str) -> None:
    assert radio_problem(failure) == ""
    with pytest.raises(kind, match=words) as raised:
        asyncio.run(opened(transport_over(failure)))
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    ("system", "switch", "allow"),
    [
        ("Windows", "Settings > Bluetooth & devices", "Privacy & security > Radios"),
        ("Darwin", "System Settings > Bluetooth", "Privacy & Security > Bluetooth"),
        ("Linux", "rfkill unblock bluetooth", "group `bluetooth`"),
        ("Plan 9", "switch it on", "allow it"),
    ],
)
def test_the_way_out_is_that_of_the_system(system: str, switch: str, allow: str) -> None:
    assert switch in radio_problem(off(BleakBluetoothNotAvailableReason.POWERED_OFF), system)
    assert allow in radio_problem(off(BleakBluetoothNotAvailableReason.DENIED_BY_USER), system)


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is how Linux speaks to its Bluetooth")
def test_a_machine_without_d_bus_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """The real scanner of bleak, with the bus of a machine that has none."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nothing_here")
    with pytest.raises(DeviceConnectionError, match="no D-Bus on this machine"):
        asyncio.run(find_nearby(0.1))
