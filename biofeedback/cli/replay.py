"""``biofeedback replay``: a session again, at any speed, through the same kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["replay"]


def replay(
    session: Annotated[Path, typer.Argument(help="Session folder.")],
    speed: Annotated[str, typer.Option(help="Session seconds per second, or max.")] = "1",
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare every output with the recorded one.")
    ] = False,
    start_s: Annotated[float, typer.Option(min=0, help="Where to start showing, s.")] = 0.0,
) -> None:
    """Replay a session; with --verify, say whether it came out the same."""
    from biofeedback.cli.speed import parse_speed
    from biofeedback.session.sessions import open_reader, verify_session

    factor = parse_speed(speed)
    reader = open_reader(session)
    if factor is not None and not verify:
        _show(session, factor, start_s)
        return
    verification = verify_session(reader)
    print(verification.in_words())
    if verify and not verification.identical:
        raise typer.Exit(1)


def _show(session: Path, factor: float, start_s: float) -> None:
    """Show the session in the terminal as it was live."""
    import asyncio

    from biofeedback.cli.terminal import TerminalView
    from biofeedback.core.clock import RealClock
    from biofeedback.session.player import Player
    from biofeedback.session.sessions import make_kernel, open_reader
    from biofeedback.session.snapshot import Snapshot

    async def play() -> None:
        reader = open_reader(session)
        kernel = make_kernel(reader.description)
        player = Player(reader, RealClock(factor), start_s=start_s)
        with TerminalView(f"replay ×{factor:g}") as view:
            async for entry in player:
                snapshot = kernel.feed(entry)[-1]
                assert isinstance(snapshot, Snapshot)
                view.show(snapshot)

    asyncio.run(play())
