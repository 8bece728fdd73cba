"""Scanning the simulated air with the real bleak, among devices that nobody knows."""

from __future__ import annotations

import asyncio

from biofeedback.drivers.scan import scan
from firmware_sim.godirect import GoDirectBelt
from firmware_sim.scenarios import scenario
from tests.radio.puppet import ADDRESS, Puppet, on_air


def test_known_devices_are_found_by_name_or_service_and_unknown_ones_left_out() -> None:
    body = scenario("quiet", 60, 1)
    chest, abdomen = GoDirectBelt(body, serial="0K2001C1"), GoDirectBelt(body, serial="0K2001A2")
    abdomen.name = "my belt"  # renamed: only the service tells

    async def main() -> None:
        async with on_air(chest, abdomen, Puppet("headphones")) as (radio, _):
            found = await scan(0.5, radio=radio, serial=False)
        assert {(item.driver, item.address, item.name) for item in found} == {
            ("godirect", ADDRESS, "GDX-RB 0K2001C1"),
            ("godirect", f"{ADDRESS[:-1]}2", "my belt"),
        }
        assert all(item.rssi_dbm is not None and item.handle is not None for item in found)

    asyncio.run(main())
