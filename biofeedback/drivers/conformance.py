"""The suite that every device language has to pass, shipped so that third parties can run it."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from biofeedback.core.entry import Packet
from biofeedback.core.ports import (
    DeviceProtocol,
    Garbage,
    Output,
    Ready,
    Refused,
    Samples,
    Send,
    Status,
)

__all__ = ["JUNK", "Account", "Conversation", "Step", "check_device_protocol", "read_conversation"]

STEP_NS = 10_000_000
TICK_NS = 250_000_000
MOST_TICKS = 60
"""Ticks after which an expected command must have come: a quarter of a minute."""
MOST_MEMORY_BYTES = 64 * 1024
"""What a protocol may keep of bytes that make no sense: far more than any frame."""
JUNK = (b"\x00", bytes(range(1, 8)))


@dataclass(frozen=True, slots=True)
class Step:
    """One frame of a conversation, as seen from the host.

    Parameters
    ----------
    direction : {"tx", "rx"}
        To the device, or from it.
    endpoint : str
        GATT characteristic UUID or ``"serial"``.
    payload : bytes
        The whole frame.
    """

    direction: Literal["rx", "tx"]
    endpoint: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Conversation:
    """A golden conversation from start to stop.

    Parameters
    ----------
    name : str
        For messages.
    steps : tuple of Step
        In order. Commands behind the last ``rx`` are what ``stop`` says.
    """

    name: str
    steps: tuple[Step, ...]


@dataclass(slots=True)
class Account:
    """What a protocol made of a conversation, comparable however the bytes were cut.

    Parameters
    ----------
    sent : list of (str, bytes)
        Endpoint and payload of every command.
    ready : list of Ready
        Announcements.
    samples : dict of str to list of tuple of float
        By stream: sample number (NaN if none), device time (NaN if none), values.
    status : list of (str, float)
        What the device told of itself.
    refused : list of Refused
        Handshakes that failed.
    garbage : bytes
        All bytes skipped, joined.
    """

    sent: list[tuple[str, bytes]] = field(default_factory=list)
    ready: list[Ready] = field(default_factory=list)
    samples: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    status: list[tuple[str, float]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    garbage: bytes = b""

    def add(self, outputs: Iterable[Output]) -> None:
        """Add answers.

        Parameters
        ----------
        outputs : iterable of Output
            As a protocol gave them.
        """
        for output in outputs:
            match output:
                case Send():
                    self.sent.append((output.endpoint, output.payload))
                case Ready():
                    self.ready.append(output)
                case Samples():
                    self._samples(output)
                case Status():
                    self.status.append((output.name, output.value))
                case Refused():
                    self.refused.append(output)
                case Garbage():
                    self.garbage += output.payload

    def _samples(self, samples: Samples) -> None:
        rows = self.samples.setdefault(samples.stream_id, [])
        for index, values in enumerate(samples.values.tolist()):
            number = None if samples.counter is None else samples.counter + index
            times = samples.device_time_ns
            # As text, so that NaN equals NaN.
            row = (number, None if times is None else int(times[index]), *values)
            rows.append(tuple(map(repr, row)))


def read_conversation(path: Path) -> Conversation:
    """Read a conversation from a file of golden vectors.

    Parameters
    ----------
    path : Path
        One JSON object per line with ``direction``, ``endpoint`` and ``hex``.

    Returns
    -------
    conversation : Conversation
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return Conversation(
        path.name,
        tuple(Step(row["direction"], row["endpoint"], bytes.fromhex(row["hex"])) for row in rows),
    )


