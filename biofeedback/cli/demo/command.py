"""``biofeedback demo``: a whole session with a simulated person, recorded, compared, replayed."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    scenario: Annotated[
        str | None,
        typer.Option(
            help="Whom to simulate: coached, seated, belly_breather, paradox, bracer, … "
            "Default: coached with the kit of the clinic, exerciser with that of the trunk, else "
            "seated."
        ),
    ] = None,
    kit: Annotated[
        str,
        typer.Option(
            help="What is worn: clinic (two belts, motion sensor), trunk (two belts, three motion "
            "sensors; exercises), home (one motion sensor on the belly), polar (heart-rate strap "
            "with motion sensor)."
        ),
    ] = "clinic",
    seconds: Annotated[float, typer.Option(min=10, max=3600, help="Length of the session.")] = 60,
    speed: Annotated[
        str,
        typer.Option(help="Session seconds per second; max hands bytes over without a radio."),
    ] = "1",
    seed: Annotated[int, typer.Option(help="Another seed is another day of the same person.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Session folder to make; default: in the sessions folder.")
    ] = None,
    window: Annotated[
        bool | None,
        typer.Option(
            "--window/--no-window",
            help="Show it in the window, with the kit of the clinic. Default: where there is a "
            "display and a terminal to ask.",
        ),
    ] = None,
) -> None:
    """Run a whole session with a simulated person, record it, and check the replay."""
    from biofeedback.cli.demo.announcing import Announcer
    from biofeedback.cli.demo.comparison import compared, intervals_s
    from biofeedback.cli.demo.kits import KITS
    from biofeedback.cli.demo.running import run_directly, run_live
    from biofeedback.cli.demo.wires import simulated_place
    from biofeedback.cli.demo_window import in_window, there_is_a_display
    from biofeedback.cli.speed import parse_speed
    from biofeedback.session.offline import open_session
    from biofeedback.session.sessions import open_reader, recording, verify_session
    from biofeedback.signal.summary import summary_words
    from firmware_sim.scenarios import SCENARIOS
    from firmware_sim.scenarios import scenario as make_body

    factor = parse_speed(speed)
    _must_be_known(kit, KITS, "--kit")
    chosen = KITS[kit]
    scenario = scenario or chosen.scenario
    _must_be_known(scenario, SCENARIOS, "--scenario")
    if window is None:
        window = factor is not None and out is None and kit == "clinic" and there_is_a_display()
    if window:
        if kit != "clinic":
            raise typer.BadParameter(
                f"the window shows the kit clinic, not {kit!r}; use --no-window", param_hint="--kit"
            )
        in_window(partial(simulated_place, scenario=scenario, seed=seed), seconds)
        return
    body = make_body(scenario, seconds, seed)
    firmwares = chosen.firmwares(body, seed)
    announcer = Announcer(body.script)
    with recording(out, chosen.description(scenario)) as writer:
        if factor is None:
            start_ns = run_directly(chosen, firmwares, writer, seconds, announcer)
        else:
            start_ns = run_live(chosen, firmwares, writer, seconds, factor, announcer)
    reader = open_reader(writer.folder)
    origin_ns = next(reader.entries()).host_time_ns
    analysis = open_session(writer.folder)
    print(chosen.in_words)
    print()
    print(summary_words(analysis.summary))
    print()
    straps = [worn.device_id for worn in chosen.worn if worn.device_id.startswith("polar/")]
    rr_s = intervals_s(reader.entries(), straps[0]) if straps else None
    print(compared(analysis, body, (start_ns - origin_ns) / 1e9, rr_s))
    print()
    print(f"session    {writer.folder}")
    verification = verify_session(reader)
    print(verification.in_words())
    if factor is None:
        print("speed max: bytes were handed over directly in simulated time, without a radio")
    if not verification.identical:
        raise typer.Exit(1)


def _must_be_known(name: str, known: Collection[str], option: str) -> None:
    if name not in known:
        raise typer.BadParameter(
            f"{name!r} is not known; known are {', '.join(sorted(known))}", param_hint=option
        )
