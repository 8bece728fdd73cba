"""NPZ files: arrays by name, and their rates where one of the usual names holds them."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from biofeedback.core.errors import ImportedDataError
from biofeedback.recording.importers.table import Label, RawColumn, RawTable

__all__ = ["open_npz"]

_RATE = re.compile(
    r"(?:fs|srate|(?:sampling_|sample_)?(?:rate|frequency))(?:_hz)?(?:_(?P<part>\w+))?", re.I
)
_DAMAGED = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error)


def open_npz(path: Path) -> RawTable:
    """Open the one- and two-dimensional arrays of numbers in an NPZ file.

    A two-dimensional array gives a column per short side, ``name.0`` and so on. A single number
    called ``fs`` (or ``sampling_rate`` …) is the rate of all arrays, ``fs_acc`` that of those
    whose name begins with ``acc``; a ``fs_…`` that fits no name is the rate of all others.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    table : RawTable

    Raises
    ------
    ImportedDataError
        If it is no NPZ, is damaged, or holds no array of numbers.
    """
    try:
        arrays = _headers(path)
        rates = _rates(path, arrays)
    except _DAMAGED as failure:
        raise _damaged(path, failure) from failure
    columns: dict[str, tuple[str, int | None]] = {}
    for name, (shape, kind) in arrays.items():
        if kind not in "iufb" or max(shape, default=0) < 2:
            continue
        if len(shape) == 1:
            columns[name] = (name, None)
        elif len(shape) == 2:
            columns |= {f"{name}.{number}": (name, number) for number in range(min(shape))}
    if not columns:
        raise ImportedDataError(
            f"{path.name} holds no array of numbers (names: {', '.join(arrays) or 'none'})"
        )
    owned = {part for part in rates if part and any(_begins(name, part) for name in columns)}
    others = [rate_hz for part, rate_hz in rates.items() if part not in owned]
    general = rates.get("", others[0] if len(others) == 1 else None)
    labels = {
        column: Label(
            rate_hz=next((rates[part] for part in owned if _begins(column, part)), general)
        )
        for column in columns
    }
    return RawTable(path, labels, partial(_load, path, columns))


def _begins(name: str, part: str) -> bool:
    return name.lower().startswith(part.lower())


def _headers(path: Path) -> dict[str, tuple[tuple[int, ...], str]]:
    """Read shape and kind of every array, without its values."""
    headers = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if not member.endswith(".npy"):
                continue
            with archive.open(member) as stream:
                version = np.lib.format.read_magic(stream)
                read: Any = (
                    np.lib.format.read_array_header_1_0
                    if version == (1, 0)
                    else np.lib.format.read_array_header_2_0
                )
                shape, _, dtype = read(stream)
            headers[member.removesuffix(".npy")] = (shape, str(dtype.kind))
    return headers


def _rates(path: Path, arrays: Mapping[str, tuple[tuple[int, ...], str]]) -> dict[str, float]:
    """Read the rates the file names, by the part of a name they are for."""
    rates = {}
    with np.load(path, allow_pickle=False) as archive:
        for name, (shape, kind) in arrays.items():
            match = _RATE.fullmatch(name)
            if match and kind in "iuf" and int(np.prod(shape)) == 1:
                rates[match.group("part") or ""] = float(archive[name].reshape(()))
    return rates


def _load(
    path: Path, columns: Mapping[str, tuple[str, int | None]], names: Collection[str]
) -> Mapping[str, RawColumn]:
    loaded: dict[str, RawColumn] = {}
    try:
        with np.load(path, allow_pickle=False) as archive:
            # Each access reads the array anew, so those of one array are taken together.
            for name in dict.fromkeys(columns[column][0] for column in names):
                array = archive[name]
                tall = array.T if array.ndim == 2 and array.shape[0] < array.shape[1] else array
                for column in names:
                    whole, number = columns[column]
                    if whole == name:
                        values = tall if number is None else tall[:, number]
                        loaded[column] = RawColumn(np.ascontiguousarray(values, np.float64))
    except _DAMAGED as failure:
        raise _damaged(path, failure) from failure
    return loaded


def _damaged(path: Path, failure: Exception) -> ImportedDataError:
    return ImportedDataError(
        f"{path.name} cannot be read as NPZ ({failure}); it may be cut short: "
        "copy or export it again"
    )
