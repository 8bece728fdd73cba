"""Golden vectors of the protocol page; beats told against the beats of the body."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.gatt_table import BATTERY_LEVEL, INFORMATION
from firmware_sim.heart_rate import HEART_RATE, BeatTeller, HeartRateStrap, measurement
from firmware_sim.scenarios import scenario

BODY = scenario("coached", 60, 1)
SECOND_US = 1_000_000
VECTORS = Path(__file__).parents[2] / "vectors/heart_rate"


def vectors(name, *left_out):
    """Golden notifications of the protocol page; see SOURCE.md beside them."""
    lines = [json.loads(line) for line in (VECTORS / f"{name}.jsonl").read_text().splitlines()]
    return [pytest.param(v, id=v["name"]) for v in lines if v["name"] not in left_out]


NEVER_SENT = (
    "contact not measured, its bit set",
    "flag of intervals, none there",
    "reserved bits",
    "an interval of 0",
)
"""Forms that other straps may choose."""


@pytest.mark.parametrize("vector", vectors("frames", *NEVER_SENT))
def test_measurements_of_the_page_are_reproduced(vector):
    frame, told = bytes.fromhex(vector["hex"]), vector["decoded"]
    made = measurement(
        told["heart_rate_per_min"],
        [round(rr * 1024) for rr in told["rr_s"]],
        contact=told["contact"],
        energy_kj=told["energy_kj"],
        wide=bool(frame[0] & 1),
    )
    assert made == frame


def intervals_of(emissions):
    """RR intervals in ticks of notifications without energy, rate in one byte."""
    found = []
    for emission in emissions:
        flags = emission.payload[0]
        assert flags & 0x09 == 0
        if flags & 0x10:
            found += struct.unpack(f"<{(len(emission.payload) - 2) // 2}H", emission.payload[2:])
    return found


def test_intervals_add_up_to_the_beats_of_the_body():
    teller = BeatTeller(BODY)
    teller.connect(0)
    emissions = teller.advance(60 * SECOND_US)
    assert len(emissions) == 60
    told_s = np.cumsum(intervals_of(emissions)) / 1024.0
    beats_s = BODY.truth.beats_s
    np.testing.assert_allclose(told_s, beats_s[1 : len(told_s) + 1] - beats_s[0], atol=0.001)
    assert len(told_s) >= len(beats_s) - 2


def test_a_beat_is_told_within_a_second_or_so():
    teller = BeatTeller(BODY)
    teller.connect(0)
    told = 0
    for emission in teller.advance(60 * SECOND_US):
        told += len(intervals_of([emission]))
        beat_s = BODY.truth.beats_s[told]
        assert 0.0 < emission.time_us / 1e6 - beat_s < 1.2


def test_a_clock_that_runs_fast_makes_longer_intervals():
    tellers = BeatTeller(BODY), BeatTeller(BODY, clock_error=0.01)
    for teller in tellers:
        teller.connect(0)
    right, fast = (intervals_of(teller.advance(50 * SECOND_US)) for teller in tellers)
    assert np.mean(fast) / np.mean(right) == pytest.approx(1.01, abs=0.003)


def test_a_host_that_returns_hears_only_new_beats():
    teller = BeatTeller(BODY)
    teller.connect(30 * SECOND_US)
    first = teller.advance(31 * SECOND_US)[-1]
    assert len(intervals_of([first])) <= 2


def test_a_strap_that_is_taken_off_says_so_and_forgets_the_interval():
    teller = BeatTeller(BODY, tells_contact=True, off_s=(20.0, 30.0))
    teller.connect(0)
    emissions = teller.advance(60 * SECOND_US)
    assert [e.payload[:2] for e in emissions[20:29]] == [b"\x04\x00"] * 9
    assert emissions[10].payload[0] & 0x06 == 0x06
    assert max(intervals_of(emissions)) < 1.5 * 1024


def test_without_rr_there_is_only_the_rate():
    teller = BeatTeller(BODY, tells_rr=False)
    teller.connect(0)
    payloads = [emission.payload for emission in teller.advance(30 * SECOND_US)][5:]
    assert {len(payload) for payload in payloads} == {2}
    assert all(50 < payload[1] < 85 for payload in payloads)


def test_energy_and_two_bytes_come_where_asked():
    teller = BeatTeller(BODY, energy=True, wide=True)
    teller.connect(0)
    emissions = teller.advance(20 * SECOND_US)
    flags = [emission.payload[0] for emission in emissions]
    assert all(flag & 0x01 for flag in flags)
    assert [i for i, flag in enumerate(flags) if flag & 0x08] == [9, 19]


def test_the_strap_tells_nothing_unless_a_host_is_there():
    strap = HeartRateStrap(BODY)
    assert strap.advance(5 * SECOND_US) == []
    strap.connect(5 * SECOND_US)
    emissions = strap.advance(15 * SECOND_US)
    assert [emission.endpoint for emission in emissions] == [HEART_RATE] * 10
    strap.disconnect(15 * SECOND_US)
    assert strap.advance(20 * SECOND_US) == []


def test_the_strap_can_be_asked_who_it_is():
    strap = HeartRateStrap(BODY, serial="000777")
    assert strap.name.endswith("000777")
    assert strap.read(BATTERY_LEVEL, 0) == bytes([80])
    assert strap.read(INFORMATION[2], 0) == b"000777"
    with pytest.raises(KeyError):
        strap.read(HEART_RATE, 0)
    assert strap.write(HEART_RATE, b"\x01", 0) == []


def test_switched_off_and_on_it_goes_on_with_the_next_beat():
    strap = HeartRateStrap(BODY)
    strap.connect(0)
    strap.advance(10 * SECOND_US)
    strap.power_cycle(30 * SECOND_US)
    (first,) = strap.advance(31 * SECOND_US)
    assert len(intervals_of([first])) <= 2
