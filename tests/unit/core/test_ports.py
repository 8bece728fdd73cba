from __future__ import annotations

import dataclasses
from typing import get_args

import numpy as np
import pytest

from biofeedback.core.ports import (
    Addressed,
    DeviceInfo,
    Garbage,
    Output,
    Ready,
    Refused,
    Samples,
    SampleStream,
    Send,
    Status,
)
from biofeedback.core.stream import Channel, StreamInfo

STREAM = SampleStream(StreamInfo("force", (Channel("force", "N"),), 10.0), "belt", "count", 0.3)
OUTPUTS = [
    Send("serial", b"\xff"),
    Ready(DeviceInfo("GDX-RB"), (STREAM,)),
    Samples("force", None, None, np.zeros((2, 1))),
    Status("battery_pct", 80.0),
    Refused("busy with another app", code=3),
    Garbage(b"\x00", "bad checksum"),
]


def test_these_are_all_answers_of_a_protocol() -> None:
    assert {type(output) for output in OUTPUTS} == set(get_args(Output))


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: type(output).__name__)
def test_answers_are_frozen(output: Output) -> None:
    name = dataclasses.fields(output)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(output, name, None)


def test_equal_streams_are_equal() -> None:
    """A device that comes back with the same streams goes on; see the kernel."""
    info = StreamInfo("force", (Channel("force", "N"),), 10.0)
    assert SampleStream(info, "belt", "count", 0.3) == STREAM
    assert SampleStream(info, "belt", "counter", 0.3) != STREAM


def test_unknown_is_empty_not_zero() -> None:
    assert DeviceInfo("GDX-RB") == DeviceInfo("GDX-RB", serial="", firmware="")
    assert not Refused("no answer", timed_out=True).code
    assert Addressed("polar/A0", Send("serial", b"1")).send.payload == b"1"
