"""The last rows, by absolute row number: what back-dating and measuring look at."""

from __future__ import annotations

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["History"]


class History:
    """Named columns of the most recent rows, addressed by row number since the start.

    Parameters
    ----------
    names : tuple of str
        Columns.
    n_keep : int
        Rows that stay readable at least.
    """

    def __init__(self, names: tuple[str, ...], n_keep: int) -> None:
        self._number = {name: number for number, name in enumerate(names)}
        self._data: FloatArray = np.empty((len(names), 2 * n_keep))
        self._n_keep = n_keep
        self._filled = 0
        self._oldest = 0

    @property
    def oldest(self) -> int:
        """Number of the oldest readable row."""
        return self._oldest

    @property
    def end(self) -> int:
        """One past the number of the newest row."""
        return self._oldest + self._filled

    def append(self, columns: FloatArray) -> None:
        """Add rows; the oldest go when there is no room.

        Parameters
        ----------
        columns : ndarray, shape (n_columns, n_rows)
            In the order of the names; n_rows ≤ `n_keep`.
        """
        n_rows = columns.shape[1]
        if self._filled + n_rows > self._data.shape[1]:
            dropped = self._filled - self._n_keep
            self._data[:, : self._n_keep] = self._data[:, dropped : self._filled]
            self._oldest += dropped
            self._filled = self._n_keep
        self._data[:, self._filled : self._filled + n_rows] = columns
        self._filled += n_rows

    def rows(self, name: str, begin: int, end: int) -> FloatArray:
        """Return rows [begin, end) of one column, as a view; clipped to what is kept.

        Parameters
        ----------
        name : str
            Column.
        begin, end : int
            Row numbers.

        Returns
        -------
        values : ndarray, shape (n_rows,)
        """
        low = max(begin - self._oldest, 0)
        return self._data[self._number[name], low : max(end - self._oldest, low)]

    def at(self, name: str, row: float) -> float:
        """Return one column at a fractional row, linearly interpolated; clipped to what is kept.

        Parameters
        ----------
        name : str
            Column.
        row : float
            Row number.

        Returns
        -------
        value : float
        """
        place = min(max(row - self._oldest, 0.0), self._filled - 1.0)
        low = min(int(place), max(self._filled - 2, 0))
        values = self._data[self._number[name]]
        if place == low:
            return float(values[low])
        part = place - low
        return float(values[low] * (1.0 - part) + values[low + 1] * part)
