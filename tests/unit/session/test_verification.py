"""What a replay is compared with, on whole, torn and damaged recordings, here and elsewhere."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from biofeedback.core.entry import Entry, Tick
from biofeedback.core.ports import Addressed
from biofeedback.core.results import BreathCycle, BreathMark
from biofeedback.core.stream import Event
from biofeedback.drivers.protocols.imported import Imported
from biofeedback.recording import writer as writer_module
from biofeedback.recording.layout import DeviceDescription, SessionDescription
from biofeedback.recording.reader import SessionReader
from biofeedback.recording.writer import SessionWriter
from biofeedback.session.instrument import Instrument
from biofeedback.session.kernel import Kernel
from biofeedback.session.snapshot import Snapshot
from biofeedback.session.verification import Verification, verify
from tests.unit.report.made import DEVICE, made_entries

DESCRIPTION = SessionDescription((DeviceDescription(DEVICE, "imported"),))


def made() -> list[Entry]:
    """Every made entry with a tick behind it, where a digest is taken."""
    return [each for entry in made_entries() for each in (entry, Tick(entry.host_time_ns))]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verification") / "whole"
    with pytest.MonkeyPatch.context() as patch, SessionWriter(folder, DESCRIPTION) as writer:
        # As if every entry came half a second after the one before: each has its own chunk.
        patch.setattr(writer_module, "FLUSH_S", 0.0)
        instrument = Instrument(Kernel({DEVICE: Imported()}), writer)
        for entry in made():
            instrument.feed([entry])
    assert writer.failure is None
    return folder


@pytest.fixture
def session(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "s"))


class Altered(Kernel):
    """A kernel of another version: its events are a little different."""

    def __init__(self, alter: object) -> None:
        super().__init__({DEVICE: Imported()})
        self._alter = alter

    def feed_all(self, entries: Iterable[Entry]) -> tuple[Snapshot | Addressed, ...]:
        outputs = super().feed_all(entries)
        snapshot = outputs[-1]
        assert isinstance(snapshot, Snapshot)
        assert callable(self._alter)
        events = tuple(
            altered for event in snapshot.events if (altered := self._alter(event)) is not None
        )
        return (*outputs[:-1], dataclasses.replace(snapshot, events=events))


def verified(folder: Path, alter: object = None) -> Verification:
    kernel = Kernel({DEVICE: Imported()}) if alter is None else Altered(alter)
    return verify(SessionReader(folder), kernel)


def elsewhere(folder: Path) -> None:
    path = folder / "session.json"
    fields = json.loads(path.read_text())
    fields["versions"]["numpy"] = "0.9"
    path.write_text(json.dumps(fields))


def test_a_whole_recording_is_identical(session: Path) -> None:
    result = verified(session)
    assert result.identical
    assert result.entries == len(made())
    assert result.checkpoints == result.checkpoints_equal == len(made_entries())
    assert result.events == result.events_compared > 20
    assert result.rows > 1000
    assert result.same_until_entry == len(made()) - 1
    words = result.in_words()
    assert "byte for byte" in words
    assert words.endswith("replay identical")


def test_a_torn_recording_is_identical_up_to_its_end(session: Path) -> None:
    for name in ("input.mcap", "output.mcap"):
        path = session / name
        data = path.read_bytes()
        (session / (name + ".part")).write_bytes(data[: int(len(data) * 0.6)])
        path.unlink()
    result = verified(session)
    assert result.identical
    assert "was not closed" in result.torn
    assert 20 < result.entries < 60
    assert 20 < result.same_until_entry < result.entries
    assert 0 < result.events_compared <= result.events
    assert result.in_words().endswith(
        f"replay identical up to {result.same_until_s:.2f} s, "
        f"entry {result.same_until_entry}, its last digest"
    )


def test_after_lost_entries_nothing_is_compared(session: Path) -> None:
    path = session / "input.mcap"
    data = bytearray(path.read_bytes())
    # Inside the compressed messages of a chunk half way.
    data[data.index(b"\x04\x00\x00\x00zstd", len(data) // 2) + 30] ^= 0xFF
    path.write_bytes(bytes(data))
    found = {index for index, _ in SessionReader(session).numbered_entries()}
    (lost,) = set(range(len(made()))) - found
    result = verified(session)
    assert result.identical
    assert result.entries == lost
    assert lost - 2 <= result.same_until_entry < lost
    assert f"entries {lost} to {lost} are lost" in result.in_words()
    assert f"replay identical up to {result.same_until_s:.2f} s, entry" in result.in_words()


def test_a_changed_event_is_named(session: Path) -> None:
    def earlier(event: Event) -> Event:
        if isinstance(event, BreathMark):
            return dataclasses.replace(event, confidence=event.confidence * 0.999)
        return event

    result = verified(session, earlier)
    assert not result.identical
    assert "recorded BreathMark(" in result.first_difference
    assert "replayed BreathMark(" in result.first_difference
    assert result.same_until_s >= 0
    assert "replay DIFFERS" in result.in_words()


def test_an_event_the_replay_lacks_is_named(session: Path) -> None:
    seen: list[Event] = []

    def without_the_last(event: Event) -> Event | None:
        seen.append(event)
        return event if len(seen) < n_events else None

    n_events = len(list(SessionReader(session).events()))
    (session / "output.mcap").unlink()
    with SessionWriter(session.parent / "other", DESCRIPTION) as writer:
        instrument = Instrument(Kernel({DEVICE: Imported()}))
        for entry in made():
            writer.write_entry(entry)
            for event in instrument.feed([entry])[1].events:
                writer.write_event(event)
    result = verified(session.parent / "other", without_the_last)
    assert result.first_difference.endswith("which the replay lacks")


def test_an_event_that_was_not_recorded_is_named(session: Path) -> None:
    with SessionWriter(session.parent / "other", DESCRIPTION) as writer:
        for entry in made():
            writer.write_entry(entry)
    result = verified(session.parent / "other")
    assert result.first_difference.endswith("which was not recorded")
    assert "nothing before it was compared" in result.in_words()


def test_elsewhere_the_last_bits_may_differ(session: Path) -> None:
    def nudged(event: Event) -> Event:
        return dataclasses.replace(
            event, t_s=event.t_s + 0.015, decided_s=event.decided_s * (1 + 1e-12)
        )

    assert not verified(session, nudged).identical
    elsewhere(session)
    result = verified(session, nudged)
    assert result.identical
    assert result.environment.startswith("numpy 0.9 (now ")
    assert result.checkpoints_equal < result.checkpoints
    assert result.events_compared == result.events
    words = result.in_words()
    assert "within 1e-9 and one row" in words
    assert "replay agrees" in words
    assert "replay identical" not in words


def test_elsewhere_all_may_still_be_identical(session: Path) -> None:
    elsewhere(session)
    result = verified(session)
    assert result.checkpoints_equal == result.checkpoints
    assert "replay identical" in result.in_words()


@pytest.mark.parametrize(
    "alter",
    [
        lambda event: dataclasses.replace(event, t_s=event.t_s + 0.021),
        lambda event: (
            dataclasses.replace(event, amplitude=event.amplitude * (1 + 1e-6))
            if isinstance(event, BreathCycle)
            else event
        ),
        lambda event: (
            dataclasses.replace(event, breath=event.breath + 1)
            if isinstance(event, BreathMark)
            else event
        ),
    ],
)
def test_elsewhere_more_than_that_is_a_difference(session: Path, alter: object) -> None:
    elsewhere(session)
    assert not verified(session, alter).identical


def test_damaged_minutes_are_compared_as_far_as_they_go(session: Path) -> None:
    path = session / "output.mcap"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    result = verified(session)
    assert result.identical
    assert result.entries == len(made())
    assert result.events_compared < result.events
    assert "is whole, but output.mcap was not closed" in result.in_words()
