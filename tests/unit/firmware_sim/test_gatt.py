from __future__ import annotations

import asyncio
import time

import pytest
from bumble import att, hci
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Device, Peer

from firmware_sim.faults import Vanish
from firmware_sim.gatt import Peripheral, VirtualAir
from firmware_sim.gatt_table import BATTERY_LEVEL, sig_uuid
from firmware_sim.godirect import COMMAND, RESPONSE, SERVICE, GoDirectBelt
from firmware_sim.polar import PolarH10
from firmware_sim.polar_pod import CONTROL
from firmware_sim.scenarios import scenario

ADDRESS = "F1:F1:F1:F1:F1:01"
INIT = bytes.fromhex("5819fe3f1aa54a06490748084709460a450b440c430d420e41")
INFO = bytes.fromhex("5805fdaf55")
START = bytes.fromhex("5813f37818ff01020000000000000000000000")
PATIENCE_S = 10.0
SPEED = 20


def make_clock():
    start_ns = time.perf_counter_ns()
    return lambda: (time.perf_counter_ns() - start_ns) * SPEED // 1000


def make_belt(**options):
    return GoDirectBelt(scenario("quiet", 60, 1), jitter_us=0, stall_chance=0, **options)


async def central(air: VirtualAir) -> Device:
    controller = air.host()
    device = Device.with_hci("central", hci.Address("F0:F0:F0:F0:F0:99"), controller, controller)
    await device.power_on()
    return device


async def discovered(device: Device) -> Advertisement:
    found: asyncio.Future[Advertisement] = asyncio.get_running_loop().create_future()
    device.on("advertisement", lambda seen: found.done() or found.set_result(seen))
    await device.start_scanning(filter_duplicates=False)
    seen = await asyncio.wait_for(found, PATIENCE_S)
    await device.stop_scanning()
    return seen


