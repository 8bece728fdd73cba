"""One suite for every device language in the registry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.entry import Packet
from biofeedback.core.imported import ImportedBlock, encode
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.drivers.conformance import (
    JUNK,
    Conversation,
    Step,
    check_device_protocol,
    read_conversation,
)
from biofeedback.drivers.registry import drivers, protocol_for

VECTORS = Path(__file__).parents[1] / "vectors"
# Junk that begins like a frame; not where frames have no checksum to tell.
TEMPTING = (*JUNK, b"\x20\xff", b"\x98\xfe\x00", b"\x55\x51", b"\x55", b"\x58\x05\x00\x00\x00")

WITHOUT_CHECKSUM = {"witmotion_ble", "text_serial", "text_ble"}
# Every packet is one message, as it was written.
WHOLE_MESSAGES = {"polar", "heart_rate", "imported"}


def imported_conversation() -> Conversation:
    info = StreamInfo("chest", (Channel("excursion", "a.u."),), 10.0)
    payloads = []
    for first in (0, 3):
        time_ns = (np.arange(first, first + 3) * 100_000_000).astype(np.int64)
        values = np.array([[1.5], [np.nan], [-2.0]])
        payloads.append(encode([ImportedBlock(info, "belt", time_ns, values)]))
    return Conversation("imported", tuple(Step("rx", "imported", p) for p in payloads))


CONVERSATIONS = {
    "godirect": lambda: read_conversation(VECTORS / "godirect" / "session.jsonl"),
    "witmotion": lambda: read_conversation(VECTORS / "witmotion" / "session.jsonl"),
    "witmotion_ble": lambda: read_conversation(VECTORS / "witmotion" / "ble_session.jsonl"),
    "text_serial": lambda: read_conversation(VECTORS / "text_lines" / "session.jsonl"),
    "text_ble": lambda: read_conversation(VECTORS / "text_lines" / "ble_session.jsonl"),
    "polar": lambda: read_conversation(VECTORS / "polar" / "session.jsonl"),
    "heart_rate": lambda: read_conversation(VECTORS / "heart_rate" / "session.jsonl"),
    "imported": imported_conversation,
}


@pytest.fixture(params=sorted(drivers()))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_driver_has_a_golden_conversation() -> None:
    assert set(CONVERSATIONS) == set(drivers())


def test_whole_split_in_junk_and_again(name: str) -> None:
    (account,) = check_device_protocol(
        lambda: protocol_for(f"{name}/1"),
        [CONVERSATIONS[name]()],
        junk=JUNK if name in WITHOUT_CHECKSUM else TEMPTING,
        packets_stay_whole=name in WHOLE_MESSAGES,
    )
    assert len(account.ready) == 1
    assert sum(map(len, account.samples.values())) > 0


def received(conversation: Conversation) -> list[Step]:
    return [step for step in conversation.steps if step.direction == "rx"]


def frames_and_noise(name: str) -> st.SearchStrategy[list[tuple[str, bytes]]]:
    steps = received(CONVERSATIONS[name]())
    frames = [step.payload for step in steps]
    endpoints = sorted({step.endpoint for step in steps})

    def damaged(frame: bytes, at: int, value: int) -> bytes:
        spot = at % len(frame)
        return frame[:spot] + bytes((value,)) + frame[spot + 1 :]

    payloads = st.one_of(
        st.binary(max_size=300),
        st.sampled_from(frames),
        st.builds(damaged, st.sampled_from(frames), st.integers(0, 400), st.integers(0, 255)),
    )
    return st.lists(st.tuples(st.sampled_from(endpoints), payloads), max_size=20)


@pytest.mark.parametrize("driver_name", sorted(CONVERSATIONS))
def test_any_bytes_never_raise(driver_name: str) -> None:
    @given(frames_and_noise(driver_name), st.booleans())
    def feed(messages: list[tuple[str, bytes]], started: bool) -> None:
        protocol = protocol_for(f"{driver_name}/1")
        if started:
            list(protocol.start())
        for number, (endpoint, payload) in enumerate(messages):
            now_ns = number * 300_000_000
            list(protocol.receive(Packet(now_ns, "any/1", "rx", endpoint, payload)))
            list(protocol.wake(now_ns))
        list(protocol.stop())

    feed()
