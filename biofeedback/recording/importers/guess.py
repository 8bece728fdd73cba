"""Which column is what, read from the labels of a file; every guess is said."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence

from biofeedback.core.errors import ImportedDataError
from biofeedback.recording.importers.csv import TIME_UNIT
from biofeedback.recording.importers.mapping import AXES, Quantity, SiteMap
from biofeedback.recording.importers.table import RawTable

__all__ = ["guess_maps", "guess_time_column", "in_axis_order"]

_TIME = re.compile(
    r"(time ?_?stamps?|times?|t|seconds?|secs?|elapsed( time)?|date ?_?time|date|clock)", re.I
)
_NO_SIGNAL = re.compile(
    r"time|date|clock|rate\b|rr\b|bpm|event|annot|label|flag|marker|index|sample|count(er)?\b|seq"
    r"|peak|inspiration_|expiration_|^ann\d|worn|_ok$|quality|acc|gyr|mag|quat|^q_|_q_|ecg|ppg|pleth",
    re.I,
)
# Labels people give to belts, in the headers of CSV, EDF and of loggers.
_BELTS = (
    ("abdomen", re.compile(r"abd|belly|\bab\b|stomach|diaphragm", re.I)),
    ("chest", re.compile(r"thor|\btho\b|chest|\brib|ribcage|\brc\b|\bcw\b|upper", re.I)),
)
# What follows the chest comes before what has to be integrated first.
_ANY_BREATHING = (
    re.compile(r"resp|force|breath|belt|rip\b|pzt|impedance", re.I),
    re.compile(r"v_?tidal|volume", re.I),
    re.compile(r"flow", re.I),
)
_PLACES = (
    ("pelvis", re.compile(r"pelvi|lumb|l4|l5|sacr|lower.?back|hip|waist", re.I)),
    ("sternum", re.compile(r"stern|manubr", re.I)),
    ("back", re.compile(r"t10|mid.?back|upper.?back|\bback", re.I)),
    ("thigh", re.compile(r"thigh|femur", re.I)),
    ("arm", re.compile(r"(^|[^a-z])arm|forearm|upperarm|wrist|humer", re.I)),
)
_MOTION: tuple[tuple[Quantity, re.Pattern[str]], ...] = (
    ("acc", re.compile(r"^(?P<stem>.*?)acc\w*?[_. ]?(?P<axis>[xyz])$", re.I)),
    ("gyro", re.compile(r"^(?P<stem>.*?)gyro?\w*?[_. ]?(?P<axis>[xyz])$", re.I)),
    ("quat", re.compile(r"^(?P<stem>.*?)(?:quat\w*?|q)[_. ]?(?P<axis>[wxyz])$", re.I)),
)


def guess_maps(table: RawTable, notes: list[str]) -> tuple[SiteMap, ...]:
    """Guess belts and motion sensors from the file's own labels.

    Parameters
    ----------
    table : RawTable
        The opened file.
    notes : list of str
        Gets what was guessed, and motion sensors whose place no label tells.

    Returns
    -------
    maps : tuple of SiteMap

    Raises
    ------
    ImportedDataError
        If no label tells.
    """
    signals = [
        name
        for name, label in table.labels.items()
        if label.unit != TIME_UNIT and not _NO_SIGNAL.search(name)
    ]
    belts: dict[str, SiteMap] = {}
    for site, pattern in _BELTS:
        found = [name for name in signals if pattern.search(name)]
        if found:  # the plainest label: others say what was made of it
            belts[site] = SiteMap(site, "belt", (min(found, key=len),))
            signals = [name for name in signals if name not in found]
    if not belts:
        breathing = [name for kind in _ANY_BREATHING for name in signals if kind.search(name)]
        if breathing or len(signals) == 1:
            belts["chest"] = SiteMap("chest", "belt", (*breathing, *signals)[:1])
    motions, homeless = _motions(table.labels)
    maps = (*reversed(belts.values()), *motions)
    if not maps:
        names = list(table.labels)
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        hint = "--map chest=COLUMN"
        if homeless:
            quantity, columns = homeless[0]
            hint = f"--map pelvis.{quantity}={','.join(columns)}, or wherever it was worn"
        raise ImportedDataError(
            f"{table.path.name}: no label tells what was worn where; say it with {hint}. "
            f"It has {', '.join(names[:20])}{more}"
        )
    said = ", ".join(f"{item.name}={','.join(item.columns)}" for item in maps)
    notes.append(f"guessed from the labels: {said}")
    notes += [
        f"{', '.join(columns)} look like a motion sensor; say where it was worn with "
        f"--map SITE.{quantity}={','.join(columns)}"
        for quantity, columns in homeless
    ]
    return maps


def _motions(
    labels: Iterable[str],
) -> tuple[list[SiteMap], list[tuple[Quantity, tuple[str, ...]]]]:
    """Find complete sets of axes; those whose stem names a place become maps."""
    sets: dict[tuple[str, Quantity], dict[str, str]] = {}
    for name in labels:
        bare = re.sub(r"\s*[\[(][^\])]*[\])]\s*$", "", name)
        for quantity, pattern in _MOTION:
            match = pattern.match(bare)
            if match:
                axes = sets.setdefault((match.group("stem"), quantity), {})
                axes.setdefault(match.group("axis").lower(), name)
    maps: list[SiteMap] = []
    homeless: list[tuple[Quantity, tuple[str, ...]]] = []
    taken: set[str] = set()
    for (stem, quantity), axes in sets.items():
        if len(axes) < len(AXES[quantity]):
            continue
        columns = tuple(axes[axis] for axis in AXES[quantity])
        site = next((site for site, pattern in _PLACES if pattern.search(stem)), None)
        if site is None or f"{site}.{quantity}" in taken:
            homeless.append((quantity, columns))
        else:
            taken.add(f"{site}.{quantity}")
            maps.append(SiteMap(site, quantity, columns))
    return maps, homeless


def guess_time_column(labels: Mapping[str, object]) -> str | None:
    """Find the column that holds time.

    Parameters
    ----------
    labels : mapping of str to any
        By column name.

    Returns
    -------
    name : str or None
        The first whose name says so.
    """
    for name in labels:
        bare = re.sub(r"\s*[\[(][^\])]*[\])]\s*$", "", name).strip()
        if _TIME.fullmatch(bare):
            return name
    return None


def in_axis_order(item: SiteMap, notes: list[str]) -> SiteMap:
    """Put columns into the order of their axes, if their names tell and another was given.

    Parameters
    ----------
    item : SiteMap
        As given.
    notes : list of str
        Gets a note when the order is changed.

    Returns
    -------
    item : SiteMap
    """
    axes = [_axis(name) for name in item.columns]
    wanted = AXES[item.quantity]
    if item.quantity == "belt" or sorted(axes) != sorted(wanted) or axes == list(wanted):
        return item
    columns = _sorted_by(item.columns, axes, wanted)
    notes.append(f"{item.name}: columns put into the order {', '.join(columns)}")
    return dataclasses.replace(item, columns=columns)


def _axis(name: str) -> str:
    match = re.search(r"([wxyz])\s*([\[(].*)?$", name, re.I)
    return match.group(1).lower() if match else ""


def _sorted_by(columns: Sequence[str], axes: Sequence[str], wanted: str) -> tuple[str, ...]:
    return tuple(columns[axes.index(axis)] for axis in wanted)
