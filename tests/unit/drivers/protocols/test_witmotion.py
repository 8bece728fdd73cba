from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biofeedback.core.entry import Packet
from biofeedback.core.errors import ProtocolError
from biofeedback.core.ports import Garbage, Output, Ready, Refused, Samples, Send, Status
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.drivers.protocols.witmotion import WitMotion, clock_ns

VECTORS = Path(__file__).parents[3] / "vectors" / "witmotion"
SECOND = 1_000_000_000


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (VECTORS / name).read_text("utf-8").splitlines()]


def frame(kind: int, *values: int) -> bytes:
    body = bytes((0x55, kind)) + struct.pack("<4h", *values)
    return body + bytes((sum(body) & 0xFF,))


def time_frame(
    milliseconds: int, date: tuple[int, int, int] = (26, 2, 3), clock: tuple[int, int] = (10, 12)
) -> bytes:
    second, millisecond = divmod(milliseconds, 1000)
    body = struct.pack("<BB6BH", 0x55, 0x50, *date, *clock, second, millisecond)
    return body + bytes((sum(body) & 0xFF,))


ACC = frame(0x51, 1024, -512, 2048, 2550)
GYRO = frame(0x52, 164, -82, 0, 2550)
MEASUREMENT = ACC + GYRO


def of(outputs: list[Output], kind: type[Any]) -> list[Any]:
    return [output for output in outputs if isinstance(output, kind)]


def receive(protocol: WitMotion, payload: bytes) -> list[Output]:
    return list(protocol.receive(Packet(0, "witmotion/1", "rx", "serial", payload)))


