from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.faults import (
    BatteryDeath,
    CorruptBit,
    Drop,
    Duplicate,
    Fault,
    Garbage,
    Merge,
    Reboot,
    Refuse,
    Reorder,
    Split,
    Stall,
    Vanish,
)
from firmware_sim.gatt_table import BATTERY_LEVEL
from firmware_sim.godirect import COMMAND, GoDirectBelt
from firmware_sim.scenarios import scenario
from firmware_sim.witmotion import SERIAL, WitMotionSerial

BODY = scenario("quiet", 60, 1)
SECOND_US = 1_000_000
INIT = bytes.fromhex("5819fe3f1aa54a06490748084709460a450b440c430d420e41")
START = bytes.fromhex("5813f37818ff01020000000000000000000000")


def belt():
    return GoDirectBelt(BODY, samples_per_frame=1, jitter_us=0, stall_chance=0)


def stream(firmware, seconds=60, step_us=20_000, from_s=0):
    """Start a belt and return what it sends."""
    if from_s == 0:
        firmware.connect(0)
        firmware.write(COMMAND, INIT, 0)
        firmware.write(COMMAND, START, 0)
    now_us, emissions = int(from_s * SECOND_US), []
    while now_us < seconds * SECOND_US:
        now_us = min(now_us + step_us, seconds * SECOND_US)
        emissions += firmware.advance(now_us)
    return emissions


CLEAN = stream(belt())
CLEAN_PAYLOADS = [emission.payload for emission in CLEAN]


def payloads(emissions):
    return [emission.payload for emission in emissions]


