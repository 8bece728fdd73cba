from __future__ import annotations

import asyncio

import pytest

from biofeedback.cli.demo.kits import KITS
from biofeedback.cli.demo.wires import simulated_place, simulated_wires
from biofeedback.core.clock import RealClock
from biofeedback.core.ports import Transport
from biofeedback.drivers.ble import BleTransport
from biofeedback.drivers.serialport import SerialTransport
from biofeedback.session.place import device_id_of
from firmware_sim.scenarios import scenario


@pytest.mark.parametrize("name", KITS)
def test_every_sensor_of_a_kit_can_be_opened(name: str) -> None:
    kit = KITS[name]

    async def main() -> dict[str, Transport]:
        clock = RealClock()
        firmwares = kit.firmwares(scenario("quiet", 20, 1), 1)
        async with simulated_wires(kit, firmwares, clock, clock.now_ns()) as wires:
            made = {device_id: make() for device_id, make in wires.items()}
            for transport in made.values():
                await transport.open(lambda *heard: None, lambda reason: None)
                await transport.close()
        return made

    kinds = {device_id: type(transport) for device_id, transport in asyncio.run(main()).items()}
    assert kinds == {
        worn.device_id: BleTransport if worn.address else SerialTransport for worn in kit.worn
    }


def test_the_place_holds_the_sensors_of_the_clinic() -> None:
    async def main() -> list[str]:
        async with simulated_place(RealClock(), seconds=30.0) as place:
            found, complaint = await place.scan(1.0)
            assert complaint == ""
            for one in found:
                transport = place.wire(device_id_of(one), one)()
                await transport.open(lambda *heard: None, lambda reason: None)
                await transport.close()
            return sorted(one.driver for one in found)

    assert asyncio.run(main()) == ["godirect", "godirect", "witmotion"]
