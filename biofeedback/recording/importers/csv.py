"""Text tables: any delimiter, compressed or not, with or without a header, wide or long.

Only the columns that are asked for are kept, and rows are read in blocks, so that a day of data
or thousands of columns need no more memory than what is used of them.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from biofeedback.core.errors import ImportedDataError
from biofeedback.core.stream import FloatArray
from biofeedback.recording.importers.table import Label, RawColumn, RawTable
from biofeedback.recording.importers.text_layout import TextLayout, find_layout

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TIME_UNIT", "open_csv"]

TIME_UNIT = "time"
"""Unit of a column that held dates or clock times; its values are seconds."""
HEAD_BYTES = 1 << 20
LEAST_LINES = 10
"""Of what can be unpacked of a damaged file."""
BLOCK_FIELDS, LEAST_BLOCK_ROWS = 2_000_000, 1000
KNOWN = "csv, tsv, txt and other text tables (also .gz), npz, edf, bdf"


def open_csv(path: Path) -> RawTable:
    """Open a text table.

    Lines before the table are skipped: comments, and whatever else does not look like it. A
    column of dates or clock times is read as seconds. A table in long form, one label column
    that says which quantity a row holds, gives a column per label (``ribcage``) and, where rows
    hold more numbers, ``ribcage.<name>``.

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
        If it is not text, or holds no row of numbers.
    """
    with _Bytes(path) as source:
        head = source.read(HEAD_BYTES)
    if source.damage and len(head.splitlines()) < LEAST_LINES:
        raise ImportedDataError(
            f"{path.name} is cut short or damaged ({source.damage}); copy or download it again"
        )
    encoding = _encoding(path, head)
    text = head.decode(encoding, errors="replace")
    if len(head) == HEAD_BYTES:
        text = text[: text.rfind("\n") + 1] or text
    layout = find_layout(text)
    if layout is None:
        raise ImportedDataError(
            f"{path.name} holds no row of numbers; it begins {text[:60]!r}. "
            "Export the samples, not a summary"
        )
    notes = []
    if layout.decimal == ",":
        notes.append("numbers are written with a decimal comma")
    if layout.rate_hz is not None:
        notes.append(f"the file's header says {layout.rate_hz:g} Hz")
    if layout.label is not None:
        columns = _long(path, layout, encoding, notes)
        labels = {name: Label(rate_hz=layout.rate_hz) for name in columns}
        notes.append(f"a table in long form, with {', '.join(columns)}")
        return RawTable(path, labels, lambda names: {name: columns[name] for name in names}, notes)
    labels = {
        name: Label(TIME_UNIT if number in layout.moments else unit, layout.rate_hz)
        for number, (name, unit) in enumerate(zip(layout.names, layout.units, strict=True))
    }
    return RawTable(path, labels, partial(_wide, path, layout, encoding, notes), notes)


class _Bytes(io.RawIOBase):
    """A file's bytes, unpacked; where compressed data are cut short it ends, and says so."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        packed = self._file.read(2) == b"\x1f\x8b"
        self._file.seek(0)
        self._source: Any = gzip.GzipFile(fileobj=self._file) if packed else self._file
        self.damage = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = b"" if self.damage else self._source.read1(len(buffer))
        except (OSError, EOFError, zlib.error) as failure:
            self.damage = str(failure)
            data = b""
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Read that many bytes, less only at the end."""
        parts: list[bytes] = []
        while size != 0 and (
            part := super().read(min(size, HEAD_BYTES) if size > 0 else HEAD_BYTES)
        ):
            parts.append(part)
            size -= len(part) if size > 0 else 0
        return b"".join(parts)

    def close(self) -> None:
        self._file.close()
        super().close()


def _encoding(path: Path, head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\0" in head[:4096]:
        raise ImportedDataError(f"{path.name} is not text; known are {KNOWN}")
    if not head.strip():
        raise ImportedDataError(f"{path.name} holds nothing but blanks; export or copy it again")
    try:
        # The last character may be cut.
        head[:-4].decode("utf-8-sig") if len(head) == HEAD_BYTES else head.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _blocks(
    path: Path, layout: TextLayout, encoding: str, columns: Collection[int], notes: list[str]
) -> Iterator[pd.DataFrame]:
    """Yield blocks of rows with columns by number."""
    # Half a second to load; only text tables need it.
    import pandas as pd

    rows = 0
    with _Bytes(path) as source:
        try:
            reader = pd.read_csv(
                io.BufferedReader(source),
                sep=r"\s+" if layout.delimiter == " " else layout.delimiter,
                decimal=layout.decimal,
                header=None,
                names=list(range(len(layout.names))),
                usecols=sorted(columns),
                skiprows=layout.first_row,
                index_col=False,
                skipinitialspace=True,
                dtype={number: str for number in columns if _is_text(layout, number)},
                encoding=encoding,
                encoding_errors="replace",
                on_bad_lines="skip",
                float_precision="round_trip",
                low_memory=False,
                chunksize=max(LEAST_BLOCK_ROWS, BLOCK_FIELDS // len(layout.names)),
            )
            for block in reader:
                rows += len(block)
                yield block
        except (ValueError, pd.errors.ParserError) as failure:
            raise ImportedDataError(
                f"{path.name} cannot be read as a table after {rows} rows ({failure}); "
                "export it again"
            ) from failure
        if source.damage:
            notes.append(
                f"the file is cut short ({source.damage}); the {rows} rows before that are used"
            )
    if rows == 0:
        raise ImportedDataError(f"{path.name} has a header but no rows; export it again")


def _is_text(layout: TextLayout, number: int) -> bool:
    return number in layout.moments or number == layout.label


def _wide(
    path: Path, layout: TextLayout, encoding: str, notes: list[str], names: Collection[str]
) -> Mapping[str, RawColumn]:
    numbers = {layout.names.index(name): name for name in names}
    parts: dict[int, list[FloatArray]] = {number: [] for number in numbers}
    clocks = set()
    for block in _blocks(path, layout, encoding, numbers, notes):
        for number, found in parts.items():
            if number in layout.moments:
                found.append(_moments(block[number]))
                first = block[number].dropna()
                if len(first) and re.match(r"\s*\d{1,2}:", first.iloc[0]):
                    clocks.add(number)
            else:
                found.append(_numbers(block[number]))
    columns = {}
    for number, name in numbers.items():
        values = np.concatenate(parts.pop(number))
        if number in clocks:
            from biofeedback.recording.importers.moments import unwrap_midnight

            values = unwrap_midnight(values)
        columns[name] = RawColumn(values)
    return columns


def _long(path: Path, layout: TextLayout, encoding: str, notes: list[str]) -> dict[str, RawColumn]:
    """Give the rows of each label a column for every number they hold."""
    assert layout.label is not None
    others = [number for number in range(len(layout.names)) if number != layout.label]
    value = next(number for number in others if number > layout.label)
    parts: dict[tuple[str, int], list[FloatArray]] = {}
    for block in _blocks(path, layout, encoding, range(len(layout.names)), notes):
        for label, rows in block.groupby(layout.label, sort=False):
            for number in others:
                read = _moments if number in layout.moments else _numbers
                parts.setdefault((str(label).strip(), number), []).append(read(rows[number]))
    columns = {}
    for (label, number), found in parts.items():
        values = np.concatenate(found)
        if number == value or np.isfinite(values).any():
            name = label if number == value else f"{label}.{layout.names[number]}"
            columns[name] = RawColumn(values)
    return columns


def _numbers(series: pd.Series) -> FloatArray:
    """Return a block of a column as numbers, NaN for what is none."""
    import pandas as pd

    if series.dtype == object:
        series = pd.to_numeric(series, errors="coerce")
    return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))


def _moments(series: pd.Series) -> FloatArray:
    from biofeedback.recording.importers.moments import seconds_of

    return seconds_of(series.fillna(""))
