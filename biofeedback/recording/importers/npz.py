"""NPZ files: arrays by name, and the rate where one of the usual names holds it."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from biofeedback.core.errors import ImportedDataError
from biofeedback.recording.importers.table import RawColumn, RawTable

__all__ = ["read_npz"]

RATE_NAMES = ("fs", "rate_hz", "sampling_rate", "sample_rate", "srate")


def read_npz(path: Path) -> RawTable:
    """Read every one- and two-dimensional numeric array of an NPZ file.

    A two-dimensional array gives a column per short side, named ``name.0`` and so on. Rates are
    taken from ``fs`` (all) or ``fs_<name part>`` where the file has them.

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
        If it is no NPZ, or holds no numbers.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as failure:
        raise ImportedDataError(
            f"{path.name} cannot be read as NPZ ({failure}); it may be cut short: "
            "download or export it again"
        ) from failure
    rate_hz = next(
        (
            float(arrays[name])
            for name in RATE_NAMES
            if name in arrays and arrays[name].size == 1 and arrays[name].dtype.kind in "iuf"
        ),
        None,
    )
    columns: dict[str, RawColumn] = {}
    for name, array in arrays.items():
        if array.dtype.kind not in "iuf" or array.ndim not in (1, 2) or array.size < 2:
            continue
        if array.ndim == 1:
            columns[name] = RawColumn(array.astype(np.float64), rate_hz)
            continue
        tall = array if array.shape[0] >= array.shape[1] else array.T
        for number in range(tall.shape[1]):
            values = np.ascontiguousarray(tall[:, number], np.float64)
            columns[f"{name}.{number}"] = RawColumn(values, rate_hz)
    if not columns:
        raise ImportedDataError(
            f"{path.name} holds no array of numbers (names: {', '.join(arrays) or 'none'})"
        )
    return RawTable(path, columns)
