from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from biofeedback.core.errors import RecordingError, RecordingFormatError, RecordingVersionError
from biofeedback.recording.layout import (
    FORMAT_VERSION,
    SessionDescription,
    home,
    make_private,
    software_versions,
)
from tests.unit.recording.samples import DESCRIPTION

PATH = Path("session.json")


def test_a_description_reads_back_equal() -> None:
    assert SessionDescription.from_json(DESCRIPTION.to_json(), PATH) == DESCRIPTION


def test_a_newer_version_says_what_to_do() -> None:
    newer = dataclasses.replace(DESCRIPTION, format_version=FORMAT_VERSION + 1)
    with pytest.raises(RecordingVersionError, match=r"has format 2, .* up to 1; update"):
        SessionDescription.from_json(newer.to_json(), PATH)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format_version": "new"}', "\x00"])
def test_anything_else_is_no_description(text: str) -> None:
    with pytest.raises(RecordingFormatError, match=r"session\.json is not a session description"):
        SessionDescription.from_json(text, PATH)


@pytest.mark.parametrize("missing", ["devices", "person", "clock", "versions"])
def test_missing_fields_are_named(missing: str) -> None:
    fields = json.loads(DESCRIPTION.to_json())
    del fields[missing]
    with pytest.raises(RecordingFormatError, match=missing):
        SessionDescription.from_json(json.dumps(fields), PATH)


@pytest.mark.parametrize("person", ["../../etc", "Jane Doe", "p" * 33, "ü"])
def test_a_pseudonym_is_safe_in_a_folder_name(person: str) -> None:
    with pytest.raises(RecordingError, match="at most 32 letters"):
        SessionDescription((), person=person)


def test_home_is_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BIOFEEDBACK_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.delenv("BIOFEEDBACK_HOME")
    assert home().parts[-2:] == ("biofeedback", "sessions")


def test_private_is_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(mode=0o644)
    make_private(path)
    make_private(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_versions_tell_what_can_change_a_result() -> None:
    versions = software_versions()
    assert {"python", "platform", "processor", "biofeedback", "numpy", "scipy", "vqf"} == set(
        versions
    )
    assert all(versions[name] for name in ("python", "platform", "numpy"))
