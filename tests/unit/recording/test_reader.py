from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

import pytest
from mcap.writer import Writer

from biofeedback.core.entry import Entry
from biofeedback.core.errors import RecordingError, RecordingFormatError, RecordingVersionError
from biofeedback.core.results import SensorQuality
from biofeedback.recording.layout import FORMAT_VERSION
from biofeedback.recording.reader import Digest, SessionReader
from biofeedback.recording.writer import SessionWriter
from tests.unit.recording.samples import DESCRIPTION, entries, write

N_ENTRIES = 12_000


@pytest.fixture(scope="module")
def written() -> list[Entry]:
    return list(entries(N_ENTRIES))


@pytest.fixture
def session(tmp_path: Path, written: list[Entry]) -> Path:
    folder = tmp_path / "s"
    write(folder, written)
    return folder


def spoil(path: Path, place: int, n_bytes: int = 1) -> None:
    data = bytearray(path.read_bytes())
    for offset in range(place, place + n_bytes):
        data[offset] ^= 0xFF
    path.write_bytes(bytes(data))


def sums(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }


def test_what_was_written_is_read(session: Path, written: list[Entry]) -> None:
    reader = SessionReader(session)
    assert reader.description == DESCRIPTION
    assert list(reader.entries()) == written
    assert list(reader.numbered_entries()) == list(enumerate(written))
    assert reader.torn() == ""


@pytest.mark.parametrize("name", ["input.mcap", "output.mcap", "session.json"])
def test_a_file_inside_stands_for_its_folder(session: Path, name: str) -> None:
    assert SessionReader(session / name).folder == session


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"nowhere does not exist; check the path"):
        SessionReader(tmp_path / "nowhere")


def test_what_is_no_session_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(RecordingFormatError, match=r"no input\.mcap.*biofeedback import"):
        SessionReader(tmp_path)


def test_a_newer_version_is_refused(session: Path) -> None:
    path = session / "session.json"
    fields = json.loads(path.read_text()) | {"format_version": FORMAT_VERSION + 1}
    path.write_text(json.dumps(fields))
    with pytest.raises(RecordingVersionError, match="update the software"):
        SessionReader(session)


def test_a_lost_description_is_found_in_the_recording(session: Path, written: list[Entry]) -> None:
    (session / "session.json").unlink()
    reader = SessionReader(session)
    assert reader.description == DESCRIPTION
    assert list(reader.entries()) == written


def test_without_any_description_it_says_so(session: Path) -> None:
    (session / "session.json").unlink()
    (session / "input.mcap").write_bytes(b"\x89MCAP0\r\n")
    with pytest.raises(RecordingFormatError, match=r"no session\.json"):
        SessionReader(session)


def test_a_cut_recording_says_where_it_ends(session: Path, written: list[Entry]) -> None:
    path = session / "input.mcap"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    reader = SessionReader(session)
    found = list(reader.entries())
    assert found == written[: len(found)]
    assert len(found) > N_ENTRIES // 3
    length_s = (found[-1].host_time_ns - found[0].host_time_ns) / 1e9
    assert reader.torn().startswith(
        f"was not closed: it ends after {length_s:.2f} s and {len(found)} entries; "
    )


def test_an_empty_recording_opens(session: Path) -> None:
    (session / "input.mcap").write_bytes(b"")
    reader = SessionReader(session)
    assert list(reader.entries()) == []
    assert "ends after 0.00 s and 0 entries" in reader.torn()


def test_damage_in_the_middle_names_the_lost_entries(session: Path, written: list[Entry]) -> None:
    path = session / "input.mcap"
    spoil(path, path.stat().st_size // 2, 4)
    reader = SessionReader(session)
    found = dict(reader.numbered_entries())
    lost = sorted(set(range(N_ENTRIES)) - set(found))
    assert 0 < len(lost) < 2000
    assert all(entry == written[index] for index, entry in found.items())
    assert lost == list(range(lost[0], lost[-1] + 1))
    assert f"entries {lost[0]} to {lost[-1]} are lost" in reader.torn()
    assert reader.torn().startswith("is damaged: ")


def test_every_flip_opens_and_tells(session: Path, written: list[Entry]) -> None:
    path = session / "input.mcap"
    whole = path.read_bytes()
    chance = random.Random(3)
    for _ in range(6):
        place = chance.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x20]) + whole[place + 1 :])
        reader = SessionReader(session)
        found = dict(reader.numbered_entries())
        assert all(entry == written[index] for index, entry in found.items())
        assert N_ENTRIES - len(found) < 2000
        assert ("are lost" in reader.torn()) == (len(found) < N_ENTRIES)


