"""A recording as a source of entries: paced for the eye, or compared output by output."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Container, Iterable, Iterator
from dataclasses import dataclass, field

from biofeedback.core.clock import Clock
from biofeedback.core.entry import Entry, Packet
from biofeedback.core.ports import Addressed, Send
from biofeedback.recording.layout import software_versions
from biofeedback.recording.reader import SessionReader
from biofeedback.session.digest import OutputDigest
from biofeedback.session.instrument import digest_outputs
from biofeedback.session.kernel import Kernel
from biofeedback.session.snapshot import Snapshot

__all__ = ["Player", "Verification", "verify"]

# Entries closer together than this are given without a pause: half a frame at 60 Hz.
SHORTEST_PAUSE_S = 0.008


class Player:
    """Gives recorded entries at the pace at which they came.

    Parameters
    ----------
    reader : SessionReader
        The recording.
    clock : Clock
        Sets the pace.
    start_s : float
        Entries before this time are given without waiting, so that everything is in the state
        it had then.
    """

    def __init__(self, reader: SessionReader, clock: Clock, start_s: float = 0.0) -> None:
        self._reader = reader
        self._clock = clock
        self._start_s = start_s

    async def __aiter__(self) -> AsyncIterator[Entry]:
        """Give the entries, waiting in between."""
        origin_ns: int | None = None
        began_ns = 0
        for entry in self._reader.entries():
            if origin_ns is None:
                origin_ns = entry.host_time_ns
            due_s = (entry.host_time_ns - origin_ns) / 1e9 - self._start_s
            if due_s > 0:
                if not began_ns:
                    began_ns = self._clock.now_ns()
                wait_s = due_s - (self._clock.now_ns() - began_ns) / 1e9
                if wait_s > SHORTEST_PAUSE_S:
                    await asyncio.sleep(self._clock.real_s(wait_s))
            yield entry


@dataclass(frozen=True, slots=True)
class Verification:
    """What a replay was compared with, and how it went.

    Parameters
    ----------
    entries : int
        Entries replayed.
    rows, events, sends : int
        What came out of the replay.
    checkpoints : int
        Recorded digests compared.
    first_difference : str
        Where replay and recording part, in words; empty when they do not.
    same_until_s : float
        Time of the last checkpoint up to which all is equal, s.
    torn : str
        Where the recording ends when it was not closed; empty when it was.
    environment : str
        Versions and platform that differ from those that recorded; empty when none does.
    """

    entries: int
    rows: int
    events: int
    sends: int
    checkpoints: int
    first_difference: str
    same_until_s: float
    torn: str
    environment: str

    @property
    def identical(self) -> bool:
        """Everything that could be compared is equal."""
        return not self.first_difference

    def in_words(self) -> str:
        """Say what was compared and the outcome, a line each."""
        lines = [
            f"replayed   {self.entries} entries: {self.rows} rows, {self.events} events, "
            f"{self.sends} sends",
            f"compared   {self.checkpoints} digests over all rows and events, byte for byte, "
            "and every byte sent",
        ]
        if self.torn:
            lines.append(f"recording  {self.torn}")
        if self.environment:
            lines.append(f"recorded with other software: {self.environment}")
        if not self.identical:
            lines.append(f"replay DIFFERS: {self.first_difference}")
            lines.append(f"common up to {self.same_until_s:.2f} s")
        elif not self.checkpoints:
            lines.append("replay ran; the recording holds no digest to compare with")
        else:
            until = f" up to {self.same_until_s:.2f} s, its last digest" if self.torn else ""
            lines.append(f"replay identical{until}")
        return "\n".join(lines)


@dataclass(slots=True)
class _Sends:
    """Bytes the replay wanted sent, waiting for their recorded twins."""

    waiting: dict[str, deque[Send]] = field(default_factory=dict)
    count: int = 0

    def wanted(self, addressed: Addressed) -> None:
        self.count += 1
        self.waiting.setdefault(addressed.device_id, deque()).append(addressed.send)

    def recorded(self, packet: Packet) -> str:
        """Compare one recorded ``tx`` packet; return the difference in words."""
        waiting = self.waiting.get(packet.device_id)
        if not waiting:
            return (
                f"{packet.device_id} was sent {packet.payload.hex(' ')}, "
                "which the replay does not send"
            )
        send = waiting.popleft()
        if (send.endpoint, send.payload) == (packet.endpoint, packet.payload):
            return ""
        return (
            f"{packet.device_id} was sent {packet.payload.hex(' ')}, "
            f"the replay sends {send.payload.hex(' ')}"
        )


def verify(reader: SessionReader, kernel: Kernel) -> Verification:
    """Replay a session and compare every output with the recorded one.

    Digests are compared at the entries at which they were recorded; bytes to send with the
    recorded ``tx`` packets, in order, which shows a changed handshake. After a kill the common
    prefix is compared.

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
    checkpoints = {digest.feed_index: digest.digest for digest in reader.digests()}
    digest = OutputDigest()
    sends = _Sends()
    n_entries = n_rows = n_events = n_compared = 0
    origin_ns: int | None = None
    same_until_s = 0.0
    difference = ""
    for group in _groups(reader.entries(), checkpoints):
        n_entries += len(group)
        origin_ns = group[0].host_time_ns if origin_ns is None else origin_ns
        now_s = (group[-1].host_time_ns - origin_ns) / 1e9
        outputs = kernel.feed_all(group)
        digest_outputs(digest, outputs)
        for output in outputs:
            if isinstance(output, Addressed):
                sends.wanted(output)
        for entry in group:
            if isinstance(entry, Packet) and entry.direction == "tx" and not difference:
                difference = _at(sends.recorded(entry), now_s)
        snapshot = outputs[-1]
        assert isinstance(snapshot, Snapshot)
        n_rows += sum(len(chunk) for chunk in snapshot.table)
        n_rows += sum(len(chunk) for chunks in snapshot.streams.values() for chunk in chunks)
        n_events += len(snapshot.events)
        wanted = checkpoints.get(n_entries - 1)
        if wanted is None or difference:
            continue
        n_compared += 1
        if digest.hexdigest() == wanted:
            same_until_s = now_s
        else:
            difference = f"rows or events between {same_until_s:.2f} s and {now_s:.2f} s"
    return Verification(
        n_entries,
        n_rows,
        n_events,
        sends.count,
        n_compared,
        difference,
        same_until_s,
        reader.torn(),
        _changed(reader.description.versions.items()),
    )


def _groups(entries: Iterable[Entry], checkpoints: Container[int]) -> Iterator[list[Entry]]:
    """Group entries from checkpoint to checkpoint: any grouping gives the same outputs."""
    group: list[Entry] = []
    for index, entry in enumerate(entries):
        group.append(entry)
        if index in checkpoints:
            yield group
            group = []
    if group:
        yield group


def _at(difference: str, now_s: float) -> str:
    return f"at {now_s:.2f} s {difference}" if difference else ""


def _changed(recorded: Iterable[tuple[str, str]]) -> str:
    now = software_versions()
    return ", ".join(
        f"{name} {then} (now {now.get(name, 'absent')})"
        for name, then in recorded
        if now.get(name) != then
    )
