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
from biofeedback.core.stream import FloatArray
from biofeedback.recording.importers.table import Label, RawColumn, RawTable

__all__ = ["open_npz"]

_RATE = re.compile(
    r"(?:fs|srate|rate|sampling_rate|sample_rate|sampling_frequency)(?:_hz)?(?:_(?P<part>\w+))?", re.I
)
DAMAGED = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error)


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
        with np.load(path, allow_pickle=False) as archive:
            names = list(archive.files)
            shapes = {name: archive[name] for name in names if _is_small(path, name)}
            columns: dict[str, tuple[str, int]] = {}
            for name in names:
                shape, kind = _shape(path, name)
                if kind not in "iufb" or not 1 <= len(shape) <= 2 or max(shape) < 2:
                    continue
                if len(shape) == 1:
                    columns[name] = (name, -1)
                else:
                    columns |= {f"{name}.{n}": (name, n) for n in range(min(shape))}
    except DAMAGED as failure:
        raise _damaged(path, failure) from failure
    if not columns:
        raise ImportedDataError(
            f"{path.name} holds no array of numbers (names: {', '.join(names) or 'none'})"
        )
    rates = {
        match.group("part") or "": float(value)
        for name, value in shapes.items()
        if (match := _RATE.fullmatch(name)) and value.size == 1 and value.dtype.kind in "iuf"
    }
    owned = {part for part in rates if part and any(_begins(name, part) for name in columns)}
    unowned = [rate for part, rate in rates.items() if part not in owned]
    general = rates.get("", unowned[0] if len(unowned) == 1 else None)
    labels = {}
    for column, (name, _) in columns.items():
        own = next((rates[part] for part in owned if _begins(name, part)), general)
        labels[column] = Label(rate_hz=own)
    return RawTable(path, labels, partial(_load, path, columns))


def _begins(name: str, part: str) -> bool:
    return name.lower().startswith(part.lower())


def _header(path: Path, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Read an array's shape and type without its values."""
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as member:
        version = np.lib.format.read_magic(member)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(member)
    return shape, dtype


def _shape(path: Path, name: str) -> tuple[tuple[int, ...], str]:
    shape, dtype = _header(path, name)
    return shape, dtype.kind


def _is_small(path: Path, name: str) -> bool:
    shape, dtype = _header(path, name)
    return dtype.kind in "iuf" and int(np.prod(shape)) == 1


def _load(
    path: Path, columns: Mapping[str, tuple[str, int]], names: Collection[str]
) -> Mapping[str, RawColumn]:
    loaded: dict[str, RawColumn] = {}
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays: dict[str, FloatArray] = {}
            for column in names:
                name, number = columns[column]
                if name not in arrays:
                    arrays[name] = archive[name]
                array = arrays[name]
                if number >= 0:
                    array = array[:, number] if array.shape[0] >= array.shape[1] else array[number]
                loaded[column] = RawColumn(np.ascontiguousarray(array, np.float64))
    except DAMAGED as failure:
        raise _damaged(path, failure) from failure
    return loaded


def _damaged(path: Path, failure: Exception) -> ImportedDataError:
    return ImportedDataError(
        f"{path.name} cannot be read as NPZ ({failure}); it may be cut short: "
        "copy or export it again"
    )
