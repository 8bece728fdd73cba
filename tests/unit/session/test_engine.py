"""The engine over a real serial transport and simulated firmware: starts, records, stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.entry import Command, Entry, LinkChange, Packet
from biofeedback.core.errors import DeviceConnectionError
from biofeedback.core.stream import Event
from biofeedback.drivers.registry import protocol_for
from biofeedback.drivers.serialport import SerialTransport
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.recording.reader import SessionReader
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.engine import Engine, Mail, Mailbox, Wires
from biofeedback.session.instrument import Instrument
from biofeedback.session.kernel import Kernel
from biofeedback.session.live import Live
from biofeedback.session.snapshot import Snapshot
from firmware_sim.faults import CorruptBit
from firmware_sim.link import serial_link
from firmware_sim.scenarios import scenario
from firmware_sim.simulated_time import LoopClock, run
from firmware_sim.wire import Wire
from firmware_sim.witmotion import WitMotionSerial

DEVICE = "witmotion/T1"
SPEED = 5.0
PATIENCE_S = 30.0


def engine_on(writer: SessionWriter | None) -> Engine:
    clock = RealClock(SPEED)
    start_ns = clock.now_ns()

    @asynccontextmanager
    async def wires() -> AsyncIterator[Wires]:
        firmware = WitMotionSerial(scenario("quiet", 120, 1))
        with serial_link(firmware, lambda: (clock.now_ns() - start_ns) // 1000) as port:
            yield {DEVICE: partial(SerialTransport, port.url, 115200, clock)}

    kernel = Kernel({DEVICE: protocol_for(DEVICE)})
    return Engine(Instrument(kernel, writer), clock, wires)


def run_until_tilt(engine: Engine, live: Live) -> None:
    clock = RealClock()
    engine.start()
    engine.command(Command(clock.now_ns(), "assign", {"stream": DEVICE, "role": "pelvis_imu"}))
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        live.update(engine.mailbox.take_all())
        if live.latest("pelvis_tilt_ap_deg") == live.latest("pelvis_tilt_ap_deg"):
            return
        time.sleep(0.02)
    pytest.fail(f"no tilt in {PATIENCE_S} s; links: {live.links}")


def test_a_sensor_is_opened_read_recorded_and_closed(tmp_path: Path) -> None:
    description = SessionDescription((DeviceDescription(DEVICE, "witmotion"),))
    with SessionWriter(tmp_path / "s", description) as writer:
        engine, live = engine_on(writer), Live()
        run_until_tilt(engine, live)
        engine.stop()
        engine.stop()
    assert not engine.running
    entries = list(SessionReader(tmp_path / "s").entries())
    states = [entry.state for entry in entries if isinstance(entry, LinkChange)]
    assert states[:2] == ["opening", "open"]
    assert states[-2:] == ["closing", "closed"]
    directions = {entry.direction for entry in entries if isinstance(entry, Packet)}
    assert directions == {"rx", "tx"}
    assert live.latency_ms


def test_wires_that_cannot_be_opened_are_told_at_start() -> None:
    @asynccontextmanager
    async def wires() -> AsyncIterator[Wires]:
        raise DeviceConnectionError("no Bluetooth to use; plug in an adapter")
        yield {}

    engine = Engine(Instrument(Kernel({})), RealClock(), wires)
    with pytest.raises(DeviceConnectionError, match="plug in"):
        engine.start()


def test_a_failure_inside_ends_the_session_and_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def wires() -> AsyncIterator[Wires]:
        yield {}

    instrument = Instrument(Kernel({}))
    engine = Engine(instrument, RealClock(), wires)
    engine.start()

    def broken(*_: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(instrument, "feed", broken)
    until = time.monotonic() + PATIENCE_S
    while engine.running and time.monotonic() < until:
        time.sleep(0.01)
    with pytest.raises(RuntimeError, match="a bug of ours"):
        engine.stop()


def test_a_mailbox_nobody_empties_drops_the_oldest_and_counts() -> None:
    mailbox = Mailbox(capacity=2)
    for number in range(5):
        mailbox.put(Mail(Snapshot(float(number), {}, (), (), ()), (), 0))
    assert mailbox.dropped == 3
    assert [mail.snapshot.now_s for mail in mailbox.take_all()] == [3.0, 4.0]
    assert mailbox.take_all() == []


def test_a_device_that_refuses_is_tried_anew_and_works_once_it_answers() -> None:
    """Nothing it says can be read for 15 s; its own patience ends after 10."""
    clock = LoopClock()
    device = CorruptBit(WitMotionSerial(scenario("quiet", 60, 1)), 1.0, between_s=(0.0, 15.0))
    states: list[tuple[str, str]] = []

    class Pen:
        def write_entry(self, entry: Entry) -> None:
            if isinstance(entry, LinkChange):
                states.append((entry.state, entry.reason))

        def write_event(self, event: Event) -> None: ...

        def write_digest(self, index: int, digest: str) -> None: ...

    @asynccontextmanager
    async def wires() -> AsyncIterator[Wires]:
        yield {DEVICE: lambda: Wire(device, lambda: clock.now_ns() // 1000)}

    async def main() -> Snapshot:
        kernel = Kernel({DEVICE: protocol_for(DEVICE)})
        engine = Engine(Instrument(kernel, cast(SessionWriter, Pen())), clock, wires)
        working = asyncio.create_task(engine.run())
        await asyncio.sleep(30.0)
        last = engine.mailbox.take_all()[-1].snapshot
        engine.stop()
        await working
        assert not engine.running
        return last

    last = run(main())
    assert [state for state, _ in states] == [
        "opening",
        "open",
        "lost",
        "opening",
        "reopened",
        "closing",
        "closed",
    ]
    assert states[2][1].startswith("nothing readable came in 10 s")
    assert last.links[0].ready
    assert last.links[0].received > 1000