def check_device_protocol(
    factory: Callable[[], DeviceProtocol],
    conversations: Sequence[Conversation],
    *,
    junk: Sequence[bytes] = JUNK,
    packets_stay_whole: bool = False,
) -> list[Account]:
    """Check a device language against the contract of ``DeviceProtocol``.

    Each conversation is held whole, byte by byte, with junk before and behind every frame, and
    twice with a stop in between; the answers must be the same, and the commands those written
    down. Bytes that make no sense must not raise, nor be kept.

    Parameters
    ----------
    factory : callable
        Makes a fresh protocol.
    conversations : sequence of Conversation
        Golden conversations; at least one.
    junk : sequence of bytes
        Put around frames; must not begin a frame where frames have no checksum.
    packets_stay_whole : bool
        True for transports that never split or join packets (files): no cuts, no junk around.

    Returns
    -------
    accounts : list of Account
        What was understood of each conversation.

    Raises
    ------
    AssertionError
        If the contract is broken; the message tells where.
    """
    _require(len(conversations) > 0, "give at least one golden conversation")
    accounts = []
    for conversation in conversations:
        protocol = factory()
        whole = _hold(protocol, conversation, _whole)
        again = _hold(protocol, conversation, _whole)
        _require_same(whole, again, f"{conversation.name}, again after stop")
        if not packets_stay_whole:
            singly = _hold(factory(), conversation, _byte_by_byte)
            _require_same(whole, singly, f"{conversation.name}, byte by byte")
            for noise in junk:
                around = _hold(factory(), conversation, partial(_with_junk, noise))
                _require_same(whole, around, f"{conversation.name}, junk {noise.hex()} around")
        accounts.append(whole)
        _check_forgets(factory(), conversation)
    return accounts


def _whole(frame: bytes) -> Iterable[bytes]:
    return (frame,)


def _byte_by_byte(frame: bytes) -> Iterable[bytes]:
    return (bytes((byte,)) for byte in frame)


def _with_junk(noise: bytes, frame: bytes) -> Iterable[bytes]:
    return (noise + frame + noise,)


def _hold(
    protocol: DeviceProtocol,
    conversation: Conversation,
    cut: Callable[[bytes], Iterable[bytes]],
) -> Account:
    """Hold a conversation; check every command."""
    account = Account()
    steps = conversation.steps
    last_rx = max((i for i, step in enumerate(steps) if step.direction == "rx"), default=-1)
    now_ns, n_checked, stopped = 0, 0, False
    account.add(protocol.start())
    for index, step in enumerate(steps):
        if step.direction == "rx":
            now_ns += STEP_NS
            for payload in cut(step.payload):
                packet = Packet(now_ns, "conformance/1", "rx", step.endpoint, payload)
                account.add(protocol.receive(packet))
            continue
        if index > last_rx and not stopped and len(account.sent) == n_checked:
            stopped = True
            account.add(protocol.stop())
        for _ in range(MOST_TICKS):
            if len(account.sent) > n_checked:
                break
            now_ns += TICK_NS
            account.add(protocol.wake(now_ns))
        where = f"{conversation.name}, step {index + 1}"
        _require(len(account.sent) > n_checked, f"{where}: no command, {step.payload.hex()} is due")
        sent = account.sent[n_checked]
        _require(
            sent == (step.endpoint, step.payload),
            f"{where}: sent {sent[1].hex()} to {sent[0]}, {step.payload.hex()} is due",
        )
        n_checked += 1
    if not stopped:
        account.add(protocol.stop())
    _require(len(account.sent) == n_checked, f"{conversation.name}: more commands than written")
    return account


def _check_forgets(protocol: DeviceProtocol, conversation: Conversation) -> None:
    """Feed frames cut short and shifted; nothing may raise, nor be kept for ever."""
    protocol.start()
    received = [step for step in conversation.steps if step.direction == "rx"]
    now_ns = 0

    def feed(rounds: int) -> None:
        nonlocal now_ns
        for number in range(rounds):
            for step in received:
                now_ns += STEP_NS
                first, last = number % 5, len(step.payload) - number % 7
                payload = step.payload[first:last] * (1 + number % 3)
                packet = Packet(now_ns, "conformance/1", "rx", step.endpoint, payload)
                for _ in protocol.receive(packet):
                    pass
            for _ in protocol.wake(now_ns):
                pass

    feed(35)  # whatever is kept on purpose is there now
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        feed(70)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    _require(
        after - before < MOST_MEMORY_BYTES,
        f"{conversation.name}: {after - before} bytes kept of damaged frames, "
        f"{MOST_MEMORY_BYTES} are allowed; bound the buffer",
    )


def _require_same(one: Account, other: Account, where: str) -> None:
    for name in ("sent", "ready", "samples", "status", "refused"):
        a, b = getattr(one, name), getattr(other, name)
        _require(a == b, f"{where}: {name} differ: {a} whole, {b} so")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)
