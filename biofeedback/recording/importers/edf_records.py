"""When each data record of an EDF+ or BDF+ file begins: a recording with interruptions tells it.

The first text of the first annotation signal of every record is its beginning after the start of
the file. Source: B. Kemp, J. Olivan, "European data format 'plus' (EDF+), an EDF alike standard
format for the exchange of physiological data", Clinical Neurophysiology 114 (2003) 1755-1761.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["RecordTimes", "record_times"]

FIXED_BYTES = 256
SIGNAL_BYTES = 256
LABEL_BYTES = 16
COUNT_AT, COUNT_BYTES = 216, 8
"""Samples of a record: so far into the part of the header that tells of signals, by signal."""
BEGINNING = re.compile(rb"\+?(-?\d+(?:\.\d*)?)\x14")


@dataclass(frozen=True, slots=True, eq=False)
class RecordTimes:
    """The records of a file in time.

    Parameters
    ----------
    start_s : ndarray, shape (n_records,)
        Beginning of each record, s after the first.
    duration_s : float
        How long each one is, s.
    """

    start_s: FloatArray
    duration_s: float

    def sample_s(self, n_samples: int) -> FloatArray:
        """Return when the samples of a signal were taken.

        Parameters
        ----------
        n_samples : int
            Of the whole file.

        Returns
        -------
        time_s : ndarray, shape (n_samples,)
            s after the first record's beginning.
        """
        per_record = n_samples // len(self.start_s)
        within_s = np.arange(per_record) * (self.duration_s / per_record)
        return np.asarray((self.start_s[:, None] + within_s).ravel(), np.float64)


def record_times(path: Path) -> RecordTimes:
    """Read when the records of a file begin.

    Parameters
    ----------
    path : Path
        An EDF+ or BDF+ file with annotations; one cut short is read as far as it goes.

    Returns
    -------
    times : RecordTimes

    Raises
    ------
    ValueError
        If a record does not tell, the message says which, or the records are not in order.
    """
    data = path.read_bytes()
    sample_bytes = 3 if data[:1] == b"\xff" else 2
    n_signals = int(data[252:256])
    duration_s = float(data[244:252])
    labels = [
        data[FIXED_BYTES + i * LABEL_BYTES : FIXED_BYTES + (i + 1) * LABEL_BYTES].strip()
        for i in range(n_signals)
    ]
    counts_at = FIXED_BYTES + n_signals * COUNT_AT
    counts = [
        int(data[counts_at + i * COUNT_BYTES : counts_at + (i + 1) * COUNT_BYTES])
        for i in range(n_signals)
    ]
    first = next((i for i, label in enumerate(labels) if label.endswith(b"DF Annotations")), None)
    if first is None:
        raise ValueError("it has no annotations that tell when its records begin")
    offset = sum(counts[:first]) * sample_bytes
    record_bytes = sum(counts) * sample_bytes
    body_at = FIXED_BYTES + n_signals * SIGNAL_BYTES
    n_records = (len(data) - body_at) // record_bytes
    start_s = np.empty(n_records)
    for number in range(n_records):
        at = body_at + number * record_bytes + offset
        found = BEGINNING.match(data, at, at + counts[first] * sample_bytes)
        if found is None:
            raise ValueError(f"record {number + 1} of {n_records} does not tell when it begins")
        start_s[number] = float(found[1])
    if np.any(np.diff(start_s) < 0.999 * duration_s):
        raise ValueError("its records overlap or are not in order of time")
    return RecordTimes(start_s - start_s[:1], duration_s)
