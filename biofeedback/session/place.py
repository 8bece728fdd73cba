"""Where sensors are: this machine's radio and ports, or a simulated room."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from biofeedback.core.clock import Clock
from biofeedback.core.errors import DeviceError
from biofeedback.core.ports import Transport
from biofeedback.drivers.device import transports
from biofeedback.drivers.scan import Found, scan

__all__ = ["OpenPlace", "Place", "device_id_of", "surroundings"]


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where sensors are.

    Parameters
    ----------
    scan : callable
        Listens for so many seconds; gives what was found, and what could not be tried, in words.
    wire : callable
        Gives what makes a fresh transport to a found device for every attempt.
    """

    scan: Callable[[float], Awaitable[tuple[list[Found], str]]]
    wire: Callable[[str, Found], Callable[[], Transport]]


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

    def wire(device_id: str, found: Found) -> Callable[[], Transport]:
        return transports(device_id, found.handle or found.address, clock)

    yield Place(look, wire)


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
