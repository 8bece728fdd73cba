"""The rows of the golden vectors, one by one, against ``docs/protocols/godirect.md``."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biofeedback.drivers.protocols.godirect_frames import (
    HEAD_BYTES,
    Command,
    MeasurementType,
    command_frame,
    device_reply,
    frame_length,
    is_complete_reply,
    is_intact,
    is_measurement,
    mask_reply,
    measurement_values,
    sensor_reply,
    status_reply,
)

VECTORS = Path(__file__).parents[3] / "vectors" / "godirect"
INIT_KEY = bytes.fromhex("a54a06490748084709460a450b440c430d420e41")


def rows(name: str) -> list[Any]:
    lines = (VECTORS / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(json.loads(line), id=json.loads(line)["name"]) for line in lines]


def parameters(decoded: dict[str, Any]) -> bytes:
    match Command[decoded["command"]]:
        case Command.INIT:
            return INIT_KEY
        case Command.GET_SENSOR_INFO:
            return bytes((decoded["sensor"],))
        case Command.SET_MEASUREMENT_PERIOD:
            return b"\xff\x00" + struct.pack("<Q", decoded["period_us"])
        case Command.START_MEASUREMENTS:
            return struct.pack("<bBIq", -1, 1, decoded["mask"], 0)
        case Command.STOP_MEASUREMENTS:
            return b"\xff\x00\xff\xff\xff\xff"
        case _:
            return b""


@pytest.mark.parametrize("row", rows("commands.jsonl"))
def test_command(row: dict[str, Any]) -> None:
    decoded = row["decoded"]
    command = Command[decoded["command"]]
    assert command == decoded["id"]
    frame = command_frame(decoded["counter"], command, parameters(decoded))
    assert frame == bytes.fromhex(row["hex"])


@pytest.mark.parametrize("row", rows("replies.jsonl"))
def test_reply(row: dict[str, Any]) -> None:
    frame, decoded = bytes.fromhex(row["hex"]), row["decoded"]
    assert frame_length(frame[:HEAD_BYTES]) == len(frame)
    assert is_intact(frame)
    assert not is_measurement(frame)
    assert is_complete_reply(frame)
    assert not is_complete_reply(frame[:5])
    assert (frame[2], frame[5]) == (decoded["device_counter"], decoded["echo"])
    match Command(frame[4]):
        case Command.GET_STATUS:
            status = status_reply(frame)
            assert status.bits == decoded["status_bits"]
            assert status.firmware == decoded["firmware"]
            assert status.radio_firmware == decoded["radio_firmware"]
            assert status.battery_pct == decoded["battery_pct"]
            assert status.charger == decoded["charger"]
        case Command.GET_DEVICE_INFO:
            device = device_reply(frame)
            assert device.order_code == decoded["order_code"]
            assert device.serial == decoded["serial"]
            assert device.name == decoded["name"]
        case Command.GET_AVAILABLE_SENSOR_MASK | Command.GET_DEFAULT_SENSOR_MASK:
            assert mask_reply(frame) == decoded["mask"]
        case Command.GET_SENSOR_INFO:
            sensor = sensor_reply(frame)
            assert sensor.sensor == decoded["sensor"]
            assert sensor.sensor_id == decoded["sensor_id"]
            assert sensor.description == decoded["description"]
            assert sensor.unit == decoded["unit"]
        case Command.START_MEASUREMENTS:
            assert frame[6] == decoded["result"]


@pytest.mark.parametrize("row", rows("measurements.jsonl"))
def test_measurement(row: dict[str, Any]) -> None:
    frame, decoded = bytes.fromhex(row["hex"]), row["decoded"]
    assert frame_length(frame[:HEAD_BYTES]) == len(frame)
    assert is_intact(frame)
    assert is_measurement(frame)
    assert MeasurementType(frame[4]).name == decoded["type"]
    values = measurement_values(frame)
    assert values is not None
    assert {str(sensor) for sensor in values} == set(decoded["values"])
    for sensor, column in values.items():
        wanted = np.array(decoded["values"][str(sensor)], dtype=float)
        np.testing.assert_array_equal(column, wanted)


def test_every_documented_measurement_type_has_a_vector() -> None:
    types = {param.values[0]["decoded"]["type"] for param in rows("measurements.jsonl")}
    assert types == {kind.name for kind in MeasurementType}


@pytest.mark.parametrize("row", rows("measurements.jsonl"))
def test_a_wrong_count_is_noticed(row: dict[str, Any]) -> None:
    frame = bytearray.fromhex(row["hex"])
    place = {0x06: 7, 0x07: 9}.get(frame[4], 7)
    if frame[4] > MeasurementType.APERIODIC_INT32:
        return  # no count in these
    frame[place] += 1
    assert measurement_values(bytes(frame)) is None
    assert measurement_values(bytes(frame[:6])) is None


def test_a_number_that_signals_is_no_number() -> None:
    """Found by fuzzing: widening such a NaN warns."""
    frame = bytes.fromhex("200d00fe 06 0200 01 00 0000a07f".replace(" ", ""))
    values = measurement_values(frame)
    assert values is not None
    assert np.isnan(values[1]).all()


def test_text_that_is_no_utf8_is_kept_readable() -> None:
    frame = bytearray(158)
    frame[6:10] = b"\xffGDX"
    assert device_reply(bytes(frame)).order_code.endswith("GDX")


def test_a_charger_code_not_documented_has_no_word() -> None:
    frame = bytearray(18)
    frame[17] = 9
    assert status_reply(bytes(frame)).charger == ""
