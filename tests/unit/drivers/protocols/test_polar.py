from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biofeedback.core.entry import Packet
from biofeedback.core.errors import ProtocolError
from biofeedback.core.ports import Garbage, Output, Ready, Refused, Samples, Send, Status
from biofeedback.drivers.conformance import check_device_protocol, read_conversation
from biofeedback.drivers.protocols.heart_rate import HEART_STREAM, MEASUREMENT_UUID
from biofeedback.drivers.protocols.polar import CONTROL_UUID, DATA_UUID, Polar
from biofeedback.signal.timeline import Timeline

VECTORS = Path(__file__).parents[3] / "vectors" / "polar"
SECOND = 1_000_000_000
SETTINGS = bytes.fromhex("f001020000 000419003200 6400c800 01011000 0203020004000800")
STARTED = bytes.fromhex("f00202000001")
ECG_SETTINGS, ECG_STARTED = (
    bytes.fromhex("f00100000000018200 01010e00"),
    b"\xf0\x02\x00\x00\x00\x00",
)
ASK, ASK_ECG = b"\x01\x02", b"\x01\x00"
START = bytes.fromhex("0202 00016400 01011000 02010400")
STOP, STOP_ECG = b"\x03\x02", b"\x03\x00"
H10, SENSE, HEART_ONLY = (bytes((0x0F, bits, *bytes(15))) for bits in (0x05, 0x6E, 0x00))


def rows_of(name: str) -> list[dict[str, Any]]:
    return list(map(json.loads, (VECTORS / name).read_text("utf-8").splitlines()))


def of(outputs: list[Output], kind: type[Any]) -> list[Any]:
    return [output for output in outputs if isinstance(output, kind)]


