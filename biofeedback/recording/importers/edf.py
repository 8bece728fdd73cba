"""EDF, EDF+ and BDF by edfio: signals by label, each with its own rate and unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from biofeedback.core.errors import ImportedDataError
from biofeedback.recording.importers.table import RawColumn, RawTable

__all__ = ["read_edf"]


def read_edf(path: Path) -> RawTable:
    """Read the signals of an EDF, EDF+ or BDF file.

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
        If it is damaged or holds no signal.
    """
    import edfio

    notes: list[str] = []
    try:
        bdf = path.suffix.lower() == ".bdf"
        file = edfio.read_bdf(path) if bdf else edfio.read_edf(path)
        columns: dict[str, RawColumn] = {}
        signals: Any = file.signals
        for number, signal in enumerate(signals):
            name = signal.label.strip() or f"signal {number}"
            if name in columns:
                notes.append(f"label {name!r} occurs twice; the second is {name} {number}")
                name = f"{name} {number}"
            values = np.asarray(signal.data, dtype=np.float64)
            columns[name] = RawColumn(
                values, float(signal.sampling_frequency), signal.physical_dimension.strip()
            )
    except Exception as failure:
        # The library tells of a damaged header in many ways; each means the same to the user.
        raise ImportedDataError(
            f"{path.name} cannot be read as EDF or BDF ({failure}); it may be cut short: "
            "export it again"
        ) from failure
    if not columns:
        raise ImportedDataError(f"{path.name} holds no signal, only a header or annotations")
    return RawTable(path, columns, notes)
