"""BleTransport through the real bleak, over real ATT/GATT between simulated controllers."""

from __future__ import annotations

import asyncio
import dataclasses
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.errors import DeviceConnectionError, DeviceNotFoundError
from biofeedback.drivers import ble
from biofeedback.drivers.ble import BleTransport, find_nearby
from tests.radio.puppet import ADDRESS, NOTIFY, SERVICE, SPEC, WRITE, Ears, Puppet, on_air, until

OTHER = "5bd400ff-6f7a-4d52-9d3b-0c2b5a4e9e01"


class NoScan:
    def __init__(self, *_, **__) -> None:
        pytest.fail("a scan that nobody needs")


@asynccontextmanager
async def opened(radio, ears: Ears, address=ADDRESS) -> AsyncIterator[BleTransport]:
    transport = BleTransport(address, SPEC, RealClock(), radio)
    await transport.open(ears.receive, ears.lost)
    try:
        yield transport
    finally:
        await transport.close()


@pytest.mark.parametrize("size", [20, 200])
def test_100_hz_arrive_without_loss_in_order_and_stamped_in_order(size: int) -> None:
    async def main() -> None:
        ears, puppet, clock = Ears(), Puppet(), RealClock()
        async with on_air(puppet) as (radio, _), opened(radio, ears):
            before_ns = clock.now_ns()
            puppet.count(300, rate_hz=100, size=size)
            await until(lambda: len(ears.packets) >= 300)
            after_ns = clock.now_ns()
        numbers = [struct.unpack_from("<I", payload)[0] for payload in ears.payloads]
        stamps = [stamp for _, _, stamp in ears.packets]
        assert numbers == list(range(300))
        assert {len(payload) for payload in ears.payloads} == {size}
        assert {endpoint for endpoint, _, _ in ears.packets} == {NOTIFY}
        assert stamps == sorted(stamps)
        assert before_ns < stamps[0] < stamps[-1] < after_ns
        # 3 s of numbers: stamped as they came, not when somebody got round to it.
        assert 2.5e9 < stamps[-1] - stamps[0] < 6e9
        assert not ears.losses

    asyncio.run(main())


@pytest.mark.parametrize("takes", ["write-without-response", "write"])
def test_writes_are_cut_to_what_every_device_takes(takes) -> None:
    async def main() -> None:
        puppet = Puppet(takes=(takes,))
        async with on_air(puppet) as (radio, _), opened(radio, Ears()) as transport:
            await transport.send(WRITE, bytes(range(53)))
            await transport.send(WRITE, b"!")
            await until(lambda: len(puppet.written) == 4)
        assert [len(piece) for piece in puppet.written] == [20, 20, 13, 1]
        assert b"".join(puppet.written) == bytes(range(53)) + b"!"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("puppet", "missing"),
    [
        (Puppet(notifies=("read",)), "notify"),
        (Puppet(takes=("read",)), "write"),
    ],
)
def test_a_characteristic_with_the_wrong_properties_is_refused_in_words(puppet, missing) -> None:
    async def main() -> None:
        async with on_air(puppet) as (radio, (peripheral,)):
            with pytest.raises(DeviceConnectionError, match=f"offers read, needed is .*{missing}"):
                async with opened(radio, Ears()):
                    pass
            await until(lambda: not peripheral.connected)

    asyncio.run(main())


def test_a_device_without_the_characteristic_is_refused_in_words() -> None:
    async def main() -> None:
        spec = dataclasses.replace(SPEC, notify_uuids=(OTHER,))
        async with on_air(Puppet()) as (radio, (peripheral,)):
            transport = BleTransport(ADDRESS, spec, RealClock(), radio)
            with pytest.raises(DeviceConnectionError, match=f"lacks .*{OTHER}.*another model"):
                await transport.open(Ears().receive, Ears().lost)
            await until(lambda: not peripheral.connected)

    asyncio.run(main())


def test_a_notification_longer_than_the_mtu_carries_is_an_error_not_a_loss() -> None:
    async def main() -> None:
        async with on_air(puppet) as (radio, _), opened(radio, ears):
            puppet.say(bytes(20), bytes(21))
            await until(lambda: ears.packets)
            await asyncio.sleep(0.05)

    ears, puppet = Ears(), Puppet(mtu=23)
    with pytest.raises(ValueError, match="notified 21 bytes; the MTU of 23 carries 20"):
        asyncio.run(main())
    assert ears.payloads == [bytes(20)]


