"""Where the table is in a text file: delimiter, decimal sign, header rows, names and units."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["TextLayout", "find_layout", "is_moment", "is_number"]

DELIMITERS = (",", ";", "\t", "|", " ")
COMMENTS = ("#", "%", "//", "*")
LINES = 2000
"""Lines looked at."""
MOST_HEADER_ROWS = 5
MOST_LABELS = 64
LEAST_CHANGES = 0.05
"""In a table in long form the label changes at least in every twentieth row."""
NUMERIC_PART = 0.8
"""Part of a column's fields that must be numbers."""

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?|[+-]?(nan|inf(inity)?)", re.I)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?|\d{8}T\d{4,6}.*")
_RATE = re.compile(
    r"""(?:sampl\w*[ _-]*(?:rate|freq\w*)|srate|\bfs)\W{1,12}?([\d.]+)\s*(k?hz)?""", re.I
)
_BRACKETS = re.compile(r"[\[(]([^\])]+)[\])]\s*$")


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How to read a text table.

    Parameters
    ----------
    delimiter : str
        Between fields; a blank stands for any number of blanks and tabs.
    decimal : str
        ``.`` or ``,``.
    first_row : int
        Lines before the first row of data.
    names : tuple of str
        Of the columns, unique.
    units : tuple of str
        Of the columns; empty where the file does not tell.
    moments : frozenset of int
        Numbers of columns that hold dates or clock times.
    label : int or None
        Number of the column that says which quantity a row holds, in a table in long form.
    rate_hz : float or None
        Sampling rate told in the lines before the table, Hz.
    """

    delimiter: str
    decimal: str
    first_row: int
    names: tuple[str, ...]
    units: tuple[str, ...]
    moments: frozenset[int]
    label: int | None
    rate_hz: float | None


def is_number(field: str) -> bool:
    """Tell whether a field is a number, with decimal point or comma.

    Parameters
    ----------
    field : str
        Without blanks around it.

    Returns
    -------
    number : bool
    """
    return _NUMBER.fullmatch(field) is not None


def is_moment(field: str) -> bool:
    """Tell whether a field is a date, a clock time or both.

    Parameters
    ----------
    field : str
        Without blanks around it.

    Returns
    -------
    moment : bool
    """
    if is_number(field):
        return False
    return _CLOCK.fullmatch(field) is not None or _DATE.fullmatch(field) is not None


def find_layout(text: str) -> TextLayout | None:
    """Find the table in the beginning of a file.

    Parameters
    ----------
    text : str
        Whole lines; some thousands are enough.

    Returns
    -------
    layout : TextLayout or None
        None if there is no row with a number in it.
    """
    lines = text.splitlines()[:LINES]
    numbered = [
        (number, line)
        for number, line in enumerate(lines)
        if line.strip() and not line.lstrip().startswith(COMMENTS)
    ]
    if not numbered:
        return None
    # The second half is surely table: what comes before it ends there.
    body = [line for _, line in numbered[len(numbered) // 2 :]]
    delimiter = max(DELIMITERS, key=lambda candidate: _fitness(body, candidate))
    rows = [_split(line, delimiter) for line in body]
    width = _usual([len(row) for row in rows])
    rows = [row for row in rows if len(row) == width]
    kinds = [_kind([row[column] for row in rows]) for column in range(width)]
    if not {"number", "moment"} & set(kinds):
        return None
    all_rows = [(number, _split(line, delimiter)) for number, line in numbered]
    at = next((i for i, (_, row) in enumerate(all_rows) if _fits(row, kinds)), len(all_rows))
    if at == len(all_rows):
        return None
    first_row = all_rows[at][0]
    header = _header(all_rows[:at], first_row, width)
    preamble = "\n".join(lines[:first_row])
    names, units = _names(header, kinds, _opensignals_names(preamble, width))
    fields = [field for row in rows for field in row if is_number(field)]
    commas = sum(_DECIMAL_COMMA.fullmatch(field) is not None for field in fields)
    points = sum("." in field for field in fields)
    decimal = "," if commas > points and (commas > 0.5 * len(fields) or points == 0) else "."
    rate = _RATE.search(preamble)
    rate_hz = None
    if rate:
        rate_hz = float(rate.group(1).strip(".")) * (
            1000.0 if (rate.group(2) or "").lower() == "khz" else 1.0
        )
    return TextLayout(
        delimiter,
        decimal,
        first_row,
        names,
        units,
        frozenset(column for column, kind in enumerate(kinds) if kind == "moment"),
        _label(kinds, [row for _, row in all_rows[at:] if len(row) == width]),
        rate_hz,
    )


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    return [field.strip() for field in next(csv.reader([line], delimiter=delimiter))]


def _usual(counts: Sequence[int]) -> int:
    return max(set(counts), key=lambda count: (counts.count(count), count))


def _fitness(lines: Sequence[str], delimiter: str) -> tuple[float, float, int]:
    """Say how well a delimiter fits: readable fields, even rows, many columns."""
    rows = [_split(line, delimiter) for line in lines]
    width = _usual([len(row) for row in rows])
    fields = [field for row in rows for field in row if field]
    readable = sum(is_number(field) or is_moment(field) for field in fields)
    even = sum(len(row) == width for row in rows) / len(rows)
    part = readable / len(fields) if fields else 0.0
    # "1,5;2,5" cut at commas is half readable; a text column must not decide against its table.
    return round(part * even, 2), even, width if part else 0


def _kind(fields: Sequence[str]) -> str:
    given = [field for field in fields if field]
    if not given:
        return "empty"
    if sum(map(is_number, given)) >= NUMERIC_PART * len(given):
        return "number"
    if sum(map(is_moment, given)) >= NUMERIC_PART * len(given):
        return "moment"
    return "text"


def _fits(row: Sequence[str], kinds: Sequence[str]) -> bool:
    """Tell whether a row is data: what should be a number or a moment is one, or is missing."""
    if abs(len(row) - len(kinds)) > 1:
        return False
    told = False
    for field, kind in zip(row, kinds, strict=False):
        if kind == "number" and field:
            if not is_number(field):
                return False
            told = True
        elif kind == "moment" and field:
            if not is_moment(field):
                return False
            told = True
    return told


def _header(
    rows: Sequence[tuple[int, Sequence[str]]], first_row: int, width: int
) -> list[Sequence[str]]:
    """Return the rows directly above the data that have a name for nearly every column."""
    header: list[Sequence[str]] = []
    expected = first_row
    for number, row in reversed(rows):
        fits = width - 1 <= len(row) <= width + 1 and sum(map(bool, row)) >= max(1, width - 1)
        if not fits or len(header) == MOST_HEADER_ROWS or (header and number != expected - 1):
            break
        header.insert(0, row)
        expected = number
        if width < 3:
            break  # "Patient;X" would pass for a header row of two columns
    return header


def _names(
    header: Sequence[Sequence[str]], kinds: Sequence[str], told: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name columns after the header rows joined; make names unique."""
    names: list[str] = []
    units = []
    for column in range(len(kinds)):
        parts = [row[column].lstrip("\ufeff") for row in header if column < len(row)]
        parts = [part for part in parts if part]
        name = " ".join(parts)
        if not name:
            name = told[column] if told else f"column_{column + 1}"
        same, number = name, 2
        while name in names:
            name, number = f"{same}.{number}", number + 1
        names.append(name)
        bracket = _BRACKETS.search(same)
        if bracket:
            units.append(bracket.group(1).strip())
        else:
            units.append(parts[-1] if len(parts) > 1 else "")
    return tuple(names), tuple(units)


def _opensignals_names(preamble: str, width: int) -> list[str] | None:
    """Read the column names that OpenSignals writes into its JSON header."""
    found = re.search(r'"column":\s*(\[[^\]]*\])', preamble)
    try:
        names = json.loads(found.group(1)) if found else []
    except ValueError:
        return None
    return [*names, *(["", ""])][:width] if width - 1 <= len(names) <= width else None


def _label(kinds: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """Find the column whose words say which quantity a row holds.

    A remark that stays for many rows (sitting, walking) is not one.
    """
    for column, kind in enumerate(kinds):
        if kind != "text" or "number" not in kinds[column + 1 :]:
            continue
        words = [row[column] for row in rows if row[column]]
        changes = sum(one != other for one, other in pairwise(words))
        if 1 < len(set(words)) <= MOST_LABELS and changes > LEAST_CHANGES * len(words):
            return column
    return None
