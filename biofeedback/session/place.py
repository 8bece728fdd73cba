"""Where sensors are: this machine's radio and ports, or a simulated room."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from biofeedback.core.clock import Clock
from biofeedback.core.errors import DeviceError
from biofeedback.core.ports import Transport
from biofeedback.drivers.device import make_transport
from biofeedback.drivers.scan import Found, scan

__all__ = ["OpenPlace", "Place", "device_id_of", "surroundings"]


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where sensors are.

    Parameters
    ----------
    scan : callable
        Listens for so many seconds; gives what was found, and what could not be tried, in words.
    transport : callable
        Makes a fresh transport to a found device.
    """

    scan: Callable[[float], Awaitable[tuple[list[Found], str]]]
    transport: Callable[[str, Found], Transport]


OpenPlace = Callable[[Clock], AbstractAsyncContextManager[Place]]


@asynccontextmanager
async def surroundings(clock: Clock) -> AsyncIterator[Place]:
    """Open the real place: this machine's Bluetooth and serial ports.

    Parameters
    ----------
    clock : Clock
        Stamps what is received.

    Yields
    ------
    place : Place
    """

    async def look(timeout_s: float) -> tuple[list[Found], str]:
        problems: list[DeviceError] = []
        found = await scan(timeout_s, complain=problems.append)
        return found, "; ".join(map(str, problems))

    def transport(device_id: str, found: Found) -> Transport:
        return make_transport(device_id, found.handle or found.address, clock)

    yield Place(look, transport)


def device_id_of(found: Found) -> str:
    """Name a found device as sessions name it.

    Parameters
    ----------
    found : Found
        What a scan gave.

    Returns
    -------
    device_id : str
        Driver and the last word of the address.
    """
    return f"{found.driver}/{found.address.replace('/', ' ').split()[-1]}"