def ready(**options: Any) -> WitMotion:
    protocol = WitMotion(**options)
    list(protocol.start())
    for tick in range(1, 10):
        list(protocol.wake(tick * SECOND // 4))
    stamp = time_frame(0) if options.get("device_time") else b""
    assert of(receive(protocol, 3 * (stamp + MEASUREMENT)), Ready)
    return protocol


def named(name: str) -> bytes:
    return next(bytes.fromhex(row["hex"]) for row in rows("frames.jsonl") if row["name"] == name)


def test_acceleration_and_angular_rate_vectors() -> None:
    protocol = ready()
    decoded = {row["name"]: row["decoded"] for row in rows("frames.jsonl")}
    (samples,) = receive(protocol, named("acceleration") + named("angular_rate"))
    assert isinstance(samples, Samples)
    assert samples.counter is None
    acc = np.array(decoded["acceleration"]["acc_g"]) * STANDARD_GRAVITY_MPS2
    np.testing.assert_allclose(samples.values[0, :3], acc, rtol=1e-12)
    np.testing.assert_allclose(samples.values[0, 3:], decoded["angular_rate"]["gyro_dps"])


def test_time_vector() -> None:
    assert clock_ns(named("time")) % (86400 * SECOND) == (10 * 3600 + 30 * 60 + 45) * SECOND + (
        500_000_000
    )


@pytest.mark.parametrize(
    "date", [(24, 2, 28), (24, 2, 29), (25, 2, 28), (25, 12, 31), (24, 12, 31)]
)
def test_the_clock_runs_on_over_midnight(date: tuple[int, int, int]) -> None:
    following = {
        (24, 2, 28): (24, 2, 29),
        (24, 2, 29): (24, 3, 1),
        (25, 2, 28): (25, 3, 1),
        (25, 12, 31): (26, 1, 1),
        (24, 12, 31): (25, 1, 1),
    }[date]
    late = clock_ns(time_frame(59_990, date, (23, 59)))
    early = clock_ns(time_frame(0, following, (0, 0)))
    assert early - late == 10_000_000


def test_temperature_is_told_once() -> None:
    protocol = WitMotion()
    list(protocol.start())
    told = of(receive(protocol, MEASUREMENT) + receive(protocol, MEASUREMENT), Status)
    assert [(item.name, item.value) for item in told] == [("temperature_degc", 25.5)]


@pytest.mark.parametrize("name", ["angles", "quaternion", "time", "registers"])
def test_other_quantities_are_passed_over(name: str) -> None:
    assert receive(ready(), named(name)) == []


def test_a_head_within_the_data_does_not_confuse() -> None:
    (samples,) = receive(ready(), named("head_inside_data") + GYRO)
    assert isinstance(samples, Samples)
    assert samples.values[0, 0] == pytest.approx(0x5155 * 16 / 32768 * STANDARD_GRAVITY_MPS2)


@pytest.mark.parametrize("at", range(22))
def test_a_lost_byte_costs_one_measurement(at: int) -> None:
    broken = MEASUREMENT[:at] + MEASUREMENT[at + 1 :]
    outputs = receive(ready(), MEASUREMENT + broken + 2 * MEASUREMENT)
    assert sum(len(item.values) for item in of(outputs, Samples)) == 3
    assert of(outputs, Garbage)


def test_no_pair_spans_two_measurements() -> None:
    damaged_gyro = GYRO[:-1] + b"\0"
    damaged_acc = ACC[:-1] + b"\0"
    other = frame(0x52, 1000, 0, 0, 0)
    outputs = receive(ready(), ACC + damaged_gyro + damaged_acc + other + MEASUREMENT)
    (samples,) = of(outputs, Samples)
    assert samples.values.shape == (1, 6)
    assert samples.values[0, 3] == pytest.approx(164 * 2000 / 32768)


def test_a_missing_frame_leaves_its_measurement_out() -> None:
    (samples,) = receive(ready(), ACC + MEASUREMENT + GYRO + MEASUREMENT)
    assert isinstance(samples, Samples)
    assert len(samples.values) == 2


def test_settings_leave_one_by_one_unsaved() -> None:
    protocol = WitMotion(rate_hz=50.0)
    sent = [send.payload.hex() for send in of(list(protocol.start()), Send)]
    for tick in range(1, 20):
        outputs = list(protocol.wake(tick * 50_000_000))
        sent += [send.payload.hex() for send in of(outputs, Send)]
        assert len(outputs) <= 1
    by_name = {row["name"]: row["hex"].replace(" ", "") for row in rows("commands.jsonl")}
    names = ["unlock", "content_acc_gyro", "unlock", "rate_50_hz", "read_version"]
    assert sent == [by_name[name] for name in names]
    assert by_name["save"] not in sent


def test_samples_before_the_settings_are_in_force_are_not_given() -> None:
    protocol = WitMotion()
    list(protocol.start())
    assert not of(receive(protocol, 50 * MEASUREMENT), Ready)
    for tick in range(1, 10):
        list(protocol.wake(tick * SECOND // 4))
    told = receive(protocol, named("registers") + 5 * MEASUREMENT)
    (announced,) = of(told, Ready)
    (stream,) = announced.streams
    assert announced.info.firmware == "100.200"
    assert (stream.kind, stream.clocking, stream.info.sample_rate_hz) == ("imu", "count", 100.0)
    assert stream.info.names == (
        *("acc_x_mps2", "acc_y_mps2", "acc_z_mps2"),
        *("gyro_x_dps", "gyro_y_dps", "gyro_z_dps"),
    )
    assert sum(len(item.values) for item in of(told, Samples)) == 2


def test_nothing_readable_for_ten_seconds_is_refused_once() -> None:
    protocol = WitMotion(baud=9600)
    list(protocol.start())
    refused = []
    for tick in range(1, 100):
        receive(protocol, b"\x80\x00\xf8")
        refused += of(list(protocol.wake(tick * SECOND // 4)), Refused)
    (refusal,) = refused
    assert refusal.timed_out
    assert "baud rate 9600" in refusal.reason


@pytest.mark.parametrize("rate_hz", [0.0, 30.0, 125.0, float("nan")])
def test_a_rate_the_sensor_does_not_have_is_refused(rate_hz: float) -> None:
    with pytest.raises(ProtocolError, match=r"rate_hz is .*\[0\.2, 0\.5, 1"):
        WitMotion(rate_hz)


def test_device_time_gives_each_measurement_its_millisecond() -> None:
    protocol = ready(device_time=True)
    data = time_frame(10) + MEASUREMENT + MEASUREMENT + time_frame(30) + MEASUREMENT
    (samples,) = receive(protocol, data)
    assert isinstance(samples, Samples)
    assert samples.device_time_ns is not None
    assert np.diff(samples.device_time_ns).tolist() == [20_000_000]


def test_device_time_is_asked_for_and_announced() -> None:
    protocol = WitMotion(device_time=True)
    sent = of(list(protocol.start()), Send)
    for tick in range(1, 10):
        sent += of(list(protocol.wake(tick * SECOND // 4)), Send)
    assert bytes.fromhex("ffaa020700") in [send.payload for send in sent]
    (announced,) = of(receive(protocol, 3 * (time_frame(0) + MEASUREMENT)), Ready)
    assert announced.streams[0].clocking == "device"


def test_start_forgets_half_a_frame() -> None:
    protocol = ready()
    receive(protocol, ACC[:6])
    list(protocol.start())
    assert [type(output) for output in receive(protocol, ACC[6:])] == [Garbage]
    assert not of(receive(protocol, MEASUREMENT), Samples)


def test_stop_says_nothing() -> None:
    protocol = ready()
    assert list(protocol.stop()) == []
    assert list(protocol.wake(100 * SECOND)) == []


def test_after_a_silence_the_sensor_is_told_again_what_to_send() -> None:
    """It may have restarted with what is saved in it, while the port stayed open."""
    protocol = ready()
    packet = Packet(3 * SECOND, "witmotion/1", "rx", "serial", MEASUREMENT)
    again = list(protocol.receive(packet))
    assert [send.payload for send in of(again, Send)] == [
        send.payload for send in of(list(WitMotion().start()), Send)
    ]
    assert len(of(again, Samples)) == 1  # what comes meanwhile is not lost
    soon = Packet(4 * SECOND, "witmotion/1", "rx", "serial", MEASUREMENT)
    assert of(list(protocol.receive(soon)), Send) == []
    sent = [s for tick in range(13, 25) for s in of(list(protocol.wake(tick * SECOND // 4)), Send)]
    assert len(sent) == 4
