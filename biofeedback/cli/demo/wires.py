"""Simulated sensors on a simulated radio and on pseudo-terminals, for the real bleak and pyserial.

Loopback TCP stands in where there are no pseudo-terminals.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, cast

from biofeedback.cli.demo.kits import KITS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from biofeedback.cli.demo.kits import DemoKit
    from biofeedback.core.clock import Clock
    from biofeedback.core.ports import Transport
    from biofeedback.drivers.virtual_radio import VirtualRadio
    from biofeedback.session.engine import Wires
    from biofeedback.session.place import Place
    from firmware_sim.firmware import Firmware
    from firmware_sim.gatt_table import GattFirmware

__all__ = ["simulated_place", "simulated_wires"]

SIMULATED_SCAN_S = 1.0
VANISHES = "godirect/0K2001A2"


@asynccontextmanager
async def simulated_wires(
    kit: DemoKit, firmwares: Mapping[str, Firmware], clock: Clock, start_ns: int
) -> AsyncIterator[Wires]:
    """Put sensors on the air and on ports; give the wires to them.

    Parameters
    ----------
    kit : DemoKit
        Which sensor is where.
    firmwares : mapping of str to Firmware
        By device id.
    clock : Clock
        Stamps what is received, and moves the person.
    start_ns : int
        When the person begins, ns of that clock.

    Yields
    ------
    wires : dict of str to callable
        Makes the transport to each device.
    """
    from biofeedback.drivers.device import make_transport

    async with _simulated_air(kit, firmwares, clock, start_ns) as (radio, addresses):
        wires: dict[str, Callable[[], Transport]] = {
            device_id: partial(make_transport, device_id, address, clock, radio)
            for device_id, address in addresses.items()
        }
        yield wires


@asynccontextmanager
async def _simulated_air(
    kit: DemoKit, firmwares: Mapping[str, Firmware], clock: Clock, start_ns: int
) -> AsyncIterator[tuple[VirtualRadio, dict[str, str]]]:
    """Give a radio that hears the wireless sensors, and the address or port of each."""
    from biofeedback.drivers.virtual_radio import VirtualRadio
    from firmware_sim.gatt import Peripheral, VirtualAir
    from firmware_sim.link import serial_link

    def now_us() -> int:
        return (clock.now_ns() - start_ns) // 1000

    air = VirtualAir()
    addresses: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        for worn in kit.worn:
            firmware = firmwares[worn.device_id]
            if worn.address:
                peripheral = Peripheral(cast("GattFirmware", firmware), air, worn.address, now_us)
                await stack.enter_async_context(peripheral)
                addresses[worn.device_id] = worn.address
            else:
                port = stack.enter_context(serial_link(firmware, now_us))
                addresses[worn.device_id] = port.url
        radio = await stack.enter_async_context(VirtualRadio(air.host()))
        yield radio, addresses


@asynccontextmanager
async def simulated_place(
    clock: Clock,
    scenario: str = "coached",
    seconds: float = 900.0,
    seed: int = 1,
    lost: tuple[float, float] | None = None,
) -> AsyncIterator[Place]:
    """Open a place where a simulated person wears the sensors of the clinic.

    Parameters
    ----------
    clock : Clock
        Stamps what is received, and moves the person.
    scenario : str
        Who.
    seconds : float
        Length of the person's script, s.
    seed : int
        Which day of the same person.
    lost : tuple of float or None
        When the abdomen belt vanishes, s, and for how long, s.

    Yields
    ------
    place : Place
    """
    from biofeedback.drivers.device import transports
    from biofeedback.drivers.scan import Found, scan
    from biofeedback.session.place import Place
    from firmware_sim.faults import Vanish
    from firmware_sim.scenarios import scenario as make_body

    kit = KITS["clinic"]
    firmwares = kit.firmwares(make_body(scenario, seconds, seed), seed)
    if lost is not None:
        firmwares[VANISHES] = Vanish(firmwares[VANISHES], *lost)
    async with _simulated_air(kit, firmwares, clock, clock.now_ns()) as (radio, addresses):
        wired = [worn for worn in kit.worn if not worn.address]

        async def look(timeout_s: float) -> tuple[list[Found], str]:
            found = await scan(min(timeout_s, SIMULATED_SCAN_S), radio=radio, serial=False)
            for worn in wired:
                driver = worn.device_id.partition("/")[0]
                port = addresses[worn.device_id]
                found.append(Found(driver, port, "simulated IMU", None, None))
            return found, ""

        def wire(device_id: str, found: Found) -> Callable[[], Transport]:
            return transports(device_id, found.handle or found.address, clock, radio)

        yield Place(look, wire)
