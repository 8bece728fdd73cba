"""New sessions get their own folder; failures on the way are raised at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from biofeedback.core.clock import RealClock
from biofeedback.core.errors import RecordingError
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.session.sessions import make_kernel, new_folder, open_reader, recording

DESCRIPTION = SessionDescription((DeviceDescription("imported/x", "imported"),), person="p017")


def test_folders_are_named_by_time_and_person_and_never_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path))
    first = new_folder("p017")
    assert first.parent == tmp_path
    assert first.name.endswith("_p017")
    first.mkdir()
    assert new_folder("p017") != first


def test_the_clock_is_paired_at_both_ends(tmp_path: Path) -> None:
    with recording(tmp_path / "s", DESCRIPTION, RealClock()) as writer:
        assert writer.folder == tmp_path / "s"
    start, end = open_reader(tmp_path / "s").description.clock
    assert end.host_time_ns > start.host_time_ns


def test_an_existing_folder_is_never_overwritten(tmp_path: Path) -> None:
    with recording(tmp_path / "s", DESCRIPTION):
        pass
    before = (tmp_path / "s" / "session.json").read_bytes()
    with pytest.raises(RecordingError, match="exists"), recording(tmp_path / "s", DESCRIPTION):
        pass
    assert (tmp_path / "s" / "session.json").read_bytes() == before


def test_a_failure_inside_still_closes_the_recording(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), recording(tmp_path / "s", DESCRIPTION):
        raise RuntimeError
    assert (tmp_path / "s" / "input.mcap").is_file()


def test_a_kernel_speaks_the_languages_of_the_description() -> None:
    outputs = make_kernel(DESCRIPTION).feed_all(())
    assert [link.device_id for link in outputs[-1].links] == ["imported/x"]  # type: ignore[union-attr]
