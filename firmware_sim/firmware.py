"""The contract of a simulated device: bytes in, bytes out, time told in microseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

__all__ = ["Emission", "Firmware", "MayVanish"]


@dataclass(frozen=True, slots=True)
class Emission:
    """Bytes the device sends by itself or in answer.

    Parameters
    ----------
    time_us : int
        When it leaves the device, in the simulation's time.
    endpoint : str
        GATT characteristic UUID or ``"serial"``.
    payload : bytes
        The bytes: one notification, or a piece of the serial stream.
    """

    time_us: int
    endpoint: str
    payload: bytes


class Firmware(Protocol):
    """A device that knows no radio, no port and no clock.

    Time never goes backwards over the calls of one device.
    """

    name: str

    def connect(self, now_us: int) -> None:
        """A host opened the link: session state starts anew."""
        ...

    def disconnect(self, now_us: int) -> None:
        """The link is gone."""
        ...

    def write(self, endpoint: str, data: bytes, now_us: int) -> list[Emission]:
        """Take bytes from the host in any split; answer."""
        ...

    def read(self, endpoint: str, now_us: int) -> bytes:
        """Answer a GATT read; raise KeyError for an endpoint that cannot be read."""
        ...

    def advance(self, now_us: int) -> list[Emission]:
        """Let time pass; return what the device sent until `now_us`, in order."""
        ...


@runtime_checkable
class MayVanish(Protocol):
    """A firmware that is not always within reach."""

    def reachable(self, now_us: int) -> bool:
        """Whether its radio can be heard at `now_us`."""
        ...
