"""Golden vectors of the protocol page, seen from the device."""

from __future__ import annotations

import itertools
import math
import struct

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

COMMANDS = {
    "INIT": "58 19 fe 3f 1a a5 4a 06 49 07 48 08 47 09 46 0a 45 0b 44 0c 43 0d 42 0e 41",
    "GET_STATUS": "58 05 fd 6a 10",
    "GET_DEVICE_INFO": "58 05 fc ae 55",
    "GET_DEFAULT_SENSOR_MASK": "58 05 fb ae 56",
    "GET_AVAILABLE_SENSOR_MASK": "58 05 fa a8 51",
    "GET_SENSOR_INFO 1": "58 06 f9 a8 50 01",
    "GET_SENSOR_INFO 2": "58 06 f8 a8 50 02",
    "GET_SENSOR_INFO 4": "58 06 f7 a9 50 04",
    "GET_SENSOR_INFO 5": "58 06 f6 a9 50 05",
    "SET_MEASUREMENT_PERIOD 100": "58 0f f5 9d 1b ff 00 a0 86 01 00 00 00 00 00",
    "SET_MEASUREMENT_PERIOD 50": "58 0f f4 88 1b ff 00 50 c3 00 00 00 00 00 00",
    "START_MEASUREMENTS 02": "58 13 f3 78 18 ff 01 02 00 00 00 00 00 00 00 00 00 00 00",
    "START_MEASUREMENTS 06": "58 13 f2 7b 18 ff 01 06 00 00 00 00 00 00 00 00 00 00 00",
    "START_MEASUREMENTS 36": "58 13 f1 aa 18 ff 01 36 00 00 00 00 00 00 00 00 00 00 00",
    "STOP_MEASUREMENTS": "58 0b f0 67 19 ff 00 ff ff ff ff",
    "DISCONNECT": "58 05 ef a0 54",
    "GET_STATUS wrap": "58 05 00 6d 10",
    "GET_STATUS after": "58 05 ff 6c 10",
    "GET_STATUS first": "58 05 fe 6b 10",
}
SESSION = b"".join(bytes.fromhex(text) for text in COMMANDS.values())

REAL = MeasurementType.NORMAL_REAL32
MEASUREMENTS = [
    # real capture, espruino/BangleApps
    (
        "20 19 cf d8 06 06 00 02 fc 80 8a 07 bf 00 00 c0 7f 80 31 08 bf 00 00 c0 7f",
        (0xCF, REAL, [1, 2], [[-0.529457092285, math.nan], [-0.532005310059, math.nan]], 0xFC),
    ),
    # computed from the layout
    (
        "20 11 d0 df 06 02 00 02 fc 00 00 a8 40 00 00 b0 40",
        (0xD0, REAL, [1], [[5.25], [5.5]], 0xFC),
    ),
    (
        "20 19 d1 5d 06 36 00 01 fc 00 00 a8 40 00 00 70 41 00 00 40 41 00 00 00 00",
        (0xD1, REAL, [1, 2, 4, 5], [[5.25, 15, 12, 0]], 0xFC),
    ),
    (
        "20 0f 01 22 07 02 00 00 00 01 00 00 00 a8 40",
        (0x01, MeasurementType.WIDE_REAL32, [1], [[5.25]], 0x00),
    ),
    (
        "20 0c 02 ec 0a 00 02 01 00 00 70 41",
        (0x02, MeasurementType.APERIODIC_REAL32, [2], [[15.0]], 0x00),
    ),
    (
        "20 0c 03 39 0b 00 04 01 fd ff ff ff",
        (0x03, MeasurementType.APERIODIC_INT32, [4], [[-3]], 0x00),
    ),
]


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_of_the_page_are_accepted(name):
    frame = bytes.fromhex(COMMANDS[name])
    parser = CommandParser()
    assert parser.feed(frame) == [
        Command(CommandId[name.split()[0]], counter=frame[2], parameters=frame[5:])
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
    found = [c for _ in range(20) for c in parser.feed(bytes.fromhex(COMMANDS["GET_STATUS"]))]
    assert found[-1] == Command(CommandId.GET_STATUS, 0xFD, b"")
    assert len(found) >= 7  # junk may pretend to be at most one frame of 64 bytes


@pytest.mark.parametrize("at", range(19))
def test_a_wrong_byte_is_refused(at):
    frame = bytearray.fromhex(COMMANDS["START_MEASUREMENTS 02"])
    frame[at] ^= 0x01
    parser = CommandParser()
    assert parser.feed(bytes(frame)) == []


@pytest.mark.parametrize(("text", "parts"), MEASUREMENTS)
def test_measurements_of_the_page_are_reproduced(text, parts):
    counter, kind, sensors, samples, spare = parts
    body = measurement_body(kind, sensors, samples, spare)
    assert device_frame(MEASUREMENT_HEADER, counter, body) == bytes.fromhex(text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (MeasurementType.SINGLE_CHANNEL_REAL32, "08 fc 01 02 00 00 a8 40 00 00 b0 40"),
        (MeasurementType.SINGLE_CHANNEL_INT32, "09 fc 01 02 05 00 00 00 05 00 00 00"),
    ],
)
def test_single_channel_frames_follow_the_table(kind, text):
    assert measurement_body(kind, [1], [[5.25], [5.5]]) == bytes.fromhex(text)


@pytest.mark.parametrize(
    ("text", "counter", "command", "payload"),
    [
        # real captures: Polar-Stream vernier-gdx-core; espruino/BangleApps
        (
            "b8 1a 00 e0 1a fe 55 aa 56 a9 57 a8 58 a7 59 a6 5a a5 5b a4 5c a3 5d a2 5e a1",
            0x00,
            Command(CommandId.INIT, 0xFE, b""),
            bytes.fromhex("55aa56a957a858a759a65aa55ba45ca35da25ea1"),
        ),
        (
            "98 0a 01 27 51 fd 36 00 00 00",
            0x01,
            Command(CommandId.GET_AVAILABLE_SENSOR_MASK, 0xFD, b""),
            struct.pack("<I", 0x36),
        ),
        # computed from the layout
        (
            "98 12 01 38 10 fd 00 00 01 08 14 00 02 03 07 00 57 00",
            0x01,
            Command(CommandId.GET_STATUS, 0xFD, b""),
            status_payload(0, (1, 8, 20), (2, 3, 7), 87),
        ),
        (
            "98 07 06 b0 18 f3 00",
            0x06,
            Command(CommandId.START_MEASUREMENTS, 0xF3, b""),
            b"\x00",
        ),
    ],
)
def test_replies_of_the_page_are_reproduced(text, counter, command, payload):
    assert reply_frame(counter, command, payload) == bytes.fromhex(text)


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
