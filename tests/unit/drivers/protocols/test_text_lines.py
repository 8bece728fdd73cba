from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biofeedback.core.board import load_board
from biofeedback.core.entry import Packet
from biofeedback.core.errors import ConfigError
from biofeedback.core.ports import Garbage, Output, Ready, Refused, Samples
from biofeedback.drivers.protocols.text_lines import TextLines

ROOT = Path(__file__).parents[4]
VECTORS = ROOT / "tests" / "vectors" / "text_lines"
SECOND = 1_000_000_000
STEP_NS = 20_000_000
NUS = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
HEAD = 'name = "a board"\ntransport = "serial"\naddress = "COM3"\nrate_hz = 50\n'
PAIR = HEAD + (
    '[[belt]]\nstream = "chest"\nfrom = "chest"\nunit = "count"\n'
    '[[belt]]\nstream = "abdomen"\nfrom = "abdomen"\nunit = "count"\n'
)


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (VECTORS / name).read_text("utf-8").splitlines()]


def of(outputs: list[Output], kind: type[Any]) -> list[Any]:
    return [output for output in outputs if isinstance(output, kind)]


def board_options(name: str) -> dict[str, Any]:
    return load_board(ROOT / "examples" / "boards" / f"{name}.toml")[1]


class Talk:
    """A protocol that is fed, a packet every 20 ms."""

    def __init__(self, *, endpoint: str = "serial", **options: Any) -> None:
        self.protocol = TextLines(**options)
        self.endpoint = endpoint
        self.now_ns = 0
        self.outputs: list[Output] = list(self.protocol.start())

    def receive(self, *payloads: bytes) -> list[Output]:
        new: list[Output] = []
        for payload in payloads:
            self.now_ns += STEP_NS
            packet = Packet(self.now_ns, "text/1", "rx", self.endpoint, payload)
            new += self.protocol.receive(packet)
        self.outputs += new
        return new

    def give_up(self) -> Refused:
        assert list(self.protocol.wake(0)) == []
        (refused,) = self.protocol.wake(11 * SECOND)
        assert isinstance(refused, Refused)
        assert refused.timed_out
        assert list(self.protocol.wake(12 * SECOND)) == []
        return refused


def chest(values: list[Output], stream: str = "chest") -> list[float]:
    found = [item for item in of(values, Samples) if item.stream_id == stream]
    return [float(value) for item in found for value in item.values[:, 0]]


def pair() -> Talk:
    talk = Talk(board=PAIR + '[line]\ncolumns = ["t", "chest", "abdomen"]\n')
    talk.receive(b"cut\n", *(b"1,2,3\n" for _ in range(5)))
    assert len(of(talk.outputs, Ready)) == 1
    return talk


def test_two_belts_over_a_turn_of_millis() -> None:
    lines = rows("two_belts.jsonl")
    talk = Talk(**board_options("two_belts"))
    talk.receive(*(bytes.fromhex(line["hex"]) for line in lines))
    (ready,) = of(talk.outputs, Ready)
    assert [stream.info.stream_id for stream in ready.streams] == ["chest", "abdomen"]
    assert {stream.clocking for stream in ready.streams} == {"device"}
    decoded = [line["decoded"] for line in lines][6:]  # the first is left out, five agree
    assert chest(talk.outputs) == [row["chest"] for row in decoded]
    assert chest(talk.outputs, "abdomen") == [row["abdomen"] for row in decoded]
    times = [item.device_time_ns for item in of(talk.outputs, Samples)[::2]]
    assert np.concatenate(times).tolist() == [row["time_ns"] for row in decoded]


def test_a_motion_sensor_over_bluetooth() -> None:
    lines = rows("imu_over_bluetooth.jsonl")
    talk = Talk(endpoint=NUS, **board_options("imu_over_bluetooth"))
    talk.receive(*(bytes.fromhex(line["hex"]) for line in lines))
    values = np.concatenate([item.values for item in of(talk.outputs, Samples)])
    np.testing.assert_allclose(values, [line["decoded"]["imu"] for line in lines][6:], rtol=1e-9)


