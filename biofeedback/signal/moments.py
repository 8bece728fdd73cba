"""The rows at which a stage has something to do: events heard, and a beat of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biofeedback.core.stream import Chunk, Event

__all__ = ["moments"]


def moments(
    chunk: Chunk, heard: Sequence[Event], due_s: float, every_s: float
) -> list[tuple[int, Event | None]]:
    """Put events and beats in the order of their rows; at one row events come first.

    Parameters
    ----------
    chunk : Chunk
        At least one row.
    heard : sequence of Event
        Decided in these rows, in row order.
    due_s : float
        Time of the next beat, s; at its first row or later.
    every_s : float
        From beat to beat, s; the caller adds it to its `due_s` at each beat.

    Returns
    -------
    moments : list of (int, Event or None)
        Row of the chunk and what is heard there; None is a beat.
    """
    found: list[tuple[int, Event | None]] = [
        (int(np.searchsorted(chunk.t_s, event.decided_s)), event) for event in heard
    ]
    while due_s <= chunk.t_s[-1]:
        found.append((int(np.searchsorted(chunk.t_s, due_s)), None))
        due_s += every_s
    return sorted(found, key=lambda moment: moment[0])
