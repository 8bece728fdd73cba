"""A firmware without a mind of its own, the air it is on, and ways to wait for it."""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from biofeedback.core.clock import RealClock
from biofeedback.drivers.registry import DriverSpec
from biofeedback.drivers.virtual_radio import VirtualRadio
from firmware_sim.firmware import Emission
from firmware_sim.gatt import Peripheral, VirtualAir
from firmware_sim.gatt_table import (
    BATTERY_LEVEL,
    Characteristic,
    GattFirmware,
    Property,
    Service,
    sig_uuid,
)

SERVICE = "5bd40000-6f7a-4d52-9d3b-0c2b5a4e9e01"
NOTIFY = "5bd40001-6f7a-4d52-9d3b-0c2b5a4e9e01"
WRITE = "5bd40002-6f7a-4d52-9d3b-0c2b5a4e9e01"
ADDRESS = "F1:F1:F1:F1:F1:01"
BATTERY_PCT = 76
PATIENCE_S = 20.0

SPEC = DriverSpec(
    name="puppet",
    title="A puppet",
    kinds=("other",),
    transport="ble",
    protocol="nowhere:Nothing",
    notify_uuids=(NOTIFY,),
    write_uuid=WRITE,
)


class Puppet:
    """Says what it is told to say, and remembers what was written to it."""

    advertised_service = SERVICE

    def __init__(
        self,
        name: str = "Puppet",
        *,
        mtu: int = 247,
        notifies: Sequence[Property] = ("notify",),
        takes: Sequence[Property] = ("write-without-response",),
        endpoint: str = NOTIFY,
    ) -> None:
        self.name = name
        self.mtu = mtu
        self.services = (
            Service(
                SERVICE, (Characteristic(NOTIFY, (*notifies,)), Characteristic(WRITE, (*takes,)))
            ),
            Service(sig_uuid(0x180F), (Characteristic(BATTERY_LEVEL, ("read",)),)),
        )
        self.written: list[bytes] = []
        self.n_connections = 0
        self._endpoint = endpoint
        self._to_say: deque[bytes] = deque()
        self._counting_from_us: int | None = None
        self._period_us = 0
        self._counts: range = range(0)
        self._size = 0

    def say(self, *payloads: bytes) -> None:
        self._to_say.extend(payloads)

    def count(self, n: int, rate_hz: float, size: int) -> None:
        """Say the numbers below n, `rate_hz` of them each second, in `size` bytes each."""
        self._counts, self._period_us, self._size = range(n), round(1e6 / rate_hz), size
        self._counting_from_us = None

    def connect(self, now_us: int) -> None:
        self.n_connections += 1

    def disconnect(self, now_us: int) -> None:
        self._counts = range(0)

    def write(self, endpoint: str, data: bytes, now_us: int) -> list[Emission]:
        self.written.append(data)
        return []

    def read(self, endpoint: str, now_us: int) -> bytes:
        return {BATTERY_LEVEL: bytes([BATTERY_PCT])}[endpoint]

    def advance(self, now_us: int) -> list[Emission]:
        if self._counting_from_us is None:
            self._counting_from_us = now_us
        due = (now_us - self._counting_from_us) // self._period_us if self._period_us else 0
        said = [
            struct.pack("<I", number).ljust(self._size, b"\xaa")
            for number in self._counts
            if number < due
        ]
        self._counts = self._counts[len(said) :]
        while self._to_say:
            said.append(self._to_say.popleft())
        return [Emission(now_us, self._endpoint, payload) for payload in said]


@dataclass
class Ears:
    """What a transport told."""

    packets: list[tuple[str, bytes, int]] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)

    def receive(self, endpoint: str, payload: bytes, host_time_ns: int) -> None:
        self.packets.append((endpoint, payload, host_time_ns))

    def lost(self, reason: str) -> None:
        self.losses.append(reason)

    @property
    def payloads(self) -> list[bytes]:
        return [payload for _, payload, _ in self.packets]

    @property
    def heard(self) -> bytes:
        return b"".join(self.payloads)


async def until(true: Callable[[], object], step_s: float = 0.005) -> None:
    """Wait for something that another task or thread is about to make true."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(step_s)


@asynccontextmanager
async def on_air(
    *firmwares: GattFirmware, clock: RealClock | None = None, interval_s: float = 0.0
) -> AsyncIterator[tuple[VirtualRadio, list[Peripheral]]]:
    """Switch on peripherals ``F1:F1:F1:F1:F1:01`` … and a radio that hears them."""
    clock = clock or RealClock()
    start_ns = clock.now_ns()
    air = VirtualAir(interval_s)
    async with AsyncExitStack() as stack:
        peripherals = [
            await stack.enter_async_context(
                Peripheral(
                    firmware,
                    air,
                    f"{ADDRESS[:-1]}{number}",
                    lambda: (clock.now_ns() - start_ns) // 1000,
                )
            )
            for number, firmware in enumerate(firmwares, 1)
        ]
        radio = await stack.enter_async_context(VirtualRadio(air.host()))
        yield radio, peripherals
