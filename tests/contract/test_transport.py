"""One suite for every wire: order kept, nothing after close, closing twice, loss told once."""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.errors import DeviceConnectionError
from biofeedback.core.ports import Transport
from biofeedback.drivers.ble import BleTransport
from biofeedback.drivers.serialport import SerialTransport
from firmware_sim.link import PtyLink, TcpLink
from tests.radio.puppet import ADDRESS, NOTIFY, SPEC, WRITE, Ears, Puppet, on_air, until


@dataclass
class Rig:
    """A device at the far end of a wire."""

    make: Callable[[], Transport]
    puppet: Puppet
    break_wire: Callable[[], Awaitable[None]]
    says_on: str
    takes_on: str


@asynccontextmanager
async def ble() -> AsyncIterator[Rig]:
    puppet = Puppet()
    async with on_air(puppet) as (radio, (peripheral,)):
        yield Rig(
            lambda: BleTransport(ADDRESS, SPEC, RealClock(), radio),
            puppet,
            peripheral.disconnect_host,
            NOTIFY,
            WRITE,
        )


def port(kind: type[PtyLink] | type[TcpLink]) -> Callable[[], object]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Rig]:
        puppet, clock = Puppet(endpoint="serial"), RealClock()
        with kind(puppet, lambda: clock.now_ns() // 1000) as link:
            yield Rig(
                lambda: SerialTransport(link.url, 115200, RealClock()),
                puppet,
                lambda: asyncio.to_thread(link.stop),
                "serial",
                "serial",
            )

    return opened


needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
every_wire = pytest.mark.parametrize(
    "rig_of",
    [
        pytest.param(ble, id="ble"),
        pytest.param(port(PtyLink), id="pty", marks=needs_pty),
        pytest.param(port(TcpLink), id="socket"),
    ],
)


@every_wire
def test_order_is_kept_and_stamps_never_go_back(rig_of) -> None:
    async def main() -> None:
        ears, numbers = Ears(), range(500)
        async with rig_of() as rig:
            transport = rig.make()
            await transport.open(ears.receive, ears.lost)
            for number in numbers:
                rig.puppet.say(struct.pack("<I", number))
                if number % 50 == 0:
                    await asyncio.sleep(0.005)
            await until(lambda: len(ears.heard) >= 4 * len(numbers))
            await transport.close()
        assert [n for (n,) in struct.iter_unpack("<I", ears.heard)] == list(numbers)
        stamps = [stamp for _, _, stamp in ears.packets]
        assert stamps == sorted(stamps)
        assert {endpoint for endpoint, _, _ in ears.packets} == {rig.says_on}
        assert all(type(payload) is bytes for payload in ears.payloads)

    asyncio.run(main())


@every_wire
def test_nothing_is_told_after_close_and_closing_twice_is_harmless(rig_of) -> None:
    async def main() -> None:
        ears = Ears()
        async with rig_of() as rig:
            transport = rig.make()
            await transport.open(ears.receive, ears.lost)
            rig.puppet.count(1000, rate_hz=500, size=8)
            await until(lambda: ears.packets)
            await transport.close()
            n_packets = len(ears.packets)
            await transport.close()
            await asyncio.sleep(0.1)
            assert len(ears.packets) == n_packets
            with pytest.raises(DeviceConnectionError):
                await transport.send(rig.takes_on, b"?")
        assert ears.losses == []

    asyncio.run(main())


@every_wire
def test_a_broken_wire_is_told_once(rig_of) -> None:
    async def main() -> None:
        ears = Ears()
        async with rig_of() as rig:
            transport = rig.make()
            await transport.open(ears.receive, ears.lost)
            rig.puppet.say(b"last words")
            await until(lambda: ears.heard)
            await rig.break_wire()
            await until(lambda: ears.losses)
            await asyncio.sleep(0.1)
            await transport.close()
            await asyncio.sleep(0.05)
        assert ears.heard == b"last words"
        assert len(ears.losses) == 1
        assert ears.losses[0]

    asyncio.run(main())


@every_wire
def test_bytes_reach_the_device_whole_and_in_order(rig_of) -> None:
    async def main() -> None:
        async with rig_of() as rig:
            transport = rig.make()
            await transport.open(Ears().receive, Ears().lost)
            for number in range(20):
                await transport.send(rig.takes_on, bytes([number] * 30))
            await until(lambda: len(b"".join(rig.puppet.written)) == 600)
            await transport.close()
        assert b"".join(rig.puppet.written) == b"".join(bytes([n] * 30) for n in range(20))

    asyncio.run(main())


@every_wire
def test_a_wire_never_opened_can_be_closed_and_takes_nothing(rig_of) -> None:
    async def main() -> None:
        async with rig_of() as rig:
            transport = rig.make()
            with pytest.raises(DeviceConnectionError):
                await transport.send(rig.takes_on, b"?")
            await transport.close()

    asyncio.run(main())
