"""Byte helpers shared by decoders: checksums, a buffer, counters that wrap."""

from __future__ import annotations

__all__ = ["ByteBuffer", "CounterUnwrap", "sum_checksum"]


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


class ByteBuffer:
    """Bytes that wait for the rest of their frame.

    Bounded by its users: a decoder takes every whole frame and every byte that begins none
    before it waits, so at most one unfinished frame stays.
    """

    def __init__(self) -> None:
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, index: int) -> int:
        return self._data[index]

    def add(self, data: bytes) -> None:
        """Append received bytes; the decoder takes whole frames out before the next packet.

        Parameters
        ----------
        data : bytes
            Any bytes.
        """
        self._data += data

    def peek(self, count: int) -> bytes:
        """Return the first `count` bytes without taking them.

        Parameters
        ----------
        count : int
            How many.

        Returns
        -------
        data : bytes
        """
        return bytes(self._data[:count])

    def take(self, count: int) -> bytes:
        """Take the first `count` bytes.

        Parameters
        ----------
        count : int
            How many.

        Returns
        -------
        data : bytes
        """
        taken = bytes(self._data[:count])
        del self._data[:count]
        return taken

    def clear(self) -> bytes:
        """Take everything."""
        return self.take(len(self._data))


class CounterUnwrap:
    """Turns a short counter into steps, full turns included.

    A gap of one full turn looks like none; the arrival time tells how many turns went by.

    Parameters
    ----------
    modulus : int
        Values before the counter repeats (256 for a byte).
    """

    def __init__(self, modulus: int) -> None:
        self._modulus = modulus
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
            1 when nothing is missing; 1 on the first call; 0 for a repeat.
        """
        last, self._last = self._last, value
        last_ns, self._last_ns = self._last_ns, now_ns
        if last is None:
            return 1
        steps = (value - last) % self._modulus
        expected = (now_ns - last_ns) / 1e9 / interval_s
        # Whole turns only when time demands them: arrivals jitter by far less than half a turn.
        turns = round((expected - steps) / self._modulus)
        return steps + max(0, turns) * self._modulus

    def reset(self) -> None:
        """Forget the last value: the device started anew."""
        self._last = None
