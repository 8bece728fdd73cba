"""The page is whole, alone and private."""

from __future__ import annotations

import os
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from biofeedback.core.errors import RecordingError
from biofeedback.recording.layout import ClockPair, DeviceDescription, SessionDescription
from biofeedback.report.html import report_html, write_report
from tests.unit.report.made import DEVICE, made_session

DESCRIPTION = SessionDescription(
    (DeviceDescription(DEVICE, "imported"),),
    person="wren-07",
    clock=(ClockPair("2026-11-22T13:40:00+00:00", 0),),
)


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href") and value and not value.startswith("#"):
                self.outside.append(value)
        if tag == "script":
            self.outside.append("script")


def test_the_page_needs_nothing_from_outside() -> None:
    links = Links()
    links.feed(report_html(made_session(), DESCRIPTION))
    assert links.outside == []


def test_person_and_day_are_said() -> None:
    page = report_html(made_session(), DESCRIPTION)
    assert "wren-07" in page
    assert "November 2026" in page
    assert "Not a medical device" in page


def test_a_torn_recording_says_so() -> None:
    page = report_html(made_session(), DESCRIPTION, "was not closed: it ends after 12.00 s")
    assert "ends after 12.00 s" in page


def test_the_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "derived" / "report.html"
    write_report(made_session(), DESCRIPTION, path)
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="--out"):
        write_report(made_session(), DESCRIPTION, tmp_path / "file" / "report.html")
