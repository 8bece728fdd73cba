"""The real BleakClient and BleakScanner on the simulated radio: everything GATT has to offer."""

from __future__ import annotations

import asyncio
import inspect

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble.device import Device, Peer

from biofeedback.drivers.virtual_radio import VirtualRadio
from firmware_sim.gatt_table import BATTERY_LEVEL
from tests.radio.puppet import ADDRESS, BATTERY_PCT, NOTIFY, SERVICE, WRITE, Puppet, on_air, until

SUBSCRIPTION = "00002902-0000-1000-8000-00805f9b34fb"


def client_of(radio: VirtualRadio, **options) -> BleakClient:
    return BleakClient(ADDRESS, backend=radio.client_backend, timeout=5, **options)


def test_services_properties_descriptors_and_values_are_those_of_the_device() -> None:
    async def main() -> None:
        async with on_air(Puppet()) as (radio, _), client_of(radio) as client:
            assert client.is_connected
            assert client.name == "Puppet"
            offered = {
                item.uuid: item.properties
                for service in client.services
                for item in service.characteristics
                if service.uuid == SERVICE or item.uuid == BATTERY_LEVEL
            }
            assert offered == {
                NOTIFY: ["notify"],
                WRITE: ["write-without-response"],
                BATTERY_LEVEL: ["read"],
            }
            assert await client.read_gatt_char(BATTERY_LEVEL) == bytes([BATTERY_PCT])
            notify = client.services.get_characteristic(NOTIFY)
            (subscription,) = [item for item in notify.descriptors if item.uuid == SUBSCRIPTION]
            assert await client.read_gatt_descriptor(subscription) == b"\x00\x00"
            await client.start_notify(NOTIFY, lambda *_: None)
            assert await client.read_gatt_descriptor(subscription) == b"\x01\x00"
            await client.stop_notify(NOTIFY)
            assert await client.read_gatt_descriptor(subscription) == b"\x00\x00"

    asyncio.run(main())


@pytest.mark.parametrize("mtu", [23, 185])
def test_the_mtu_is_what_the_device_grants_and_bounds_a_write(mtu: int) -> None:
    async def main() -> None:
        puppet = Puppet(mtu=mtu)
        async with on_air(puppet) as (radio, _), client_of(radio) as client:
            assert client.mtu_size == mtu
            characteristic = client.services.get_characteristic(WRITE)
            assert characteristic.max_write_without_response_size == mtu - 3
            await client.write_gatt_char(WRITE, bytes(mtu - 3), response=False)
            with pytest.raises(BleakError, match=f"{mtu - 2} bytes .* carries {mtu - 3}"):
                await client.write_gatt_char(WRITE, bytes(mtu - 2), response=False)
            await until(lambda: puppet.written == [bytes(mtu - 3)])

    asyncio.run(main())


def test_what_the_device_forbids_comes_back_as_bleaks_own_error() -> None:
    async def main() -> None:
        async with on_air(Puppet()) as (radio, _), client_of(radio) as client:
            with pytest.raises(BleakGATTProtocolError, match="Read Not Permitted"):
                await client.read_gatt_char(WRITE)
            with pytest.raises(BleakGATTProtocolError, match="Write Not Permitted"):
                await client.write_gatt_char(BATTERY_LEVEL, b"\x64", response=True)
            with pytest.raises(BleakError, match="does not notify"):
                await client.start_notify(BATTERY_LEVEL, lambda *_: None)
            # A refusal is not the end of the link.
            assert await client.read_gatt_char(BATTERY_LEVEL) == bytes([BATTERY_PCT])

    asyncio.run(main())


def test_after_stop_notify_nothing_is_heard() -> None:
    async def main() -> None:
        puppet, heard = Puppet(), []
        async with on_air(puppet) as (radio, _), client_of(radio) as client:
            await client.start_notify(NOTIFY, lambda _, data: heard.append(bytes(data)))
            puppet.say(b"1")
            await until(lambda: heard)
            await client.stop_notify(NOTIFY)
            puppet.say(b"2")
            await asyncio.sleep(0.05)
            await client.read_gatt_char(BATTERY_LEVEL)
        assert heard == [b"1"]

    asyncio.run(main())


