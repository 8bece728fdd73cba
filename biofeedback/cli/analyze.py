"""``biofeedback analyze``: a session's breaths and summary, as files or for programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from biofeedback.core.results import TapAlignment

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
    tap_check_s: Annotated[
        float | None,
        typer.Option(
            "--tap-check",
            min=0,
            help="Only tell the lag between sensors, from the ten seconds after this time (s) in "
            "which somebody coughed, hopped or tapped them.",
        ),
    ] = None,
) -> None:
    """Analyse a session: summary.json, breaths.csv (as live) and breaths_refined.csv."""
    import json

    from biofeedback.session.offline import open_session, tap_check, write_tables
    from biofeedback.session.sessions import open_reader
    from biofeedback.signal.summary import summary_words

    if tap_check_s is not None:
        answers = tap_check(session, tap_check_s)
        for answer in answers:
            print(_lag_words(answer))
        if not answers:
            print("lag        unknown: the recording ends too soon, or has one sensor alone")
            raise typer.Exit(1)
        return
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


def _lag_words(answer: TapAlignment) -> str:
    pair = f"{answer.role} after {answer.reference}"
    if answer.reason:
        return f"lag        {pair}: unknown: {answer.reason}"
    return (
        f"lag        {pair}: {1e3 * answer.lag_s:+.0f} ms ± {2e3 * answer.lag_se_s:.0f} ms, from "
        f"{answer.jolts} jolts; add {answer.lag_s:+.3f} to its lag_s in the kit file"
    )
