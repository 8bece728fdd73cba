"""Text tables: any delimiter, compressed or not, with or without a header, wide or long."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from biofeedback.core.errors import ImportedDataError
from biofeedback.core.stream import FloatArray
from biofeedback.recording.importers.table import RawColumn, RawTable

__all__ = ["TIME_UNIT", "read_csv"]

TIME_UNIT = "time"
"""Unit of a column that holds moments (dates, clock times), converted to seconds."""
DELIMITERS = (",", ";", "\t", "|")
SAMPLE_LINES = 50
COMMENTS = ("#", "%", "//")
MOST_LABELS = 64
NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$|^[+-]?(nan|inf)$", re.I)
DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+([eE][+-]?\d+)?$")
CLOCK = re.compile(r"^\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?$")


def read_csv(path: Path) -> RawTable:
    """Read a text table.

    Lines that begin with ``#``, ``%`` or ``//`` before the table are skipped. A column of dates
    or clock times becomes seconds. A table in long form, one label column that says which
    quantity a row holds, gives a column per label (``ribcage``) and, where rows hold more
    numbers, ``ribcage.<name>``.

    Parameters
    ----------
    path : Path
        The file, possibly gzip-compressed.

    Returns
    -------
    table : RawTable

    Raises
    ------
    ImportedDataError
        If it is cut short, is not text, or holds no row of numbers.
    """
    text = _text(path)
    lines, skipped = _sample(text)
    if not lines:
        raise ImportedDataError(f"{path.name} holds no line of data; export it again")
    delimiter = _delimiter(lines)
    fields = [_fields(line, delimiter) for line in lines]
    header = not any(NUMBER.match(field) for field in fields[0] if field)
    decimal = "," if delimiter != "," and _has_decimal_commas(fields[1:]) else "."
    frame = _frame(path, text, delimiter, decimal, skipped, header)
    notes: list[str] = []
    if decimal == ",":
        notes.append("numbers are written with a decimal comma")
    labels = _label_column(frame, header)
    columns = _long(frame, labels) if labels is not None else _wide(frame, notes)
    if labels is not None:
        notes.append(f"a table in long form: {', '.join(columns)}")
    if not columns:
        raise ImportedDataError(
            f"{path.name} holds no column of numbers; its first line is {lines[0][:80]!r}"
        )
    return RawTable(path, columns, notes)


def _text(path: Path) -> str:
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as failure:
        raise ImportedDataError(
            f"{path.name} is cut short or damaged ({failure}); copy or download it again"
        ) from failure
    if b"\0" in data[:4096]:
        raise ImportedDataError(f"{path.name} is not text; export it as CSV")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _sample(text: str) -> tuple[list[str], int]:
    """Return the first lines of data and how many lines come before them."""
    lines: list[str] = []
    skipped = 0
    for line in io.StringIO(text):
        bare = line.strip("\r\n")
        if not lines and (not bare.strip() or bare.lstrip().startswith(COMMENTS)):
            skipped += 1
        elif bare.strip():
            lines.append(bare)
        if len(lines) == SAMPLE_LINES:
            break
    return lines, skipped


def _delimiter(lines: Sequence[str]) -> str | None:
    """Choose the delimiter that cuts most lines into the same number of fields; None is blanks."""
    best: tuple[int, int] = (0, 0)
    chosen: str | None = None
    for delimiter in DELIMITERS:
        counts = [line.count(delimiter) for line in lines]
        usual = max(set(counts), key=counts.count)
        if usual and (counts.count(usual), usual) > best:
            best, chosen = (counts.count(usual), usual), delimiter
    return chosen


def _fields(line: str, delimiter: str | None) -> list[str]:
    return [field.strip().strip('"') for field in line.split(delimiter)]


def _has_decimal_commas(rows: Sequence[Sequence[str]]) -> bool:
    fields = [field for row in rows for field in row if field]
    commas = sum(bool(DECIMAL_COMMA.match(field)) for field in fields)
    return commas > 0.5 * len(fields) if fields else False


def _frame(
    path: Path, text: str, delimiter: str | None, decimal: str, skipped: int, header: bool
) -> pd.DataFrame:
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=r"\s+" if delimiter is None else delimiter,
            decimal=decimal,
            skiprows=skipped,
            header=0 if header else None,
            skipinitialspace=True,
            index_col=False,
            low_memory=False,
            on_bad_lines="skip",
        )
    except (ValueError, pd.errors.ParserError) as failure:
        raise ImportedDataError(f"{path.name} cannot be read as a table ({failure})") from failure
    frame = frame.dropna(axis="columns", how="all") if not header else frame
    names = [str(name).strip() for name in frame.columns]
    frame.columns = pd.Index(names if header else [f"column_{int(name) + 1}" for name in names])
    if frame.empty:
        raise ImportedDataError(f"{path.name} has a header but no rows; export it again")
    return frame


def _label_column(frame: pd.DataFrame, header: bool) -> str | None:
    """Find the column that says which quantity a row holds."""
    if header and len(frame.columns) > 6:
        return None
    for name in frame.columns:
        values = frame[name]
        if values.dtype != object:
            continue
        text = values.dropna().astype(str)
        n_labels = text.nunique()
        words = bool(len(text)) and not text.iloc[:200].str.contains(r"^[\d.:+\-]").any()
        if words and 1 < n_labels <= MOST_LABELS and len(text) > 10 * n_labels:
            return str(name)
    return None


def _long(frame: pd.DataFrame, label_name: str) -> dict[str, RawColumn]:
    columns: dict[str, RawColumn] = {}
    for label, rows in frame.groupby(label_name, sort=False):
        numbers = {str(name): _numbers(rows[name]) for name in rows.columns if name != label_name}
        # Columns to the left of the label say when; the first to its right is the value.
        names = list(frame.columns)
        value = next(
            (str(name) for name in names[names.index(label_name) + 1 :] if str(name) in numbers),
            None,
        )
        for name, values in numbers.items():
            if values is not None:
                key = str(label) if name == value else f"{label}.{name}"
                columns[key] = RawColumn(values)
    return columns


def _wide(frame: pd.DataFrame, notes: list[str]) -> dict[str, RawColumn]:
    columns: dict[str, RawColumn] = {}
    for name in frame.columns:
        series = frame[name]
        values = _numbers(series)
        unit = _bracketed_unit(str(name))
        if values is None:
            values = _moments(series)
            unit = TIME_UNIT
        if values is not None:
            columns[str(name)] = RawColumn(values, unit=unit)
        else:
            notes.append(f"column {name!r} holds no numbers and is left out")
    return columns


def _bracketed_unit(name: str) -> str:
    found = re.search(r"[\[(]([^\])]+)[\])]\s*$", name)
    return found.group(1).strip() if found else ""


def _numbers(series: pd.Series) -> FloatArray | None:
    """Return a column as numbers; None when most of it is not."""
    numbers = pd.to_numeric(series, errors="coerce")
    given = series.notna().sum()
    if given and numbers.notna().sum() < 0.5 * given:
        return None
    return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))


def _moments(series: pd.Series) -> FloatArray | None:
    """Return dates or clock times as seconds; None when most of it is neither.

    A moment without a zone is taken as it stands; only differences matter.
    """
    text = series.astype(str).str.strip()
    if CLOCK.match(text.iloc[0]):
        spans = pd.to_timedelta(
            text.where(text.str.count(":") == 2, text + ":00").str.replace(",", "."),
            errors="coerce",
        )
        seconds = np.asarray(spans.dt.total_seconds().to_numpy(), dtype=np.float64)
        # Past midnight the clock begins again.
        return seconds + 86400.0 * np.cumsum(np.diff(seconds, prepend=seconds[0]) < -43200.0)
    for form in ("ISO8601", "mixed"):
        moments = pd.to_datetime(text, errors="coerce", utc=True, format=form)
        if moments.notna().sum() >= 0.5 * len(text):
            since = moments - moments.dropna().iloc[0]
            return np.asarray(since.dt.total_seconds().to_numpy(), dtype=np.float64)
    return None
