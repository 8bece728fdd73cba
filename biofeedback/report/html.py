"""One self-contained page per session: no script, no network, prints on A4."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

from biofeedback import __version__
from biofeedback.core.errors import RecordingError
from biofeedback.core.results import BreathShare
from biofeedback.recording.layout import SessionDescription, make_private
from biofeedback.report.figures import breathing_svg, loops_svg, share_svg, trunk_svg
from biofeedback.report.model import build_report, clock_words
from biofeedback.session.offline import Analysis

__all__ = ["report_html", "write_report"]


def report_html(analysis: Analysis, description: SessionDescription, torn: str = "") -> str:
    """Make the page of a session.

    Parameters
    ----------
    analysis : Analysis
        The session.
    description : SessionDescription
        Who and when.
    torn : str
        Where the recording ends when it was not closed.

    Returns
    -------
    page : str
        HTML with the pictures inside.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("biofeedback.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = clock_words
    environment.filters["pct"] = _percent
    shares = [event for event in analysis.events if isinstance(event, BreathShare)]
    model = build_report(analysis)
    return environment.get_template("session.html").render(
        model=model,
        description=description,
        when=_when(description),
        torn=torn,
        version=__version__,
        breathing=breathing_svg(analysis),
        loops=loops_svg(analysis),
        course=share_svg(shares, analysis.breaths, model.duration_s),
        trunk=trunk_svg(analysis),
    )


def write_report(
    analysis: Analysis, description: SessionDescription, path: Path, torn: str = ""
) -> None:
    """Write the page; an older one is replaced.

    Parameters
    ----------
    analysis : Analysis
        The session.
    description : SessionDescription
        Who and when.
    path : Path
        Of the HTML file; made private to the user.
    torn : str
        Where the recording ends when it was not closed.

    Raises
    ------
    RecordingError
        If it cannot be written.
    """
    page = report_html(analysis, description, torn)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
        make_private(path)
    except OSError as failure:
        raise RecordingError(
            f"cannot write {path} ({failure}); choose another place with --out", path
        ) from failure


def _percent(value: float) -> str:
    return f"{value:.1f} %" if math.isfinite(value) else "unknown"


def _when(description: SessionDescription) -> str:
    """Say when it was recorded, in the local time of whoever reads."""
    if not description.clock:
        return ""
    moment = datetime.fromisoformat(description.clock[0].utc).astimezone()
    return f"{moment:%A} {moment.day} {moment:%B %Y, %H:%M}"