def test_damaged_minutes_leave_the_truth_whole(session: Path, written: list[Entry]) -> None:
    (session / "output.mcap").write_bytes(b"")
    reader = SessionReader(session)
    assert list(reader.entries()) == written
    assert list(reader.events()) == []
    assert reader.torn().startswith("is whole, but output.mcap was not closed")
    (session / "output.mcap").unlink()
    assert list(SessionReader(session).digests()) == []


def test_minutes_are_numbered(tmp_path: Path) -> None:
    quality = [
        SensorQuality(t_s=t, decided_s=t, arrival_s=t, role="chest_belt", ok=True, reason=0)
        for t in (1.0, 2.0)
    ]
    with SessionWriter(tmp_path / "s", DESCRIPTION) as writer:
        writer.write_event(quality[0])
        writer.write_digest(7, "ab")
        writer.write_event(quality[1])
    reader = SessionReader(tmp_path / "s")
    assert list(reader.minutes()) == [(0, quality[0]), (1, Digest(7, "ab")), (2, quality[1])]
    assert list(reader.events()) == quality
    assert list(reader.digests()) == [Digest(7, "ab")]


def test_another_tools_order_is_refused(session: Path) -> None:
    (session / "input.mcap").unlink()
    with (session / "input.mcap").open("wb") as stream:
        foreign = Writer(stream)
        foreign.start()
        channel = foreign.register_channel("/tick", "json", 0)
        for number in (0, 2, 1):
            foreign.add_message(channel, 5, b"{}", 5, number)
        foreign.finish()
    with pytest.raises(RecordingFormatError, match="another tool sorted the file"):
        list(SessionReader(session).entries())


def test_reading_changes_nothing(session: Path) -> None:
    path = session / "input.mcap"
    spoil(path, path.stat().st_size // 2)
    before = sums(session)
    reader = SessionReader(session)
    reader.torn()
    list(reader.entries())
    assert sums(session) == before


@pytest.mark.parametrize("state", ["", ".part"])
def test_repair_keeps_what_was_and_remembers(
    session: Path, written: list[Entry], state: str
) -> None:
    path = session / ("input.mcap" + state)
    (session / "input.mcap").rename(path)
    path.write_bytes(path.read_bytes()[:-40_000])
    torn = path.read_bytes()
    reader = SessionReader(session)
    words = reader.torn()
    assert reader.repair().startswith("input.mcap was not closed")
    assert sorted(p.name for p in session.iterdir()) == [
        "derived",
        "input.mcap",
        "input.mcap.torn",
        "output.mcap",
        "session.json",
    ]
    assert (session / "input.mcap.torn").read_bytes() == torn
    again = SessionReader(session)
    found = list(again.entries())
    assert found == written[: len(found)]
    assert f"and {len(found)} " in words
    assert again.torn().startswith("was repaired; before that it was not closed")
    assert again.repair() == ""


def test_a_whole_session_needs_no_repair(session: Path) -> None:
    before = sums(session)
    assert SessionReader(session).repair() == ""
    assert sums(session) == before


def test_repair_overwrites_nothing(session: Path) -> None:
    path = session / "input.mcap"
    path.write_bytes(path.read_bytes()[:-4000])
    (session / "input.mcap.torn").write_text("somebody's")
    with pytest.raises(RecordingError, match="nothing is overwritten"):
        SessionReader(session).repair()
    assert (session / "input.mcap.torn").read_text() == "somebody's"


def test_a_running_recording_is_read_but_not_repaired(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "s", DESCRIPTION) as writer:
        writer.write_entry(next(entries(1)))
        reader = SessionReader(tmp_path / "s")
        assert reader.torn().startswith("is still being recorded")
        with pytest.raises(RecordingError, match="is being recorded; stop that first"):
            reader.repair()
    assert SessionReader(tmp_path / "s").torn() == ""
