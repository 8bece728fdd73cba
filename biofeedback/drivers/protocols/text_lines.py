"""Boards that print lines of text, over serial or Nordic UART: docs/protocols/text_lines.md.

The lines tell numbers, the board file what they are. Without one every field is a belt in
arbitrary units, so that there is something to look at. Nothing is ever sent to the board.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from biofeedback.core.board import Line, parse_board
from biofeedback.core.entry import Packet
from biofeedback.core.ports import DeviceInfo, Garbage, Output, Ready, Refused
from biofeedback.drivers.framing import LineCutter
from biofeedback.drivers.protocols.text_grammar import DataLine, HeaderLine, LineReader
from biofeedback.drivers.protocols.text_streams import (
    TextStream,
    declared_streams,
    undeclared_streams,
)
from biofeedback.drivers.protocols.text_survey import Survey

__all__ = ["TextLines"]

MOST_LINE_BYTES = 1024
PATIENCE_NS = 10_000_000_000
SAME_RATE = 0.05
"""Measured again within this, a rate is the one from before: the stream goes on."""
_BLANKS = bytes((*range(0x21), 0x7F))


class TextLines:
    """A board that prints numbers, a line at a time.

    Parameters
    ----------
    board : str
        What its board file holds (see :func:`biofeedback.core.board.load_board`); empty shows
        every field as a belt in arbitrary units, at a rate that is measured.
    baud : int
        Speed the port was opened with, bits per second; told where nothing is readable.

    Raises
    ------
    ConfigError
        If that is no board file.
    """

    def __init__(self, board: str = "", baud: int = 115200) -> None:
        self._board = parse_board(board) if board else None
        self._baud = baud
        line = self._board.line if self._board else Line()
        self._reader = LineReader(line)
        self._columns = line.columns
        # Both are the board's, not the conversation's: they stay when the link comes back.
        self._header: tuple[str, ...] = ()
        self._rates_hz: dict[str, float] = {}
        self._cutter = LineCutter(MOST_LINE_BYTES)
        self._begin()

    def _begin(self) -> None:
        self._cutter.clear()
        self._survey = Survey(len(self._columns))
        self._streams: tuple[TextStream, ...] = ()
        self._open = self._refused = False
        self._begun_ns: int | None = None
        self._is_serial = True

    def start(self) -> Iterable[Output]:
        """Nothing to say: the board prints by itself."""
        self._begin()
        self._open = True
        return ()

    def wake(self, now_ns: int) -> Iterable[Output]:
        """Give up when the board is not understood for 10 s, and say why.

        Parameters
        ----------
        now_ns : int
            Told, never asked.
        """
        if not self._open or self._refused or self._streams:
            return ()
        if self._begun_ns is None:
            self._begun_ns = now_ns
        if now_ns - self._begun_ns <= PATIENCE_NS:
            return ()
        reason = self._survey.what_is_wrong(self._missing(), self._baud if self._is_serial else 0)
        self._refused = bool(reason)
        return (Refused(reason, timed_out=True),) if reason else ()

    def stop(self) -> Iterable[Output]:
        """Nothing to say: the board prints to nobody."""
        self._open = False
        return ()

    def receive(self, packet: Packet) -> Iterable[Output]:
        """Take bytes in any split; the lines that become whole make one set of samples.

        Parameters
        ----------
        packet : Packet
            Any bytes.
        """
        outputs: list[Output] = []
        self._is_serial = packet.endpoint == "serial"
        self._survey.n_bytes += len(packet.payload)
        for raw, reason in self._cutter.cut(packet.payload):
            line = raw.strip(_BLANKS)
            if line:
                outputs += self._line(line, reason, packet.host_time_ns)
        for stream in self._streams:
            outputs += stream.take()
        return outputs

    def _line(self, raw: bytes, reason: str, now_ns: int) -> Iterator[Output]:
        """Take a line; `reason` tells why it is skipped, where it is."""
        found = None if reason else self._reader.read(raw)
        if isinstance(found, DataLine):
            reason = self._survey.data(found, raw, now_ns)
            if not reason and self._streams:
                reason = self._rows(found, now_ns)
            elif not reason:
                yield from self._get_ready()
        elif isinstance(found, HeaderLine):
            reason = "header"
            self._header = found.names
            self._survey.no_data(raw)
        elif found is not None and found.reason != "unreadable":
            reason = found.reason
            self._survey.no_data(raw)
        else:
            reason = reason or "unreadable"
            self._survey.unreadable()
        if reason:
            yield Garbage(raw, reason)

    def _rows(self, line: DataLine, now_ns: int) -> str:
        """Hand rows to the streams; return why one could not use them."""
        gather = line.grammar == "teleplot"
        reasons = [stream.add(row, gather, now_ns) for row in line.rows for stream in self._streams]
        return next(filter(None, reasons), "")

    def _get_ready(self) -> Iterator[Ready]:
        """Announce the streams once they are known; lines before that have no place in time."""
        if not self._open or self._survey.shape is None or self._missing():
            return
        names, board, survey = self._names(), self._board, self._survey
        if not (survey.is_measured or (board and board.rate_hz)):
            return
        if board is None:
            self._streams = undeclared_streams(survey.fields, names, self._rate_hz)
        else:
            field = board.streams[0].fields[0]
            rate_hz = board.rate_hz or self._rate_hz(names.get(field, field))
            self._streams = declared_streams(board, names, rate_hz) if rate_hz else ()
        if self._streams:
            survey.is_over = True
            info = DeviceInfo(board.name if board else "lines of text")
            yield Ready(info, tuple(stream.source for stream in self._streams))

    def _names(self) -> Mapping[str, str]:
        """Return the place of each column that has a name."""
        grammar, n_columns = self._survey.shape or ("", 0)
        names = self._columns or self._header
        if grammar != "columns" or len(names) != n_columns:
            return {}
        return {name: str(place) for place, name in enumerate(names, 1)}

    def _missing(self) -> list[str]:
        """Return the declared fields that no line has held."""
        if self._board is None:
            return []
        names, seen = self._names(), self._survey.fields
        return [field for _, field in self._board.fields if names.get(field, field) not in seen]

    def _rate_hz(self, field: str) -> float | None:
        measured_hz, known_hz = self._survey.rate_hz(field), self._rates_hz.get(field)
        if measured_hz is None:
            return None
        if known_hz is None or abs(measured_hz - known_hz) > SAME_RATE * known_hz:
            self._rates_hz[field] = known_hz = measured_hz
        return known_hz
