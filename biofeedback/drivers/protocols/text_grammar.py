"""One line of text into fields, from docs/protocols/text_lines.md: four grammars, or no data."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from biofeedback.core.board import STAMP, Grammar, Line

__all__ = ["MOST_FIELDS", "DataLine", "Fields", "HeaderLine", "LineReader", "NoData"]

Fields = dict[str, float]
"""Value of each field by its name; NaN where it is missing."""

MOST_FIELDS = 64
MOST = 1e18
DEEPEST = 4
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_MISSING = re.compile(r"[+-]?(?:nan|inf|infinity|ovf)", re.ASCII | re.IGNORECASE)
_LABELLED = re.compile(r"([^\W\d][^:]*):([^:\s]+)")
_NAME = re.compile(r"[^\W\d][^:;,]*:?")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f]")
_SEPARATORS = {
    "auto": re.compile(r" *[,;\t] *| +"),
    ",": re.compile(r"[ \t]*,[ \t]*"),
    ";": re.compile(r"[ \t]*;[ \t]*"),
    "tab": re.compile(r" *\t *"),
    "blank": re.compile(r" +"),
}


@dataclass(frozen=True, slots=True)
class DataLine:
    """A line that holds numbers.

    Parameters
    ----------
    grammar : str
        How it is written.
    rows : tuple of dict of str to float
        Its fields; several rows where it holds several points. Columns are named by place,
        from ``"1"`` on.
    """

    grammar: Grammar
    rows: tuple[Fields, ...]


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """A line that names columns.

    Parameters
    ----------
    names : tuple of str
        In their order.
    """

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoData:
    """A line that holds no data.

    Parameters
    ----------
    reason : str
        Why, in words, few distinct values.
    """

    reason: str


class LineReader:
    """Reads lines in the grammars that a board may use.

    Parameters
    ----------
    line : Line
        How lines are written.
    """

    def __init__(self, line: Line) -> None:
        self._grammar = line.grammar
        self._split = _SEPARATORS[line.separator].split
        self._decimal_comma = line.decimal_comma
        self._may_be_header = line.separator != "auto"

    def read(self, raw: bytes) -> DataLine | HeaderLine | NoData:
        """Read a line.

        Parameters
        ----------
        raw : bytes
            Without its end, stripped, not empty.

        Returns
        -------
        found : DataLine, HeaderLine or NoData
        """
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return NoData("unreadable")
        if _CONTROL.search(text):
            return NoData("unreadable")
        if text.startswith(("#", "//")):
            return NoData("comment")
        grammar = self._grammar
        if text.startswith(">") and grammar in ("auto", "teleplot"):
            return self._teleplot(text[1:])
        if text.startswith("{") and grammar in ("auto", "json"):
            return _json(text)
        if grammar in ("auto", "labels", "columns"):
            return self._fields(text)
        return NoData("text")

    def _number(self, text: str) -> float | None:
        """Return a number, NaN if it says that there is none, None if it is no number."""
        if self._decimal_comma:
            text = text.replace(",", ".", 1)
        if _NUMBER.fullmatch(text):
            return _bounded(float(text))
        return math.nan if _MISSING.fullmatch(text) else None

    def _fields(self, text: str) -> DataLine | HeaderLine | NoData:
        parts = self._split(text)
        if parts[-1] == "":
            del parts[-1]
        fields: Fields = {}
        labelled = empty = False
        for place, part in enumerate(parts, 1):
            name, value = str(place), self._number(part)
            if value is None and (match := _LABELLED.fullmatch(part)):
                name, value, labelled = match[1], self._number(match[2]), True
            if value is None and part:
                return self._header(text, parts)
            empty = empty or value is None
            fields[name] = math.nan if value is None else value
        if empty or not parts:
            return NoData("empty field")
        if len(parts) > MOST_FIELDS:
            return NoData("too many fields")
        grammar: Grammar = "labels" if labelled else "columns"
        if self._grammar not in ("auto", grammar):
            return NoData("text")
        return DataLine(grammar, (fields,))

    def _header(self, text: str, parts: list[str]) -> HeaderLine | NoData:
        # Blanks alone would make a header of every sentence.
        divided = self._may_be_header or any(mark in text for mark in ",;\t")
        if divided and 2 <= len(parts) <= MOST_FIELDS and all(map(_NAME.fullmatch, parts)):
            return HeaderLine(tuple(part.removesuffix(":") for part in parts))
        return NoData("text")

    def _teleplot(self, text: str) -> DataLine | NoData:
        name, _, rest = text.partition(":")
        name = name.partition(",")[0].strip()
        points, bar, flags = rest.rpartition("|")
        if not bar:
            points = rest
        if not name or {"t", "xy"} & set(flags.split(",") if bar else ()):
            return NoData("text")
        rows = tuple(self._points(name, points.partition("§")[0]))
        if not rows or any(math.isinf(value) for row in rows for value in row.values()):
            return NoData("text")
        return DataLine("teleplot", rows) if len(rows) <= MOST_FIELDS else NoData("too many fields")

    def _points(self, name: str, points: str) -> Iterator[Fields]:
        """Give each point's fields, infinity where there is no number."""
        for point in points.removesuffix(";").split(";"):
            stamp, colon, value = point.rpartition(":")
            texts = {STAMP: stamp, name: value} if colon else {name: value}
            numbers = {key: self._number(text.strip()) for key, text in texts.items()}
            yield {key: math.inf if num is None else num for key, num in numbers.items()}


def _bounded(value: float) -> float:
    return value if abs(value) <= MOST else math.nan


def _json(text: str) -> DataLine | NoData:
    try:
        # Whole numbers as float: they may have a thousand digits.
        values = json.loads(text, parse_int=float, parse_constant=lambda _: math.nan)
    except (ValueError, RecursionError):
        return NoData("bad JSON")
    if not isinstance(values, dict):
        return NoData("bad JSON")
    fields = dict(_flat("", values, DEEPEST))
    if len(fields) > MOST_FIELDS:
        return NoData("too many fields")
    return DataLine("json", (fields,)) if fields else NoData("text")


def _flat(name: str, value: object, deepest: int) -> Iterator[tuple[str, float]]:
    """Give the numbers of an object, inner ones by ``outer.inner`` and ``name.0``."""
    if value is None:
        yield name, math.nan
    elif isinstance(value, float):
        yield name, _bounded(value)
    elif isinstance(value, dict | list) and deepest:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _flat(f"{name}.{key}" if name else str(key), inner, deepest - 1)
