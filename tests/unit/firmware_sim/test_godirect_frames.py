"""Golden vectors of the protocol page, seen from the device."""

from __future__ import annotations

import itertools
import json
import math
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.godirect_frames import (
    MEASUREMENT_HEADER,
    Command,
    CommandId,
    CommandParser,
    MeasurementType,
    SensorRecord,
    device_frame,
    device_info_payload,
    measurement_body,
    reply_frame,
    status_payload,
)

VECTORS = Path(__file__).parents[2] / "vectors/godirect"


def vectors(name):
    """Golden frames of the protocol page; see SOURCE.md beside them."""
    lines = (VECTORS / f"{name}.jsonl").read_text().splitlines()
    return [pytest.param(json.loads(line), id=json.loads(line)["name"]) for line in lines]


def frame_of(vector):
    return bytes.fromhex(vector["hex"])


COMMANDS = [frame_of(*vector.values) for vector in vectors("commands")]
SESSION = b"".join(COMMANDS)
STATUS = bytes.fromhex("5805fd6a10")
START = bytes.fromhex("5813f37818ff01020000000000000000000000")


@pytest.mark.parametrize("vector", vectors("commands"))
def test_commands_of_the_page_are_accepted(vector):
    frame, told, parser = frame_of(vector), vector["decoded"], CommandParser()
    assert parser.feed(frame) == [
        Command(CommandId[told["command"]], told["counter"], parameters=frame[5:])
    ]
    assert parser.refused == 0


@given(cuts=st.lists(st.integers(1, len(SESSION) - 1)))
def test_commands_are_put_together_from_any_split(cuts):
    parser, bounds = CommandParser(), [0, *sorted(set(cuts)), len(SESSION)]
    found = []
    for start, end in itertools.pairwise(bounds):
        found += parser.feed(SESSION[start:end])
    assert found == CommandParser().feed(SESSION)
    assert len(found) == len(COMMANDS)


@given(junk=st.binary(max_size=40))
def test_a_command_is_found_after_junk(junk):
    parser = CommandParser()
    parser.feed(junk)
    found = [c for _ in range(20) for c in parser.feed(STATUS)]
    assert found[-1] == Command(CommandId.GET_STATUS, 0xFD, b"")
    assert len(found) >= 7  # junk may pretend to be at most one frame of 64 bytes


@pytest.mark.parametrize("at", range(19))
def test_a_wrong_byte_is_refused(at):
    frame = bytearray(START)
    frame[at] ^= 0x01
    parser = CommandParser()
    assert parser.feed(bytes(frame)) == []


@pytest.mark.parametrize("vector", vectors("measurements"))
def test_measurements_of_the_page_are_reproduced(vector):
    frame, told = frame_of(vector), vector["decoded"]
    kind = MeasurementType[told["type"]]
    columns = {int(sensor): values for sensor, values in told["values"].items()}
    rows = [
        [math.nan if value is None else value for value in row]
        for row in zip(*columns.values(), strict=True)
    ]
    if columns:
        spare_at = {MeasurementType.NORMAL_REAL32: 8, MeasurementType.WIDE_REAL32: 10}.get(kind, 5)
        body = measurement_body(kind, list(columns), rows, spare=frame[spare_at])
    else:  # START_TIME, DROPPED, PERIOD: what they carry is not decoded
        body = bytes([kind]) + frame[5:]
    assert device_frame(MEASUREMENT_HEADER, told["device_counter"], body) == frame


@pytest.mark.parametrize("vector", vectors("replies"))
def test_replies_of_the_page_are_reproduced(vector):
    frame, told = frame_of(vector), vector["decoded"]
    command = Command(CommandId[told["command"]], told["echo"], b"")
    assert reply_frame(told["device_counter"], command, frame[6:]) == frame


def test_the_status_of_the_page_is_reproduced():
    payload = status_payload(0, (1, 8, 20), (2, 3, 7), 87)
    assert payload == bytes.fromhex("00 00 01 08 14 00 02 03 07 00 57 00")


def test_device_info_has_its_fields_at_their_places():
    payload = device_info_payload(
        "GDX-RB", "0K2001B3", "GDX-RB 0K2001B3", (1, 8, 20), (2, 3, 7), bytes(range(6))
    )
    frame = reply_frame(2, Command(CommandId.GET_DEVICE_INFO, 0xFC, b""), payload)
    assert len(frame) == frame[1] == 158
    assert frame[6:22].rstrip(b"\0") == b"GDX-RB"
    assert frame[22:38].rstrip(b"\0") == b"0K2001B3"
    assert frame[38:70].rstrip(b"\0") == b"GDX-RB 0K2001B3"
    assert frame[76:84] == bytes([1, 8, 20, 0, 2, 3, 7, 0])
    assert frame[84:90] == bytes(range(6))
    assert frame[94:].rstrip(b"\0") == b"Go Direct Respiration Belt"


def test_sensor_info_has_its_fields_at_their_places():
    payload = SensorRecord(1, 101, "Force", "N", 0.0, 50.0).payload()
    frame = reply_frame(4, Command(CommandId.GET_SENSOR_INFO, 0xF9, b"\x01"), payload)
    assert len(frame) == frame[1] == 154
    assert frame[6] == 1
    assert frame[8:12] == struct.pack("<I", 101)
    assert frame[14:74].rstrip(b"\0") == b"Force"
    assert frame[74:106].rstrip(b"\0") == b"N"
    assert frame[114:130] == struct.pack("<dd", 0.0, 50.0)
    assert frame[130:154] == struct.pack("<IQIII", 10_000, 3_600_000_000, 100_000, 1_000, 0)
