"""``biofeedback scan``: who is nearby."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["scan"]


def scan(
    seconds: Annotated[float, typer.Option(min=0.5, max=60, help="How long to listen.")] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List sensors in reach: Bluetooth and serial."""
    import asyncio
    import json
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from biofeedback.core.errors import DeviceError
    from biofeedback.drivers.scan import scan as scan_for_devices

    problems: list[str] = []

    def complain(problem: DeviceError) -> None:
        problems.append(str(problem))

    found = asyncio.run(scan_for_devices(seconds, complain=complain))
    if as_json:
        rows = [
            {key: value for key, value in asdict(item).items() if key != "handle"} for item in found
        ]
        print(json.dumps({"found": rows, "problems": problems}))
    else:
        table = Table("driver", "address", "name", "signal", box=None)
        for item in found:
            signal = "" if item.rssi_dbm is None else f"{item.rssi_dbm} dBm"
            table.add_row(item.driver, item.address, item.name, signal)
        console = Console()
        if found:
            console.print(table)
        else:
            console.print("No sensor found. Switch it on, bring it near, close apps that use it.")
        for problem in problems:
            console.print(problem, style="yellow")
    if problems and not found:
        raise typer.Exit(1)
