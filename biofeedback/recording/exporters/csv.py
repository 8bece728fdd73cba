"""Tidy CSV: the table, the events, and a sidecar that says what each column is."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path

from biofeedback import __version__
from biofeedback.core.stream import Chunk, Event
from biofeedback.recording.layout import make_private

__all__ = ["write_csv"]

BLOCK_ROWS = 10_000
BASE_FIELDS = ("t_s", "decided_s", "arrival_s")


def write_csv(table: Chunk, events: Sequence[Event], folder: Path) -> list[Path]:
    """Write ``table.csv``, ``events.csv`` and ``table.json``; older ones are replaced.

    Parameters
    ----------
    table : Chunk
        The 50 Hz table; NaN becomes an empty field.
    events : sequence of Event
        One row per event and value: ``t_s, decided_s, event, name, value``.
    folder : Path
        Made if absent; files are private to the user.

    Returns
    -------
    paths : list of Path
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    paths = [folder / name for name in ("table.csv", "events.csv", "table.json")]
    with paths[0].open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("t_s", *table.info.names))
        for start in range(0, len(table), BLOCK_ROWS):
            rows = table.rows(start, min(start + BLOCK_ROWS, len(table)))
            for t_s, values in zip(rows.t_s.tolist(), rows.data.tolist(), strict=True):
                writer.writerow((f"{t_s:.4f}", *map(_number, values)))
    with paths[1].open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("t_s", "decided_s", "event", "name", "value"))
        for event in events:
            for name, value in dataclasses.asdict(event).items():
                if name not in BASE_FIELDS:
                    kind = type(event).__name__
                    shown = _number(value) if isinstance(value, float) else value
                    writer.writerow((event.t_s, event.decided_s, kind, name, shown))
    sidecar = {
        "software": f"biofeedback {__version__}",
        "sample_rate_hz": table.info.sample_rate_hz,
        "time": "seconds since the session's first entry",
        "missing": "empty field",
        "columns": {channel.name: {"unit": channel.unit} for channel in table.info.channels},
    }
    paths[2].write_text(json.dumps(sidecar, indent=2) + "\n", encoding="utf-8")
    for path in paths:
        make_private(path)
    return paths


def _number(value: float) -> str:
    return f"{value:.9g}" if math.isfinite(value) else ""
