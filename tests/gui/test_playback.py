"""A recorded session in time."""

from __future__ import annotations

import pytest

from biofeedback.gui.playback import Playback
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.review import Review
from tests.unit.report.made import DEVICE, made_entries


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Review:
    folder = tmp_path_factory.mktemp("sessions") / "made"
    description = SessionDescription((DeviceDescription(DEVICE, "imported"),))
    with SessionWriter(folder, description) as writer:
        for entry in made_entries(length_s=90.0):
            writer.write_entry(entry)
    return Review(folder)


def test_time_goes_on_only_while_playing(review: Review) -> None:
    playback = Playback(review)
    assert not playback.advance(1.0)
    playback.playing, playback.speed = True, 8.0
    assert playback.advance(2.0)
    assert playback.now_s == pytest.approx(16.0)


def test_it_stops_at_the_end_and_stays_inside(review: Review) -> None:
    playback = Playback(review)
    playback.seek(1e9)
    assert playback.now_s == review.length_s
    playback.playing = True
    playback.advance(1.0)
    assert not playback.playing
    playback.seek(-5.0)
    assert playback.now_s == 0.0


def test_playing_and_seeking_show_the_same(review: Review) -> None:
    playing, sought = Playback(review), Playback(review)
    playing.playing = True
    for _ in range(600):
        playing.advance(0.1)
    sought.seek(playing.now_s)
    assert playing.live.cycle == sought.live.cycle
    assert list(playing.live.marks) == list(sought.live.marks)


def test_breaths_are_stepped_through(review: Review) -> None:
    playback = Playback(review)
    playback.seek(40.0)
    after = playback.breath(1)
    assert 0 < after - 40.0 < 5.0
    playback.seek(after)
    assert playback.breath(1) - after == pytest.approx(4.0, abs=0.4)
    assert playback.breath(-1) < after
    playback.seek(0.0)
    assert playback.breath(-1) == 0.0
