"""A simulated person wears simulated sensors; everything on this side of the air is the product.

The only module that knows both houses. Two Go Direct belts speak over a simulated radio to the
real bleak, a WitMotion IMU over a pseudo-terminal (loopback TCP where there is none) to the real
pyserial.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from biofeedback.core.clock import Clock
    from biofeedback.recording.writer import SessionWriter
    from biofeedback.session.engine import Wires
    from biofeedback.session.offline import Analysis
    from firmware_sim.body import Body, Truth
    from firmware_sim.firmware import Firmware

__all__ = ["demo"]

CHEST, ABDOMEN, PELVIS = "godirect/0K2001C1", "godirect/0K2001A2", "witmotion/SIM1"
ROLES = {CHEST: "chest_belt", ABDOMEN: "abdomen_belt", PELVIS: "pelvis_imu"}
ADDRESSES = {CHEST: "F1:F1:F1:F1:F1:01", ABDOMEN: "F1:F1:F1:F1:F1:02"}
# Cheap oscillators are off by tenths of a per cent, each its own way: the demo shows that the
# time base copes.
CLOCK_ERRORS = {CHEST: +0.003, ABDOMEN: -0.002, PELVIS: +0.007}
STEP_US = 10_000
TICK_US = 250_000
GOODBYE_US = 300_000
MATCH_S = 0.5


def demo(
    scenario: Annotated[
        str, typer.Option(help="Whom to simulate: coached, belly_breather, paradox, bracer, …")
    ] = "coached",
    seconds: Annotated[float, typer.Option(min=10, max=3600, help="Length of the session.")] = 60,
    speed: Annotated[
        str,
        typer.Option(help="Session seconds per second; max hands bytes over without a radio."),
    ] = "1",
    seed: Annotated[int, typer.Option(help="Another seed is another day of the same person.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Session folder to make; default: in the sessions folder.")
    ] = None,
) -> None:
    """Run a whole session with a simulated person, record it, and check the replay."""
    from biofeedback.cli.speed import parse_speed
    from biofeedback.session.offline import open_session
    from biofeedback.session.sessions import open_reader, recording, verify_session
    from firmware_sim.scenarios import SCENARIOS
    from firmware_sim.scenarios import scenario as make_body

    factor = parse_speed(speed)
    if scenario not in SCENARIOS:
        raise typer.BadParameter(
            f"{scenario!r} is not known; known are {', '.join(sorted(SCENARIOS))}",
            param_hint="--scenario",
        )
    body = make_body(scenario, seconds, seed)
    firmwares = _firmwares(body, seed)
    with recording(out, _description(scenario)) as (folder, writer):
        if factor is None:
            start_ns = _run_directly(firmwares, writer, seconds)
        else:
            start_ns = _run_live(firmwares, writer, seconds, factor)
    reader = open_reader(folder)
    origin_ns = next(reader.entries()).host_time_ns
    truth_starts_s = (start_ns - origin_ns) / 1e9
    print(_comparison(open_session(folder), body.truth, truth_starts_s))
    print(f"session    {folder}")
    verification = verify_session(reader)
    print(verification.in_words())
    if factor is None:
        print("speed max: bytes were handed over directly in simulated time, without a radio")
    if not verification.identical:
        raise typer.Exit(1)


def _firmwares(body: Body, seed: int) -> dict[str, Firmware]:
    from firmware_sim.godirect import GoDirectBelt
    from firmware_sim.witmotion import WitMotionSerial

    belts: dict[str, Firmware] = {
        device_id: GoDirectBelt(
            body,
            site=site,
            serial=device_id.partition("/")[2],
            seed=seed + number,
            clock_error=CLOCK_ERRORS[device_id],
        )
        for number, (device_id, site) in enumerate(((CHEST, "chest"), (ABDOMEN, "abdomen")))
    }
    imu = WitMotionSerial(body, site="pelvis", seed=seed + 2, clock_error=CLOCK_ERRORS[PELVIS])
    return {**belts, PELVIS: imu}


def _run_live(
    firmwares: Mapping[str, Firmware], writer: SessionWriter, seconds: float, factor: float
) -> int:
    """Run over the simulated radio and the pseudo-terminal; return when the body began."""
    import time
    from contextlib import asynccontextmanager

    from biofeedback.cli.terminal import TerminalView
    from biofeedback.core.clock import RealClock
    from biofeedback.session.awake import kept_awake
    from biofeedback.session.engine import Engine
    from biofeedback.session.instrument import Instrument

    clock = RealClock(factor)
    started_ns: list[int] = []

    @asynccontextmanager
    async def open_wires() -> AsyncIterator[Wires]:
        started_ns.append(clock.now_ns())
        async with _simulated_wires(firmwares, clock, started_ns[0]) as wires:
            yield wires

    engine = Engine(Instrument(_kernel(), writer), clock, open_wires)
    with kept_awake(), TerminalView("demo") as view:
        engine.start()
        _assign(engine.command, clock.now_ns())
        try:
            while engine.running and clock.now_ns() < started_ns[0] + seconds * 1e9:
                time.sleep(0.05)
                view.show_mail(engine.mailbox.take_all())
        finally:
            engine.stop()
    return started_ns[0]
