"""Run a session with a simulated person, over simulated wires or with bytes handed over."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from biofeedback.cli.demo.announcing import Announcer
    from biofeedback.cli.demo.kits import DemoKit
    from biofeedback.core.entry import Command, Entry, Packet
    from biofeedback.core.ports import Addressed
    from biofeedback.recording.writer import SessionWriter
    from biofeedback.session.engine import Wires
    from firmware_sim.firmware import Emission, Firmware

__all__ = ["run_directly", "run_live"]

STEP_US = 10_000
TICK_US = 250_000
GOODBYE_US = 300_000


def run_live(
    kit: DemoKit,
    firmwares: Mapping[str, Firmware],
    writer: SessionWriter,
    seconds: float,
    factor: float,
    announcer: Announcer,
) -> int:
    """Run over the simulated radio and pseudo-terminals.

    Parameters
    ----------
    kit : DemoKit
        What is worn.
    firmwares : mapping of str to Firmware
        By device id.
    writer : SessionWriter
        Keeps the session.
    seconds : float
        Length of the session, s.
    factor : float
        Session seconds per second.
    announcer : Announcer
        Says what the person does.

    Returns
    -------
    start : int
        When the person began, ns of the session's clock.
    """
    import time

    from biofeedback.cli.demo.wires import simulated_wires
    from biofeedback.cli.terminal import TerminalView
    from biofeedback.core.clock import RealClock
    from biofeedback.session.awake import kept_awake
    from biofeedback.session.engine import Engine
    from biofeedback.session.instrument import Instrument
    from biofeedback.session.sessions import make_kernel

    clock = RealClock(factor)
    started_ns: list[int] = []

    @asynccontextmanager
    async def open_wires() -> AsyncIterator[Wires]:
        started_ns.append(clock.now_ns())
        async with simulated_wires(kit, firmwares, clock, started_ns[0]) as wires:
            yield wires

    engine = Engine(Instrument(make_kernel(kit.description("")), writer), clock, open_wires)
    with kept_awake(), TerminalView("demo") as view:
        engine.start()
        for command in _assignments(kit, clock.now_ns()):
            engine.command(command)
        try:
            while engine.running and clock.now_ns() < started_ns[0] + seconds * 1e9:
                time.sleep(0.05)
                if started_ns:
                    since_s = (clock.now_ns() - started_ns[0]) / 1e9
                    for command in announcer.due(since_s, clock.now_ns):
                        engine.command(command)
                view.show_mail(engine.mailbox.take_all())
        finally:
            engine.stop()
    return started_ns[0]


def run_directly(
    kit: DemoKit,
    firmwares: Mapping[str, Firmware],
    writer: SessionWriter,
    seconds: float,
    announcer: Announcer,
) -> int:
    """Hand bytes over in simulated time, as fast as it goes.

    Parameters
    ----------
    kit : DemoKit
        What is worn.
    firmwares : mapping of str to Firmware
        By device id.
    writer : SessionWriter
        Keeps the session.
    seconds : float
        Length of the session, s.
    announcer : Announcer
        Says what the person does.

    Returns
    -------
    start : int
        When the person began, ns of the session's clock: 0.
    """
    from biofeedback.core.entry import LinkChange, Packet, Tick
    from biofeedback.session.instrument import Instrument
    from biofeedback.session.sessions import make_kernel

    instrument = Instrument(make_kernel(kit.description("")), writer)
    waiting: list[Addressed] = []

    def feed(entries: list[Entry]) -> None:
        sends, _ = instrument.feed(entries)
        waiting.extend(sends)

    feed([Tick(0), *_assignments(kit, 0)])
    for device_id, firmware in firmwares.items():
        firmware.connect(0)
        feed([LinkChange(0, device_id, "open"), *_what_is_read(device_id, firmware)])
    end_us = round(seconds * 1e6) // STEP_US * STEP_US
    for now_us in range(STEP_US, end_us + GOODBYE_US, STEP_US):
        now_ns = now_us * 1000
        entries: list[Entry] = []
        if now_us == end_us:
            entries += [LinkChange(now_ns, name, "closing", "stopped") for name in firmwares]
        sends, waiting = waiting, []
        for addressed in sends:
            device_id, send = addressed.device_id, addressed.send
            entries.append(Packet(now_ns, device_id, "tx", send.endpoint, send.payload))
            answers = firmwares[device_id].write(send.endpoint, send.payload, now_us)
            entries += _packets(device_id, answers)
        for device_id, firmware in firmwares.items():
            entries += _packets(device_id, firmware.advance(now_us))
        entries += announcer.due(now_us / 1e6, partial(int, now_ns))
        if now_us % TICK_US == 0:
            entries.append(Tick(now_ns))
        if entries:
            feed(entries)
    return 0


def _assignments(kit: DemoKit, now_ns: int) -> list[Command]:
    from biofeedback.core.entry import Command

    return [
        Command(
            now_ns,
            "assign",
            {"stream": f"{worn.device_id}/{worn.stream_id}", "role": worn.role.value},
        )
        for worn in kit.worn
    ]


def _what_is_read(device_id: str, firmware: Firmware) -> list[Packet]:
    """Read once what the driver wants to know of the device, as its transport does."""
    from biofeedback.core.entry import Packet
    from biofeedback.drivers.registry import driver

    told = []
    for endpoint in driver(device_id).extra_uuids:
        try:
            told.append(Packet(0, device_id, "rx", endpoint, firmware.read(endpoint, 0)))
        except KeyError:  # it is notified, not read, or not there
            continue
    return told


def _packets(device_id: str, emissions: Iterable[Emission]) -> list[Packet]:
    from biofeedback.core.entry import Packet

    return [
        Packet(sent.time_us * 1000, device_id, "rx", sent.endpoint, sent.payload)
        for sent in emissions
    ]
