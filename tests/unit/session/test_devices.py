"""The books of a device: what came, what was lost, how well its time is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from biofeedback.core.ports import Samples, SampleStream
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, StreamInfo
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.session.devices import Device, Stream

FORCE = SampleStream(StreamInfo("force", (Channel("force", "N"),), 10.0), "belt", "counter", 0.3)


def packets(stream: Stream, numbers: list[int], late_s: float = 0.02) -> None:
    """Feed packets of one sample each, of value 1, each as late."""
    for number in numbers:
        now_s = number / 10 + late_s
        samples = Samples("force", number, None, np.ones((1, 1)))
        stream.take(samples, now_s, round(now_s * 1e9))


def test_rows_carry_the_clock_beside_the_values() -> None:
    stream = Stream("a/force", FORCE, 0)
    packets(stream, list(range(100)))
    (chunk,) = stream.pending[-1:]
    assert chunk.info.names == ("force", "clock_residual_s", "clock_se_s")
    value, residual_s, se_s = chunk.data[-1]
    assert value == 1.0
    assert residual_s == pytest.approx(0.0, abs=1e-6)
    assert 0.0 < se_s < 0.01
    assert stream.account.clock_se_s == se_s


def test_a_role_names_the_columns_and_a_sign_turns_the_values_alone() -> None:
    stream = Stream("a/force", FORCE, 0)
    stream.wear(Role.CHEST_BELT, -1.0)
    packets(stream, [0, 1])
    assert stream.pipeline is not None
    (chunk,) = stream.pending[-1:]
    assert chunk.info.names == ("chest_excursion", "chest_clock_residual_s", "chest_clock_se_s")
    assert chunk.data[0, 0] == -1.0
    assert chunk.data[0, 2] > 0.0


def test_another_role_is_another_segment() -> None:
    stream = Stream("a/force", FORCE, 0)
    packets(stream, [0, 1])
    stream.wear(Role.CHEST_BELT, 1.0)
    stream.wear(Role.CHEST_BELT, 1.0)
    packets(stream, [2])
    assert [chunk.segment for chunk in stream.pending] == [0, 0, 1]
    assert [chunk.first_index for chunk in stream.pending] == [0, 1, 0]


def test_books_count_what_came_what_is_missing_and_what_came_twice() -> None:
    stream = Stream("a/force", FORCE, 0)
    packets(stream, [*range(50), 49, *range(53, 100)])
    account = stream.account
    assert (account.received, account.lost, account.duplicates) == (97, 3, 1)
    assert account.expected == 100
    assert account.rate_hz == pytest.approx(10.0, rel=1e-3)
    assert account.jitter_s == pytest.approx(0.0, abs=2e-3)


def test_given_times_have_no_clock_to_fit() -> None:
    stream = Stream("a/force", replace(FORCE, clocking="given"), 0)
    stream.take(Samples("force", None, np.array([0, 10**8]), np.ones((2, 1))), 0.0, 0)
    assert np.isnan(stream.pending[0].data[:, 1:]).all()
    assert math.isnan(stream.account.clock_se_s)
    assert math.isnan(stream.account.rate_hz)


def test_the_same_announcement_goes_on_and_another_keeps_the_books() -> None:
    device = Device(Imported())
    assert device.announced("a", [FORCE], 0)
    packets(device.streams["force"], list(range(20)))
    known = device.streams["force"]
    assert not device.announced("a", [FORCE], 0)
    assert device.streams["force"] is known
    assert device.announced("a", [replace(FORCE, longest_packet_s=0.6)], 0)
    assert device.streams["force"] is not known
    assert device.status("a").received == 20
    packets(device.streams["force"], [0])
    assert device.streams["force"].pending[0].segment == 1


def test_status_tells_of_every_stream() -> None:
    device = Device(Imported())
    assert math.isnan(device.status("a").clock_se_s)
    device.announced("a", [FORCE, replace(FORCE, info=replace(FORCE.info, stream_id="b"))], 0)
    for stream in device.streams.values():
        packets(stream, list(range(20)))
    status = device.status("a")
    assert [account.stream for account in status.streams] == ["a/force", "a/b"]
    assert (status.received, status.lost) == (40, 0)
    assert status.rate_hz == status.streams[0].rate_hz
    assert status.jitter_s == status.streams[0].jitter_s
    assert math.isnan(status.rssi_dbm)
