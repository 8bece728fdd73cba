"""What a board prints, found out from its first lines: their shape, their fields, how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from biofeedback.drivers.protocols.text_grammar import MOST_FIELDS, DataLine

__all__ = ["Survey"]

AGREEING = 5
"""So many successive data lines of one shape are taken for what the board prints."""
MEASURE_NS = 2_000_000_000
"""Time over which a rate is measured, ns."""
USUAL_BAUDS = "115200, 9600, 57600, 38400, 230400, 250000, 500000 and 921600"
SHOWN_CHARACTERS = 80


@dataclass(slots=True)
class _Seen:
    """How often a field was seen, without the first and the last packet.

    What came at once with the first tells nothing of the rate, and the last may go on.
    """

    first_ns: int
    last_ns: int
    later: int = 0
    counted: int = 0
    counted_to_ns: int = 0

    def again(self, now_ns: int) -> None:
        """Count one more."""
        if now_ns > self.last_ns:
            self.counted, self.counted_to_ns = self.later, self.last_ns
        self.later += now_ns > self.first_ns
        self.last_ns = max(now_ns, self.last_ns)


class Survey:
    """Looks at lines until it is clear what the board prints.

    Parameters
    ----------
    n_columns : int
        Declared number of columns; 0 where none is.

    Attributes
    ----------
    shape : tuple of (str, int) or None
        Grammar and, for columns, their number; None until it is clear.
    n_bytes : int
        Bytes received.
    is_over : bool
        All is known: only shapes are looked at.
    """

    def __init__(self, n_columns: int) -> None:
        self._n_columns = n_columns
        self.shape: tuple[str, int] | None = None
        self.n_bytes = 0
        self.is_over = False
        self._candidate = ("", 0)
        self._agreeing = self._n_data = self._n_other = self._n_unreadable = 0
        self._seen: dict[str, _Seen] = {}
        self._last = b""

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields seen since lines have had the same shape, in order of appearance."""
        return tuple(self._seen)

    def unreadable(self) -> None:
        """Take note of a line that is no text."""
        self._n_unreadable += 1

    def no_data(self, raw: bytes) -> None:
        """Take note of a line of text without numbers.

        Parameters
        ----------
        raw : bytes
            The line.
        """
        self._n_other += 1
        self._last = raw

    def data(self, line: DataLine, raw: bytes, now_ns: int) -> str:
        """Take note of a data line.

        Parameters
        ----------
        line : DataLine
            Its fields.
        raw : bytes
            The line.
        now_ns : int
            When it was received, ns.

        Returns
        -------
        refusal : str
            Why it is not what the board prints; empty if it is, or may be.
        """
        self._n_data += 1
        self._last = raw
        shape = (line.grammar, len(line.rows[0]) if line.grammar == "columns" else 0)
        if shape[1] and self._n_columns not in (0, shape[1]):
            return "wrong number of fields"
        if self.shape not in (None, shape):
            same_grammar = shape[1] and self.shape is not None and self.shape[1]
            return "wrong number of fields" if same_grammar else "another grammar"
        if self.is_over:
            return ""
        if shape != self._candidate:
            self._candidate, self._agreeing, self._seen = shape, 0, {}
        self._agreeing += 1
        if self._agreeing >= AGREEING:
            self.shape = shape
        for field in (field for row in line.rows for field in row):
            if field in self._seen or len(self._seen) < MOST_FIELDS:
                self._seen.setdefault(field, _Seen(now_ns, now_ns)).again(now_ns)
        return ""

    @property
    def is_measured(self) -> bool:
        """Whether lines have come for long enough to tell how often."""
        first_ns = min((seen.first_ns for seen in self._seen.values()), default=0)
        last_ns = max((seen.last_ns for seen in self._seen.values()), default=0)
        return last_ns - first_ns >= MEASURE_NS

    def rate_hz(self, field: str) -> float | None:
        """Return how often a field comes.

        Parameters
        ----------
        field : str
            One that was seen.

        Returns
        -------
        rate_hz : float or None
            Hz, to three digits; None for a field that came in fewer than three packets.
        """
        seen = self._seen[field]
        if not seen.counted:
            return None
        return float(f"{seen.counted / (seen.counted_to_ns - seen.first_ns) * 1e9:.3g}")

    def what_is_wrong(self, missing: Sequence[str], baud: int) -> str:
        """Say why the board is not understood, and what to do.

        Parameters
        ----------
        missing : sequence of str
            Declared fields that no line holds.
        baud : int
            Speed of the serial port; 0 over Bluetooth.

        Returns
        -------
        words : str
            Empty where nothing is wrong yet.
        """
        n_readable = self._n_data + self._n_other
        last = self._last.decode("utf-8", "replace")[:SHOWN_CHARACTERS]
        if not self.n_bytes:
            return "nothing came in 10 s; is it this board, and does its sketch print lines?"
        if not n_readable or self._n_unreadable > n_readable:
            if not baud:
                return "bytes but no lines in 10 s: does the board send text that ends with \\n?"
            return (
                f"bytes but no lines in 10 s: is the baud rate right? tried {baud}; usual are "
                f"{USUAL_BAUDS}"
            )
        if not self._n_data:
            return f"lines but no numbers in 10 s, the last one {last!r}; let the sketch print some"
        if self.shape is None and self._agreeing == self._n_data:
            return f"only {self._n_data} lines in 10 s, {AGREEING} are needed; print more often"
        if self.shape is None:
            return (
                f"no {AGREEING} lines alike in 10 s, the last one {last!r}; state grammar and "
                "columns under [line] in the board file"
            )
        if missing:
            return (
                f"no line holds {', '.join(missing)}; fields are {', '.join(self.fields)}; "
                "correct the board file"
            )
        return ""
