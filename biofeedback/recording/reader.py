"""Reads a session folder, whole, torn or damaged, and says what is missing and where it ends.

Reading never changes the original. Entries are numbered, so what is lost in the middle of a
damaged file is known to the entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mcap.records import Channel, DataEnd, Message, Metadata

from biofeedback.core.entry import Entry
from biofeedback.core.errors import RecordingError, RecordingFormatError
from biofeedback.core.stream import Event
from biofeedback.recording.layout import (
    CHANNELS_RECORD,
    DESCRIPTION_RECORD,
    INPUT_FILE,
    OUTPUT_FILE,
    PART,
    REPAIR_RECORD,
    REPAIRED,
    SESSION_FILE,
    TORN,
    SessionDescription,
)
from biofeedback.recording.mcapfile import McapFile, is_held
from biofeedback.recording.messages import entry_of, event_of
from biofeedback.recording.recovery import Unreadable, readable_records

__all__ = ["Digest", "SessionReader"]


@dataclass(frozen=True, slots=True)
class Digest:
    """Hash over everything that came out up to an entry.

    Parameters
    ----------
    feed_index : int
        Last entry fed.
    digest : str
        Hexadecimal.
    """

    feed_index: int
    digest: str


@dataclass(frozen=True, slots=True)
class _Gap:
    """Entries missing between readable ones."""

    first: int
    last: int
    after_ns: int
    before_ns: int


@dataclass(slots=True)
class _Survey:
    """What one walk through a file found."""

    n_messages: int = 0
    first_ns: int = 0
    last_ns: int = 0
    next_index: int = 0
    gaps: list[_Gap] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    repaired: str = ""
    ended: bool = False

    def since_start_s(self, time_ns: int) -> float:
        return (time_ns - self.first_ns) / 1e9


class SessionReader:
    """A session folder.

    Parameters
    ----------
    folder : Path
        The folder, or a file inside it.

    Raises
    ------
    RecordingFormatError
        If it is not a session.
    RecordingVersionError
        If a newer version wrote it.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.exists():
            raise RecordingError(f"{folder} does not exist; check the path", folder)
        self.folder = folder.parent if folder.is_file() else folder
        path = self.folder / SESSION_FILE
        found = _existing(self.folder / INPUT_FILE)
        if found is None:
            raise RecordingFormatError(
                f"{self.folder} holds no {INPUT_FILE}, so it is not a session; choose a session "
                "folder, or use `biofeedback import` for other recordings",
                self.folder,
            )
        self._input = found
        # A kill may come before there was one, and what was in it can be made again.
        self._output = _existing(self.folder / OUTPUT_FILE)
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
        else:
            text = self._kept_description()
        self.description = SessionDescription.from_json(text, path)
        self._torn: str | None = None

    def _kept_description(self) -> str:
        """Return the description that the recording itself keeps, for a lost ``session.json``."""
        with self._input.open("rb") as stream:
            for record in readable_records(stream):
                if isinstance(record, Metadata) and record.name == DESCRIPTION_RECORD:
                    return record.metadata.get(SESSION_FILE, "")
        raise RecordingFormatError(
            f"{self.folder} holds no {SESSION_FILE} and {self._input.name} keeps no copy of it; "
            f"restore {SESSION_FILE} from a copy of the session",
            self.folder,
        )

    def entries(self) -> Iterator[Entry]:
        """Give every readable entry in feed order.

        Yields
        ------
        entry : Entry
        """
        for _, entry in self.numbered_entries():
            yield entry

    def numbered_entries(self) -> Iterator[tuple[int, Entry]]:
        """Give every readable entry with its feed index; a jump shows what is lost.

        Yields
        ------
        feed_index : int
            From 0.
        entry : Entry

        Raises
        ------
        RecordingFormatError
            If the file was sorted by another tool.
        """
        next_index = 0
        for topic, message in _messages(self._input):
            if message.sequence < next_index:
                raise RecordingFormatError(
                    f"entry {message.sequence} of {self._input} comes after entry "
                    f"{next_index - 1}: another tool sorted the file; use the original",
                    self._input,
                )
            next_index = message.sequence + 1
            yield message.sequence, entry_of(topic, message.data, message.log_time)

    def events(self) -> Iterator[Event]:
        """Give the recorded events in the order in which they were written.

        Yields
        ------
        event : Event
        """
        for _, minute in self.minutes():
            if isinstance(minute, Event):
                yield minute

    def digests(self) -> Iterator[Digest]:
        """Give the recorded digests in order.

        Yields
        ------
        digest : Digest
        """
        for _, minute in self.minutes():
            if isinstance(minute, Digest):
                yield minute

    def minutes(self) -> Iterator[tuple[int, Event | Digest]]:
        """Give everything noted of what came out, numbered; a jump shows what is lost.

        Yields
        ------
        number : int
            From 0.
        minute : Event or Digest
        """
        if self._output is None:
            return
        for topic, message in _messages(self._output):
            if topic == "/digest":
                fields = json.loads(message.data)
                yield message.sequence, Digest(int(fields["feed_index"]), str(fields["digest"]))
            else:
                yield message.sequence, event_of(topic, message.data)

    def torn(self) -> str:
        """Say where the recording ends when it was not closed, and what is lost of it.

        Returns
        -------
        words : str
            Empty when everything is there.
        """
        if self._torn is None:
            self._torn = _torn_words(self._input, "entries")
            if not self._torn and self._output is not None:
                minutes = _torn_words(self._output, "messages")
                self._torn = f"is whole, but {OUTPUT_FILE} {minutes}" if minutes else ""
        return self._torn

    def repair(self) -> str:
        """Make whole files of torn ones; what they were is kept beside them as ``*.torn``.

        Returns
        -------
        words : str
            What was torn; empty when there was nothing to repair.

        Raises
        ------
        RecordingError
            If the session is being recorded, was repaired before, or the disk refuses.
        """
        told = []
        for path in (self._input, self._output):
            if path is not None and (words := _repair(path)):
                told.append(words)
        self._input = _existing(self.folder / INPUT_FILE) or self._input
        self._output = _existing(self.folder / OUTPUT_FILE)
        self._torn = None
        return "; ".join(told)


