"""What is fed is recorded, what comes out is hashed."""

from __future__ import annotations

from pathlib import Path

from biofeedback.core.entry import Entry, Tick
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.recording.reader import SessionReader
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.instrument import Instrument
from biofeedback.session.kernel import Kernel
from biofeedback.session.sessions import verify_session
from tests.unit.report.made import DEVICE, made_entries

DESCRIPTION = SessionDescription((DeviceDescription(DEVICE, "imported"),))


def recorded(folder: Path) -> list[Entry]:
    entries: list[Entry] = []
    with SessionWriter(folder, DESCRIPTION) as writer:
        instrument = Instrument(Kernel({DEVICE: Imported()}), writer)
        for entry in made_entries():
            pair = [entry, Tick(entry.host_time_ns)]
            instrument.feed(pair)
            entries += pair
    return entries


def test_every_entry_is_on_disk_in_feed_order(tmp_path: Path) -> None:
    entries = recorded(tmp_path / "s")
    assert list(SessionReader(tmp_path / "s").entries()) == entries


def test_a_replay_is_identical(tmp_path: Path) -> None:
    recorded(tmp_path / "s")
    verification = verify_session(SessionReader(tmp_path / "s"))
    assert verification.identical
    assert verification.checkpoints == len(made_entries())
    assert "replay identical" in verification.in_words()


def test_without_a_writer_it_still_digests() -> None:
    one, other = (Instrument(Kernel({DEVICE: Imported()})) for _ in range(2))
    one.feed(made_entries())
    for entry in made_entries():
        other.feed([entry])
    assert one.digest.hexdigest() == other.digest.hexdigest()
