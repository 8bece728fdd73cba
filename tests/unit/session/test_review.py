"""A recorded session at any moment is what was live at that moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biofeedback.core.entry import Command
from biofeedback.core.errors import RecordingError
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.live import Live
from biofeedback.session.review import Review
from biofeedback.session.sessions import make_kernel
from biofeedback.session.snapshot import Snapshot
from tests.unit.report.made import DEVICE, made_entries

DESCRIPTION = SessionDescription((DeviceDescription(DEVICE, "imported"),))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sessions") / "made"
    with SessionWriter(folder, DESCRIPTION) as writer:
        for entry in made_entries(length_s=120.0):
            writer.write_entry(entry)
        writer.write_entry(Command(121_000_000_000, "mark", {"text": "cough"}))
    return folder


def live_until(t_s: float) -> Live:
    live = Live()
    kernel = make_kernel(DESCRIPTION)
    for entry in made_entries(length_s=120.0):
        if entry.host_time_ns > t_s * 1e9:
            break
        snapshot = kernel.feed(entry)[-1]
        assert isinstance(snapshot, Snapshot)
        live.update_snapshot(snapshot)
    return live


@pytest.mark.parametrize("t_s", [33.3, 80.0, 118.0])
def test_a_moment_shows_what_was_live_then(folder: Path, t_s: float) -> None:
    review, live = Review(folder), live_until(t_s)
    then = review.live_at(t_s)
    assert then.cycle == live.cycle
    assert then.share == live.share
    assert then.baseline == live.baseline
    assert list(then.marks) == list(live.marks)
    assert [link.state for link in then.links] == [link.state for link in live.links]
    t_live, chest_live = live.table.column("chest_excursion")
    t_then, chest_then = then.table.column("chest_excursion")
    shown = t_live > t_s - 59
    assert np.array_equal(t_then[-shown.sum() :], t_live[shown])
    assert np.array_equal(chest_then[-shown.sum() :], chest_live[shown])


def test_going_on_is_the_same_as_seeking(folder: Path) -> None:
    review = Review(folder)
    going = review.live_at(40.0)
    for t_s in np.arange(40.0, 90.0, 0.7):
        going.update_snapshot(review.between(t_s, min(t_s + 0.7, 90.0)))
    sought = review.live_at(90.0)
    assert going.cycle == sought.cycle
    shown = going.table.column("chest_excursion")[0]
    assert np.array_equal(shown[-2000:], sought.table.column("chest_excursion")[0][-2000:])


def test_the_whole_column_and_its_marks_are_there(folder: Path) -> None:
    review = Review(folder)
    t_s, chest = review.column("chest_excursion")
    assert t_s[-1] > 115
    assert np.isfinite(chest).mean() > 0.9
    assert review.length_s == pytest.approx(121.0)
    assert review.live_at(121.0).flags[-1].argument("text") == "cough"


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="check the path"):
        Review(tmp_path / "nowhere")
