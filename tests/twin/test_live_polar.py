"""Straps on the simulated air, opened like real ones: driver and twin meet here."""

from __future__ import annotations

import asyncio
import struct

import numpy as np
import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.errors import DeviceRefusedError
from biofeedback.core.ports import Samples
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.drivers.device import Device, open_device
from biofeedback.drivers.scan import scan
from firmware_sim.body import Body
from firmware_sim.firmware import Emission
from firmware_sim.gatt_table import GattFirmware
from firmware_sim.heart_rate import HeartRateStrap
from firmware_sim.polar import PolarH10, VeritySense
from firmware_sim.scenarios import scenario
from tests.radio.puppet import ADDRESS, PATIENCE_S, on_air

SPEED = 5.0
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"


def body() -> Body:
    return scenario("quiet", 600, 1)


class TappedStrap(PolarH10):
    """A strap whose acceleration is kept as it leaves it, read by hand."""

    def __init__(self) -> None:
        super().__init__(body(), serial="0A1B2C3D")
        self.sent_mg: list[tuple[int, ...]] = []

    def advance(self, now_us: int) -> list[Emission]:
        emissions = super().advance(now_us)
        for emission in emissions:
            if emission.endpoint == DATA and emission.payload[0] == 2:
                self.sent_mg += struct.iter_unpack("<3h", emission.payload[10:])
        return emissions


async def taken(device: Device, **wanted: int) -> dict[str, list[Samples]]:
    """Take samples until there are so many of each stream."""
    blocks: dict[str, list[Samples]] = {name: [] for name in wanted}
    async with asyncio.timeout(PATIENCE_S):
        async for block in device.samples():
            blocks.setdefault(block.stream_id, []).append(block)
            if all(sum(len(b.values) for b in blocks[name]) >= n for name, n in wanted.items()):
                break
    return blocks


def joined(blocks: list[Samples]) -> tuple[np.ndarray, np.ndarray]:
    times = [block.device_time_ns for block in blocks if block.device_time_ns is not None]
    return np.concatenate(times) / 1e9, np.concatenate([block.values for block in blocks])


def test_an_h10_is_found_opened_and_every_sample_is_the_one_it_sent() -> None:
    strap = TappedStrap()

    async def main() -> None:
        clock = RealClock(SPEED)
        async with on_air(strap, clock=clock) as (radio, _):
            (found,) = await scan(0.3, radio=radio, serial=False)
            assert (found.driver, found.name) == ("polar", "Polar H10 0A1B2C3D")
            async with open_device(
                "polar", found.handle, radio=radio, clock=clock, ecg=True
            ) as device:
                assert device.info.model.endswith("H10")
                assert device.info.serial == "0A1B2C3D"
                assert device.battery_pct == 90.0
                names = [stream.info.stream_id for stream in device.streams]
                assert names == ["imu", "ecg", "heart"]
                blocks = await taken(device, imu=360, ecg=365, heart=4)
        _, values = joined(blocks["imu"])
        sent = np.array(strap.sent_mg).tolist()
        received = np.rint(values / STANDARD_GRAVITY_MPS2 * 1000).astype(int).tolist()
        # What was sent while the ECG was still being asked for is nobody's.
        first = next(at for at in range(len(sent)) if sent[at : at + 36] == received[:36])
        assert received == sent[first : first + len(received)]
        for name, rate_hz in (("imu", 100.0), ("ecg", 130.0)):
            times_s, _ = joined(blocks[name])
            assert np.diff(times_s) == pytest.approx(1 / rate_hz, rel=0.01)
        _, beats = joined(blocks["heart"])
        rr_s = beats[np.isfinite(beats[:, 1]), 1]
        assert ((rr_s > 0.4) & (rr_s < 1.5)).all()

    asyncio.run(main())


@pytest.mark.parametrize("older", [True, False])
def test_compressed_frames_of_either_firmware_are_scaled(older: bool) -> None:
    async def main() -> None:
        clock = RealClock(SPEED)
        async with (
            on_air(VeritySense(body(), older=older), clock=clock) as (radio, _),
            open_device("polar", ADDRESS, radio=radio, clock=clock) as device,
        ):
            assert device.streams[0].info.sample_rate_hz == 52.0
            blocks = await taken(device, imu=200)
        times_s, values = joined(blocks["imu"])
        assert np.diff(times_s) == pytest.approx(1 / 52.0, rel=0.01)
        assert np.linalg.norm(values, axis=1) == pytest.approx(STANDARD_GRAVITY_MPS2, rel=0.1)

    asyncio.run(main())


@pytest.mark.parametrize("strap", [HeartRateStrap(body()), PolarH10(body())])
def test_any_strap_tells_beats(strap: GattFirmware) -> None:
    async def main() -> None:
        clock = RealClock(SPEED)
        async with (
            on_air(strap, clock=clock) as (radio, _),
            open_device("heart_rate", ADDRESS, radio=radio, clock=clock) as device,
        ):
            assert device.battery_pct > 0
            blocks = await taken(device, heart=6)
        times_s, beats = joined(blocks["heart"])
        assert np.isfinite(beats[-1]).all()
        assert np.diff(times_s)[-3:] == pytest.approx(beats[-3:, 1], abs=1e-6)

    asyncio.run(main())


def test_in_the_charger_it_says_so() -> None:
    async def main() -> None:
        clock = RealClock(SPEED)
        strap = PolarH10(body(), charging_s=(0.0, 1e6))
        async with on_air(strap, clock=clock) as (radio, _):
            with pytest.raises(DeviceRefusedError, match="take it out of the charger") as raised:
                async with open_device("polar", ADDRESS, radio=radio, clock=clock):
                    pass
            assert raised.value.code == 13

    asyncio.run(main())
