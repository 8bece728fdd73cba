from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from biofeedback.core.entry import Command, Packet, Tick
from biofeedback.core.errors import RecordingError
from biofeedback.recording import writer as writer_module
from biofeedback.recording.layout import ClockPair
from biofeedback.recording.reader import SessionReader
from biofeedback.recording.writer import SessionWriter
from tests.unit.recording.samples import DESCRIPTION, entries

PROJECT = Path(__file__).parents[3]


def test_entries_are_numbered_in_feed_order(tmp_path: Path) -> None:
    written = list(entries(50))
    with SessionWriter(tmp_path / "s", DESCRIPTION) as writer:
        assert [writer.write_entry(entry) for entry in written] == list(range(50))
    assert list(SessionReader(tmp_path / "s").numbered_entries()) == list(enumerate(written))


def test_feed_order_is_kept_where_times_are_not(tmp_path: Path) -> None:
    written = [Tick(time_ns) for time_ns in (5, 3, 3, 9, 1)]
    with SessionWriter(tmp_path / "s", DESCRIPTION) as writer:
        for entry in written:
            writer.write_entry(entry)
    assert list(SessionReader(tmp_path / "s").entries()) == written


def test_the_folder_is_complete_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "deeper" / "s"
    with SessionWriter(folder, DESCRIPTION):
        assert (folder / "input.mcap.part").exists()
    assert sorted(path.name for path in folder.iterdir()) == [
        "derived",
        "input.mcap",
        "output.mcap",
        "session.json",
    ]
    for path in (folder, folder / "derived", folder.parent, folder.parent.parent):
        assert path.stat().st_mode & 0o777 == 0o700
    for name in ("input.mcap", "output.mcap", "session.json"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


def test_an_existing_folder_is_never_touched(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "precious").write_text("x")
    with pytest.raises(RecordingError, match="exists already and nothing is overwritten") as info:
        SessionWriter(folder, DESCRIPTION)
    assert info.value.path == folder
    assert [path.name for path in folder.iterdir()] == ["precious"]


def test_a_second_instance_is_refused(tmp_path: Path) -> None:
    with (
        SessionWriter(tmp_path / "s", DESCRIPTION) as writer,
        pytest.raises(RecordingError, match="choose another folder"),
    ):
        SessionWriter(tmp_path / "s", DESCRIPTION)
    assert writer.failure is None


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match=r"file/s \(.*Not a directory.* MB free\)"):
        SessionWriter(tmp_path / "file" / "s", DESCRIPTION)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")
def test_no_permission_is_a_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    code = f"""
        import os
        from biofeedback.core.errors import RecordingError
        from biofeedback.recording.writer import SessionWriter
        from tests.unit.recording.samples import DESCRIPTION
        from pathlib import Path
        os.setgid(65534)
        os.setuid(65534)
        try:
            SessionWriter(Path({str(tmp_path)!r}) / "s", DESCRIPTION)
        except RecordingError as failure:
            print(failure)
    """
    said = child(code)
    assert "Permission denied" in said
    assert "choose another folder with BIOFEEDBACK_HOME or --out" in said
    assert not (tmp_path / "s").exists()


def child(code: str) -> str:
    """Run code in a process of its own, because it spoils the process."""
    lines = code.splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(line[margin:] for line in lines)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_a_full_disk_keeps_what_was_written(tmp_path: Path) -> None:
    code = f"""
        import resource
        from biofeedback.recording.writer import SessionWriter
        from tests.unit.recording.samples import DESCRIPTION, entries
        from pathlib import Path
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        with SessionWriter(Path({str(tmp_path)!r}) / "s", DESCRIPTION) as writer:
            for entry in entries(20_000):
                writer.write_entry(entry)
        print(writer.failure)
    """
    said = child(code)
    assert "File too large" in said
    assert str(tmp_path / "s") in said
    assert "MB free" in said
    assert "what was written before is safe" in said
    reader = SessionReader(tmp_path / "s")
    found = list(reader.entries())
    assert found == list(entries(20_000))[: len(found)]
    assert len(found) > 2000
    assert f"{len(found)} entries" in reader.torn()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small disk")
@pytest.mark.parametrize("size_kb", [4, 64, 512])
def test_a_really_full_disk_at_any_moment(tmp_path: Path, size_kb: int) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk here: {mounted.stderr.decode().strip()}")
    try:
        if size_kb == 4:
            with pytest.raises(RecordingError, match="No space left on device"):
                SessionWriter(disk / "s", DESCRIPTION)
            assert not (disk / "s").exists()
            return
        with SessionWriter(disk / "s", DESCRIPTION) as writer:
            for entry in entries(20_000):
                writer.write_entry(entry)
        assert "No space left on device" in str(writer.failure)
        found = list(SessionReader(disk / "s").entries())
        assert found == list(entries(20_000))[: len(found)]
        assert len(found) > 10
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_vanished_folder_is_told(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "s", DESCRIPTION) as writer:
        writer.write_entry(Tick(0))
        shutil.rmtree(tmp_path / "s")
    assert writer.failure is not None
    assert "start a new session" in str(writer.failure)


def test_a_stalled_disk_delays_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(writer_module, "SYNC_S", 0.0)
    with SessionWriter(tmp_path / "s", DESCRIPTION) as writer:
        monkeypatch.setattr(os, "fsync", lambda _: answers.wait())
        for entry in entries(2000):
            writer.write_entry(entry)
        assert writer.failure is None
        answers.set()
    assert len(list(SessionReader(tmp_path / "s").entries())) == 2000


def test_a_disk_stalled_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(writer_module, "SYNC_S", 0.0)
    monkeypatch.setattr(writer_module, "FLUSH_S", 0.0)
    monkeypatch.setattr(writer_module, "MOST_WAITING", 100)
    monkeypatch.setattr(writer_module, "PATIENCE_S", 0.05)
    writer = SessionWriter(tmp_path / "s", DESCRIPTION)
    monkeypatch.setattr(os, "fsync", lambda _: answers.wait())
    for entry in entries(2000):
        writer.write_entry(entry)
    assert "100 messages wait for the disk" in str(writer.failure)
    writer.close()
    answers.set()
    found = list(SessionReader(tmp_path / "s").numbered_entries())
    assert [index for index, _ in found] == list(range(len(found)))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Tick(-1), "times begin at 0"),
        (Command(0, "note", {"text": float("nan")}), "give a finite number"),
        (Packet(0, "x/y", "rx", "serial", bytes((1 << 27) + 1)), "the limit is 134217728"),
    ],
)
def test_what_could_not_be_read_back_is_refused_at_once(
    tmp_path: Path, entry: Tick | Command | Packet, words: str
) -> None:
    with SessionWriter(tmp_path / "s", DESCRIPTION) as writer:
        with pytest.raises(RecordingError, match=words):
            writer.write_entry(entry)
        assert writer.write_entry(Tick(1)) == 0
    assert list(SessionReader(tmp_path / "s").entries()) == [Tick(1)]


def test_closing_twice_is_harmless_and_writing_after_it_is_not(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path / "s", DESCRIPTION)
    writer.close()
    writer.close()
    with pytest.raises(RecordingError, match="is closed; start a new session"):
        writer.write_entry(Tick(0))


def test_closing_completes_the_description(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path / "s", DESCRIPTION)
    pair = ClockPair("2026-02-03T10:42:05+00:00", 1_801_000_000_000)
    ended = dataclasses.replace(DESCRIPTION, clock=(*DESCRIPTION.clock, pair))
    writer.close(ended)
    assert SessionReader(tmp_path / "s").description == ended