def test_the_device_hanging_up_is_heard_and_ends_what_waits() -> None:
    async def main() -> None:
        gone: list[BleakClient] = []
        async with on_air(Puppet()) as (radio, (peripheral,)):
            client = client_of(radio, disconnected_callback=gone.append)
            await client.connect()
            await peripheral.disconnect_host()
            await until(lambda: gone)
            assert gone == [client]
            assert not client.is_connected
            with pytest.raises(BleakError, match=r"not connected|not been performed"):
                await client.read_gatt_char(BATTERY_LEVEL)
            await client.disconnect()
            await client.connect()
            assert await client.read_gatt_char(BATTERY_LEVEL) == bytes([BATTERY_PCT])
            with pytest.raises(BleakError, match="already connected"):
                await client.connect()
            await client.disconnect()

    asyncio.run(main())


def test_nobody_at_an_address_is_not_found() -> None:
    async def main() -> None:
        async with on_air(Puppet()) as (radio, _):
            client = BleakClient("F1:F1:F1:F1:F1:99", backend=radio.client_backend, timeout=0.2)
            with pytest.raises(BleakDeviceNotFoundError):
                await client.connect()

    asyncio.run(main())


def test_a_scan_can_ask_for_a_service_and_two_radios_do_not_mix() -> None:
    async def main() -> None:
        async with on_air(Puppet("here")) as (here, _), on_air(Puppet("there")) as (there, _):
            for radio, name in ((here, "here"), (there, "there")):
                found = await BleakScanner.discover(
                    timeout=0.2, service_uuids=[SERVICE], backend=radio.scanner_backend
                )
                assert [device.name for device in found] == [name]
            other = await BleakScanner.discover(
                timeout=0.2, service_uuids=[BATTERY_LEVEL], backend=here.scanner_backend
            )
            assert other == []

    asyncio.run(main())


def test_a_radio_that_is_not_switched_on_says_so() -> None:
    async def main() -> None:
        async with on_air(Puppet()) as (radio, _):
            pass
        with pytest.raises(BleakError, match="not switched on"):
            await BleakScanner.discover(timeout=0.1, backend=radio.scanner_backend)

    asyncio.run(main())


def test_the_libraries_still_have_the_shapes_we_build_on() -> None:
    """Canary: bleak says that its backend classes may change; bumble is below 1.0."""
    assert BaseBleakClient.__abstractmethods__ == {
        "connect",
        "disconnect",
        "is_connected",
        "mtu_size",
        "pair",
        "read_gatt_char",
        "read_gatt_descriptor",
        "start_notify",
        "stop_notify",
        "unpair",
        "write_gatt_char",
        "write_gatt_descriptor",
    }
    assert BaseBleakScanner.__abstractmethods__ == {"start", "stop"}

    def parameters(function) -> list[str]:
        return [name for name in inspect.signature(function).parameters if name != "self"]

    assert parameters(BaseBleakClient.__init__)[:3] == [
        "address_or_ble_device",
        "disconnected_callback",
        "timeout",
    ]
    assert parameters(BaseBleakScanner.__init__) == ["detection_callback", "service_uuids"]
    assert "backend" in parameters(BleakClient.__init__)
    assert "backend" in parameters(BleakScanner.__init__)
    assert parameters(BaseBleakScanner.create_or_update_device) == [
        "key",
        "address",
        "name",
        "details",
        "adv",
    ]
    assert parameters(Device.with_hci) == ["name", "address", "hci_source", "hci_sink"]
    assert {"active", "filter_duplicates"} <= set(parameters(Device.start_scanning))
    assert {"peer_address", "timeout"} <= set(parameters(Device.connect))
    assert parameters(Peer.request_mtu) == ["mtu"]
    assert parameters(Peer.write_value) == ["attribute", "value", "with_response"]