class Host:
    """Holds a conversation with a protocol; keeps what came of it."""

    def __init__(self, protocol: Polar) -> None:
        self.protocol = protocol
        self.outputs: list[Output] = []

    def start(self) -> Host:
        self.outputs += self.protocol.start()
        return self

    def hears(self, *payloads: bytes, endpoint: str = CONTROL_UUID, at_s: float = 0.0) -> Host:
        for payload in payloads:
            packet = Packet(round(at_s * SECOND), "polar/1", "rx", endpoint, payload)
            self.outputs += self.protocol.receive(packet)
        return self

    def waits(self, first_s: int, last_s: int) -> Host:
        for tick in range(4 * first_s, 4 * last_s + 1):
            self.outputs += self.protocol.wake(tick * SECOND // 4)
        return self

    def new(self) -> list[Output]:
        outputs, self.outputs = self.outputs, []
        return outputs

    def sent(self) -> list[bytes]:
        return [output.payload for output in of(self.outputs, Send)]


def ready(**options: Any) -> Host:
    host = Host(Polar(**options)).start().hears(SETTINGS, STARTED)
    assert of(host.outputs, Ready)
    host.new()
    return host


def acceleration(stamp_ns: int, *mg: tuple[int, int, int]) -> bytes:
    body = np.array(mg, dtype="<i2").tobytes()
    return b"\x02" + stamp_ns.to_bytes(8, "little") + b"\x01" + body


CONVERSATIONS = (
    ("session.jsonl", {}),
    ("ecg_session.jsonl", {"ecg": True}),
    ("verity_session.jsonl", {}),
)


@pytest.mark.parametrize(("name", "options"), CONVERSATIONS, ids=lambda item: str(item))
def test_golden_conversation(name: str, options: dict[str, bool]) -> None:
    (account,) = check_device_protocol(
        lambda: Polar(**options), [read_conversation(VECTORS / name)], packets_stay_whole=True
    )
    (told,) = account.ready
    assert (account.garbage, account.refused) == (b"", [])
    assert [source.info.stream_id for source in told.streams] == (
        ["imu", "ecg", "heart"] if options else ["imu", "heart"]
    )


@pytest.mark.parametrize(("name", "options"), CONVERSATIONS, ids=lambda item: str(item))
def test_values_and_times_of_a_conversation(name: str, options: dict[str, bool]) -> None:
    host = Host(Polar(**options)).start()
    for number, row in enumerate(rows_of(name)):
        if row["direction"] == "tx":
            continue
        host.new()
        host.hears(bytes.fromhex(row["hex"]), endpoint=row["endpoint"], at_s=float(number))
        samples, wanted = of(host.outputs, Samples), row.get("decoded", {})
        key = next((key for key in ("values", "mv", "heart") if key in wanted), None)
        if key is None:
            assert samples == []
            continue
        (item,) = samples
        np.testing.assert_allclose(item.values, np.array(wanted[key], dtype=float), rtol=1e-12)
        assert item.counter is None
        times = item.device_time_ns
        if "first_ns" in wanted:
            assert times[0] == wanted["first_ns"]
            assert (np.diff(times) == wanted["step_ns"]).all()
        if "last_ns" in wanted:
            assert times[-1] == wanted["last_ns"]
            assert (np.diff(times) > 0).all()


def test_who_the_device_is_and_what_it_streams() -> None:
    host = Host(Polar())
    for row in rows_of("session.jsonl")[:5]:  # read before the link is open
        host.hears(bytes.fromhex(row["hex"]), endpoint=row["endpoint"])
    host.start().hears(SETTINGS, STARTED)
    (told,) = of(host.outputs, Ready)
    assert (told.info.model, told.info.serial, told.info.firmware) == ("H10", "A1B2C3D4", "5.0.0")
    imu, heart = told.streams
    assert imu.info.names == ("acc_x_mps2", "acc_y_mps2", "acc_z_mps2")
    assert (imu.kind, imu.clocking, imu.info.sample_rate_hz) == ("imu", "device", 100.0)
    assert imu.longest_packet_s == pytest.approx(0.36)
    assert heart is HEART_STREAM


@pytest.mark.parametrize("row", rows_of("broken.jsonl"), ids=lambda row: row["name"])
def test_broken_vector(row: dict[str, Any]) -> None:
    payload = bytes.fromhex(row["hex"])
    (garbage,) = ready().hears(payload, endpoint=row["endpoint"]).outputs
    assert garbage == Garbage(payload, row["decoded"]["garbage"])


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"rate_hz": 200.0, "range_g": 8.0}, "0202 0001c800 01011000 02010800"),
        ({"rate_hz": 26.0, "range_g": 2.0}, "0202 00011900 01011000 02010200"),
        ({"rate_hz": 416.0, "range_g": 16.0}, "0202 0001c800 01011000 02010800"),
    ],
)
def test_the_nearest_settings_offered_are_taken(options: dict[str, float], wanted: str) -> None:
    host = Host(Polar(**options)).start().hears(SETTINGS)
    assert host.sent() == [ASK, bytes.fromhex(wanted)]


def test_settings_in_two_replies_are_put_together() -> None:
    parts = [
        bytes.fromhex(row["hex"]) for row in rows_of("replies.jsonl") if "parts" in row["name"]
    ]
    assert len(parts) == 2
    assert Host(Polar()).start().hears(*parts).sent() == [ASK, START]


@pytest.mark.parametrize(
    ("option", "value"), [("rate_hz", 5.0), ("rate_hz", float("nan")), ("range_g", 1.0)]
)
def test_a_wish_outside_the_limits_is_refused(option: str, value: float) -> None:
    with pytest.raises(ProtocolError, match=f"{option} is"):
        Polar(**{option: value})


def test_a_device_that_streams_already_is_stopped_and_started_again_once() -> None:
    already = b"\xf0\x02\x02\x06\x00"
    host = Host(Polar()).start().hears(SETTINGS, already)
    assert host.sent() == [ASK, START, STOP]
    host.hears(b"\xf0\x03\x02\x0c\x00")
    assert host.sent() == [ASK, START, STOP, START]
    host.hears(already)
    (refused,) = of(host.outputs, Refused)
    assert (refused.code, refused.timed_out) == (6, False)
    assert "close other apps" in refused.reason


