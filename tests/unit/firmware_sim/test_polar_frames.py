"""Golden vectors of the protocol page, built and read by the sensor's side."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.polar_frames import (
    FACTOR,
    Measurement,
    Setting,
    Status,
    acc_content,
    compressed_content,
    data_frame,
    ecg_content,
    features,
    n_bits_for,
    parse_request,
    reply,
    settings_bytes,
)

VECTORS = Path(__file__).parents[2] / "vectors/polar"
NAMES = {
    "rate": Setting.RATE,
    "resolution": Setting.RESOLUTION,
    "range": Setting.RANGE,
    "channels": Setting.CHANNELS,
    "factor": Setting.FACTOR,
}


def vectors(name, wanted=lambda line: True):
    """Golden messages of the protocol page; see SOURCE.md beside them."""
    lines = [json.loads(line) for line in (VECTORS / f"{name}.jsonl").read_text().splitlines()]
    return [pytest.param(line, id=line["name"]) for line in lines if wanted(line)]


PADDED_WITH_ONES = "compressed, one sample of six bits"


def built_alike(line):
    """Leave out types of frames that no simulated sensor sends, and padding that is not zero."""
    sent = line["decoded"]["frame_type"] not in (0x00, 0x02) or "uv" in line["decoded"]
    return sent and line["name"] != PADDED_WITH_ONES


@pytest.mark.parametrize("vector", vectors("features"))
def test_features_of_the_page_are_reproduced(vector):
    told = [Measurement(number) for number in vector["decoded"]["measurements"]]
    assert features(told) == bytes.fromhex(vector["hex"])


@pytest.mark.parametrize("vector", vectors("commands"))
def test_requests_of_the_page_are_read(vector):
    told = vector["decoded"]
    request = parse_request(bytes.fromhex(vector["hex"]))
    assert (request.op, request.measurement) == (told["op"], told["measurement"])
    assert request.settings == {NAMES[name]: value for name, value in told["settings"].items()}


@pytest.mark.parametrize("vector", vectors("replies"))
def test_replies_of_the_page_are_reproduced(vector):
    frame, told = bytes.fromhex(vector["hex"]), vector["decoded"]
    parameters = settings_bytes({NAMES[name]: v for name, v in told["settings"].items()})
    made = reply(told["op"], told["measurement"], Status(told["status"]), parameters, told["more"])
    # A refusal may end behind the status, a start reply may carry one byte without meaning.
    assert frame in (made, made[:-1]) or (frame[:-1] == made and not told["settings"])


@pytest.mark.parametrize("vector", vectors("frames", built_alike))
def test_data_of_the_page_are_reproduced(vector):
    frame, told = bytes.fromhex(vector["hex"]), vector["decoded"]
    if "uv" in told:
        content = ecg_content(np.array(told["uv"]))
    elif told["frame_type"] == 0x01:
        content = acc_content(np.array(told["mg"]))
    else:
        steps = FACTOR * 1000.0 if told["frame_type"] == 0x80 else 1.0
        samples = np.round(np.array(told["mg"]) / steps).astype(int)
        blocks, at = [], 16
        while at < len(frame):
            blocks.append((frame[at], frame[at + 1]))
            at += 2 + -(-frame[at] * frame[at + 1] * 3 // 8)
        content = compressed_content(samples, blocks)
    made = data_frame(
        Measurement(told["measurement"]), told["stamp_ns"], told["frame_type"], content
    )
    assert made[1:] == frame[1:]
    assert made[0] == frame[0] & 0x3F


@pytest.mark.parametrize("data", ["", "02"])
def test_too_short_a_request_is_none(data):
    assert parse_request(bytes.fromhex(data)) is None


@pytest.mark.parametrize(
    "data", ["02 02 00", "02 02 00 02 64 00 32 00", "02 02 00 01 64", "02 02 09 01 00"]
)
def test_settings_that_cannot_be_read_are_none(data):
    assert parse_request(bytes.fromhex(data)).settings is None


@given(st.binary(max_size=30))
def test_no_request_raises(data):
    parse_request(data)


@given(st.lists(st.integers(-32768, 32767), min_size=1))
def test_as_many_bits_as_are_needed_and_no_more(differences):
    n_bits = n_bits_for(np.array(differences))
    assert all(-(1 << n_bits - 1) <= d < 1 << n_bits - 1 for d in differences)
    assert n_bits == 1 or any(not -(1 << n_bits - 2) <= d < 1 << n_bits - 2 for d in differences)


def test_blocks_that_do_not_hold_all_samples_are_refused():
    with pytest.raises(ValueError, match="do not hold 4 differences"):
        compressed_content(np.zeros((5, 3), dtype=int), [(4, 3)])
