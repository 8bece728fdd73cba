"""Byte helpers shared by decoders: checksums, cutting frames and lines, wrapping counters, bits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

__all__ = [
    "CounterUnwrap",
    "FrameCutter",
    "LineCutter",
    "counting_direction",
    "set_bits",
    "sum_checksum",
]

AHEAD_S = 5.0
"""A radio can hold back frames, but not so long: a counter farther ahead was restarted, s."""
MOST_LATE = 4
"""A frame may come behind so many later ones; a counter farther back was restarted."""


def sum_checksum(data: bytes, skip: int | None = None) -> int:
    """Return the sum of bytes modulo 256.

    Parameters
    ----------
    data : bytes
        The bytes.
    skip : int or None
        Index of a byte left out (where the checksum itself stands).

    Returns
    -------
    checksum : int
        0 to 255.
    """
    total = sum(data)
    if skip is not None:
        total -= data[skip]
    return total & 0xFF


def set_bits(mask: int) -> list[int]:
    """Return the numbers of the bits that are set, ascending.

    Parameters
    ----------
    mask : int
        Not negative.

    Returns
    -------
    numbers : list of int
    """
    return [number for number in range(mask.bit_length()) if mask >> number & 1]


class FrameCutter:
    """Cuts frames out of bytes that come in any split, with anything in between.

    Where no valid frame begins one byte is given up and the next one tried, so a damaged frame
    costs itself only. Between two calls at most one unfinished frame waits: the buffer never
    holds more than the longest frame less one byte.

    Junk may look like the head of a long frame and would hold back what follows until that
    length is filled. So behind an unfinished frame a whole one is looked for, and taken if it
    is `convincing`.

    Parameters
    ----------
    head_bytes : int
        Bytes from which a frame's length is known, ≥ 1.
    length_of : callable
        Length of the frame that begins with these bytes, at least `head_bytes`; 0 if none does.
    is_valid : callable
        Tell whether a whole frame is intact (checksum).
    is_convincing : callable or None
        Tell whether a valid frame makes so much sense that it cannot be part of another one.
        None where all frames are equally long: then none can hide behind an unfinished one.
    """

    def __init__(
        self,
        head_bytes: int,
        length_of: Callable[[bytes], int],
        is_valid: Callable[[bytes], bool],
        is_convincing: Callable[[bytes], bool] | None = None,
    ) -> None:
        self._head_bytes = head_bytes
        self._length_of = length_of
        self._is_valid = is_valid
        self._is_convincing = is_convincing
        self._data = b""

    def __len__(self) -> int:
        return len(self._data)

    def clear(self) -> None:
        """Forget the unfinished frame."""
        self._data = b""

    def cut(self, received: bytes) -> list[tuple[bytes, bytes]]:
        """Take bytes; return what became whole.

        Parameters
        ----------
        received : bytes
            Any bytes.

        Returns
        -------
        pieces : list of (bytes, bytes)
            Bytes skipped, then the frame behind them; the last frame is empty when bytes were
            skipped behind all frames.
        """
        data = self._data + received
        pieces: list[tuple[bytes, bytes]] = []
        begun = at = 0
        while len(data) - at >= self._head_bytes:
            length = self._length_of(data[at : at + self._head_bytes])
            if length and at + length > len(data):
                hidden = self._hidden(data, at + 1)
                if hidden is None:
                    break
                at = hidden
            elif length and self._is_valid(data[at : at + length]):
                pieces.append((data[begun:at], data[at : at + length]))
                begun = at = at + length
            else:
                at += 1
        if at > begun:
            pieces.append((data[begun:at], b""))
        self._data = data[at:]
        return pieces

    def _hidden(self, data: bytes, first: int) -> int | None:
        """Return where a convincing frame begins behind an unfinished one."""
        if self._is_convincing is None:
            return None
        for at in range(first, len(data) - self._head_bytes + 1):
            length = self._length_of(data[at : at + self._head_bytes])
            frame = data[at : at + length]
            if (
                length
                and len(frame) == length
                and self._is_valid(frame)
                and self._is_convincing(frame)
            ):
                return at
        return None


class LineCutter:
    """Cuts lines out of bytes that come in any split.

    The first line is to be skipped, since it may be the rest of one; so is a line that is too
    long, in pieces. The buffer never holds more than the longest line.

    Parameters
    ----------
    most_bytes : int
        Longest line, without its end.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self.clear()

    def clear(self) -> None:
        """Forget the unfinished line; the next one may be cut."""
        self._data = b""
        self._skipping = "first line, may be cut"

    def cut(self, received: bytes) -> list[tuple[bytes, str]]:
        """Take bytes; return what became whole.

        Parameters
        ----------
        received : bytes
            Any bytes.

        Returns
        -------
        lines : list of (bytes, str)
            Lines without their ends; for what is to be skipped also why, in words.
        """
        lines: list[tuple[bytes, str]] = []
        *whole, rest = received.split(b"\n")
        for piece in whole:
            line = self._data + piece
            too_long = "line too long" if len(line) > self._most_bytes else ""
            lines.append((line, self._skipping or too_long))
            self._data, self._skipping = b"", ""
        self._data += rest
        if len(self._data) > self._most_bytes:
            self._skipping = self._skipping or "line too long"
            lines.append((self._data, self._skipping))
            self._data = b""
        return lines


def counting_direction(values: Sequence[int], modulus: int) -> int:
    """Tell how a counter counts from a run of its values.

    Parameters
    ----------
    values : sequence of int
        As received, some possibly missing.
    modulus : int
        Values before the counter repeats.

    Returns
    -------
    direction : int
        +1 or −1 if more than half of at least three steps are so; 0 if it is no such counter.
    """
    steps = [(new - old) % modulus for old, new in pairwise(values)]
    if len(steps) < 3:
        return 0
    step, times = Counter(steps).most_common(1)[0]
    return {1: 1, modulus - 1: -1}.get(step, 0) if 2 * times > len(steps) else 0


class CounterUnwrap:
    """Turns a short counter into steps, full turns included.

    A gap of one full turn looks like none; the arrival time tells how many turns went by. It
    also tells a restarted counter: nobody can be far ahead of time.

    Parameters
    ----------
    modulus : int
        Values before the counter repeats (256 for a byte).
    direction : {1, -1}
        Whether it counts up or down.
    """

    def __init__(self, modulus: int, direction: int = 1) -> None:
        self._modulus = modulus
        self._direction = direction
        self._last: int | None = None
        self._last_ns = 0

    def step(self, value: int, now_ns: int, interval_s: float) -> int:
        """Return how far the counter went since the last call.

        Parameters
        ----------
        value : int
            The counter as received.
        now_ns : int
            When it was received, ns.
        interval_s : float
            Usual time between two counts, s.

        Returns
        -------
        steps : int
            1 when nothing is missing; 1 on the first call and after a restart; 0 for a repeat;
            negative for one that comes behind later ones, which does not move the counter.
        """
        last, passed_s = self._last, max(0, now_ns - self._last_ns) / 1e9
        steps = 1 if last is None else (value - last) * self._direction % self._modulus
        behind = self._modulus - steps
        if behind <= MOST_LATE < steps and passed_s < steps * interval_s / 2:
            return -behind
        self._last, self._last_ns = value, now_ns
        if last is None:
            return 1
        # Whole turns only when time demands them: arrivals jitter by far less than half a turn.
        steps += max(0, round((passed_s / interval_s - steps) / self._modulus)) * self._modulus
        return 1 if (steps - 1) * interval_s > passed_s + AHEAD_S else steps
