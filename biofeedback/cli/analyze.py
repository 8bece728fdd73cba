"""``biofeedback analyze``: a session's breaths and summary, as files or for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["analyze"]


def analyze(
    session: Annotated[Path, typer.Argument(help="Session folder.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for summary.json and breaths.csv; default: derived/ inside."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON instead of words.")
    ] = False,
) -> None:
    """Analyse a session: summary.json, breaths.csv (as live) and breaths_refined.csv."""
    import json

    from biofeedback.session.offline import open_session, write_tables
    from biofeedback.session.sessions import open_reader
    from biofeedback.signal.summary import summary_words

    reader = open_reader(session)
    torn = reader.torn()
    analysis = open_session(session)
    summary = analysis.summary | {"torn": torn}
    written = write_tables(analysis, summary, out or reader.folder / "derived")
    if as_json:
        print(json.dumps(summary, indent=2, allow_nan=False))
        return
    if torn:
        print(f"recording  {torn}")
    print(summary_words(summary))
    for path in written:
        print(f"written    {path}")
