"""The control point of both models: requests in, replies and frames out."""

from __future__ import annotations

import pytest

from firmware_sim.gatt_table import BATTERY_LEVEL, INFORMATION
from firmware_sim.heart_rate import HEART_RATE
from firmware_sim.polar import PolarH10, VeritySense
from firmware_sim.polar_pod import CONTROL, DATA
from firmware_sim.scenarios import scenario

BODY = scenario("quiet", 60, 1)
SECOND_US = 1_000_000
START = "02 02 00 01 64 00 01 01 10 00 02 01 04 00"
START_VERITY = "02 02 00 01 34 00 01 01 10 00 02 01 08 00 04 01 03"
START_ECG = "02 00 00 01 82 00 01 01 0e 00"


def opened(kind=PolarH10, now_us=0, mtu=232, **options):
    pod = kind(BODY, **options)
    pod.connect(now_us)
    pod.mtu = mtu
    return pod


def asked(pod, request, now_us=0):
    """Replies of the control point, in hex."""
    emissions = pod.write(CONTROL, bytes.fromhex(request), now_us)
    return [e.payload.hex(" ") for e in emissions if e.endpoint == CONTROL]


@pytest.mark.parametrize(
    ("kind", "request_", "expected"),
    [
        (
            PolarH10,
            "01 02",
            "f0 01 02 00 00 00 04 19 00 32 00 64 00 c8 00 01 01 10 00 02 03 02 00 04 00 08 00",
        ),
        (PolarH10, "01 00", "f0 01 00 00 00 00 01 82 00 01 01 0e 00"),
        (PolarH10, "02 02 02 01 08 00 00 01 c8 00 01 01 10 00", "f0 02 02 00 00 01"),
        (PolarH10, START_ECG, "f0 02 00 00 00 00"),
        (PolarH10, "02 00", "f0 02 00 05 00"),
        (
            VeritySense,
            "01 02",
            "f0 01 02 00 00 00 01 34 00 01 01 10 00 02 01 08 00 04 01 03",
        ),
        (VeritySense, START_VERITY, "f0 02 02 00 00"),
    ],
)
def test_exchanges_of_the_page_are_reproduced(kind, request_, expected):
    assert asked(opened(kind), request_) == [expected]


def test_an_older_band_tells_its_factor():
    assert asked(opened(VeritySense, older=True), START_VERITY) == [
        "f0 02 02 00 00 05 01 40 da 7f 39"
    ]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("0a 02", 1),
        ("01 0c", 2),
        ("01 01", 3),
        ("02 02 00 01 64", 4),
        ("02 02 00 01 64 00", 5),
        ("02 02 00 01 64 00 01 01 10 00 02 01 04 00 04 01 03", 11),
        ("02 02 00 01 64 00 01 01 0e 00 02 01 04 00", 7),
        ("02 02 00 01 65 00 01 01 10 00 02 01 04 00", 8),
        ("02 02 00 01 64 00 01 01 10 00 02 01 10 00", 9),
        ("03 02", 6),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(request_, status):
    (answer,) = asked(opened(), request_)
    request = bytes.fromhex(request_)
    assert bytes.fromhex(answer) == bytes([0xF0, request[0], request[1], status, 0])


def test_a_band_refuses_in_four_bytes():
    assert asked(opened(VeritySense), "03 02") == ["f0 03 02 06"]


def test_twice_started_is_refused_and_after_a_stop_it_starts_again():
    pod = opened()
    assert asked(pod, START) == ["f0 02 02 00 00 01"]
    assert asked(pod, START) == ["f0 02 02 06 00"]
    assert asked(pod, "03 02") == ["f0 03 02 00 00"]
    assert asked(pod, START) == ["f0 02 02 00 00 01"]


def test_a_small_mtu_is_refused_and_nothing_too_long_is_sent():
    pod = opened(mtu=185)
    assert asked(pod, "01 02") == ["f0 01 02 0a 00"]
    assert asked(pod, START) == ["f0 02 02 0a 00"]
    pod.mtu = 232
    asked(pod, START)
    pod.mtu = 23
    emissions = pod.advance(10 * SECOND_US)
    assert {e.endpoint for e in emissions} == {HEART_RATE}
    assert all(len(e.payload) <= 20 for e in emissions)


def test_settings_may_come_in_two_parts():
    first, second = asked(opened(split_replies=True), "01 02")
    assert first == "f0 01 02 00 01 00 04 19 00 32 00 64 00 c8 00"
    assert second == "f0 01 02 00 00 01 01 10 00 02 03 02 00 04 00 08 00"


def test_in_the_charger_it_stops_by_itself_and_does_not_start():
    pod = opened(charging_s=(5.0, 20.0))
    asked(pod, START)
    told = [e for e in pod.advance(10 * SECOND_US) if e.endpoint in (CONTROL, DATA)]
    assert told[0].payload == b"\x01\x02"
    assert asked(pod, START, 11 * SECOND_US) == ["f0 02 02 0d 00"]
    assert asked(pod, START, 21 * SECOND_US) == ["f0 02 02 00 00 01"]


def test_left_streaming_it_goes_on_for_half_a_minute():
    pod = opened()
    asked(pod, START)
    pod.disconnect(5 * SECOND_US)
    assert pod.advance(10 * SECOND_US) == []
    pod.connect(20 * SECOND_US)
    frames = [e for e in pod.advance(21 * SECOND_US) if e.endpoint == DATA]
    assert len(frames) == 2
    assert asked(pod, START, 21 * SECOND_US) == ["f0 02 02 06 00"]
    pod.disconnect(22 * SECOND_US)
    pod.connect(53 * SECOND_US)
    assert asked(pod, START, 53 * SECOND_US) == ["f0 02 02 00 00 01"]


def test_switched_off_and_on_it_forgets_measurement_and_date():
    pod = opened()
    asked(pod, START)
    pod.power_cycle(5 * SECOND_US)
    assert asked(pod, START, 6 * SECOND_US) == ["f0 02 02 00 00 01"]
    frame = next(e.payload for e in pod.advance(8 * SECOND_US) if e.endpoint == DATA)
    stamp_ns = int.from_bytes(frame[1:9], "little")
    assert stamp_ns / 1e9 - 599_616_000 == pytest.approx(1.36, abs=0.01)


def test_it_can_be_read():
    pod = opened()
    assert pod.read(CONTROL, 0).hex(" ", -1).startswith("0f 05 00")
    assert len(pod.read(CONTROL, 0)) == 17
    assert pod.read(BATTERY_LEVEL, 0) == bytes([90])
    assert [pod.read(uuid, 0) for uuid in INFORMATION[1:]] == [b"H10\0", b"A1B2C3D4\0", b"5.0.0\0"]
    with pytest.raises(KeyError):
        pod.read(DATA, 0)


def test_what_is_no_request_is_not_answered():
    pod = opened()
    assert pod.write(CONTROL, b"\x02", 0) == []
    assert pod.write(DATA, bytes.fromhex("01 02"), 0) == []


def test_messages_leave_in_order_of_time():
    pod = opened(drain_pct_per_h=3600.0)
    asked(pod, START)
    asked(pod, START_ECG)
    emissions = pod.advance(20 * SECOND_US)
    times = [emission.time_us for emission in emissions]
    assert times == sorted(times)
    assert {e.endpoint for e in emissions} == {DATA, HEART_RATE, BATTERY_LEVEL}
