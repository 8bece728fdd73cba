"""``biofeedback record``: a session with the sensors of a kit file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from biofeedback.cli.terminal import TerminalView
    from biofeedback.core.clock import Clock
    from biofeedback.core.config import Kit
    from biofeedback.core.entry import Command
    from biofeedback.core.stream import Event
    from biofeedback.session.engine import Engine, Wires

__all__ = ["record"]


def record(
    kit: Annotated[
        Path | None,
        typer.Option(help="TOML file that says which sensor is worn where; default: as last time."),
    ] = None,
    board: Annotated[
        list[Path] | None,
        typer.Option(help="TOML file that says what a board prints; with a kit or without."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Session folder to make; default: in the sessions folder.")
    ] = None,
    person: Annotated[str, typer.Option(help="Pseudonym; no names.")] = "",
    seconds: Annotated[
        float | None, typer.Option(min=1, help="Stop by itself; default: until Ctrl+C.")
    ] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="First lead through a guided calibration.")
    ] = False,
    posture: Annotated[str, typer.Option(help="Which the calibration is made in.")] = "sitting",
    task: Annotated[
        str, typer.Option(help="What is done from then on: hold, walk, heel_slide …")
    ] = "",
    side: Annotated[str, typer.Option(help="With which leg: left or right.")] = "",
) -> None:
    """Record from real sensors until Ctrl+C, with a live view in the terminal."""
    import time
    from contextlib import asynccontextmanager

    from biofeedback.cli.terminal import TerminalView
    from biofeedback.core.capability import capability
    from biofeedback.core.clock import RealClock
    from biofeedback.core.config import load_kit
    from biofeedback.core.entry import Command
    from biofeedback.core.task_words import TASK_WORDS
    from biofeedback.drivers.registry import drivers
    from biofeedback.recording.layout import DeviceDescription, SessionDescription
    from biofeedback.session.awake import kept_awake
    from biofeedback.session.engine import Engine
    from biofeedback.session.instrument import Instrument
    from biofeedback.session.remembered import last_kit_file
    from biofeedback.session.sessions import make_kernel, recording

    if task not in ("", *TASK_WORDS) or side not in ("", "left", "right"):
        raise typer.BadParameter(
            f"task {task!r}, side {side!r}; tasks are {', '.join(TASK_WORDS)}; sides left, right"
        )
    if kit is None and not board:
        kit = last_kit_file()
        if not kit.is_file():
            raise typer.BadParameter(
                "say what is worn: --kit FILE, --board FILE, or both; what is put on in the window "
                "is remembered, and used when neither is given"
            )
        print(f"as last time ({kit})")
    chosen = load_kit(kit, {spec.name: spec.kinds for spec in drivers().values()}, board or ())
    print(capability([sensor.role for sensor in chosen.sensors]))
    # A board with several sensors is one device.
    devices = {
        sensor.device_id: DeviceDescription(sensor.device_id, sensor.driver, sensor.options)
        for sensor in chosen.sensors
    }
    description = SessionDescription(
        tuple(devices.values()),
        person=person,
        source=f"record, kit {chosen.name}",
    )
    clock = RealClock()

    @asynccontextmanager
    async def open_wires() -> AsyncIterator[Wires]:
        yield _wires(chosen, clock)

    with recording(out, description, clock) as writer:
        engine = Engine(Instrument(make_kernel(description), writer), clock, open_wires)
        view = TerminalView(str(writer.folder))
        with kept_awake():
            engine.start()
            for sensor in chosen.sensors:
                arguments = {
                    "stream": sensor.stream_key,
                    "role": sensor.role.value,
                    "invert": sensor.invert,
                }
                engine.command(Command(clock.now_ns(), "assign", arguments))
                if sensor.lag_s is not None:
                    engine.command(
                        Command(
                            clock.now_ns(),
                            "lag",
                            {"stream": sensor.stream_key, "lag_s": sensor.lag_s},
                        )
                    )
            try:
                if calibrate:
                    _calibrate(chosen, person, posture, clock, engine, view)
                started_ns = clock.now_ns()
                if task:
                    engine.command(Command(started_ns, "task", {"name": task, "side": side}))
                with view:
                    while engine.running and writer.failure is None:
                        view.show_mail(engine.mailbox.take_all())
                        if seconds and clock.now_ns() - started_ns > seconds * 1e9:
                            break
                        time.sleep(0.05)
            except KeyboardInterrupt:
                print("stopping, saving")
            finally:
                engine.stop()
        links = view.live.links
        print(f"session  {writer.folder}")
    if not any(link.received for link in links):
        for link in links:
            print(f"{link.device_id}: {link.reason or link.state}")
        print("no sensor sent anything; run `biofeedback doctor` and `biofeedback scan`")
        raise typer.Exit(1)


def _calibrate(
    kit: Kit, person: str, posture: str, clock: Clock, engine: Engine, view: TerminalView
) -> None:
    """Lead through a guided calibration, and say how it compares with last time."""
    import time
    from datetime import date

    from biofeedback.cli.guiding import Lines, lead
    from biofeedback.core.roles import Role
    from biofeedback.session.guide import Guide
    from biofeedback.session.last_calibration import Belts, compare_and_keep

    def give(commands: Iterable[Command]) -> None:
        for command in commands:
            engine.command(command)

    def wait() -> list[Event]:
        time.sleep(0.05)
        mails = engine.mailbox.take_all()
        view.show_mail(mails)
        return [event for mail in mails for event in mail.snapshot.events]

    lines = Lines()
    worn = {sensor.role: sensor.device_id for sensor in kit.sensors}
    guide = Guide(worn, posture)
    lead(guide, clock.now_ns, give, wait, lambda: lines.take() if engine.running else "q")
    if guide.result is not None:
        belts = Belts(person, worn[Role.CHEST_BELT], worn[Role.ABDOMEN_BELT], posture)
        print(f"  {compare_and_keep(guide.result, belts, date.today().isoformat()).words}")


def _wires(kit: Kit, clock: Clock) -> Wires:
    from functools import partial

    from biofeedback.drivers.device import make_transport

    return {
        sensor.device_id: partial(
            make_transport, sensor.device_id, sensor.address, clock, None, sensor.options
        )
        for sensor in kit.sensors
    }
