"""An IMU's firmware behind a port and on the air, opened like a real one."""

from __future__ import annotations

import asyncio
import struct
import sys

import numpy as np
import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.ports import Samples
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.drivers.device import Device, open_device
from firmware_sim.firmware import Emission
from firmware_sim.link import PtyLink, TcpLink
from firmware_sim.scenarios import scenario
from firmware_sim.witmotion import WitMotionBle, WitMotionSerial
from tests.radio.puppet import ADDRESS, PATIENCE_S, on_air, until

SPEED = 2.0
N_SAMPLES = 150
BATTERY_PCT = 75.0  # 3.87 V
ACC_SCALE_MPS2 = 16.0 * STANDARD_GRAVITY_MPS2 / 32768.0
GYRO_SCALE_DPS = 2000.0 / 32768.0
MOTION = [
    f"{kind}_{axis}_{unit}" for kind, unit in (("acc", "mps2"), ("gyro", "dps")) for axis in "xyz"
]


def motion_sent(emissions: list[Emission]) -> list[tuple[int, ...]]:
    """Read by hand what emissions of samples carry, in raw counts."""
    rows = []
    for emission in emissions:
        frames = emission.payload
        if frames[:2] == b"\x55\x61":
            rows += [struct.unpack_from("<6h", frames, at + 2) for at in range(0, len(frames), 20)]
        elif frames[:2] == b"\x55\x51" and frames[11:13] == b"\x55\x52":
            rows.append(struct.unpack("<3h", frames[2:8]) + struct.unpack("<3h", frames[13:19]))
    return rows


class _Tap:
    """Keeps the motion that leaves a firmware."""

    sent: list[tuple[int, ...]]

    def advance(self, now_us: int) -> list[Emission]:
        emissions = super().advance(now_us)
        self.sent += motion_sent(emissions)
        return emissions


class TappedSerial(_Tap, WitMotionSerial):
    def __init__(self) -> None:
        self.sent = []
        super().__init__(scenario("quiet", 600, 1))


class TappedBle(_Tap, WitMotionBle):
    def __init__(self) -> None:
        self.sent = []
        super().__init__(scenario("quiet", 600, 1))


async def taken(device: Device, n_samples: int) -> list[Samples]:
    blocks: list[Samples] = []
    async with asyncio.timeout(PATIENCE_S):
        async for block in device.samples():
            blocks.append(block)
            if sum(len(item.values) for item in blocks) >= n_samples:
                break
    return blocks


def assert_same_motion(
    device: Device, blocks: list[Samples], sent: list[tuple[int, ...]], n_last: int = 0
) -> None:
    """What came must be a run of what was sent: nothing lost, doubled or swapped within it.

    With `n_last` only so many samples are looked at, the last ones.
    """
    (stream,) = device.streams
    columns = [stream.info.index(name) for name in MOTION]
    values = np.concatenate([block.values for block in blocks])[-n_last:, columns]
    scale = np.repeat([ACC_SCALE_MPS2, GYRO_SCALE_DPS], 3)
    counts = np.rint(values / scale).astype(int)
    np.testing.assert_allclose(counts * scale, values, rtol=1e-12, atol=1e-12)
    received, sent_counts = [tuple(row) for row in counts.tolist()], list(sent)
    start = sent_counts.index(received[0])
    assert received == sent_counts[start : start + len(received)]


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            PtyLink,
            id="pty",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals"),
        ),
        pytest.param(TcpLink, id="socket"),
    ],
)
def test_a_wired_sensor_is_opened_and_every_sample_is_the_one_it_sent(kind) -> None:
    async def main() -> None:
        clock = RealClock(SPEED)
        firmware = TappedSerial()
        with kind(firmware, lambda: clock.now_ns() // 1000) as link:
            async with open_device("witmotion", link.url, clock=clock) as device:
                assert device.device_id == f"witmotion/{link.url}"
                assert device.streams[0].kind == "imu"
                assert device.streams[0].info.sample_rate_hz == 100.0
                blocks = await taken(device, N_SAMPLES)
        assert_same_motion(device, blocks, firmware.sent)

    asyncio.run(main())


def test_a_sensor_that_is_pulled_out_and_put_back_goes_on() -> None:
    async def main() -> None:
        clock = RealClock(SPEED)
        firmware = TappedSerial()
        with TcpLink(firmware, lambda: clock.now_ns() // 1000) as link:
            link._port = int(link.url.rpartition(":")[2])  # the same one when it is put back
            async with open_device("witmotion", link.url, clock=clock) as device:
                await taken(device, 20)
                await asyncio.to_thread(link.stop)
                await until(lambda: device.link_state == "lost")
                n_sent_before = len(firmware.sent)
                link.start()
                await until(lambda: device.link_state == "reopened")
                n_waiting = n_sent_before  # at most: what came before the plug was pulled
                blocks = await taken(device, n_waiting + 40)
        assert_same_motion(device, blocks, firmware.sent[n_sent_before:], n_last=20)

    asyncio.run(main())


@pytest.mark.parametrize("rate_hz", [50.0, 100.0])
def test_a_wireless_sensor_is_opened_and_every_sample_is_the_one_it_sent(rate_hz: float) -> None:
    """Above 50 Hz several frames come in one notification."""

    async def main() -> None:
        clock, firmware = RealClock(SPEED), TappedBle()
        async with (
            on_air(firmware, clock=clock) as (radio, _),
            open_device(
                "witmotion_ble", ADDRESS, radio=radio, clock=clock, rate_hz=rate_hz
            ) as device,
        ):
            assert device.streams[0].info.sample_rate_hz == rate_hz
            blocks = await taken(device, N_SAMPLES)
            await until(lambda: device.battery_pct == BATTERY_PCT)
        assert_same_motion(device, blocks, firmware.sent)
        assert (max(len(block.values) for block in blocks) > 1) == (rate_hz > 50.0)

    asyncio.run(main())
