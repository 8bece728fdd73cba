from __future__ import annotations

from pathlib import Path

import pytest
from mcap.reader import make_reader

from biofeedback.recording.mcapfile import McapFile, is_held
from biofeedback.recording.recovery import readable_records


def contents(path: Path) -> list[str]:
    """The kinds of record that can be read."""
    with path.open("rb") as stream:
        return [type(record).__name__ for record in readable_records(stream)]


def test_it_is_a_part_until_it_is_finished(tmp_path: Path) -> None:
    path, part = tmp_path / "a.mcap", tmp_path / "a.mcap.part"
    file = McapFile(path)
    assert part.exists()
    assert not path.exists()
    assert part.stat().st_mode & 0o777 == 0o600
    file.finish()
    assert path.exists()
    assert not part.exists()


@pytest.mark.parametrize("name", ["a.mcap", "a.mcap.part"])
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("somebody's")
    with pytest.raises(FileExistsError):
        McapFile(tmp_path / "a.mcap")
    assert (tmp_path / name).read_text() == "somebody's"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_new_topic_is_on_disk_at_once_and_twice(tmp_path: Path) -> None:
    file = McapFile(tmp_path / "a.mcap")
    file.add("/tick", b"{}", 5, 0)
    try:
        kinds = contents(tmp_path / "a.mcap.part")
    finally:
        file.abandon()
    assert kinds.count("Channel") == 1
    assert kinds.count("Metadata") == 1
    assert kinds.count("Message") == 1


def test_stock_readers_read_a_finished_file(tmp_path: Path) -> None:
    file = McapFile(tmp_path / "a.mcap")
    file.keep("note", {"who": "p017"})
    for number in range(1000):
        file.add("/event/Sway" if number % 2 else "/packet/x|serial|rx", b"12", number, number)
    file.finish()
    with (tmp_path / "a.mcap").open("rb") as stream:
        reader = make_reader(stream, validate_crcs=True)
        summary = reader.get_summary()
        messages = [
            (message.sequence, message.log_time) for _, _, message in reader.iter_messages()
        ]
        notes = [record.metadata for record in reader.iter_metadata() if record.name == "note"]
    assert summary is not None
    assert summary.statistics is not None
    assert summary.statistics.message_count == 1000
    assert messages == [(number, number) for number in range(1000)]
    assert notes == [{"who": "p017"}]
    assert {s.name for s in summary.schemas.values()} == {"/event/Sway"}


def test_a_file_being_written_is_held_and_others_are_not(tmp_path: Path) -> None:
    file = McapFile(tmp_path / "a.mcap")
    part = tmp_path / "a.mcap.part"
    assert is_held(part)
    file.abandon()
    assert not is_held(part)
    other = McapFile(tmp_path / "b.mcap")
    other.finish()
    assert not is_held(tmp_path / "b.mcap")


def test_a_removed_file_is_noticed(tmp_path: Path) -> None:
    file = McapFile(tmp_path / "a.mcap")
    file.add("/tick", b"{}", 5, 0)
    (tmp_path / "a.mcap.part").unlink()
    with pytest.raises(FileNotFoundError, match="removed while recording"):
        file.flush()
    file.abandon()
