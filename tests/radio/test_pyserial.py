"""SerialTransport through the real pyserial: pseudo-terminals and sockets, pulled and put back."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.errors import DeviceConnectionError, DeviceNotFoundError
from biofeedback.drivers.serialport import ENDPOINT, SerialTransport
from firmware_sim.link import PtyLink, TcpLink
from tests.radio.puppet import Ears, Puppet, until

needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
LINKS = [pytest.param(PtyLink, id="pty", marks=needs_pty), pytest.param(TcpLink, id="socket")]


@contextmanager
def plugged_in(kind, puppet: Puppet):
    clock = RealClock()
    with kind(puppet, lambda: clock.now_ns() // 1000) as link:
        yield link


@asynccontextmanager
async def opened(url: str, ears: Ears) -> AsyncIterator[SerialTransport]:
    transport = SerialTransport(url, 115200, RealClock())
    await transport.open(ears.receive, ears.lost)
    try:
        yield transport
    finally:
        await transport.close()


@pytest.mark.parametrize("kind", LINKS)
def test_200_hz_arrive_without_loss_and_in_order(kind) -> None:
    async def main() -> None:
        ears, puppet, clock = Ears(), Puppet(endpoint=ENDPOINT), RealClock()
        with plugged_in(kind, puppet) as link:
            async with opened(link.url, ears):
                before_ns = clock.now_ns()
                puppet.count(400, rate_hz=200, size=11)
                await until(lambda: len(ears.heard) >= 400 * 11)
                after_ns = clock.now_ns()
        numbers = [n for (n,) in struct.iter_unpack("<I7x", ears.heard)]
        stamps = [stamp for _, _, stamp in ears.packets]
        assert numbers == list(range(400))
        assert {endpoint for endpoint, _, _ in ears.packets} == {ENDPOINT}
        assert stamps == sorted(stamps)
        assert before_ns < stamps[0] < stamps[-1] < after_ns
        assert not ears.losses

    asyncio.run(main())


@pytest.mark.parametrize("kind", LINKS)
def test_what_comes_together_stays_together(kind) -> None:
    """A socket tells of one waiting byte at a time: a packet each would be thousands a second."""

    async def main() -> None:
        ears, puppet = Ears(), Puppet(endpoint=ENDPOINT)
        with plugged_in(kind, puppet) as link:
            async with opened(link.url, ears):
                for wanted in range(44, 21 * 44, 44):
                    puppet.say(bytes(44))
                    await until(lambda wanted=wanted: len(ears.heard) == wanted)
        assert len(ears.packets) <= 40

    asyncio.run(main())


@pytest.mark.parametrize("kind", LINKS)
def test_writes_arrive_whole_and_in_order(kind) -> None:
    async def main() -> None:
        puppet = Puppet(endpoint=ENDPOINT)
        with plugged_in(kind, puppet) as link:
            async with opened(link.url, Ears()) as transport:
                for number in range(50):
                    await transport.send(ENDPOINT, bytes([0xFF, 0xAA, number]))
                await until(lambda: len(b"".join(puppet.written)) == 150)
        assert b"".join(puppet.written) == b"".join(bytes([0xFF, 0xAA, n]) for n in range(50))

    asyncio.run(main())


@pytest.mark.parametrize("kind", LINKS)
def test_a_pulled_plug_is_told_once_and_the_port_opens_again(kind) -> None:
    async def main() -> None:
        ears, puppet = Ears(), Puppet(endpoint=ENDPOINT)
        with plugged_in(kind, puppet) as link:
            async with opened(link.url, ears) as transport:
                puppet.say(b"one")
                await until(lambda: ears.heard == b"one")
                await asyncio.to_thread(link.stop)
                await until(lambda: ears.losses)
            with pytest.raises(DeviceConnectionError, match="is not open"):
                await transport.send(ENDPOINT, b"?")
            link.start()
            async with opened(link.url, ears):
                puppet.say(b"two")
                await until(lambda: ears.heard == b"onetwo")
        assert len(ears.losses) == 1
        assert "went away" in ears.losses[0]

    asyncio.run(main())


@needs_pty
def test_a_port_is_ours_alone_until_it_is_closed() -> None:
    async def main() -> None:
        with plugged_in(PtyLink, Puppet(endpoint=ENDPOINT)) as link:
            async with opened(link.url, Ears()):
                with pytest.raises(
                    DeviceConnectionError, match="used by another program; close it"
                ):
                    async with opened(link.url, Ears()):
                        pass
            async with opened(link.url, Ears()):
                pass

    asyncio.run(main())


@needs_pty
def test_giving_up_while_opening_lets_go_of_the_port() -> None:
    async def main() -> None:
        with plugged_in(PtyLink, Puppet(endpoint=ENDPOINT)) as link:
            transport = SerialTransport(link.url, 115200, RealClock())
            opening = asyncio.create_task(transport.open(Ears().receive, Ears().lost))
            await asyncio.sleep(0)  # the thread opens it from here on
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
            async with opened(link.url, Ears()):
                pass

    asyncio.run(main())


@needs_pty
def test_a_port_that_takes_no_bytes_is_an_error_not_a_hang() -> None:
    async def main() -> None:
        master, slave = os.openpty()  # and nobody reads at the other end
        try:
            async with opened(os.ttyname(slave), Ears()) as transport:
                with pytest.raises(DeviceConnectionError, match="timeout"):
                    await transport.send(ENDPOINT, bytes(1_000_000))
        finally:
            os.close(master)
            os.close(slave)

    asyncio.run(main())


def test_a_missing_port_is_told_with_the_next_step() -> None:
    async def main() -> None:
        url = "COM250" if sys.platform == "win32" else "/dev/ttyUSB250"
        with pytest.raises(DeviceNotFoundError, match=f"no port {url}; present: .*Plug"):
            async with opened(url, Ears()):
                pass

    asyncio.run(main())


def test_a_socket_nobody_listens_at_is_told_with_the_next_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]

    async def main() -> None:
        with pytest.raises(DeviceConnectionError, match="nobody listens"):
            async with opened(f"socket://127.0.0.1:{free}", Ears()):
                pass

    asyncio.run(main())