class Host:
    """A central that has connected, discovered and subscribed."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.heard: list[bytes] = []
        self.arrived = asyncio.Event()

    async def connect(self, mtu: int | None = None) -> None:
        self.connection = await self.device.connect(hci.Address(ADDRESS), timeout=PATIENCE_S)
        self.peer = Peer(self.connection)
        if mtu is not None:
            await self.peer.request_mtu(mtu)
        await self.peer.discover_services()
        for service in self.peer.services:
            await service.discover_characteristics()
        (response,) = self.peer.get_characteristics_by_uuid(RESPONSE)
        await response.subscribe(self._take)

    def _take(self, value: bytes) -> None:
        self.heard.append(bytes(value))
        self.arrived.set()

    async def write(self, data: bytes) -> None:
        (command,) = self.peer.get_characteristics_by_uuid(COMMAND)
        for at in range(0, len(data), 20):
            await command.write_value(data[at : at + 20], with_response=False)

    async def until(self, n_bytes: int) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            while sum(map(len, self.heard)) < n_bytes:
                self.arrived.clear()
                await self.arrived.wait()
        return b"".join(self.heard)


def on_air(test, interval_s=0.0, **options):
    async def main() -> None:
        air = VirtualAir(interval_s)
        belt = make_belt(**options)
        async with Peripheral(belt, air, ADDRESS, make_clock()) as peripheral:
            device = await central(air)
            await test(peripheral, device)
            await device.power_off()

    asyncio.run(main())


def test_a_host_finds_name_and_service_in_the_advertisement():
    async def test(peripheral, device):
        seen = await discovered(device)
        assert seen.data.get(AdvertisingData.Type.COMPLETE_LOCAL_NAME) == "GDX-RB 0K2001B3"
        services = seen.data.get(AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS)
        assert [str(uuid).lower() for uuid in services] == [SERVICE]
        assert seen.is_connectable

    on_air(test)


def test_a_host_subscribes_and_hears_the_belt():
    async def test(peripheral, device):
        host = Host(device)
        await host.connect(mtu=185)
        await host.write(INIT)
        assert (await host.until(26)).hex().startswith("b81a00e01afe55aa")
        await host.write(START)
        heard = await host.until(26 + 7 + 30 * 17)
        assert heard[26:33].hex() == "980701ab18f300"
        frames = [payload for payload in host.heard if payload[0] == 0x20]
        counters = [frame[2] for frame in frames]
        assert counters == list(range(2, 2 + len(frames)))

    on_air(test)


def test_without_an_mtu_exchange_frames_come_in_pieces_of_twenty():
    async def test(peripheral, device):
        host = Host(device)
        await host.connect()
        await host.write(INIT)
        await host.write(INFO)
        await host.until(26 + 158)
        assert [len(payload) for payload in host.heard] == [20, 6, *[20] * 7, 18]

    on_air(test)


def test_the_firmware_sets_the_largest_mtu():
    async def test(peripheral, device):
        host = Host(device)
        await host.connect(mtu=517)
        assert peripheral.firmware.mtu == host.connection.att_mtu == 100
        await host.write(INFO)
        await host.until(158)
        assert [len(payload) for payload in host.heard] == [97, 61]

    on_air(test, mtu=100)


def test_battery_and_device_information_are_read():
    async def test(peripheral, device):
        host = Host(device)
        await host.connect()
        read = {}
        for uuid in (BATTERY_LEVEL, sig_uuid(0x2A25), sig_uuid(0x2A29)):
            (characteristic,) = host.peer.get_characteristics_by_uuid(uuid)
            read[uuid] = await characteristic.read_value()
        assert list(read.values()) == [bytes([87]), b"0K2001B3", b"Vernier"]

    on_air(test)


def test_what_the_table_forbids_is_refused():
    async def test(peripheral, device):
        host = Host(device)
        await host.connect()
        (response,) = host.peer.get_characteristics_by_uuid(RESPONSE)
        with pytest.raises(att.ATT_Error):
            await response.read_value()
        with pytest.raises(att.ATT_Error):
            await response.write_value(b"x", with_response=True)

    on_air(test)


def test_the_belt_hangs_up_and_can_be_found_again():
    async def test(peripheral, device):
        host = Host(device)
        await host.connect()
        gone = asyncio.Event()
        host.connection.on("disconnection", lambda reason: gone.set())
        await peripheral.disconnect_host()
        await asyncio.wait_for(gone.wait(), PATIENCE_S)
        assert not peripheral.connected
        await discovered(device)
        again = Host(device)
        await again.connect(mtu=185)
        await again.write(INIT)
        assert (await again.until(26))[2] == 0

    on_air(test)


def test_a_vanished_device_drops_the_link_falls_silent_and_is_found_again():
    async def main() -> None:
        now_us = 0
        air = VirtualAir()
        fault = Vanish(make_belt(), 10.0, 5.0)
        async with Peripheral(fault, air, ADDRESS, lambda: now_us) as peripheral:
            device = await central(air)
            host = Host(device)
            await host.connect()
            gone: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            host.connection.on("disconnection", gone.set_result)
            now_us = 10_500_000
            assert await asyncio.wait_for(gone, PATIENCE_S) == hci.HCI_CONNECTION_TIMEOUT_ERROR
            assert not peripheral.connected
            now_us = 15_500_000
            await discovered(device)
            await Host(device).connect()
            assert peripheral.connected
            await device.power_off()

    asyncio.run(main())


def test_connection_events_delay_but_keep_the_order():
    async def test(peripheral, device):
        host = Host(device)
        await host.connect(mtu=185)
        await host.write(START)
        await host.until(7 + 60 * 17)
        counters = [payload[2] for payload in host.heard]
        assert counters == list(range(len(counters)))

    on_air(test, interval_s=0.03)


def test_a_firmware_that_forgets_to_cut_is_found_out():
    class Uncut(GoDirectBelt):
        def _notify(self, frame, time_us):
            self.mtu, kept = 517, self.mtu
            try:
                return super()._notify(frame, time_us)
            finally:
                self.mtu = kept

    async def main() -> None:
        air = VirtualAir()
        belt = Uncut(scenario("quiet", 60, 1))
        peripheral = Peripheral(belt, air, ADDRESS, make_clock())
        await peripheral.start()
        device = await central(air)
        host = Host(device)
        await host.connect()
        await host.write(INFO)
        await asyncio.wait({peripheral._task}, timeout=PATIENCE_S)
        with pytest.raises(ValueError, match="notified 158 bytes; the MTU of 23 carries 20"):
            await peripheral.stop()
        await device.power_off()

    asyncio.run(main())


async def asks_for_settings(device: Device) -> tuple[Host, asyncio.Queue[bytes]]:
    """Connect to a strap, subscribe to the indications of its control point, write to it."""
    host, heard = Host(device), asyncio.Queue[bytes]()
    host.connection = await device.connect(hci.Address(ADDRESS), timeout=PATIENCE_S)
    host.peer = Peer(host.connection)
    await host.peer.request_mtu(517)
    await host.peer.discover_services()
    for service in host.peer.services:
        await service.discover_characteristics()
    (control,) = host.peer.get_characteristics_by_uuid(CONTROL)
    await control.subscribe(heard.put_nowait, prefer_notify=False)
    await control.write_value(bytes.fromhex("01 00"), with_response=True)
    return host, heard


def test_indications_arrive():
    async def main() -> None:
        air = VirtualAir()
        async with Peripheral(PolarH10(scenario("quiet", 60, 1)), air, ADDRESS, make_clock()):
            device = await central(air)
            host, heard = await asks_for_settings(device)
            reply = await asyncio.wait_for(heard.get(), PATIENCE_S)
            assert reply.hex() == "f0010000000001820001010e00"
            (control,) = host.peer.get_characteristics_by_uuid(CONTROL)
            assert (await control.read_value())[:2] == b"\x0f\x05"
            await device.power_off()

    asyncio.run(main())


def test_a_host_that_goes_without_confirming_does_not_hold_the_device_up():
    async def main() -> None:
        air = VirtualAir()
        strap = PolarH10(scenario("quiet", 60, 1))
        async with Peripheral(strap, air, ADDRESS, make_clock()) as peripheral:
            device = await central(air)
            connect = device.connect

            async def deaf(*given, **named):
                connection = await connect(*given, **named)
                connection.gatt_client.send_confirmation = lambda confirmation: None
                return connection

            device.connect = deaf
            host, heard = await asks_for_settings(device)
            await asyncio.wait_for(heard.get(), PATIENCE_S)
            await host.connection.disconnect()
            device.connect = connect
            _, heard = await asks_for_settings(device)
            assert await asyncio.wait_for(heard.get(), PATIENCE_S)
            assert peripheral.connected
            await device.power_off()

    asyncio.run(main())
