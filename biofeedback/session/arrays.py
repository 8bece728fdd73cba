"""Arrays of a program, through the same packets and the same kernel as any recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from biofeedback.core.errors import ImportedDataError
from biofeedback.drivers.protocols.imported import Imported as ImportedProtocol
from biofeedback.recording.importers import ImportRequest, imported_from
from biofeedback.recording.importers.mapping import AXES, SiteMap
from biofeedback.recording.importers.table import Label, RawColumn, RawTable
from biofeedback.session.kernel import Kernel
from biofeedback.session.offline import Analysis, analyze_entries

__all__ = ["Stream", "analyze_arrays"]


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """Samples of one sensor.

    Parameters
    ----------
    t_s : array_like, shape (n_samples,)
        Time of each sample, s, on one clock for all streams; jitter and gaps are fine.
    values : array_like, shape (n_samples,) or (n_samples, n_axes)
        One column for a belt, three for ``acc`` and ``gyro``, four (w, x, y, z) for ``quat``.
    kind : {"belt", "acc", "gyro", "quat"}
        What they are.
    unit : str
        Unit of the values; empty leaves a belt without one and guesses that of an acceleration.
    invert : bool
        True when a belt's values fall on breathing in.
    """

    t_s: ArrayLike
    values: ArrayLike
    kind: Literal["belt", "acc", "gyro", "quat"] = "belt"
    unit: str = ""
    invert: bool = False


def analyze_arrays(
    streams: Mapping[str, Stream] | None = None,
    *,
    chest: tuple[ArrayLike, ArrayLike] | None = None,
    abdomen: tuple[ArrayLike, ArrayLike] | None = None,
) -> Analysis:
    """Analyse arrays: any subset of sensors, each at its own rate.

    Parameters
    ----------
    streams : mapping of str to Stream or None
        By site (``chest``, ``abdomen``, ``sternum``, ``back``, ``pelvis`` …); a site with
        several quantities has one entry each, ``pelvis.acc`` and ``pelvis.gyro``.
    chest, abdomen : (t_s, values) or None
        Short for a belt.

    Returns
    -------
    analysis : Analysis
        ``.breaths``, ``.breaths_refined``, ``.events``, ``.table``, ``.summary``.

    Raises
    ------
    ImportedDataError
        If shapes, times or units do not fit: with the value, the limit and the next step.

    Examples
    --------
    >>> import numpy as np
    >>> from biofeedback import analyze_arrays
    >>> t_s = np.arange(0, 60, 0.04)
    >>> analysis = analyze_arrays(chest=(t_s, np.sin(2 * np.pi * 0.25 * t_s)))
    >>> round(analysis.summary["breathing"]["breath_rate_per_min"])
    15
    """
    given = dict(streams or {})
    for site, pair in (("chest", chest), ("abdomen", abdomen)):
        if pair is not None:
            if site in given:
                raise ImportedDataError(f"{site} is given twice; keep one")
            given[site] = Stream(*pair)
    if not given:
        raise ImportedDataError("no stream is given; pass chest=(t_s, values) or streams={…}")
    columns: dict[str, RawColumn] = {}
    maps: list[SiteMap] = []
    for key, stream in given.items():
        site = key.partition(".")[0]
        names = _columns(key, stream, columns)
        maps.append(SiteMap(site, stream.kind, names))
    request = ImportRequest(
        tuple(maps),
        invert=frozenset(key.partition(".")[0] for key, stream in given.items() if stream.invert),
        units={
            f"{item.site}.{item.quantity}": stream.unit
            for item, stream in zip(maps, given.values(), strict=True)
            if stream.unit
        },
    )
    labels = {
        name: Label(stream.unit)
        for item, stream in zip(maps, given.values(), strict=True)
        for name in item.columns
    }
    imported = imported_from(RawTable(Path("arrays"), labels, lambda _: columns), request)
    kernel = Kernel({imported.device_id: ImportedProtocol()})
    return analyze_entries(imported.entries(), kernel)


def _columns(key: str, stream: Stream, columns: dict[str, RawColumn]) -> tuple[str, ...]:
    """Check the shapes of one stream and file its columns under names of their own."""
    time_s = np.asarray(stream.t_s, dtype=np.float64)
    values = np.asarray(stream.values, dtype=np.float64)
    width = len(AXES[stream.kind])
    table = values[:, None] if values.ndim == 1 else values
    if time_s.ndim != 1 or table.ndim != 2 or len(table) != len(time_s):
        raise ImportedDataError(
            f"{key}: t_s has shape {time_s.shape}, values {values.shape}; "
            f"give ({len(time_s)},) times and ({len(time_s)}, {width}) values"
        )
    if table.shape[1] != width:
        raise ImportedDataError(
            f"{key}: {stream.kind} takes {width} columns, values have {table.shape[1]}"
        )
    names = tuple(f"{key}[{number}]" for number in range(width))
    for number, name in enumerate(names):
        column = np.ascontiguousarray(table[:, number])
        columns[name] = RawColumn(column, time_s)
    return names
