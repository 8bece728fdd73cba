"""EDF+: what sleep and physiology software reads, with breaths and gaps as annotations."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from biofeedback.core.results import BreathCycle, CommandHeard, Hold
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event, FloatArray
from biofeedback.recording.layout import SessionDescription, make_private

__all__ = ["write_edf"]

# Labels as EDF+ wants them: signal type, then where.
LABELS = {
    "chest_excursion": "Resp chest",
    "abdomen_excursion": "Resp abdomen",
    "breath_signal": "Resp sum",
}
MOTION_LABELS = {"tilt_ap_deg": "tilt AP", "tilt_ml_deg": "tilt ML", "motion_mps2": "motion"}
# EDF's physical dimension is 8 ASCII characters.
DIMENSIONS = {"m/s2": "m/s2", "deg": "deg", "ratio": "", "a.u.": "a.u."}
LEAST_SPAN = 1e-6


def write_edf(
    table: Chunk, events: Sequence[Event], description: SessionDescription, path: Path
) -> None:
    """Write a session as EDF+C.

    EDF knows no gaps: where a signal is unknown its last value is repeated, and an annotation
    says so with its length.

    Parameters
    ----------
    table : Chunk
        The 50 Hz table, at least one second.
    events : sequence of Event
        Breaths, holds and markers become annotations.
    description : SessionDescription
        Pseudonym and start.
    path : Path
        Of the file; an older one is replaced, the new one is private to the user.
    """
    import edfio

    rate = round(table.info.sample_rate_hz)
    n_rows = len(table) // rate * rate
    first_s = float(table.t_s[0])
    signals, notes = [], []
    for channel in table.info.channels:
        label = _label(channel.name)
        if label:
            values = table.column(channel.name)[:n_rows]
            notes += _gaps(label, values, rate)
            dimension = DIMENSIONS.get(channel.unit, channel.unit)
            signals.append(_signal(edfio, values, rate, label, dimension))
    notes += [
        edfio.EdfAnnotation(round(start_s - first_s, 4), length_s, text)
        for start_s, length_s, text in _annotations(events)
        if 0 <= start_s - first_s <= n_rows / rate
    ]
    started = (
        datetime.datetime.fromisoformat(description.clock[0].utc) if description.clock else None
    )
    edf = edfio.Edf(
        signals,
        patient=edfio.Patient(code=description.person or "X"),
        recording=edfio.Recording(
            startdate=started.date() if started else None, equipment_code="biofeedback"
        ),
        starttime=started.time().replace(tzinfo=None) if started else None,
        annotations=sorted(notes, key=lambda note: note.onset),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    edf.write(path)
    make_private(path)


def _label(name: str) -> str:
    """Return the EDF label of a column; empty for columns that stay at home."""
    if name in LABELS:
        return LABELS[name]
    for role in Role:
        quantity = name.removeprefix(f"{role.prefix}_")
        if role.kind == "imu" and quantity != name and quantity in MOTION_LABELS:
            return f"{role.site} {MOTION_LABELS[quantity]}"
    return ""


def _signal(edfio: Any, values: FloatArray, rate: int, label: str, dimension: str) -> Any:
    known = np.isfinite(values)
    held = values[np.maximum.accumulate(np.where(known, np.arange(len(values)), 0))]
    held = np.where(np.isfinite(held), held, 0.0)
    low, high = float(held.min()), float(held.max())
    if high - low < LEAST_SPAN:
        low, high = low - 1.0, high + 1.0
    return edfio.EdfSignal(
        held, rate, label=label, physical_dimension=dimension, physical_range=(low, high)
    )


def _gaps(label: str, values: FloatArray, rate: int) -> list[Any]:
    import edfio

    unknown = ~np.isfinite(values)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], unknown, [False]))))
    return [
        edfio.EdfAnnotation(begin / rate, (end - begin) / rate, f"{label} unknown")
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def _annotations(events: Sequence[Event]) -> list[tuple[float, float | None, str]]:
    """Name what happened: start, length or None, text."""
    named: list[tuple[float, float | None, str]] = []
    for event in events:
        match event:
            case BreathCycle():
                named.append((event.onset_s, None, "Inspiration onset"))
                named.append((event.peak_s, None, "Expiration onset"))
            case Hold(state="ended"):
                named.append((event.start_s, round(event.duration_s, 4), "Breath hold"))
            case CommandHeard(name="mark" | "note"):
                named.append((event.t_s, None, str(event.argument("text") or "Marker")))
            case _:
                pass
    return named