@pytest.mark.parametrize(
    ("replies", "code", "words"),
    [
        (["f00102 0a00"], 10, "MTU 232.*another adapter"),
        (["f00102 03"], 3, "does not measure this.*`heart_rate`"),
        (["f00102 0000 0101 1000"], 0, "offers no rate"),
        ([SETTINGS.hex(), "f00202 0d00"], 13, "take it out of the charger"),
        ([SETTINGS.hex(), "f00202 63"], 99, "unknown here"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(replies: list[str], code: int, words: str) -> None:
    host = Host(Polar()).start().hears(*map(bytes.fromhex, replies))
    (refused,) = of(host.outputs, Refused)
    assert (refused.code, refused.timed_out) == (code, False)
    assert re.search(words, refused.reason)
    host.new()
    assert host.waits(0, 60).new() == []
    assert list(host.protocol.stop()) == []


@pytest.mark.parametrize("early", [True, False])
def test_a_device_without_acceleration_is_refused_at_once(early: bool) -> None:
    host = Host(Polar())
    if early:
        host.hears(HEART_ONLY).start()
    else:
        host.start().hears(HEART_ONLY)
    assert host.sent() == ([] if early else [ASK])
    (refused,) = of(host.outputs, Refused)
    assert "`heart_rate`" in refused.reason


def test_without_answer_it_asks_three_times_and_gives_up() -> None:
    host = Host(Polar()).start().waits(0, 60)
    assert host.sent() == [ASK] * 3
    (refused,) = of(host.outputs, Refused)
    assert refused.timed_out
    assert "pair it" in refused.reason


def test_an_answer_to_the_second_asking_will_do() -> None:
    host = Host(Polar()).start().waits(0, 6).hears(SETTINGS, at_s=6.0).waits(6, 10)
    assert host.sent() == [ASK, ASK, START]
    host.hears(SETTINGS, at_s=10.0)  # the late one
    assert [item.reason for item in of(host.outputs, Garbage)] == ["reply to no request of ours"]


def test_ecg_is_asked_for_after_acceleration_and_stopped_too() -> None:
    host = Host(Polar(ecg=True)).start().hears(SETTINGS, STARTED)
    assert not of(host.outputs, Ready)
    host.hears(ECG_SETTINGS, ECG_STARTED)
    assert host.sent()[2:] == [ASK_ECG, bytes.fromhex("0200 00018200 01010e00")]
    (told,) = of(host.outputs, Ready)
    ecg = told.streams[1]
    assert [(channel.name, channel.unit) for channel in ecg.info.channels] == [("ecg", "mV")]
    assert (ecg.kind, ecg.info.sample_rate_hz) == ("other", 130.0)
    assert [send.payload for send in host.protocol.stop()] == [STOP, STOP_ECG]


@pytest.mark.parametrize("way", ["refused", "silent", "no feature"])
def test_without_ecg_acceleration_goes_on(way: str) -> None:
    host = Host(Polar(ecg=True))
    if way == "no feature":
        host.hears(SENSE)
    host.start().hears(SETTINGS, STARTED)
    if way == "refused":
        host.hears(b"\xf0\x01\x00\x03")
    elif way == "silent":
        host.waits(0, 20)
    (told,) = of(host.outputs, Ready)
    assert [source.info.stream_id for source in told.streams] == ["imu", "heart"]
    (status,) = of(host.outputs, Status)
    assert status.name == "refused"
    assert status.detail.startswith("no ECG: the device")
    assert host.waits(20, 60).hears(acceleration(SECOND, (1, 2, 3)), endpoint=DATA_UUID)
    assert len(of(host.outputs, Samples)) == 1


def test_what_stops_by_itself_is_told_and_asked_for_until_it_runs() -> None:
    host = ready().waits(0, 1).hears(b"\x01\x02", at_s=1.0)
    (status,) = host.new()
    assert (status.name, status.value) == ("stopped", 1.0)
    assert "charger" in status.detail
    host.hears(acceleration(SECOND, (1, 2, 3)), endpoint=DATA_UUID)
    assert host.waits(1, 10).new() == []
    assert [item.payload for item in host.waits(11, 12).new()] == [START]
    (told,) = host.hears(b"\xf0\x02\x02\x0d", at_s=12.0).new()
    assert (told.name, told.value) == ("refused", 13.0)
    assert [item.payload for item in host.waits(13, 23).new()] == [START]
    assert host.hears(STARTED, at_s=23.0).new() == []
    host.hears(acceleration(SECOND, (1, 2, 3)), endpoint=DATA_UUID, at_s=24.0)
    assert len(of(host.new(), Samples)) == 1
    assert host.waits(24, 60).new() == []


def test_what_another_host_stopped_is_none_of_ours() -> None:
    assert ready().hears(b"\x01\x05\x07").new() == []


def test_samples_before_the_start_is_acknowledged_are_someone_elses() -> None:
    host = Host(Polar()).start().hears(SETTINGS)
    host.new()
    host.hears(acceleration(SECOND, (1, 2, 3)), endpoint=DATA_UUID)
    host.hears(b"\x10\x3c\x00\x04", endpoint=MEASUREMENT_UUID)
    assert host.new() == []


def test_the_acknowledged_goodbye_is_no_garbage() -> None:
    host = ready()
    assert [send.payload for send in host.protocol.stop()] == [STOP]
    assert host.hears(b"\xf0\x03\x02\x00\x00").new() == []
    assert list(host.protocol.stop()) == []
    assert host.waits(0, 60).new() == []


def test_a_new_conversation_asks_anew_and_needs_its_own_factor() -> None:
    told_factor = bytes.fromhex("f0020200000501 40da7f39")
    compressed = b"\x02" + SECOND.to_bytes(8, "little") + b"\x80" + bytes(6)
    host = Host(Polar()).start().hears(SETTINGS, told_factor)
    assert of(host.hears(compressed, endpoint=DATA_UUID).new(), Samples)
    assert [item.payload for item in host.start().new()] == [ASK]
    host.hears(SETTINGS, STARTED).hears(compressed, endpoint=DATA_UUID)
    assert [item.reason for item in of(host.new(), Garbage)] == ["scale unknown"]


def test_lost_frames_are_holes_of_their_length() -> None:
    """The host learns of a loss from the stamps alone, to the sample."""
    host = Host(Polar()).start().hears(SETTINGS, STARTED)
    (told,) = of(host.new(), Ready)
    timeline = Timeline(told.streams[0], "polar/1/imu", 0)
    n_samples, period_ns, lost = 36, 9_950_000, {20, 50, 51}  # 0.5 % fast
    placed = []
    for number in range(100):
        if number in lost:
            continue
        stamp_ns = 599_616_000 * SECOND + (number + 1) * n_samples * period_ns
        arrival_s = 0.05 + (number + 1) * n_samples * period_ns / SECOND
        frame = acceleration(stamp_ns, *[(number, 0, 1000)] * n_samples)
        host.hears(frame, endpoint=DATA_UUID, at_s=arrival_s)
        (samples,) = host.new()
        placed.append(timeline.place(samples, round(arrival_s * SECOND)))
    assert sum(item.lost for item in placed) == n_samples * len(lost)
    times = np.concatenate([item.t_s for item in placed])
    assert np.isfinite(times).all()
    steps_ms = np.diff(times) * 1e3
    assert sorted(np.rint(steps_ms[steps_ms > 20] / 9.95).tolist()) == [37, 73]
    assert steps_ms[steps_ms < 20] == pytest.approx(9.95, abs=0.25)
