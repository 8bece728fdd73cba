from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from biofeedback.core.errors import ProtocolError
from biofeedback.core.ports import Refused, Send
from biofeedback.drivers.protocols.witmotion_registers import (
    Settings,
    battery_pct,
    imu_stream,
    motion_values,
    rate_code,
    read_registers,
    write_register,
)

VECTORS = Path(__file__).parents[3] / "vectors" / "witmotion"
MILLISECOND = 1_000_000


@pytest.mark.parametrize("line", (VECTORS / "commands.jsonl").read_text("utf-8").splitlines())
def test_command_vector(line: str) -> None:
    row = json.loads(line)
    decoded = row["decoded"]
    command = write_register(decoded["register"], decoded["value"])
    assert command == bytes.fromhex(row["hex"])


def test_reading_is_a_write_to_the_read_register() -> None:
    assert read_registers(0x64) == bytes.fromhex("ffaa276400")


@pytest.mark.parametrize(("rate_hz", "code"), [(0.2, 1), (1.0, 3), (10.0, 6), (200.0, 11)])
def test_rate_code(rate_hz: float, code: int) -> None:
    assert rate_code(rate_hz, 200.0) == code


def test_a_rate_above_what_sources_agree_on_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"200\.0; choose one of \[0\.2.* 100\.0\] Hz"):
        rate_code(200.0, 100.0)


@pytest.mark.parametrize(
    ("centivolts", "pct"),
    [(420, 100), (397, 100), (396, 90), (387, 75), (370, 20), (340, 5), (339, 0), (-5, 0)],
)
def test_battery_by_voltage(centivolts: int, pct: float) -> None:
    assert battery_pct(centivolts) == pct


def test_motion_values_in_si_units() -> None:
    values = motion_values([(2048, 0, -2048, 0, 16384, 0), (0, 0, 0, 0, 0, -32768)])
    np.testing.assert_allclose(values[0, :3], [9.80665, 0.0, -9.80665])
    assert values[0, 4] == 1000.0
    assert values[1, 5] == -2000.0


def test_a_slow_stream_waits_two_samples() -> None:
    assert imu_stream(2.0, "count").longest_packet_s == 1.0
    assert imu_stream(100.0, "count").longest_packet_s == 0.1


def test_commands_keep_their_distance() -> None:
    settings = Settings("serial", "look again")
    assert settings.begin((b"a", b"b", b"c")) == Send("serial", b"a")
    times = []
    for tick in range(40):
        for output in settings.wake(tick * 30 * MILLISECOND, answered=True):
            assert isinstance(output, Send)
            times.append(tick * 30)
    assert len(times) == 2
    assert times[0] >= 100
    assert times[1] - times[0] >= 100
    assert settings.done


def test_patience_ends_once_and_starts_anew() -> None:
    settings = Settings("serial", "look again")
    for _ in range(2):
        settings.begin((b"a",))
        refused = [
            output
            for tick in range(100)
            for output in settings.wake(tick * 250 * MILLISECOND, answered=False)
        ]
        assert [type(output) for output in refused] == [Refused]


def test_one_more_command_can_be_asked() -> None:
    settings = Settings("serial", "look again")
    settings.begin((b"a",))
    settings.wake(0, answered=True)
    settings.ask(b"battery")
    assert not settings.done
    assert settings.wake(100 * MILLISECOND, answered=True) == (Send("serial", b"battery"),)
