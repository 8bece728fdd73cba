"""``biofeedback import``: other people's recordings become ordinary sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["import_recording"]


def import_recording(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, TXT (also .gz), NPZ, EDF, BDF.")],
    maps: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="SITE[.KIND]=COLUMN[,COLUMN…], such as chest=thoracic or "
            "sternum.quat=w,x,y,z; without it the labels are guessed.",
        ),
    ] = None,
    rates: Annotated[
        list[str] | None, typer.Option("--rate-hz", help="R, or SITE=R: samples per second.")
    ] = None,
    time_column: Annotated[
        str | None, typer.Option(help="Column that holds the time of each row.")
    ] = None,
    invert: Annotated[
        list[str] | None, typer.Option(help="Site whose inspiration points down in the file.")
    ] = None,
    units: Annotated[
        list[str] | None, typer.Option("--unit", help="SITE=UNIT or SITE.KIND=UNIT.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Session folder to make; default: in the sessions folder.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Make a session of somebody else's recording; analyze, replay and report it like any other."""
    from rich.console import Console
    from rich.progress import Progress

    from biofeedback.core.entry import Entry, Packet, Tick
    from biofeedback.recording.importers import import_entries, parse_request
    from biofeedback.recording.layout import DeviceDescription, SessionDescription
    from biofeedback.session.instrument import Instrument
    from biofeedback.session.sessions import make_kernel, recording

    request = parse_request(maps or (), rates or (), time_column, invert or (), units or ())
    imported = import_entries(file, request)
    description = SessionDescription(
        (DeviceDescription(imported.device_id, "imported"),),
        source=f"import of {file.name}",
        notes=imported.notes,
    )
    console = Console(stderr=True)
    with (
        recording(out, description) as writer,
        Progress(console=console, disable=quiet or not console.is_terminal) as progress,
    ):
        task = progress.add_task("importing", total=imported.duration_s)
        instrument = Instrument(make_kernel(description), writer)
        for entry in imported.entries():
            # A digest is taken at every tick; a recording of packets alone gets one after each.
            fed: list[Entry] = [entry]
            if isinstance(entry, Packet):
                fed.append(Tick(entry.host_time_ns))
            instrument.feed(fed)
            progress.update(task, completed=entry.host_time_ns / 1e9)
    for stream in imported.streams:
        info = stream.info
        print(
            f"{stream.site.site:8} {len(stream.time_s)} rows, {info.sample_rate_hz:.2f} Hz, "
            f"{stream.time_s[-1] - stream.time_s[0]:.1f} s, "
            f"{', '.join(dict.fromkeys(channel.unit for channel in info.channels))}"
            f"{', inverted' if stream.invert else ''}"
        )
    for note in imported.notes:
        print(f"note     {note}")
    print(f"session  {writer.folder}")