@pytest.mark.parametrize("timed_out", [False, True])
def test_a_device_that_leaves_is_told_once_and_can_be_opened_again(timed_out: bool) -> None:
    async def main() -> None:
        ears, puppet = Ears(), Puppet()
        async with on_air(puppet) as (radio, (peripheral,)), opened(radio, ears) as transport:
            await peripheral.disconnect_host(timed_out)
            await until(lambda: ears.losses)
            with pytest.raises(DeviceConnectionError, match="not connected"):
                await transport.send(WRITE, b"?")
            async with opened(radio, ears):
                puppet.say(b"again")
                await until(lambda: ears.heard == b"again")
        assert len(ears.losses) == 1
        assert puppet.n_connections == 2

    asyncio.run(main())


def test_an_absent_device_is_told_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ble, "LISTEN_S", 0.1)

    async def main() -> None:
        async with on_air(Puppet()) as (radio, _):
            transport = BleTransport("GDX-RB 0K2009ZZ", SPEC, RealClock(), radio)
            with pytest.raises(DeviceNotFoundError, match=r"0K2009ZZ was not heard.*switch"):
                await transport.open(Ears().receive, Ears().lost)

    asyncio.run(main())


def test_an_absent_device_does_not_keep_another_one_waiting() -> None:
    async def main() -> None:
        async with on_air(Puppet()) as (radio, _):
            absent = BleTransport("nobody", SPEC, RealClock(), radio)
            looking = asyncio.create_task(absent.open(Ears().receive, Ears().lost))
            await asyncio.sleep(0.05)
            async with opened(radio, Ears()):
                assert not looking.done()
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    asyncio.run(main())


def test_two_devices_are_opened_at_once_and_kept_apart() -> None:
    async def main() -> None:
        puppets, ears = (Puppet("one"), Puppet("two")), (Ears(), Ears())
        async with on_air(*puppets) as (radio, _):
            wires = [BleTransport(name, SPEC, RealClock(), radio) for name in ("one", "TWO")]
            opening = (wire.open(e.receive, e.lost) for wire, e in zip(wires, ears, strict=True))
            await asyncio.gather(*opening)
            for puppet in puppets:
                puppet.say(puppet.name.encode())
            await until(lambda: all(e.packets for e in ears))
            await asyncio.gather(*(wire.close() for wire in wires))
        assert [e.payloads for e in ears] == [[b"one"], [b"two"]]

    asyncio.run(main())


def test_what_a_scan_found_is_opened_without_another_scan() -> None:
    async def main() -> None:
        ears, puppet = Ears(), Puppet()
        async with on_air(puppet) as (radio, _):
            ((device, uuids, rssi_dbm),) = await find_nearby(0.3, radio)
            assert (device.name, device.address, uuids) == ("Puppet", ADDRESS, (SERVICE,))
            assert rssi_dbm is not None
            assert rssi_dbm < 0
            radio.scanner_backend = NoScan
            async with opened(radio, ears, device):
                puppet.say(b"hello")
                await until(lambda: ears.packets)

    asyncio.run(main())


def test_giving_up_while_connecting_lets_go_of_the_device() -> None:
    async def main() -> None:
        puppet = Puppet()
        async with on_air(puppet, interval_s=0.02) as (radio, (peripheral,)):
            transport = BleTransport(ADDRESS, SPEC, RealClock(), radio)
            opening = asyncio.create_task(transport.open(Ears().receive, Ears().lost))
            await until(lambda: peripheral.connected)
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            await transport.close()
            await until(lambda: not peripheral.connected)
            async with opened(radio, Ears()):
                assert peripheral.connected

    asyncio.run(main())


def test_a_device_that_another_client_of_this_computer_holds_is_named() -> None:
    async def main() -> None:
        async with on_air(Puppet()) as (radio, (peripheral,)):
            other = BleTransport(ADDRESS, SPEC, RealClock(), radio)
            await other.open(Ears().receive, Ears().lost)
            transport = BleTransport(ADDRESS, SPEC, RealClock(), radio)
            with pytest.raises(DeviceConnectionError, match="another program of this computer"):
                await transport.open(Ears().receive, Ears().lost)
            assert peripheral.connected
            await other.close()
            await transport.open(Ears().receive, Ears().lost)
            await transport.close()

    asyncio.run(main())