MAKERS = {
    "nothing": Fault,
    "drop": lambda inner: Drop(inner, 0.05),
    "burst": lambda inner: Drop(inner, 0.01, burst=10),
    "duplicate": lambda inner: Duplicate(inner, 0.1),
    "corrupt": lambda inner: CorruptBit(inner, 0.1),
    "split": lambda inner: Split(inner, 0.5),
    "merge": lambda inner: Merge(inner, 0.3),
    "reorder": lambda inner: Reorder(inner, 0.1),
    "garbage": lambda inner: Garbage(inner, 0.1),
    "stall": lambda inner: Stall(inner, 10.0, 3.0),
    "pause": lambda inner: Stall(inner, 10.0, 3.0, keeps=False),
    "sometimes": lambda inner: Drop(inner, 0.5, between_s=(5.0, 9.0)),
    "vanish": lambda inner: Vanish(inner, 10.0, 3.0),
    "reboot": lambda inner: Reboot(inner, 10.0, 3.0),
    "battery": lambda inner: BatteryDeath(inner, 10.0),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("step_us", [7_777, 500_000])
def test_no_fault_depends_on_how_time_is_cut(name, step_us):
    make = MAKERS[name]
    assert stream(make(belt()), 16, step_us) == stream(make(belt()), 16)


def test_a_plain_fault_changes_nothing():
    assert stream(Fault(belt())) == CLEAN


def test_what_is_dropped_is_counted_and_the_rest_is_whole():
    fault = Drop(belt(), 0.05, seed=1)
    left = payloads(stream(fault))
    assert len(left) + fault.dropped == len(CLEAN)
    assert 10 < fault.dropped < 60
    assert set(left) <= set(CLEAN_PAYLOADS)


def test_a_burst_takes_many_in_a_row():
    counters = [p[2] for p in payloads(stream(Drop(belt(), 0.01, burst=10, seed=2)))]
    steps = set(np.diff(counters) % 256)
    assert 11 in steps
    assert steps <= {1, 11, 21}


def test_a_full_turn_of_the_counter_hides_in_it():
    fault = Drop(belt(), 0.01, burst=256, seed=1)
    counters = [p[2] for p in payloads(stream(fault))]
    assert fault.dropped >= 256
    assert set(np.diff(counters) % 256) == {1}


def test_duplicates_come_at_once():
    twice = payloads(stream(Duplicate(belt(), 1.0)))
    assert twice[::2] == twice[1::2] == CLEAN_PAYLOADS


def test_one_bit_is_wrong():
    wrong = payloads(stream(CorruptBit(belt(), 1.0)))
    for spoilt, clean in zip(wrong, CLEAN_PAYLOADS, strict=True):
        difference = int.from_bytes(spoilt) ^ int.from_bytes(clean)
        assert difference.bit_count() == 1


@pytest.mark.parametrize("make", [lambda b: Split(b, 0.5), lambda b: Merge(b, 0.3)])
def test_cutting_and_joining_keep_every_byte(make):
    spoilt = payloads(stream(make(belt())))
    clean = b"".join(CLEAN_PAYLOADS)
    assert b"".join(spoilt) == clean[: len(b"".join(spoilt))]
    assert len(b"".join(spoilt)) > len(clean) - 20
    assert len(spoilt) != len(CLEAN_PAYLOADS)


def test_neighbours_change_places_and_time_stays_in_order():
    spoilt = stream(Reorder(belt(), 0.2))
    assert set(payloads(spoilt)) <= set(CLEAN_PAYLOADS)
    assert len(spoilt) >= len(CLEAN) - 1
    steps = np.diff([p[2] for p in payloads(spoilt)]) % 256
    assert 255 in steps
    times_us = [emission.time_us for emission in spoilt]
    assert times_us == sorted(times_us)


def test_garbage_comes_between():
    spoilt = payloads(stream(Garbage(belt(), 0.1, length=33)))
    strangers = [p for p in spoilt if p not in CLEAN_PAYLOADS]
    assert [p for p in spoilt if p in CLEAN_PAYLOADS] == CLEAN_PAYLOADS
    assert 30 < len(strangers) < 90
    assert {len(p) for p in strangers} == {33}


def test_a_stall_ends_in_a_burst_and_loses_nothing():
    spoilt = stream(Stall(belt(), 10.0, 3.0))
    assert payloads(spoilt) == CLEAN_PAYLOADS
    times_s = np.array([emission.time_us for emission in spoilt]) / 1e6
    assert not np.any((times_s > 10.0) & (times_s < 13.0))
    assert np.sum(times_s == 13.0) == pytest.approx(31, abs=1)


def test_a_stall_may_lose_what_was_sent_meanwhile():
    spoilt = stream(Stall(belt(), 10.0, 3.0, keeps=False))
    assert spoilt == [e for e in CLEAN if not 10.0 <= e.time_us / 1e6 < 13.0]


@pytest.mark.parametrize(
    "make",
    [
        lambda inner, when: Drop(inner, 1.0, between_s=when),
        lambda inner, when: Duplicate(inner, 1.0, between_s=when),
        lambda inner, when: Garbage(inner, 1.0, between_s=when),
        lambda inner, when: Merge(inner, 1.0, between_s=when),
    ],
)
def test_a_fault_by_chance_may_be_confined_to_a_while(make):
    spoilt = payloads(stream(make(belt(), (10.0, 20.0))))
    n_before = sum(e.time_us < 10 * SECOND_US for e in CLEAN)
    n_after = sum(e.time_us >= 20 * SECOND_US for e in CLEAN)
    assert spoilt[:n_before] == CLEAN_PAYLOADS[:n_before]
    assert spoilt[1 - n_after :] == CLEAN_PAYLOADS[1 - n_after :]
    assert spoilt != CLEAN_PAYLOADS


def test_a_device_that_is_busy_is_neither_heard_nor_opened_until_it_is_let_go():
    fault = Refuse(belt(), 5.0)
    assert not fault.reachable(0)
    fault.connect(SECOND_US)
    assert fault.write(COMMAND, INIT, SECOND_US) == []
    assert fault.reachable(5 * SECOND_US)
    assert len(fault.write(COMMAND, INIT, 5 * SECOND_US)) == 1


def test_a_vanished_device_is_away_and_needs_a_new_session():
    fault = Vanish(belt(), 10.0, 3.0)
    emissions = stream(fault, 20)
    assert emissions[-1].time_us <= 10 * SECOND_US
    assert [fault.reachable(int(s * 1e6)) for s in (9.9, 10.0, 12.9, 13.0)] == [
        True,
        False,
        False,
        True,
    ]
    fault.disconnect(20 * SECOND_US)
    fault.connect(21 * SECOND_US)
    (reply,) = fault.write(COMMAND, INIT, 21 * SECOND_US)
    assert reply.payload[2] == 0
    fault.write(COMMAND, START, 21 * SECOND_US)
    assert len(stream(fault, 30, from_s=21)) == 91


def test_what_is_written_to_a_vanished_device_is_lost():
    fault = Vanish(belt(), 0.0, 5.0)
    fault.connect(SECOND_US)
    assert fault.write(COMMAND, INIT, SECOND_US) == []
    assert len(fault.write(COMMAND, INIT, 6 * SECOND_US)) == 1


def test_a_serial_device_is_back_by_itself():
    fault = Vanish(WitMotionSerial(BODY), 2.0, 3.0)
    fault.connect(0)
    times_s = [e.time_us / 1e6 for s in range(11) for e in fault.advance(s * SECOND_US)]
    assert len(times_s) == 70
    assert not [t for t in times_s if 2.0 < t <= 5.0]


def test_a_reboot_forgets_what_was_not_saved():
    fault = Reboot(WitMotionSerial(BODY, needs_unlock=False), 2.0, 1.0)
    fault.connect(0)
    fault.write(SERIAL, bytes.fromhex("ffaa030900"), 0)
    assert len(fault.advance(2 * SECOND_US)) == 200
    assert len(fault.advance(4 * SECOND_US)) == 5  # half a second dark, then 10 a second


def test_a_reboot_starts_the_counter_of_a_belt_anew():
    fault = Reboot(belt(), 10.0, 1.0)
    stream(fault, 12)
    (reply,) = fault.write(COMMAND, bytes.fromhex("5805fd6a10"), 12 * SECOND_US)
    assert reply.payload[2] == 0


def test_a_dead_battery_is_for_good():
    fault = BatteryDeath(belt(), 10.0)
    assert stream(fault, 60)[-1].time_us <= 10 * SECOND_US
    assert not fault.reachable(10**15)


def test_faults_nest_and_show_the_device():
    inner = belt()
    fault = Vanish(Drop(CorruptBit(inner, 0.5), 0.5), 10.0, 1.0)
    outer = Split(fault, 0.5)
    assert outer.name == inner.name
    assert outer.services == inner.services
    assert outer.advertised_service == inner.advertised_service
    outer.mtu = 50
    assert inner.mtu == outer.mtu == 50
    assert not outer.reachable(int(10.5e6))
    assert outer.read(BATTERY_LEVEL, 0) == bytes([87])
    assert 0 < len(stream(outer, 9)) < 90
