"""``biofeedback scan``: who is nearby."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from biofeedback.drivers.scan import Sighting

__all__ = ["scan", "sightings_table"]

LISTEN_S = 5.0
ROUND_S = 2.0
"""A table that is watched is renewed so often, s."""
STALE_S = 5.0


def scan(
    seconds: Annotated[
        float | None,
        typer.Option(min=0.5, help="How long to listen; default: 5, or until Ctrl+C."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="A table that goes on, with when each was last seen.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="For programs; watching, a line each two seconds.")
    ] = False,
) -> None:
    """List sensors in reach: Bluetooth and serial."""
    import asyncio
    import contextlib
    import json

    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    console = Console()
    problems: Sequence[str] = ()
    sightings: Sequence[Sighting] = ()
    live = Live(console=console, auto_refresh=False) if watch and not as_json else None

    def show(new: Sequence[Sighting], now_s: float, new_problems: Sequence[str]) -> None:
        nonlocal problems, sightings
        sightings, problems = new, new_problems
        if as_json:
            rows = [_as_json(sighting, now_s) for sighting in sightings]
            print(json.dumps({"found": rows, "problems": problems}), flush=True)
            return
        hint = "No sensor found. Switch it on, bring it near, close apps that use it."
        shown = Group(
            sightings_table(sightings, now_s) if sightings else Text(hint),
            *(Text(problem, style="yellow") for problem in problems),
        )
        if live is None:
            console.print(shown)
        else:
            live.update(shown, refresh=True)

    with live or contextlib.nullcontext(), contextlib.suppress(KeyboardInterrupt):
        if watch:
            asyncio.run(_rounds(ROUND_S, float("inf") if seconds is None else seconds, show))
        else:
            asyncio.run(_rounds(seconds or LISTEN_S, 0.0, show))
    if problems and not sightings:
        raise typer.Exit(1)


async def _rounds(
    listen_s: float, until_s: float, show: Callable[[Sequence[Sighting], float, list[str]], None]
) -> None:
    """Scan again and again until the time is over; show what is known after each."""
    import asyncio
    import time

    from biofeedback.core.errors import DeviceError
    from biofeedback.drivers.scan import Sightings
    from biofeedback.drivers.scan import scan as scan_for_devices

    seen, begun_s = Sightings(), time.monotonic()
    while True:
        problems: list[DeviceError] = []
        round_s = time.monotonic()
        found = await scan_for_devices(listen_s, complain=problems.append)
        now_s = time.monotonic() - begun_s
        show(seen.update(found, now_s), now_s, list(map(str, problems)))
        if now_s >= until_s:
            return
        # Without a radio a scan ends at once.
        await asyncio.sleep(max(0.0, listen_s - (time.monotonic() - round_s)))


def _as_json(sighting: Sighting, now_s: float) -> dict[str, Any]:
    found = sighting.found
    return {
        "driver": found.driver,
        "others": found.others,
        "address": found.address,
        "name": found.name,
        "rssi_dbm": found.rssi_dbm,
        "seen_s_ago": round(now_s - sighting.seen_s, 1),
    }


def sightings_table(sightings: Iterable[Sighting], now_s: float) -> Table:
    """Lay out who is nearby.

    Parameters
    ----------
    sightings : iterable of Sighting
        One row each; those not heard of for 5 s are dim.
    now_s : float
        Now, on the clock of the sightings, s.

    Returns
    -------
    table : Table
    """
    from rich.table import Table

    table = Table("name", "driver", "address", "signal", "can be", "last seen", box=None)
    for sighting in sightings:
        found, age_s = sighting.found, now_s - sighting.seen_s
        table.add_row(
            found.name,
            " or ".join((found.driver, *found.others)),
            found.address,
            "" if found.rssi_dbm is None else f"{found.rssi_dbm} dBm",
            _can_be((found.driver, *found.others)),
            "now" if age_s < 1.0 else f"{age_s:.0f} s ago",
            style="dim" if age_s > STALE_S else None,
        )
    return table


def _can_be(names: Iterable[str]) -> str:
    """Say where a device of one of these drivers may be worn."""
    from biofeedback.core.roles import Role
    from biofeedback.drivers.registry import drivers

    words = {"belt": "belt", "imu": "motion sensor"}
    kinds = {kind for name in names for kind in drivers()[name].kinds}
    return "; ".join(
        f"{word}: {', '.join(role.site for role in Role if role.kind == kind)}"
        for kind, word in words.items()
        if kind in kinds
    )
