"""What a breath detector reads from a table: signals, whether to trust them, whether we move."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biofeedback.core.errors import StreamError
from biofeedback.core.stream import BoolArray, Chunk, FloatArray, StreamInfo

__all__ = ["IMU_SIGNALS", "SIGNALS", "Inputs"]

SIGNALS = ("chest_excursion", "abdomen_excursion")
IMU_SIGNALS = ("sternum_breath_deg", "abdomen_imu_breath_deg")
"""Columns to breathe from when nothing else is said; the latter where no belt is worn."""

_MOVING_MPS2 = 0.3
"""Trunk acceleration (RMS) above which the body counts as moving."""


class Inputs:
    """The columns of a table that tell about breathing.

    A column ``<prefix>_ok`` says row by row whether to trust ``<prefix>_<what>``,
    ``<prefix>_reason`` why not; every ``*_motion_mps2`` tells of the body moving. A motion sensor's
    ``<prefix>_breath_deg`` has flags of its own, ``<prefix>_breath_ok`` and so on.

    Parameters
    ----------
    info : StreamInfo
        The table.
    signals : sequence of str
        Columns to breathe from, ``<prefix>_<what>``; those the table lacks are left out.

    Raises
    ------
    StreamError
        If none of the signals is there, or a flag has another unit.
    """

    def __init__(self, info: StreamInfo, signals: Sequence[str] = SIGNALS) -> None:
        present = [name for name in signals if info.has(name)]
        if not present:
            raise StreamError(
                f"none of {list(signals)} is in {info.stream_id!r}, which has "
                f"{list(info.names)}; breathing needs at least one of them"
            )
        stems = [name.rpartition("_")[0] for name in present]
        self.names: tuple[str, ...] = tuple(stem.removesuffix("_breath") for stem in stems)
        self._columns = [info.index(name) for name in present]
        self._ok = [_optional(info, f"{stem}_ok", "flag") for stem in stems]
        self._reason = [_optional(info, f"{stem}_reason", "reason") for stem in stems]
        self._motion = [info.index(name) for name in info.names if name.endswith("_motion_mps2")]

    def read(self, chunk: Chunk) -> tuple[FloatArray, BoolArray, FloatArray]:
        """Read the next rows.

        Parameters
        ----------
        chunk : Chunk
            Rows of the table.

        Returns
        -------
        values : ndarray, shape (n_rows, n_signals)
            NaN where not trusted.
        moving : ndarray of bool, shape (n_rows,)
            Whether the trunk moves.
        reason : ndarray, shape (n_rows,)
            Bit set of :class:`~biofeedback.core.roles.Reason` of all signals, as a number.
        """
        values = chunk.data[:, self._columns].copy()
        values[~np.isfinite(values)] = np.nan
        moving = np.zeros(len(chunk), dtype=bool)
        reason = np.zeros(len(chunk), dtype=np.int64)
        for number, (ok, why) in enumerate(zip(self._ok, self._reason, strict=True)):
            if ok is not None:
                values[chunk.data[:, ok] != 1.0, number] = np.nan
            if why is not None:
                reason |= np.nan_to_num(chunk.data[:, why]).astype(np.int64)
        for column in self._motion:
            moving |= chunk.data[:, column] > _MOVING_MPS2
        return values, moving, reason.astype(np.float64)


def _optional(info: StreamInfo, name: str, unit: str) -> int | None:
    return info.index(name, unit) if info.has(name) else None