def _existing(path: Path) -> Path | None:
    """Find a recording file in whatever state a kill or a broken-off repair left it."""
    candidates = (path.with_name(path.name + state) for state in ("", PART, REPAIRED, TORN))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _messages(path: Path) -> Iterator[tuple[str, Message]]:
    """Give the readable messages of a file with their topics."""
    topics: dict[int, str] = {}
    with path.open("rb") as stream:
        for record in readable_records(stream):
            if isinstance(record, Message):
                yield topics[record.channel_id], record
            elif isinstance(record, Channel):
                topics[record.id] = record.topic
            elif isinstance(record, Metadata) and record.name == CHANNELS_RECORD:
                # Repeated by the writer for when the chunk that holds the channel is damaged.
                for number, topic in record.metadata.items():
                    topics.setdefault(int(number), topic)


def _survey(path: Path) -> _Survey:
    """Walk through a file once: how far it goes, what is missing."""
    survey = _Survey()
    with path.open("rb") as stream:
        for record in readable_records(stream):
            if isinstance(record, Message):
                if record.sequence > survey.next_index:
                    survey.gaps.append(
                        _Gap(
                            survey.next_index,
                            record.sequence - 1,
                            survey.last_ns or record.log_time,
                            record.log_time,
                        )
                    )
                survey.first_ns = survey.first_ns if survey.n_messages else record.log_time
                survey.last_ns = record.log_time
                survey.next_index = record.sequence + 1
                survey.n_messages += 1
            elif isinstance(record, Unreadable):
                survey.unreadable.append(record)
            elif isinstance(record, DataEnd):
                survey.ended = True
            elif isinstance(record, Metadata) and record.name == REPAIR_RECORD:
                survey.repaired = record.metadata.get("torn", "")
    return survey


def _torn_words(path: Path, what: str) -> str:
    """Say what is missing of a file; nothing when nothing is.

    `what` names its messages.
    """
    survey = _survey(path)
    words = []
    n_bytes = sum(piece.n_bytes for piece in survey.unreadable)
    if survey.repaired:
        words.append(f"was repaired; before that it {survey.repaired}")
    elif not survey.ended:
        begun = "is still being recorded" if is_held(path) else "was not closed"
        words.append(
            f"{begun}: it ends after {survey.since_start_s(survey.last_ns):.2f} s and "
            f"{survey.n_messages} {what}; {n_bytes} bytes could not be read"
        )
    elif n_bytes:
        first = survey.unreadable[0].offset
        words.append(f"is damaged: {n_bytes} bytes from byte {first} on could not be read")
    if not survey.repaired:
        words += [
            f"{what} {gap.first} to {gap.last} are lost ({survey.since_start_s(gap.after_ns):.2f} "
            f"s to {survey.since_start_s(gap.before_ns):.2f} s)"
            for gap in survey.gaps
        ]
    return "; ".join(words)


def _repair(path: Path) -> str:
    """Write a whole file beside a torn one, then let them change places; say what was torn."""
    survey = _survey(path)
    if survey.ended and not survey.unreadable:
        return ""
    if is_held(path):
        raise RecordingError(f"{path} is being recorded; stop that first", path)
    whole = path.with_name(path.name.removesuffix(PART))
    kept, repaired = whole.with_name(whole.name + TORN), whole.with_name(whole.name + REPAIRED)
    if kept.exists() or repaired.exists():
        raise RecordingError(
            f"{kept} or {repaired} exists already and nothing is overwritten; "
            "move them out of the session first",
            kept,
        )
    words = _torn_words(path, "messages")
    beside = repaired.with_name(repaired.name + PART)
    try:
        beside.unlink(missing_ok=True)
        _rewrite(path, McapFile(repaired), words)
        path.rename(kept)
        repaired.rename(whole)
    except OSError as failure:
        raise RecordingError(
            f"cannot repair {path} ({failure}); nothing of it was changed: "
            "free some space, or copy the session to another disk",
            path,
        ) from failure
    return f"{whole.name} {words}"


def _rewrite(source: Path, file: McapFile, words: str) -> None:
    """Copy every readable message; the copy remembers what was torn."""
    file.keep(REPAIR_RECORD, {"torn": words})
    with source.open("rb") as stream:
        for record in readable_records(stream):
            if isinstance(record, Metadata) and record.name == DESCRIPTION_RECORD:
                file.keep(record.name, record.metadata)
    for topic, message in _messages(source):
        file.add(topic, message.data, message.log_time, message.sequence)
    file.finish()
