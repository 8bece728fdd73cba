from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from biofeedback.core.imported import ImportedBlock, decode, encode
from biofeedback.core.stream import Channel, StreamInfo

BELT = StreamInfo("chest", (Channel("excursion", "N"),), 128.0)
IMU = StreamInfo("sternum_imu", tuple(Channel(f"quat_{a}", "ratio") for a in "wxyz"), 10.2)


def block(info: StreamInfo, time_ns: list[int], values: object) -> ImportedBlock:
    kind = "belt" if info is BELT else "imu"
    table = np.array(values, dtype=np.float64).reshape(len(time_ns), len(info.channels))
    return ImportedBlock(info, kind, np.array(time_ns, dtype=np.int64), table)


def packet(header: object) -> bytes:
    text = json.dumps(header).encode()
    return b"BFI1" + struct.pack("<I", len(text)) + text


STREAM = {"stream": "a", "kind": "belt", "rate_hz": 1.0, "channels": [["x", "N"]], "rows": 0}


def words_of(payload: bytes) -> str:
    """Say what a packet holds, or why it is refused; anything but a ValueError goes through."""
    try:
        return f"{len(decode(payload))} streams"
    except ValueError as failure:
        return str(failure)


@given(
    hnp.arrays(np.float64, st.integers(0, 40)),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=40, max_size=40),
)
def test_round_trip_is_exact_to_the_bit(values: np.ndarray, times: list[int]) -> None:
    one = block(BELT, times[: len(values)], values)
    empty = block(IMU, [], [])
    back = decode(encode([one, empty]))
    assert [item.info for item in back] == [BELT, IMU]
    assert [item.kind for item in back] == ["belt", "imu"]
    assert back[0].values.tobytes() == one.values.tobytes()
    assert back[0].time_ns.tolist() == one.time_ns.tolist()
    assert back[1].values.shape == (0, 4)


def test_layout_is_the_one_written_down() -> None:
    payload = encode([block(BELT, [5], [1.5])])
    assert payload[:4] == b"BFI1"
    (length,) = struct.unpack_from("<I", payload, 4)
    assert json.loads(payload[8 : 8 + length])[0]["stream"] == "chest"
    assert payload[8 + length :] == struct.pack("<qd", 5, 1.5)


def test_rows_of_several_channels_keep_their_order() -> None:
    values = np.arange(8.0).reshape(2, 4)
    (back,) = decode(encode([block(IMU, [0, 1], values)]))
    assert back.values.tolist() == values.tolist()


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_decoded_or_refused_with_a_value_error(data: bytes, headed: bool) -> None:
    payload = b"BFI1" + struct.pack("<I", len(data) // 2) + data if headed else data
    assert words_of(payload) != ""


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_packet_raises_nothing_but_value_errors(at: int, value: int) -> None:
    payload = bytearray(encode([block(BELT, [0, 1], [1.0, 2.0]), block(IMU, [], [])]))
    payload[at % len(payload)] = value
    assert words_of(bytes(payload)) != ""


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "no imported samples"),
        (b"BFI2" + bytes(8), "version b'2'"),
        (packet(3), "header"),
        (packet([3]), "header"),
        (packet([{"stream": "a"}]), "channels"),
        (packet([STREAM | {"rows": -1}]), "-1 rows"),
        (packet([STREAM | {"rows": 10**30}]), "header"),
        (packet([STREAM | {"kind": "ghost"}]), "ghost"),
        (packet([STREAM | {"channels": [["x", "lb"]]}]), "lb"),
        (packet([STREAM | {"rate_hz": float("inf")}]), "imported stream"),
        (packet([STREAM | {"rate_hz": -1}]), "above 0"),
        (packet([STREAM]) + b"more", "header says"),
        (packet([STREAM | {"rows": 2}]) + bytes(8), "buffer"),
        (b"BFI1" + struct.pack("<I", 100_000) + b"[" * 100_000, "header"),
    ],
)
def test_a_wrong_packet_is_refused(payload: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode(payload)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32-be"])
def test_a_heading_in_another_encoding_is_refused(encoding: str) -> None:
    heading = "[]".encode(encoding)
    assert decode(encode([])) == []
    with pytest.raises(ValueError, match="Expecting value"):
        decode(encode([])[:4] + struct.pack("<I", len(heading)) + heading)
