"""EDF, EDF+ and BDF by edfio: signals by label, each with its own rate, unit and interruptions."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from biofeedback.core.errors import ImportedDataError
from biofeedback.recording.importers.edf_records import record_times
from biofeedback.recording.importers.table import Label, RawColumn, RawTable

__all__ = ["open_edf"]


def open_edf(path: Path) -> RawTable:
    """Open the signals of an EDF, EDF+ or BDF file.

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
        If it is damaged, holds no signal, or has interruptions and does not tell where.
    """
    import edfio

    notes: list[str] = []
    signals: dict[str, Any] = {}
    labels: dict[str, Label] = {}
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            is_bdf = path.suffix.lower() == ".bdf"
            file = edfio.read_bdf(path) if is_bdf else edfio.read_edf(path)
            found: tuple[Any, ...] = file.signals
            for number, signal in enumerate(found, start=1):
                name = signal.label.strip() or f"signal {number}"
                if name in signals:
                    name = f"{name} {number}"
                    notes.append(f"label {signal.label!r} occurs again; it is called {name!r}")
                signals[name] = signal
                rate_hz = float(signal.sampling_frequency)
                labels[name] = Label(signal.physical_dimension.strip(), rate_hz)
        notes += [str(warning.message) for warning in told]
        is_continuous = file.is_continuous
    except Exception as failure:
        # The library tells of a damaged header in many ways; each means the same to the user.
        raise ImportedDataError(
            f"{path.name} cannot be read as EDF or BDF ({failure}); it may be cut short: "
            "export it again"
        ) from failure
    if not signals:
        raise ImportedDataError(f"{path.name} holds no signal, only a header or annotations")

    try:
        times = None if is_continuous else record_times(path)
    except ValueError as failure:
        raise ImportedDataError(
            f"{path.name} has interruptions, but {failure}; export it without them (EDF+C)"
        ) from failure

    def load(names: Collection[str]) -> Mapping[str, RawColumn]:
        read = {name: np.asarray(signals[name].data, np.float64) for name in names}
        return {
            name: RawColumn(values, None if times is None else times.sample_s(len(values)))
            for name, values in read.items()
        }

    return RawTable(path, labels, load, notes)
