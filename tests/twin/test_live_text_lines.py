"""A board's firmware behind a port and on the air, opened like a real one by its board file."""

from __future__ import annotations

import asyncio
import re
import sys

import numpy as np
import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.errors import DeviceTimeoutError
from biofeedback.core.ports import Samples
from biofeedback.drivers.device import Device, open_device
from biofeedback.drivers.scan import scan
from firmware_sim.firmware import Emission
from firmware_sim.link import PtyLink, TcpLink
from firmware_sim.scenarios import scenario
from firmware_sim.text_lines import BleTextBoard, SerialTextBoard
from tests.radio.puppet import ADDRESS, PATIENCE_S, on_air

SPEED = 4.0
N_ROWS = 60
GRAMMARS = ["columns", "labels", "teleplot", "json"]
BELTS = """
[[belt]]
stream = "chest"
from = "chest"
unit = "count"
[[belt]]
stream = "abdomen"
from = "abdomen"
unit = "count"
"""
IMU = """
[[imu]]
stream = "imu"
acc = { from = ["AccelX", "AccelY", "AccelZ"], unit = "m/s2" }
gyro = { from = ["GyroX", "GyroY", "GyroZ"], unit = "rad/s" }
"""
NAMES = "t|chest|abdomen|AccelX|AccelY|AccelZ|GyroX|GyroY|GyroZ"


def board(transport: str, grammar: str, *streams: str) -> str:
    time = "stamp" if grammar == "teleplot" else "t"
    head = f'name = "twin"\ntransport = "{transport}"\naddress = "here"\nrate_hz = 50\n'
    return f'{head}[time]\nfrom = "{time}"\nunit = "ms"\nwraps_at = 4294967296\n{"".join(streams)}'


def read_by_hand(printed: bytes, grammar: str) -> dict[str, list[float]]:
    """Return every value that was printed, by name, without the decoder's help."""
    text = printed.decode()
    values: dict[str, list[float]] = {name: [] for name in NAMES.split("|")}
    if grammar == "columns":
        names = re.findall(rf"^({NAMES})(?=,)|(?<=,)({NAMES})\b", text, re.MULTILINE)
        for line in re.findall(r"^[-\d.]+(?:,[-\d.]+)+(?=\r\n)", text, re.MULTILINE):
            for name, value in zip(names, line.split(","), strict=True):
                values["".join(name)].append(float(value))
    else:
        for name, value in re.findall(rf"\b({NAMES})\b\"?:(?:\d+:)?(-?[\d.]+)", text):
            values[name].append(float(value))
    return values


class _Tap:
    """Keeps what leaves a firmware."""

    def __init__(self, *arguments, **options) -> None:
        self.printed = b""
        super().__init__(scenario("quiet", 600, 1), *arguments, **options)

    def advance(self, now_us: int) -> list[Emission]:
        emissions = super().advance(now_us)
        self.printed += b"".join(emission.payload for emission in emissions)
        return emissions


class TappedSerial(_Tap, SerialTextBoard):
    pass


class TappedBle(_Tap, BleTextBoard):
    pass


async def taken(device: Device, n_rows: int) -> dict[str, list[Samples]]:
    blocks: dict[str, list[Samples]] = {stream.info.stream_id: [] for stream in device.streams}
    async with asyncio.timeout(PATIENCE_S):
        async for block in device.samples():
            blocks[block.stream_id].append(block)
            if all(sum(len(b.values) for b in of) >= n_rows for of in blocks.values()):
                break
    return blocks


def assert_run_of(received: list[float], printed: list[float]) -> None:
    """What came is a run of what was printed: nothing lost, doubled or swapped within it."""
    n = len(received)
    starts = [i for i in range(len(printed) - n + 1) if printed[i : i + n] == received]
    assert starts, (received[:5], printed[:5])


def assert_belts_came(blocks: dict[str, list[Samples]], printed: dict[str, list[float]]) -> None:
    for name in ("chest", "abdomen"):
        values = np.concatenate([block.values[:, 0] for block in blocks[name]]).tolist()
        assert_run_of(values, printed[name])
        times_ns = np.concatenate([block.device_time_ns for block in blocks[name]])
        assert set(np.diff(times_ns).tolist()) == {20_000_000}


@pytest.mark.parametrize("grammar", GRAMMARS)
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
def test_a_wired_board_is_opened_and_every_number_is_the_one_it_printed(kind, grammar: str) -> None:
    firmware = TappedSerial(grammar=grammar)

    async def main() -> None:
        clock = RealClock(SPEED)
        text = board("serial", grammar, BELTS)
        with kind(firmware, lambda: clock.now_ns() // 1000) as link:
            async with open_device("text_serial", link.url, clock=clock, board=text) as device:
                assert {stream.clocking for stream in device.streams} == {"device"}
                blocks = await taken(device, N_ROWS)
        assert_belts_came(blocks, read_by_hand(firmware.printed, grammar))

    asyncio.run(main())


@pytest.mark.parametrize("mtu", [23, 185])
@pytest.mark.parametrize("grammar", ["labels", "teleplot", "json"])
def test_a_wireless_board_with_belts_and_a_motion_sensor(grammar: str, mtu: int) -> None:
    firmware = TappedBle(imu_site="pelvis", grammar=grammar, mtu=mtu)

    async def main() -> None:
        clock = RealClock(2.0)
        async with on_air(firmware, clock=clock) as (radio, _):
            (found,) = await scan(0.5, radio=radio, serial=False)
            assert found.driver == "text_ble"
            text = board("ble", grammar, BELTS, IMU)
            async with open_device(
                "text_ble", found.handle, radio=radio, clock=clock, board=text
            ) as device:
                blocks = await taken(device, N_ROWS)
        printed = read_by_hand(firmware.printed, grammar)
        assert_belts_came(blocks, printed)
        values = np.concatenate([block.values for block in blocks["imu"]])
        for column, axis in enumerate("XYZ"):
            assert_run_of(values[:, column].tolist(), printed[f"Accel{axis}"])
            rad_s = np.round(np.radians(values[:, 3 + column]), 9).tolist()
            assert_run_of(rad_s, printed[f"Gyro{axis}"])

    asyncio.run(main())


def test_a_board_without_board_file_shows_what_it_prints() -> None:
    firmware = TappedBle(grammar="labels", time_unit="")

    async def main() -> None:
        clock = RealClock(SPEED)
        async with (
            on_air(firmware, clock=clock) as (radio, _),
            open_device("text_ble", ADDRESS, radio=radio, clock=clock) as device,
        ):
            infos = {stream.info.stream_id: stream.info for stream in device.streams}
            assert set(infos) == {"chest", "abdomen"}
            assert all(abs(info.sample_rate_hz - 50.0) < 3.0 for info in infos.values())
            assert all(info.channels[0].unit == "a.u." for info in infos.values())
            blocks = await taken(device, N_ROWS)
        values = np.concatenate([block.values[:, 0] for block in blocks["chest"]]).tolist()
        assert_run_of(values, read_by_hand(firmware.printed, "labels")["chest"])

    asyncio.run(main())


def test_a_board_that_prints_other_fields_is_refused_with_those_it_prints() -> None:
    async def main() -> None:
        clock = RealClock(10.0)
        text = board("serial", "labels", BELTS.replace('from = "chest"', 'from = "breast"'))
        with TcpLink(TappedSerial(grammar="labels"), lambda: clock.now_ns() // 1000) as link:
            async with open_device("text_serial", link.url, clock=clock, board=text):
                pass

    with pytest.raises(DeviceTimeoutError, match="no line holds breast; fields are t, chest, abdo"):
        asyncio.run(main())
