"""Whole sessions in simulated time: real links, engine and kernel; firmwares on wires in memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from biofeedback.core.entry import Command, Entry, LinkChange
from biofeedback.core.ports import DeviceProtocol
from biofeedback.core.results import SensorQuality
from biofeedback.core.roles import Reason
from biofeedback.core.stream import Event
from biofeedback.drivers.registry import driver
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.engine import Engine, Wires
from biofeedback.session.instrument import Instrument
from biofeedback.session.kernel import Kernel
from biofeedback.session.snapshot import LinkStatus
from firmware_sim.faults import Fault
from firmware_sim.firmware import Emission, Firmware
from firmware_sim.simulated_time import LoopClock, run
from firmware_sim.wire import Wire

__all__ = ["Outcome", "Sensor", "Tap", "simulate"]

LOOK_S = 0.25


class Tap(Fault):
    """Counts the samples that a device sends, before anything befalls them.

    Parameters
    ----------
    inner : Firmware
        The device itself.
    count : callable
        Number of samples in an emission.

    Attributes
    ----------
    sent : list of (float, int)
        Time and number of samples of each emission that holds any, s.
    """

    def __init__(self, inner: Firmware, count: Callable[[Emission], int]) -> None:
        super().__init__(inner)
        self._count = count
        self.sent: list[tuple[float, int]] = []

    def _spoil(self, emissions: list[Emission], now_us: int) -> list[Emission]:
        for emission in emissions:
            if n_samples := self._count(emission):
                self.sent.append((emission.time_us / 1e6, n_samples))
        return emissions


@dataclass(frozen=True, slots=True)
class Sensor:
    """A device at the end of its wire, and its language."""

    protocol: DeviceProtocol
    firmware: Firmware


@dataclass
class Outcome:
    """What became of a session."""

    entries: list[Entry] = field(default_factory=list)
    reasons: set[Reason] = field(default_factory=set)
    links: list[tuple[float, dict[str, LinkStatus]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def last(self) -> dict[str, LinkStatus]:
        """How every device was doing at the end."""
        return self.links[-1][1]

    def changes(self, device_id: str) -> list[LinkChange]:
        """What its link told."""
        return [
            entry
            for entry in self.entries
            if isinstance(entry, LinkChange) and entry.device_id == device_id
        ]

    # What an instrument asks of whoever writes its session down.

    def write_entry(self, entry: Entry) -> None:
        """Keep an entry."""
        self.entries.append(entry)

    def write_event(self, event: Event) -> None:
        """Keep why a sensor was not trusted."""
        if isinstance(event, SensorQuality):
            self.reasons.add(Reason(event.reason))

    def write_digest(self, index: int, digest: str) -> None:
        """Nothing is replayed here."""


class _Complaints(logging.Handler):
    """Collects what was logged as an error: nothing that is survived should be one."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._problems = problems

    def emit(self, record: logging.LogRecord) -> None:
        self._problems.append(record.getMessage())


def simulate(
    sensors: Mapping[str, Sensor],
    seconds: float,
    *,
    roles: Mapping[str, str] | None = None,
    writer: SessionWriter | None = None,
    step_s: float = 0.01,
) -> Outcome:
    """Hold a session.

    Parameters
    ----------
    sensors : mapping of str to Sensor
        By device id.
    seconds : float
        How long, s.
    roles : mapping of str to str or None
        Where they are worn.
    writer : SessionWriter or None
        Records it as well.
    step_s : float
        How often wires are looked at, s: arrivals are late by up to so much.

    Returns
    -------
    outcome : Outcome
    """
    outcome = Outcome()
    complaints = _Complaints(outcome.problems)
    logging.getLogger().addHandler(complaints)
    try:
        run(_attend(outcome, sensors, seconds, roles or {}, writer, step_s))
    finally:
        logging.getLogger().removeHandler(complaints)
    return outcome


async def _attend(
    outcome: Outcome,
    sensors: Mapping[str, Sensor],
    seconds: float,
    roles: Mapping[str, str],
    writer: SessionWriter | None,
    step_s: float,
) -> None:
    clock = LoopClock()

    def wire(device_id: str) -> Wire:
        return Wire(
            sensors[device_id].firmware,
            lambda: clock.now_ns() // 1000,
            step_s=step_s,
            reads=driver(device_id).extra_uuids,
        )

    @asynccontextmanager
    async def wires() -> AsyncIterator[Wires]:
        yield {device_id: partial(wire, device_id) for device_id in sensors}

    kernel = Kernel({device_id: sensor.protocol for device_id, sensor in sensors.items()})
    pen: Any = outcome if writer is None else _Both(outcome, writer)
    engine = Engine(Instrument(kernel, pen), clock, wires)
    working = asyncio.create_task(engine.run())
    await asyncio.sleep(0)
    for device_id, role in roles.items():
        engine.command(
            Command(clock.now_ns(), "assign", {"stream": device_id, "role": role, "invert": False})
        )
    for _ in range(round(seconds / LOOK_S)):
        await asyncio.sleep(LOOK_S)
        _look(engine, outcome)
        if working.done():
            break
    engine.stop()
    if failure := (await asyncio.gather(working, return_exceptions=True))[0]:
        outcome.problems.append(repr(failure))
    _look(engine, outcome)


def _look(engine: Engine, outcome: Outcome) -> None:
    """Take the mail; keep how every device is doing."""
    mail = engine.mailbox.take_all()
    if mail:
        snapshot = mail[-1].snapshot
        outcome.links.append((snapshot.now_s, {link.device_id: link for link in snapshot.links}))


class _Both:
    """Two pens at once."""

    def __init__(self, *pens: Any) -> None:
        self._pens: Sequence[Any] = pens

    def __getattr__(self, name: str) -> Callable[..., None]:
        def write(*arguments: object) -> None:
            for pen in self._pens:
                getattr(pen, name)(*arguments)

        return write