def test_without_a_board_file_every_column_is_a_belt() -> None:
    lines = rows("session.jsonl")
    talk = Talk()
    for line in lines:
        talk.now_ns -= STEP_NS // 2  # a line each 10 ms
        talk.receive(bytes.fromhex(line["hex"]))
    (ready,) = of(talk.outputs, Ready)
    infos = [stream.info for stream in ready.streams]
    assert [info.stream_id for info in infos] == ["chest", "abdomen"]
    assert [info.sample_rate_hz for info in infos] == [100.0, 100.0]
    told = [line["decoded"]["values"][0][0] for line in lines if "decoded" in line]
    assert chest(talk.outputs) == told[-len(chest(talk.outputs)) :]
    assert [item.reason for item in of(talk.outputs, Garbage)] == [
        "first line, may be cut",
        "comment",
        "header",
    ]


def test_lines_cut_anywhere_are_the_same_lines() -> None:
    whole = Talk(endpoint=NUS, board=HEAD + '[[belt]]\nstream = "c"\nfrom = "chest"\nunit = "N"\n')
    split = Talk(endpoint=NUS, board=HEAD + '[[belt]]\nstream = "c"\nfrom = "chest"\nunit = "N"\n')
    whole.receive(*(bytes.fromhex(row["hex"]) for row in rows("ble_session.jsonl")))
    split.receive(*(bytes.fromhex(row["hex"]) for row in rows("ble_split.jsonl")))
    assert len(chest(whole.outputs, "c")) == 254
    assert chest(split.outputs, "c") == chest(whole.outputs, "c")


def test_the_lines_of_one_packet_are_one_set_of_samples() -> None:
    samples = of(pair().receive(b"1,10,20\n2,11,21\n3,12,22\n4,"), Samples)
    assert [item.values[:, 0].tolist() for item in samples] == [[10, 11, 12], [20, 21, 22]]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"1,2\n", "wrong number of fields"),
        (b"1,2,3,4\n", "wrong number of fields"),
        (b"1,,3\n", "empty field"),
        (b"chest:1\n", "another grammar"),
        (b"1,x,3\n", "text"),
        (b"\xff,2,3\n", "unreadable"),
        (b"t,chest,abdomen\n", "header"),
        (b"# hello\n", "comment"),
        (b"1," * 600 + b"\n", "line too long"),
    ],
)
def test_a_refused_line_is_counted_and_the_next_one_read(raw: bytes, reason: str) -> None:
    talk = pair()
    (garbage,) = talk.receive(raw)
    assert garbage == Garbage(raw.strip(), reason)
    assert chest(talk.receive(b"1,7,8\n")) == [7.0]


def test_a_half_line_is_refused_and_a_line_of_others_is_not() -> None:
    talk = Talk(board=PAIR)
    talk.receive(b"\n", *(b'{"chest":1,"abdomen":2}\n' for _ in range(6)))
    assert talk.receive(b'{"battery":3.9}\n') == []
    imu = HEAD + '[[imu]]\nstream = "imu"\nacc = { from = ["x", "y", "z"], unit = "g" }\n'
    talk = Talk(board=imu)
    talk.receive(b"\n", *(b"x:1 y:2 z:3\n" for _ in range(6)))
    assert [item.reason for item in of(talk.receive(b"x:1 y:2\n"), Garbage)] == ["fields missing"]


def test_teleplot_pairs_with_stamps() -> None:
    talk = Talk(board=PAIR + '[time]\nfrom = "stamp"\nunit = "ms"\n')
    lines = [b">chest:%d:5\n>abdomen:%d:6\n" % (t, t) for t in range(0, 200, 20)]
    talk.receive(b"\n", *lines)
    samples = [item for item in of(talk.outputs, Samples) if item.stream_id == "abdomen"]
    assert np.diff([item.device_time_ns[0] for item in samples]).tolist() == [STEP_NS] * (
        len(samples) - 1
    )


