"""What every file format is opened as: named columns, read when they are asked for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from biofeedback.core.errors import ImportedDataError
from biofeedback.core.stream import FloatArray

__all__ = ["Label", "RawColumn", "RawTable", "nearest", "open_table"]

MOST_LISTED = 20
"""Column names that an error message lists."""


@dataclass(frozen=True, slots=True, eq=False)
class RawColumn:
    """One column of a file.

    Parameters
    ----------
    values : ndarray, shape (n_samples,)
        Numbers as the file has them; NaN where it has none.
    time_s : ndarray, shape (n_samples,), or None
        Times of its own, s: a file with interruptions; None where a column or a rate tells.
    """

    values: FloatArray
    time_s: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What a file says of a column before its values are read.

    Parameters
    ----------
    unit : str
        Its unit, if the file tells.
    rate_hz : float or None
        Its rate, if the file tells, Hz.
    """

    unit: str = ""
    rate_hz: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """An opened file.

    Parameters
    ----------
    path : Path
        Where it came from.
    labels : mapping of str to Label
        Every column by the file's own name, in the file's order.
    load : callable
        Reads the columns of these names.
    notes : list of str
        What was repaired or guessed; reading may add to it.
    """

    path: Path
    labels: Mapping[str, Label]
    load: Callable[[Collection[str]], Mapping[str, RawColumn]]
    notes: list[str] = field(default_factory=list)

    def resolve(self, name: str) -> str:
        """Return the file's own name of a column.

        Upper and lower case are the same, and words around it may be left out, such as a unit in
        brackets, as long as one column only is meant.

        Parameters
        ----------
        name : str
            What the user calls it.

        Returns
        -------
        name : str

        Raises
        ------
        ImportedDataError
            If there is none or more than one; the message lists what there is, nearest first.
        """
        if name in self.labels:
            return name
        for same in (_folded, _bare):
            found = [label for label in self.labels if same(label) == same(name)]
            if len(found) == 1:
                return found[0]
        wanted = _words(name)
        found = [label for label in self.labels if wanted and _contains(_words(label), wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ImportedDataError(
                f"{self.path.name}: {name!r} may mean {', '.join(map(repr, found[:MOST_LISTED]))}; "
                "write the whole name"
            )
        raise ImportedDataError(
            f"{self.path.name} has no column {name!r}; {nearest(name, self.labels)}"
        )


def _folded(name: str) -> str:
    return name.casefold().strip()


def _bare(name: str) -> str:
    """Leave a unit in brackets out."""
    return re.sub(r"\s*[\[(][^\])]*[\])]\s*$", "", _folded(name))


def _words(name: str) -> list[str]:
    return re.split(r"[\s\[\]()]+", _folded(name).strip("[]() "))


def _contains(words: list[str], wanted: list[str]) -> bool:
    starts = range(len(words) - len(wanted) + 1)
    return any(words[start : start + len(wanted)] == wanted for start in starts)


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
    folded = {_folded(other): other for other in present}
    close = [
        folded[match] for match in difflib.get_close_matches(_folded(name), folded, n=3, cutoff=0.4)
    ]
    listed = [*close, *(other for other in present if other not in close)][:MOST_LISTED]
    more = f" and {len(present) - len(listed)} more" if len(present) > len(listed) else ""
    return f"it has {', '.join(listed) or 'none'}{more}"


def open_table(path: Path) -> RawTable:
    """Open a file by its ending; what is text under another ending is read as a text table.

    Parameters
    ----------
    path : Path
        ``.npz``, ``.edf``, ``.bdf``, or a text table such as ``.csv .tsv .txt .dat``, also
        gzip-compressed.

    Returns
    -------
    table : RawTable

    Raises
    ------
    ImportedDataError
        If it is missing, empty, damaged, or of no known kind.
    """
    # Here, so that opening one format does not import the libraries of the others.
    from biofeedback.recording.importers.csv import open_csv
    from biofeedback.recording.importers.edf import open_edf
    from biofeedback.recording.importers.npz import open_npz

    if path.is_dir():
        raise ImportedDataError(f"{path} is a folder; give one file")
    if not path.exists():
        raise ImportedDataError(f"there is no file {path}; check the path")
    try:
        if path.stat().st_size == 0:
            raise ImportedDataError(f"{path.name} is empty (0 bytes); export or copy it again")
        ending = path.name.lower().removesuffix(".gz").rpartition(".")[2]
        opened = {"npz": open_npz, "edf": open_edf, "bdf": open_edf}.get(ending, open_csv)
        return opened(path)
    except OSError as failure:
        raise ImportedDataError(f"{path} cannot be read: {failure}") from failure
