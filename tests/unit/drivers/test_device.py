"""A device over a wire in memory, on simulated time. Over real wires: tests/twin."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable

import numpy as np
import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.entry import Packet
from biofeedback.core.errors import (
    ConfigError,
    DeviceConnectionError,
    DeviceNotFoundError,
    DeviceRefusedError,
    DeviceTimeoutError,
)
from biofeedback.core.ports import (
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
from biofeedback.drivers import device as device_module
from biofeedback.drivers.ble import BLEDevice, BleTransport
from biofeedback.drivers.device import make_transport, open_device, transports
from biofeedback.drivers.serialport import SerialTransport
from firmware_sim.simulated_time import LoopClock, run

STREAM = SampleStream(StreamInfo("force", (Channel("force", "N"),), 10.0), "belt", "counter", 0.1)
READY = Ready(DeviceInfo("belt", "1", "2.0"), (STREAM,))


class Protocol:
    """Says hello and goodbye; every byte heard is looked up in `answers`, or is a sample."""

    def __init__(self, answers: dict[bytes, Output], patience_s: float = 1e9) -> None:
        self._answers, self._patience_s = answers, patience_s

    def start(self) -> Iterable[Output]:
        return (Send("serial", b"hello"),)

    def receive(self, packet: Packet) -> Iterable[Output]:
        sample = Samples("force", None, None, np.array([[float(packet.payload[0])]]))
        return (self._answers.get(packet.payload, sample),)

    def wake(self, now_ns: int) -> Iterable[Output]:
        return (Refused("no answer", timed_out=True),) if now_ns > self._patience_s * 1e9 else ()

    def stop(self) -> Iterable[Output]:
        return (Send("serial", b"goodbye"),)


class Wire:
    """A transport in memory that answers what is written with the next of `answers`."""

    def __init__(self, *answers: bytes, failure: Exception | None = None) -> None:
        self.answers, self.failure = list(answers), failure
        self.written: list[bytes] = []
        self.open_now = False

    async def open(self, receive, lost) -> None:
        if self.failure is not None:
            raise self.failure
        self.receive, self.lost, self.open_now = receive, lost, True

    async def send(self, endpoint: str, payload: bytes) -> None:
        self.written.append(payload)
        if self.answers:
            self.say(self.answers.pop(0))

    async def close(self) -> None:
        self.open_now = False

    def say(self, payload: bytes) -> None:
        self.receive("serial", payload, LoopClock().now_ns())


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch):
    """Put a wire and a language where open_device looks for them."""

    def plug(wire: Wire, protocol: Protocol) -> None:
        monkeypatch.setattr(device_module, "make_transport", lambda *_: wire)
        monkeypatch.setattr(device_module, "protocol_for", lambda *_: protocol)

    return plug


def opened(**options):
    return open_device("godirect", "T1", clock=LoopClock(), **options)


async def open_and_close() -> None:
    async with opened():
        pass


def test_it_shakes_hands_gives_samples_and_says_goodbye(plugged) -> None:
    wire = Wire(b"R")
    battery = Status("battery_pct", 81.0)
    answers = {b"R": READY, b"B": battery, b"?": Garbage(b"?", "unknown")}
    plugged(wire, Protocol(answers))

    async def main() -> None:
        async with opened() as device:
            assert (device.info, device.streams) == (READY.info, READY.streams)
            assert device.link_state == "open"
            assert np.isnan(device.battery_pct)
            for payload in (b"\x01", b"B", b"?", b"\x02", b"\x03"):
                wire.say(payload)
            samples = device.samples()
            values = [(await anext(samples)).values[0, 0] for _ in range(3)]
            assert values == [1.0, 2.0, 3.0]
            assert device.battery_pct == 81.0
        assert [block async for block in samples] == []

    run(main())
    assert wire.written == [b"hello", b"goodbye"]
    assert not wire.open_now


def test_a_lost_link_is_sought_again_and_the_conversation_begins_anew(plugged) -> None:
    wire = Wire(b"R", b"R")
    plugged(wire, Protocol({b"R": READY}))

    async def main() -> None:
        async with opened() as device:
            wire.lost("out of reach")
            await asyncio.sleep(0.1)
            assert device.link_state == "lost"
            await asyncio.sleep(2.0)
            assert device.link_state == "reopened"
            wire.say(b"\x07")
            assert (await anext(device.samples())).values[0, 0] == 7.0

    run(main())
    assert wire.written == [b"hello", b"hello", b"goodbye"]


def test_a_device_that_refuses_later_is_opened_anew(plugged) -> None:
    wire = Wire(b"R", b"R")
    plugged(wire, Protocol({b"R": READY, b"N": Refused("in the charger", code=13)}))

    async def main() -> None:
        async with opened() as device:
            wire.say(b"N")
            await asyncio.sleep(1.5)
            assert device.link_state == "reopened"

    run(main())
    assert wire.written == [b"hello", b"hello", b"goodbye"]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (Refused("no such sensor", code=7), DeviceRefusedError, 7),
        (Refused("never answered", timed_out=True), DeviceTimeoutError, None),
    ],
)
def test_a_refusal_is_raised_with_the_devices_own_words(plugged, answer, kind, code) -> None:
    wire = Wire(b"N")
    plugged(wire, Protocol({b"N": answer}))
    with pytest.raises(kind, match=answer.reason) as raised:
        run(open_and_close())
    assert raised.value.device_id == "godirect/T1"
    assert getattr(raised.value, "code", None) == code
    assert not wire.open_now


def test_the_languages_own_patience_counts(plugged) -> None:
    plugged(Wire(), Protocol({}, patience_s=3.0))
    with pytest.raises(DeviceTimeoutError, match="no answer"):
        run(open_and_close())


def test_a_device_that_never_answers_is_given_up_with_the_next_step(plugged) -> None:
    wire = Wire()
    plugged(wire, Protocol({}))

    async def main() -> None:
        async with opened(timeout_s=5.0):
            pytest.fail("opened")

    with pytest.raises(DeviceTimeoutError, match="in 5 s; switch it off and on"):
        run(main())
    assert not wire.open_now


@pytest.mark.parametrize(
    "failure", [DeviceNotFoundError("nobody", "T1"), DeviceConnectionError("no radio", "T1")]
)
def test_a_wire_that_cannot_be_opened_is_raised_as_it_was(plugged, failure) -> None:
    plugged(Wire(failure=failure), Protocol({}))
    with pytest.raises(type(failure), match=str(failure)) as raised:
        run(open_and_close())
    assert type(raised.value) is type(failure)


def test_a_link_lost_during_the_handshake_is_raised(plugged) -> None:
    wire = Wire()
    plugged(wire, Protocol({}))

    async def main() -> None:
        asyncio.get_running_loop().call_later(0.5, lambda: wire.lost("it fell off"))
        await open_and_close()

    with pytest.raises(DeviceConnectionError, match="it fell off"):
        run(main())


def test_what_goes_wrong_inside_still_says_goodbye_and_closes_the_wire(plugged) -> None:
    wire = Wire(b"R")
    plugged(wire, Protocol({b"R": READY}))

    async def main() -> None:
        async with opened():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(main())
    assert wire.written == [b"hello", b"goodbye"]
    assert not wire.open_now


def test_an_unknown_driver_or_option_is_told_before_anything_is_opened() -> None:
    async def main(name: str, **options: float) -> None:
        async with open_device(name, "T1", **options):
            pytest.fail("opened")

    with pytest.raises(DeviceNotFoundError, match="no driver 'abacus'"):
        run(main("abacus"))
    with pytest.raises(ConfigError, match="colour"):
        run(main("godirect", colour=1.0))


def test_each_driver_gets_the_wire_it_asks_for() -> None:
    clock = RealClock()
    assert isinstance(make_transport("godirect/1", "F1:F1:F1:F1:F1:01", clock), BleTransport)
    assert isinstance(make_transport("witmotion/1", "/dev/ttyUSB0", clock), SerialTransport)


@pytest.mark.parametrize(("options", "baud"), [({}, 115200), ({"baud": 9600}, 9600)])
def test_a_port_is_opened_at_the_speed_asked_for(options: dict[str, int], baud: int) -> None:
    termios = pytest.importorskip("termios", reason="Windows has no pseudo-terminals")
    master, slave = os.openpty()

    async def main() -> None:
        transport = make_transport("text_serial/1", os.ttyname(slave), RealClock(), None, options)
        await transport.open(lambda *_: None, lambda _: None)
        try:
            assert termios.tcgetattr(slave)[4:6] == [getattr(termios, f"B{baud}")] * 2
        finally:
            await transport.close()

    try:
        asyncio.run(main())
    finally:
        os.close(master)
        os.close(slave)


def test_what_a_scan_gave_is_used_once_then_the_device_is_looked_for() -> None:
    handle = BLEDevice("F1:F1:F1:F1:F1:01", "GDX-RB 0K2", None)
    make = transports("godirect/1", handle, RealClock())
    first, second, third = (make() for _ in range(3))
    assert [wire._address for wire in (first, second, third)] == [handle, *[handle.address] * 2]
    plain = transports("godirect/1", "GDX-RB 0K2", RealClock())
    assert plain()._address == plain()._address == "GDX-RB 0K2"