def test_columns_named_by_a_header_keep_their_names_when_the_link_comes_back() -> None:
    talk = Talk(board=PAIR)
    talk.receive(b"\nt,abdomen,chest\n", *(b"1,2,3\n" for _ in range(6)))
    assert chest(talk.outputs) == [3.0]
    list(talk.protocol.stop())
    list(talk.protocol.start())
    assert chest(talk.receive(b"\n", *(b"1,2,9\n" for _ in range(6)))) == [9.0]


def test_a_rate_measured_again_goes_on_unless_it_changed() -> None:
    talk = Talk()
    rates = []
    for step_ns in (STEP_NS, STEP_NS + 200_000, 2 * STEP_NS):
        list(talk.protocol.start())
        talk.outputs = []
        talk.receive(b"\n")
        while not of(talk.outputs, Ready):
            talk.now_ns += step_ns - STEP_NS
            talk.receive(b"1\n")
        rates.append(of(talk.outputs, Ready)[0].streams[0].info.sample_rate_hz)
    assert rates == [50.0, 50.0, 25.0]


def test_a_declared_board_without_rate_waits_until_it_is_measured() -> None:
    talk = Talk(board=PAIR.replace("rate_hz = 50\n", ""))
    talk.receive(b"\n", *(b"chest:1,abdomen:2\n" for _ in range(90)))
    assert not of(talk.outputs, Ready)
    talk.receive(*(b"chest:1,abdomen:2\n" for _ in range(20)))
    assert of(talk.outputs, Ready)[0].streams[0].info.sample_rate_hz == 50.0


def test_silence_is_refused() -> None:
    assert "nothing came" in Talk().give_up().reason


def test_the_wrong_baud_rate_is_told_in_words() -> None:
    talk = Talk(baud=9600)
    talk.receive(bytes(range(128, 256)) * 20)
    assert "is the baud rate right? tried 9600" in talk.give_up().reason
    talk = Talk(baud=9600)
    talk.receive(*(b"\xf8\x00\x86\n" for _ in range(50)))
    assert "tried 9600" in talk.give_up().reason


def test_over_bluetooth_there_is_no_baud_rate() -> None:
    talk = Talk(endpoint=NUS)
    talk.receive(b"\x01\x02" * 30)
    assert "baud" not in talk.give_up().reason


def test_a_declared_field_that_never_comes_is_named() -> None:
    talk = Talk(board=PAIR)
    talk.receive(b"\n", *(b"chest:1,belly:2\n" for _ in range(8)))
    reason = talk.give_up().reason
    assert "no line holds abdomen" in reason
    assert "chest, belly" in reason


def test_what_is_no_board_file() -> None:
    with pytest.raises(ConfigError, match="belt"):
        TextLines(board=HEAD)


def test_nobody_is_told_before_start() -> None:
    protocol = TextLines(board=PAIR)
    lines = b"\n" + b"chest:1,abdomen:2\n" * 20
    outputs = list(protocol.receive(Packet(0, "text/1", "rx", "serial", lines)))
    assert outputs == []
    assert list(protocol.wake(99 * SECOND)) == []


@pytest.mark.parametrize("name", ["two_belts", "imu_over_bluetooth", ""])
def test_any_bytes_of_any_board_never_raise(name: str) -> None:
    options = board_options(name) if name else {}
    lines = [bytes.fromhex(row["hex"]) for row in rows(f"{name or 'session'}.jsonl")[:12]]
    lines += [bytes.fromhex(row["hex"]) for row in rows("refused.jsonl") + rows("teleplot.jsonl")]
    parts = st.one_of(st.sampled_from(lines), st.binary(max_size=60), st.just(lines[5] * 6))
    moments = st.integers(0, 2**62)

    @given(st.lists(st.tuples(moments, parts), max_size=25))
    def feed(packets: list[tuple[int, bytes]]) -> None:
        protocol = TextLines(**options)
        list(protocol.start())
        for now_ns, payload in packets:
            list(protocol.receive(Packet(now_ns, "text/1", "rx", "serial", payload)))
            list(protocol.wake(now_ns))

    feed()
