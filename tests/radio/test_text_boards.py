"""Boards that print lines, on a pseudo-terminal, a socket and the simulated air."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest

from biofeedback.core.clock import RealClock
from biofeedback.drivers.device import Device, open_device
from firmware_sim.link import PtyLink, TcpLink
from firmware_sim.scenarios import scenario
from firmware_sim.text_lines import BleTextBoard, SerialTextBoard
from tests.radio.puppet import ADDRESS, PATIENCE_S, on_air

SPEED = 5.0
BODY = scenario("quiet", 600, 1)
BOARDS = Path(__file__).parents[2] / "examples/boards"


async def taken(device: Device, stream_id: str, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Values and, where the board tells them, times of a stream."""
    values, times_ns = [], []
    async with asyncio.timeout(PATIENCE_S):
        async for block in device.samples():
            if block.stream_id == stream_id:
                values.append(block.values)
                times_ns.append(block.device_time_ns)
            if sum(map(len, values)) >= n_samples:
                break
    told = [times for times in times_ns if times is not None]
    return np.concatenate(values), np.concatenate(told) if told else np.empty(0)


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
def test_a_board_is_opened_boots_and_every_line_arrives(kind) -> None:
    async def main() -> None:
        clock = RealClock(SPEED)
        start_ns = clock.now_ns()
        board = (BOARDS / "two_belts.toml").read_text()
        with kind(SerialTextBoard(BODY), lambda: (clock.now_ns() - start_ns) // 1000) as link:
            async with open_device("text_serial", link.url, clock=clock, board=board) as device:
                assert [stream.info.stream_id for stream in device.streams] == ["chest", "abdomen"]
                counts, times_ns = await taken(device, "chest", 300)
        assert set(np.diff(times_ns)) == {20_000_000}
        assert np.ptp(counts) > 20
        assert 400 < counts.mean() < 1200

    asyncio.run(main())


def test_a_board_over_nordic_uart_is_opened_and_every_line_arrives() -> None:
    async def main() -> None:
        clock = RealClock(SPEED)
        firmware = BleTextBoard(BODY, (), "pelvis", time_unit="")
        board = (BOARDS / "imu_over_bluetooth.toml").read_text()
        async with (
            on_air(firmware, clock=clock) as (radio, _),
            open_device("text_ble", ADDRESS, radio=radio, clock=clock, board=board) as device,
        ):
            motion, _ = await taken(device, "imu", 200)
        assert np.sqrt((motion[:, :3] ** 2).sum(axis=1)).mean() == pytest.approx(9.8, abs=0.4)

    asyncio.run(main())
