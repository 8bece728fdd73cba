"""The suite for device languages catches what it is there for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from biofeedback.core.entry import Packet
from biofeedback.core.ports import DeviceProtocol, Garbage, Samples, Send, Status
from biofeedback.drivers.conformance import (
    Account,
    Conversation,
    Step,
    check_device_protocol,
    read_conversation,
)
from biofeedback.drivers.registry import protocol_for

SESSION = read_conversation(Path(__file__).parents[2] / "vectors" / "godirect" / "session.jsonl")


class Planted:
    """A protocol with one fault, wrapped around a right one."""

    def __init__(self, inner: DeviceProtocol) -> None:
        self.inner = inner
        self.kept: list[bytes] = []

    def start(self) -> Iterator[object]:
        return iter(tuple(self.inner.start()))

    def receive(self, packet: Packet) -> Iterator[object]:
        return iter(tuple(self.inner.receive(packet)))

    def wake(self, now_ns: int) -> Iterator[object]:
        return iter(tuple(self.inner.wake(now_ns)))

    def stop(self) -> Iterator[object]:
        return iter(tuple(self.inner.stop()))


class Hoards(Planted):
    def receive(self, packet: Packet) -> Iterator[object]:
        self.kept.append(packet.payload + bytes(64))
        return super().receive(packet)


class ReadsWholeNotificationsOnly(Planted):
    def receive(self, packet: Packet) -> Iterator[object]:
        return iter(()) if len(packet.payload) < 5 else super().receive(packet)


class NeverStops(Planted):
    def stop(self) -> Iterator[object]:
        return iter(())


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Hoards, "bytes kept"),
        (ReadsWholeNotificationsOnly, "is due"),
        (NeverStops, "no command"),
    ],
)
def test_a_planted_fault_is_caught(
    fault: Callable[[DeviceProtocol], Planted], message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        check_device_protocol(
            lambda: fault(protocol_for("godirect/1")),  # type: ignore[arg-type,return-value]
            [SESSION],
        )


def test_a_changed_handshake_is_caught() -> None:
    with pytest.raises(AssertionError, match="is due"):
        check_device_protocol(lambda: protocol_for("godirect/1", {"period_s": 0.05}), [SESSION])


class SaysMore(Planted):
    def stop(self) -> Iterator[object]:
        return iter((*self.inner.stop(), Send("x", b"one more")))


class Forgets(Planted):
    """Answers otherwise when it is started again."""

    started = 0

    def start(self) -> Iterator[object]:
        self.started += 1
        return super().start()

    def receive(self, packet: Packet) -> Iterator[object]:
        if self.started > 1 and packet.payload[:1] == b"\x20":
            return iter(())
        return super().receive(packet)


class Raises(Planted):
    def receive(self, packet: Packet) -> Iterator[object]:
        if len(packet.payload) % 2 and len(packet.payload) > 20:
            raise IndexError(len(packet.payload))
        return super().receive(packet)


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        (SaysMore, AssertionError, "more commands than written"),
        (Forgets, AssertionError, "again after stop: samples differ"),
        (Raises, IndexError, ""),
    ],
)
def test_more_planted_faults_are_caught(
    fault: Callable[[DeviceProtocol], Planted], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        check_device_protocol(
            lambda: fault(protocol_for("godirect/1")),  # type: ignore[arg-type,return-value]
            [SESSION],
        )
    assert message in str(caught.value)


def test_a_right_protocol_passes_and_its_account_is_given() -> None:
    (account,) = check_device_protocol(lambda: protocol_for("godirect/1"), [SESSION])
    assert account.ready[0].info.model == "GDX-RB"
    assert account.status == [("battery_pct", 87.0)]
    assert [row[:2] for row in account.samples["force"]] == [
        (str(number), "None") for number in range(5)
    ]
    assert account.garbage == b""


def test_no_conversation_is_no_check() -> None:
    with pytest.raises(AssertionError, match="at least one"):
        check_device_protocol(lambda: protocol_for("godirect/1"), [])


def test_an_account_knows_every_kind_of_answer_and_nan_equals_nan() -> None:
    one, other = Account(), Account()
    for account in (one, other):
        values = np.array([[np.nan, 1.5]])
        account.add(
            (
                Samples("a", 7, np.array([9]), values),
                Status("battery_pct", 5.0),
                Garbage(b"ab", "no frame"),
                Garbage(b"c", "no frame"),
                Send("x", b"y"),
            )
        )
    assert one == other
    assert one.samples == {"a": [("7", "9", "nan", "1.5")]}
    assert one.garbage == b"abc"


def test_a_conversation_is_read_from_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    row = {"direction": "rx", "endpoint": "serial", "hex": "01 02", "decoded": {}}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert read_conversation(path) == Conversation("a.jsonl", (Step("rx", "serial", b"\x01\x02"),))
