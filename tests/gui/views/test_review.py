"""A recording in the same views."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from biofeedback.core.entry import Command
from biofeedback.core.results import SensorQuality
from biofeedback.core.roles import Reason
from biofeedback.gui.bridge import Bridge
from biofeedback.gui.theme import Theme
from biofeedback.gui.views.review import ReviewPage, event_rows
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.review import Review
from biofeedback.session.studio import Studio
from tests.unit.report.made import DEVICE, made_entries
from tests.unit.session.tasked import ended


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    description = SessionDescription((DeviceDescription(DEVICE, "imported"),))
    with SessionWriter(tmp_path / "made", description) as writer:
        for entry in made_entries(length_s=90.0):
            writer.write_entry(entry)
        writer.write_entry(Command(90_000_000_000, "note", {"text": "sat up"}))
    return tmp_path / "made"


def test_a_session_is_sought_stepped_and_played(
    qtbot: QtBot, theme: Theme, studio: Studio, folder: Path
) -> None:
    bridge = Bridge(studio)
    page = ReviewPage(theme, bridge)
    qtbot.addWidget(page)
    page.show_review(Review(folder))
    assert page.playback is not None
    page.seek(70.0)
    assert page.panels.rate.accessibleDescription() == "Rate 15.0 /min, good"
    page.step(-5.0)
    assert page.playback.now_s == 65.0
    page.step_breath(1)
    assert 65.0 < page.playback.now_s < 70.0
    page.set_speed(32.0)
    page.toggle()
    qtbot.waitUntil(lambda: not page.playback.playing, timeout=20_000)  # type: ignore[union-attr]
    assert page.playback.now_s == page.playback.review.length_s
    page.close_session()


def test_notes_are_in_the_table(folder: Path) -> None:
    assert ("note", "sat up") in [row[1:] for row in event_rows(Review(folder).events)]


def test_holds_are_in_the_table_with_their_reason_of_ending() -> None:
    over = ended(90.0, "four_point", 30.0, reason="pain")
    assert list(event_rows([over])) == [
        (90.0, "endurance", "hold on all fours: held 30 s, pain was marked")
    ]


def test_a_start_is_no_event_but_a_lost_sensor_is() -> None:
    rows = event_rows(
        [
            SensorQuality(
                t_s=float(at_s),
                decided_s=float(at_s),
                arrival_s=float(at_s),
                role="chest_belt",
                ok=False,
                reason=int(reason),
            )
            for at_s, reason in enumerate(
                (Reason.SETTLING, Reason.SETTLING | Reason.STALE_CLOCK, Reason.FLAT)
            )
        ]
    )
    assert [row[0] for row in rows] == [2.0]


def test_what_is_no_session_is_said(
    qtbot: QtBot, theme: Theme, studio: Studio, tmp_path: Path
) -> None:
    bridge = Bridge(studio)
    page = ReviewPage(theme, bridge)
    qtbot.addWidget(page)
    page.open(tmp_path / "nothing")

    def said() -> str:
        bridge.look()
        return " ".join(words.text() for words in page.findChildren(QLabel))

    qtbot.waitUntil(lambda: "check the path" in said(), timeout=10_000)
