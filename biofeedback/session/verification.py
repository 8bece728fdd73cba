"""Replays a recording and compares what comes out with what came out then.

On the machine and with the versions that recorded it, byte for byte: digests over every row and
event, each event, every byte sent. Elsewhere the last bits of floating point differ by right;
then events are compared one to one, times within one row and values within 1e-9.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from biofeedback.core.entry import Entry, Packet
from biofeedback.core.ports import Addressed, Send
from biofeedback.core.stream import Event
from biofeedback.recording.layout import software_versions
from biofeedback.recording.messages import event_message
from biofeedback.recording.reader import SessionReader
from biofeedback.session.digest import OutputDigest
from biofeedback.session.instrument import digest_outputs
from biofeedback.session.kernel import Kernel
from biofeedback.session.snapshot import Snapshot

__all__ = ["Verification", "verify"]

ROW_S = 0.02
TOLERANCE = 1e-9
# What a protocol wants sent is fed back, and recorded, with one of the next groups of entries.
GROUPS_UNTIL_SENT = 2


@dataclass(frozen=True, slots=True)
class Verification:
    """What a replay was compared with, and how it went.

    Parameters
    ----------
    entries : int
        Entries replayed: up to the end, the first lost entry or the first difference.
    rows, events, sends : int
        What came out of the replay.
    checkpoints : int
        Recorded digests reached.
    checkpoints_equal : int
        How many of them are equal, byte for byte.
    events_compared, sends_compared : int
        Recorded events, and packets sent, that had their twin.
    first_difference : str
        Where replay and recording part, in words; empty when they do not.
    same_until_s : float
        Time of the last checkpoint up to which all is equal, s.
    same_until_entry : int
        Feed index of that checkpoint; −1 when there is none.
    torn : str
        What is missing of the recording; empty when nothing is.
    environment : str
        Versions and platform that differ from those that recorded; empty when none does.
    """

    entries: int
    rows: int
    events: int
    sends: int
    checkpoints: int
    checkpoints_equal: int
    events_compared: int
    sends_compared: int
    first_difference: str
    same_until_s: float
    same_until_entry: int
    torn: str
    environment: str

    @property
    def identical(self) -> bool:
        """Everything that was compared is equal; elsewhere, within the tolerance."""
        return not self.first_difference

    def in_words(self) -> str:
        """Say what was compared and the outcome, a line each."""
        lines = [
            f"replayed   {self.entries} entries: {self.rows} rows, {self.events} events, "
            f"{self.sends} sends",
            f"compared   {self.checkpoints} digests over all rows and events, "
            f"{self.events_compared} events, {self.sends_compared} packets sent, "
            + ("within 1e-9 and one row" if self.environment else "byte for byte"),
        ]
        if self.torn:
            lines.append(f"recording  {self.torn}")
        if self.environment:
            lines.append(f"recorded elsewhere: {self.environment}")
        until = f"{self.same_until_s:.2f} s, entry {self.same_until_entry}"
        if self.first_difference:
            lines.append(f"replay DIFFERS: {self.first_difference}")
            lines.append(
                "nothing before it was compared"
                if self.same_until_entry < 0
                else f"common up to {until}"
            )
        elif not self.checkpoints and not self.events_compared:
            lines.append("replay ran; the recording holds nothing to compare with")
        elif self.checkpoints_equal < self.checkpoints:
            lines.append(
                f"replay agrees; {self.checkpoints_equal} of {self.checkpoints} digests are "
                "equal byte for byte"
            )
        elif self.torn:
            lines.append(f"replay identical up to {until}, its last digest")
        else:
            lines.append("replay identical")
        return "\n".join(lines)


def verify(reader: SessionReader, kernel: Kernel) -> Verification:
    """Replay a session and compare every output with the recorded one.

    Digests are compared at the entries at which they were recorded; bytes to send with the
    recorded ``tx`` packets, in order, which shows a changed handshake. After a kill, or up to
    entries that are lost, the common prefix is compared.

    Parameters
    ----------
    reader : SessionReader
        The recording.
    kernel : Kernel
        A fresh one with the session's protocols.

    Returns
    -------
    verification : Verification
    """
    torn = reader.torn()
    environment = _changed(reader.description.versions.items())
    checkpoints = {digest.feed_index: digest.digest for digest in reader.digests()}
    digest = OutputDigest()
    sends = _Sends()
    events = _Events(reader, exact=not environment)
    n_entries = n_rows = n_reached = n_equal = 0
    origin_ns: int | None = None
    same_until_s, same_until_entry = 0.0, -1
    difference = ""
    for group in _groups(reader.numbered_entries(), checkpoints):
        n_entries += len(group)
        origin_ns = group[0].host_time_ns if origin_ns is None else origin_ns
        now_s = (group[-1].host_time_ns - origin_ns) / 1e9
        outputs = kernel.feed_all(group)
        digest_outputs(digest, outputs)
        snapshot = outputs[-1]
        assert isinstance(snapshot, Snapshot)
        n_rows += sum(len(chunk) for chunk in snapshot.table)
        n_rows += sum(len(chunk) for chunks in snapshot.streams.values() for chunk in chunks)
        difference = sends.compare(outputs, group) or events.compare(snapshot.events)
        wanted = checkpoints.get(n_entries - 1)
        if wanted is not None and not difference:
            n_reached += 1
            if digest.hexdigest() == wanted:
                n_equal += 1
                same_until_s, same_until_entry = now_s, n_entries - 1
            elif not environment:
                difference = f"rows between {same_until_s:.2f} s and {now_s:.2f} s"
        if difference:
            break
    else:
        difference = sends.unsent() or ("" if torn else events.unmatched())
    return Verification(
        n_entries,
        n_rows,
        events.count,
        sends.count,
        n_reached,
        n_equal,
        events.n_compared,
        sends.n_compared,
        difference,
        same_until_s,
        same_until_entry,
        torn,
        environment,
    )


def _groups(
    entries: Iterable[tuple[int, Entry]], checkpoints: Container[int]
) -> Iterator[list[Entry]]:
    """Group entries from checkpoint to checkpoint, up to the first one that is lost."""
    group: list[Entry] = []
    for expected, (index, entry) in enumerate(entries):
        if index != expected:
            break
        group.append(entry)
        if index in checkpoints:
            yield group
            group = []
    if group:
        yield group


@dataclass(slots=True)
class _Sends:
    """Bytes the replay wants sent, waiting for their recorded twins."""

    waiting: dict[str, deque[tuple[int, Send]]] = field(default_factory=dict)
    count: int = 0
    n_compared: int = 0
    n_groups: int = 0

    def compare(self, outputs: Iterable[Addressed | Snapshot], group: Iterable[Entry]) -> str:
        """Note what is wanted, compare what was sent; return the first difference in words."""
        for output in outputs:
            if isinstance(output, Addressed):
                self.count += 1
                wanted = self.waiting.setdefault(output.device_id, deque())
                wanted.append((self.n_groups, output.send))
        self.n_groups += 1
        for entry in group:
            if isinstance(entry, Packet) and entry.direction == "tx":
                difference = self._recorded(entry)
                if difference:
                    return difference
                self.n_compared += 1
        return ""

    def _recorded(self, packet: Packet) -> str:
        was = f"{packet.device_id} was sent {packet.payload.hex(' ')} on {packet.endpoint}"
        waiting = self.waiting.get(packet.device_id)
        if not waiting:
            return f"{was}, which the replay does not send"
        _, send = waiting.popleft()
        if (send.endpoint, send.payload) == (packet.endpoint, packet.payload):
            return ""
        return f"{was}, the replay sends {send.payload.hex(' ')} on {send.endpoint}"

    def unsent(self) -> str:
        """Name bytes that the replay wants sent and that were not."""
        for device_id, waiting in self.waiting.items():
            for group, send in waiting:
                if group < self.n_groups - GROUPS_UNTIL_SENT:
                    return f"the replay sends {send.payload.hex(' ')} to {device_id}, unlike then"
        return ""


class _Events:
    """The recorded events, met by those of the replay in the order of each type."""

    def __init__(self, reader: SessionReader, *, exact: bool) -> None:
        self._recorded = _until_lost(reader)
        self._exact = exact
        self._skipped: dict[type[Event], deque[Event]] = {}
        self._missing: Event | None = None
        self.count = 0
        self.n_compared = 0

    def compare(self, events: Iterable[Event]) -> str:
        """Compare new events; return the first difference in words."""
        for event in events:
            self.count += 1
            twin = self._next(type(event))
            if twin is None:
                self._missing = self._missing or event
                continue
            if not _equal(twin, event, exact=self._exact):
                return f"recorded {twin}, replayed {event}"
            self.n_compared += 1
        return ""

    def unmatched(self) -> str:
        """Name an event that only one side has."""
        if self._missing is not None:
            return f"replayed {self._missing}, which was not recorded"
        for skipped in self._skipped.values():
            if skipped:
                return f"recorded {skipped[0]}, which the replay lacks"
        for event in self._recorded:
            return f"recorded {event}, which the replay lacks"
        return ""

    def _next(self, kind: type[Event]) -> Event | None:
        waiting = self._skipped.setdefault(kind, deque())
        while not waiting:
            event = next(self._recorded, None)
            if event is None:
                return None
            self._skipped.setdefault(type(event), deque()).append(event)
        return waiting.popleft()


def _until_lost(reader: SessionReader) -> Iterator[Event]:
    """Give the recorded events up to the first that is lost."""
    for expected, (number, minute) in enumerate(reader.minutes()):
        if number != expected:
            return
        if isinstance(minute, Event):
            yield minute


def _equal(recorded: Event, replayed: Event, *, exact: bool) -> bool:
    if exact:
        return event_message(recorded) == event_message(replayed)
    return all(
        _near(getattr(recorded, field.name), getattr(replayed, field.name), field.name)
        for field in dataclasses.fields(recorded)
    )


def _near(recorded: object, replayed: object, name: str) -> bool:
    if not (isinstance(recorded, float | int) and isinstance(replayed, float | int)):
        return recorded == replayed
    if math.isnan(recorded) or math.isnan(replayed):
        return math.isnan(recorded) and math.isnan(replayed)
    if name.endswith("_s"):
        return abs(recorded - replayed) <= ROW_S + TOLERANCE
    return math.isclose(recorded, replayed, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _changed(recorded: Iterable[tuple[str, str]]) -> str:
    now = software_versions()
    return ", ".join(
        f"{name} {then} (now {now.get(name, 'absent')})"
        for name, then in recorded
        if now.get(name) != then
    )
