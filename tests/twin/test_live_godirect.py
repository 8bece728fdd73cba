"""A belt's firmware on the simulated air, opened like a real one: driver and twin meet here."""

from __future__ import annotations

import asyncio
import struct
from itertools import pairwise

import numpy as np
import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.ports import Samples
from biofeedback.drivers.device import Device, open_device
from biofeedback.drivers.scan import scan
from firmware_sim.firmware import Emission
from firmware_sim.gatt_table import BATTERY_LEVEL
from firmware_sim.godirect import GoDirectBelt
from firmware_sim.scenarios import scenario
from tests.radio.puppet import ADDRESS, PATIENCE_S, on_air, until

SPEED = 10.0
N_SAMPLES = 60


class TappedBelt(GoDirectBelt):
    """A belt whose notifications are kept as they leave it."""

    def __init__(self, **options) -> None:
        super().__init__(scenario("quiet", 600, 1), stall_chance=0.0, **options)
        self.notified = bytearray()

    def _notify(self, frame: bytes, time_us: int) -> list[Emission]:
        self.notified += frame
        return super()._notify(frame, time_us)

    @property
    def forces_n(self) -> list[float]:
        """Every force that left, read by hand: frames of type 6 with one sensor."""
        forces: list[float] = []
        at = 0
        while at < len(self.notified):
            frame = bytes(self.notified[at : at + self.notified[at + 1]])
            at += len(frame)
            if frame[0] == 0x20 and frame[4] == 0x06:
                forces += struct.unpack(f"<{frame[7]}f", frame[9:])
        return forces


async def taken(device: Device, n_samples: int) -> list[Samples]:
    blocks: list[Samples] = []
    async with asyncio.timeout(PATIENCE_S):
        async for block in device.samples():
            blocks.append(block)
            if sum(len(item.values) for item in blocks) >= n_samples:
                break
    return blocks


def forces_of(blocks: list[Samples]) -> list[float]:
    return np.concatenate([block.values[:, 0] for block in blocks]).tolist()


@pytest.mark.parametrize("mtu", [23, 247])
def test_a_belt_is_opened_and_every_sample_is_the_one_it_sent(mtu: int) -> None:
    """At the smallest MTU a frame comes in pieces; the decoder joins them."""
    belt = TappedBelt(serial="0K2001B3", mtu=mtu, battery_pct=63.5, keeps_streaming=True)

    async def main() -> None:
        clock = RealClock(SPEED)
        async with (
            on_air(belt, clock=clock) as (radio, _),
            open_device("godirect", "GDX-RB 0K2001B3", radio=radio, clock=clock) as device,
        ):
            assert (device.info.model, device.info.serial) == ("GDX-RB", "0K2001B3")
            assert device.info.firmware
            (stream,) = device.streams
            assert [(c.name, c.unit) for c in stream.info.channels] == [("force", "N")]
            assert stream.info.sample_rate_hz == 10.0
            assert stream.kind == "belt"
            assert device.battery_pct == 64.0
            blocks = await taken(device, N_SAMPLES)
        received = forces_of(blocks)
        assert received == belt.forces_n[: len(received)]
        assert len(set(received)) > N_SAMPLES / 2
        numbered = [(block.counter, len(block.values)) for block in blocks]
        assert all(later == sooner + length for (sooner, length), (later, _) in pairwise(numbered))

    asyncio.run(main())
    assert not belt._measuring  # told to stop: losing the link alone would not do it


def test_a_belt_that_leaves_comes_back_by_itself() -> None:
    belt = TappedBelt()

    async def main() -> None:
        clock = RealClock(SPEED)
        async with (
            on_air(belt, clock=clock) as (radio, (peripheral,)),
            open_device("godirect", ADDRESS, radio=radio, clock=clock) as device,
        ):
            await taken(device, 20)
            await peripheral.disconnect_host(timed_out=True)
            n_sent_before = len(belt.forces_n)
            await until(lambda: device.link_state == "reopened")
            last = forces_of(await taken(device, 60))[-20:]
        sent = belt.forces_n[n_sent_before:]
        assert last in [sent[start : start + 20] for start in range(len(sent))]

    asyncio.run(main())


def test_what_a_scan_found_is_opened_by_its_handle_and_its_battery_can_be_read() -> None:
    belt = TappedBelt(serial="0K2001A2")

    async def main() -> None:
        clock = RealClock(SPEED)
        async with on_air(belt, clock=clock) as (radio, _):
            (found,) = await scan(0.3, radio=radio, serial=False)
            assert (found.driver, found.name) == ("godirect", "GDX-RB 0K2001A2")
            async with open_device(found.driver, found.handle, radio=radio, clock=clock) as device:
                assert device.device_id == f"godirect/{ADDRESS}"
                assert device.battery_pct == belt.read(BATTERY_LEVEL, 0)[0]
                received = forces_of(await taken(device, 5))
                assert received == belt.forces_n[: len(received)]

    asyncio.run(main())
