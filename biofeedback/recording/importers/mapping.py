"""What the user says of a file: which column is worn where, at which rate, in which unit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, cast

from biofeedback.core.errors import ImportedDataError
from biofeedback.core.roles import Role
from biofeedback.recording.importers.table import RawTable

__all__ = ["ImportRequest", "SiteMap", "guess_maps", "parse_request"]

Quantity = Literal["belt", "acc", "gyro", "quat"]
WIDTHS: Mapping[Quantity, int] = MappingProxyType({"belt": 1, "acc": 3, "gyro": 3, "quat": 4})
RATE_LIMITS_HZ = (0.5, 20_000.0)
BELT_SITES = ("chest", "abdomen")
# Labels people give to the two belts, as whole words or word parts of EDF and CSV headers.
GUESSES: tuple[tuple[str, str], ...] = (
    ("abdomen", r"abd|belly|\bab\b|stomach"),
    ("chest", r"thor|chest|\brib|ribcage|\brc\b|\bcw\b"),
)
GENERIC = r"resp|force|breath|signal|impedance|flow|belt"


@dataclass(frozen=True, slots=True)
class SiteMap:
    """Columns of one quantity at one site.

    Parameters
    ----------
    site : str
        ``chest``, ``abdomen``, ``sternum``, ``back``, ``pelvis``, ``thigh``.
    quantity : {"belt", "acc", "gyro", "quat"}
        What they hold.
    columns : tuple of str
        One for a belt, three (x, y, z) or four (w, x, y, z) otherwise.
    """

    site: str
    quantity: Quantity
    columns: tuple[str, ...]

    @property
    def role(self) -> Role:
        """The role its stream takes."""
        return Role(f"{self.site}_{'belt' if self.quantity == 'belt' else 'imu'}")


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Everything said on the command line.

    Parameters
    ----------
    maps : tuple of SiteMap
        Empty: guess from the labels.
    rate_hz : mapping of str to float
        By site; the empty string is for all others.
    time_column : str
        Column that holds time; empty when there is none.
    invert : frozenset of str
        Sites whose inspiration points down in the file.
    units : mapping of str to str
        Unit of a site's columns, in the file.
    """

    maps: tuple[SiteMap, ...] = ()
    rate_hz: Mapping[str, float] = field(default_factory=dict)
    time_column: str = ""
    invert: frozenset[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)


def parse_request(
    maps: Sequence[str] = (),
    rates: Sequence[str] = (),
    time_column: str | None = None,
    invert: Sequence[str] = (),
    units: Sequence[str] = (),
) -> ImportRequest:
    """Read the options of ``biofeedback import``.

    Parameters
    ----------
    maps : sequence of str
        ``SITE[.KIND]=COLUMN[,COLUMN…]``.
    rates : sequence of str
        ``R`` or ``SITE=R``, Hz.
    time_column : str or None
        Column that holds time.
    invert : sequence of str
        Sites.
    units : sequence of str
        ``SITE=UNIT`` or ``SITE.KIND=UNIT``.

    Returns
    -------
    request : ImportRequest

    Raises
    ------
    ImportedDataError
        If an option cannot be read; the message says how it is written.
    """
    parsed = tuple(_site_map(text) for text in maps)
    seen: set[tuple[str, Quantity]] = set()
    for item in parsed:
        key = (item.site, item.quantity)
        if key in seen:
            raise ImportedDataError(f"{item.site}.{item.quantity} is mapped twice; keep one")
        seen.add(key)
    sites = {item.site for item in parsed}
    for site in invert:
        _known_site(site, "--invert")
        if sites and site not in sites:
            raise ImportedDataError(
                f"--invert {site}: it is not mapped; mapped are {', '.join(sorted(sites))}"
            )
    return ImportRequest(
        parsed,
        dict(_rate(text) for text in rates),
        time_column or "",
        frozenset(invert),
        dict(_unit(text) for text in units),
    )


def _site_map(text: str) -> SiteMap:
    head, equals, tail = text.partition("=")
    columns = tuple(name.strip() for name in tail.split(",") if name.strip())
    site, _, kind = head.strip().partition(".")
    if not equals or not columns:
        raise ImportedDataError(
            f"--map {text!r}: write SITE=COLUMN, such as chest=thoracic, or sternum.quat=w,x,y,z"
        )
    _known_site(site, "--map")
    quantity = kind or ("belt" if site in BELT_SITES else "")
    if quantity not in WIDTHS:
        raise ImportedDataError(
            f"--map {text!r}: say what {site} holds, one of "
            f"{', '.join(f'{site}.{name}' for name in WIDTHS)}"
        )
    known = cast(Quantity, quantity)
    if known == "belt" and site not in BELT_SITES:
        raise ImportedDataError(f"--map {text!r}: a belt is worn on {' or '.join(BELT_SITES)}")
    if len(columns) != WIDTHS[known]:
        raise ImportedDataError(
            f"--map {text!r}: {known} takes {WIDTHS[known]} columns, {len(columns)} are given"
        )
    item = SiteMap(site, known, columns)
    try:
        _ = item.role
    except ValueError:
        raise ImportedDataError(f"--map {text!r}: no motion sensor is worn on {site}") from None
    return item


def _known_site(site: str, option: str) -> None:
    sites = list(dict.fromkeys(role.site for role in Role))
    if site not in sites:
        raise ImportedDataError(f"{option} {site!r}: known sites are {', '.join(sites)}")


def _rate(text: str) -> tuple[str, float]:
    site, equals, number = text.rpartition("=")
    try:
        rate_hz = float(number)
    except ValueError:
        rate_hz = float("nan")
    low_hz, high_hz = RATE_LIMITS_HZ
    if not low_hz <= rate_hz <= high_hz:
        raise ImportedDataError(
            f"--rate-hz {text!r}: give a number from {low_hz:g} to {high_hz:g} Hz"
        )
    if equals:
        _known_site(site, "--rate-hz")
    return site, rate_hz


def _unit(text: str) -> tuple[str, str]:
    site, equals, unit = text.partition("=")
    if not equals or not unit:
        raise ImportedDataError(f"--unit {text!r}: write SITE=UNIT, such as sternum.acc=g")
    _known_site(site.partition(".")[0], "--unit")
    return site, unit


def guess_maps(table: RawTable) -> tuple[SiteMap, ...]:
    """Guess the belts from the file's own labels.

    Parameters
    ----------
    table : RawTable
        The file.

    Returns
    -------
    maps : tuple of SiteMap

    Raises
    ------
    ImportedDataError
        If no label tells.
    """
    found: dict[str, SiteMap] = {}
    for site, pattern in GUESSES:
        for name in table.columns:
            if site not in found and re.search(pattern, name, re.IGNORECASE):
                found[site] = SiteMap(site, "belt", (name,))
    if not found:
        for name in table.columns:
            if re.search(GENERIC, name, re.IGNORECASE):
                found["chest"] = SiteMap("chest", "belt", (name,))
                break
    if not found:
        names = list(table.columns)
        raise ImportedDataError(
            f"{table.path.name}: no label tells which column is a belt; say it with "
            f"--map chest=COLUMN. It has {', '.join(names[:20])}"
        )
    return tuple(found.values())
