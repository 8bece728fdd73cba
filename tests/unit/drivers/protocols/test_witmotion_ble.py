from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biofeedback.core.entry import Packet
from biofeedback.core.errors import ProtocolError
from biofeedback.core.ports import Garbage, Output, Ready, Refused, Samples, Send, Status
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.drivers.protocols.witmotion_ble import NOTIFY_UUID, WitMotionBle

VECTORS = Path(__file__).parents[3] / "vectors" / "witmotion"
SECOND = 1_000_000_000
ROWS = [json.loads(line) for line in (VECTORS / "ble_frames.jsonl").read_text("utf-8").splitlines()]
MOTION = [row for row in ROWS if row["decoded"]["id"] == 0x61]
REGISTERS = [row for row in ROWS if row["decoded"]["id"] == 0x71]


def of(outputs: list[Output], kind: type[Any]) -> list[Any]:
    return [output for output in outputs if isinstance(output, kind)]


def receive(protocol: WitMotionBle, payload: bytes) -> list[Output]:
    return list(protocol.receive(Packet(0, "witmotion_ble/1", "rx", NOTIFY_UUID, payload)))


def payload_of(row: dict[str, Any]) -> bytes:
    return bytes.fromhex(row["hex"])


def ready() -> WitMotionBle:
    protocol = WitMotionBle()
    list(protocol.start())
    for tick in range(1, 10):
        list(protocol.wake(tick * SECOND // 4))
    assert of(receive(protocol, 3 * payload_of(MOTION[0])), Ready)
    return protocol


@pytest.mark.parametrize("row", MOTION, ids=lambda row: row["name"])
def test_motion_vector(row: dict[str, Any]) -> None:
    (samples,) = receive(ready(), payload_of(row))
    assert isinstance(samples, Samples)
    wanted = [
        *(value * STANDARD_GRAVITY_MPS2 for value in row["decoded"]["acc_g"]),
        *row["decoded"]["gyro_dps"],
    ]
    np.testing.assert_allclose(samples.values, [wanted], rtol=1e-12)
    assert (samples.counter, samples.device_time_ns) == (None, None)


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row["name"])
def test_register_vector(row: dict[str, Any]) -> None:
    outputs = receive(ready(), payload_of(row))
    told = [(item.name, item.value) for item in of(outputs, Status)]
    battery = row["decoded"].get("battery_pct")
    assert told == ([] if battery is None else [("battery_pct", battery)])


def test_several_frames_in_one_notification_and_one_in_two() -> None:
    data = b"".join(map(payload_of, MOTION))
    (samples,) = receive(ready(), data)
    assert isinstance(samples, Samples)
    assert len(samples.values) == len(MOTION)
    protocol = ready()
    assert receive(protocol, data[:13]) == []
    assert len(of(receive(protocol, data[13:20]), Samples)) == 1


def test_a_register_frame_of_22_bytes_costs_no_measurement() -> None:
    outputs = receive(ready(), payload_of(REGISTERS[0]) + b"\0\0" + payload_of(MOTION[0]))
    assert len(of(outputs, Samples)) == 1
    assert [item.payload for item in of(outputs, Garbage)] == [b"\0\0"]


def test_the_battery_is_asked_for_once_a_minute() -> None:
    protocol = ready()
    asked = [
        send
        for tick in range(10, 4 * 300)
        for send in of(list(protocol.wake(tick * SECOND // 4)), Send)
    ]
    assert {send.payload for send in asked} == {bytes.fromhex("ffaa276400")}
    assert len(asked) == 4


def test_silence_is_refused() -> None:
    protocol = WitMotionBle()
    list(protocol.start())
    refused = [
        output for tick in range(100) for output in of(list(protocol.wake(tick * SECOND)), Refused)
    ]
    assert len(refused) == 1


def test_200_hz_is_refused_since_sources_disagree_on_its_code() -> None:
    with pytest.raises(ProtocolError, match="200"):
        WitMotionBle(200.0)


def test_after_stop_nothing_is_asked() -> None:
    protocol = ready()
    assert list(protocol.stop()) == []
    assert list(protocol.wake(1000 * SECOND)) == []
