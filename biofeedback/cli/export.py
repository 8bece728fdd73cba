"""``biofeedback export``: a session in the formats of others."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Format", "export"]


class Format(StrEnum):
    """What can be written."""

    CSV = "csv"
    EDF = "edf"


def export(
    session: Annotated[Path, typer.Argument(help="Session folder.")],
    form: Annotated[Format, typer.Option("--format", help="csv (tidy) or edf (EDF+).")],
    out: Annotated[
        Path | None, typer.Option(help="Folder; default: derived/export inside the session.")
    ] = None,
) -> None:
    """Write a session as tidy CSV with units beside it, or as EDF+ with annotations."""
    from biofeedback.core.errors import RecordingError
    from biofeedback.recording.exporters.csv import write_csv
    from biofeedback.recording.exporters.edf import write_edf
    from biofeedback.session.offline import open_session
    from biofeedback.session.sessions import open_reader

    reader = open_reader(session)
    folder = out or reader.folder / "derived" / "export"
    analysis = open_session(session)
    if len(analysis.table) < analysis.table.info.sample_rate_hz:
        raise RecordingError(
            f"{session} holds {len(analysis.table) / 50:.1f} s of data, at least 1 s is needed "
            "to export; analyze it to see what is missing",
            session,
        )
    try:
        if form is Format.CSV:
            paths = write_csv(analysis.table, analysis.events, folder)
        else:
            paths = [folder / f"{reader.folder.name}.edf"]
            write_edf(analysis.table, analysis.events, reader.description, paths[0])
    except OSError as failure:
        raise RecordingError(
            f"cannot write to {folder} ({failure}); choose another with --out", folder
        ) from failure
    for path in paths:
        print(path)
