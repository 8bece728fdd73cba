"""``biofeedback report``: one self-contained page of a session."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["report"]


def report(
    session: Annotated[Path, typer.Argument(help="Session folder.")],
    out: Annotated[
        Path | None, typer.Option(help="HTML file; default: derived/report.html inside.")
    ] = None,
) -> None:
    """Write the report of a session as one HTML file that can be read anywhere and printed."""
    from biofeedback.report.html import write_report
    from biofeedback.session.offline import open_session
    from biofeedback.session.sessions import open_reader

    reader = open_reader(session)
    path = out or reader.folder / "derived" / "report.html"
    write_report(open_session(session), reader.description, path, reader.torn())
    print(path)
