"""What every file format is read into: named columns, and what the file itself says of time."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from biofeedback.core.errors import ImportedDataError
from biofeedback.core.stream import FloatArray

__all__ = ["RawColumn", "RawTable", "read_table"]


@dataclass(frozen=True, slots=True, eq=False)
class RawColumn:
    """One column of a file.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        Numbers; NaN where the file has none.
    rate_hz : float or None
        If the file says so, Hz.
    unit : str
        If the file says so.
    time_s : ndarray, shape (n_samples,), or None
        If the file gives this column times of its own, s.
    """

    values: FloatArray
    rate_hz: float | None = None
    unit: str = ""
    time_s: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """A file's columns.

    Parameters
    ----------
    path : Path
        Where it came from.
    columns : mapping of str to RawColumn
        By the file's own names.
    notes : list of str
        What was repaired or guessed on reading.
    """

    path: Path
    columns: Mapping[str, RawColumn]
    notes: list[str] = field(default_factory=list)

    def column(self, name: str) -> RawColumn:
        """Return a column by name; upper and lower case are the same.

        Parameters
        ----------
        name : str
            As the file has it.

        Returns
        -------
        column : RawColumn

        Raises
        ------
        ImportedDataError
            If there is none; the message lists what there is, nearest first.
        """
        if name in self.columns:
            return self.columns[name]
        folded = {key.casefold(): key for key in self.columns}
        if name.casefold() in folded:
            return self.columns[folded[name.casefold()]]
        raise ImportedDataError(
            f"{self.path.name} has no column {name!r}; {nearest(name, self.columns)}"
        )


def nearest(name: str, names: Iterable[str]) -> str:
    """Say which names there are, the likeliest first.

    Parameters
    ----------
    name : str
        What was asked for.
    names : iterable of str
        What there is.

    Returns
    -------
    words : str
    """
    present = list(names)
    close = difflib.get_close_matches(name, present, n=3, cutoff=0.4)
    listed = [*close, *(other for other in present if other not in close)][:20]
    more = f" and {len(present) - len(listed)} more" if len(present) > len(listed) else ""
    return f"it has {', '.join(listed) or 'none'}{more}"


def read_table(path: Path) -> RawTable:
    """Read a file by its ending.

    Parameters
    ----------
    path : Path
        ``.csv .tsv .txt`` (also ``.gz``), ``.npz``, ``.edf``, ``.bdf``.

    Returns
    -------
    table : RawTable

    Raises
    ------
    ImportedDataError
        If it is missing, empty, damaged, or of no known kind.
    """
    from biofeedback.recording.importers.csv import read_csv
    from biofeedback.recording.importers.edf import read_edf
    from biofeedback.recording.importers.npz import read_npz

    if not path.is_file():
        raise ImportedDataError(f"there is no file {path}; check the path")
    if path.stat().st_size == 0:
        raise ImportedDataError(f"{path} is empty (0 bytes); export or download it again")
    ending = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    readers = {
        "csv": read_csv,
        "tsv": read_csv,
        "txt": read_csv,
        "npz": read_npz,
        "edf": read_edf,
        "bdf": read_edf,
    }
    if ending not in readers:
        raise ImportedDataError(
            f"{path.name} ends in {ending!r}; known are {', '.join(readers)} (csv also as .gz)"
        )
    return readers[ending](path)
