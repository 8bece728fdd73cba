"""An H10 on the simulated air with everything it can do, and what happens when it goes away."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.ports import Samples
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.drivers.device import Device, open_device
from biofeedback.drivers.scan import scan
from firmware_sim.polar import PolarH10
from firmware_sim.scenarios import scenario
from tests.radio.puppet import ADDRESS, PATIENCE_S, on_air, until

SPEED = 10.0
BODY = scenario("quiet", 600, 1)


async def taken(device: Device, wanted: dict[str, int]) -> dict[str, list[Samples]]:
    """Samples by stream, until there are as many of each as wanted."""
    blocks: dict[str, list[Samples]] = {name: [] for name in wanted}
    async with asyncio.timeout(PATIENCE_S):
        async for block in device.samples():
            blocks.setdefault(block.stream_id, []).append(block)
            if all(sum(len(b.values) for b in blocks[k]) >= n for k, n in wanted.items()):
                break
    return blocks


def joined(blocks: list[Samples]) -> np.ndarray:
    return np.concatenate([block.values for block in blocks])


def test_an_h10_is_found_started_and_tells_motion_ecg_beats_and_battery() -> None:
    async def main() -> None:
        clock = RealClock(SPEED)
        async with on_air(PolarH10(BODY), clock=clock) as (radio, _):
            found = await scan(0.3, radio=radio, serial=False)
            assert [(one.driver, one.name) for one in found] == [("polar", "Polar H10 A1B2C3D4")]
            async with open_device("polar", ADDRESS, radio=radio, clock=clock, ecg=True) as device:
                blocks = await taken(device, {"imu": 500, "ecg": 600, "heart": 4})
        acc_mps2, rr_s = joined(blocks["imu"]), joined(blocks["heart"])[:, 1]
        norm_g = np.sqrt((acc_mps2**2).sum(axis=1)) / STANDARD_GRAVITY_MPS2
        assert norm_g.mean() == pytest.approx(1.0, abs=0.03)
        device_ns = np.concatenate([block.device_time_ns for block in blocks["imu"]])
        np.testing.assert_allclose(np.diff(device_ns), 1e7, atol=2e3)
        rr_s = rr_s[np.isfinite(rr_s)]
        truth_s = np.diff(BODY.heart.beats_s)
        assert any(
            np.allclose(rr_s, truth_s[first : first + len(rr_s)], atol=0.001) for first in range(60)
        )
        assert joined(blocks["ecg"]).max() > 0.9

    asyncio.run(main())


def test_a_strap_that_vanishes_is_started_again() -> None:
    async def main() -> None:
        clock = RealClock(SPEED)
        async with (
            on_air(PolarH10(BODY), clock=clock) as (radio, (peripheral,)),
            open_device("polar", ADDRESS, radio=radio, clock=clock) as device,
        ):
            await taken(device, {"imu": 100})
            await peripheral.disconnect_host(timed_out=True)
            await until(lambda: device.link_state == "reopened")
            await taken(device, {"imu": 300})

    asyncio.run(main())
