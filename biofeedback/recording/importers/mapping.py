"""What the user says of a file: which column is worn where, at which rate, in which unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, cast

from biofeedback.core.errors import ImportedDataError
from biofeedback.core.roles import Role

__all__ = ["AXES", "RATE_LIMITS_HZ", "ImportRequest", "Quantity", "SiteMap", "parse_request"]

Quantity = Literal["belt", "acc", "gyro", "quat"]
AXES: Mapping[Quantity, str] = MappingProxyType(
    {"belt": " ", "acc": "xyz", "gyro": "xyz", "quat": "wxyz"}
)
"""Axes of each quantity, in the order of its columns; a belt has one column."""
BELT_SITES = ("chest", "abdomen")
# Below, not one sample falls into the second that may be bridged; above, it is no body signal.
RATE_LIMITS_HZ = (2.0, 20_000.0)
TIME = "time"
"""Stands for the time column in ``--unit time=ms``."""


@dataclass(frozen=True, slots=True)
class SiteMap:
    """Columns of one quantity at one site.

    Parameters
    ----------
    site : str
        ``chest``, ``abdomen``, ``sternum``, ``back``, ``pelvis``, ``thigh``, ``arm``.
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

    @property
    def name(self) -> str:
        """As it is written on the command line: ``sternum.quat``."""
        return f"{self.site}.{self.quantity}"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Everything said on the command line.

    Parameters
    ----------
    maps : tuple of SiteMap
        Empty: guess from the labels.
    rate_hz : mapping of str to float
        By ``site`` or ``site.quantity``; the empty string is for all others.
    time_column : str
        Column that holds time; empty when there is none.
    invert : frozenset of str
        Sites whose belt falls on breathing in.
    units : mapping of str to str
        By ``site``, ``site.quantity`` or ``time``: the unit in the file.
    """

    maps: tuple[SiteMap, ...] = ()
    rate_hz: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    time_column: str = ""
    invert: frozenset[str] = frozenset()
    units: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def rate_for(self, item: SiteMap) -> float | None:
        """Return the rate said for one sensor.

        Parameters
        ----------
        item : SiteMap
            The sensor.

        Returns
        -------
        rate_hz : float or None
        """
        return self.rate_hz.get(item.name, self.rate_hz.get(item.site, self.rate_hz.get("")))

    def unit_for(self, item: SiteMap) -> str:
        """Return the unit said for one sensor, empty if none was.

        Parameters
        ----------
        item : SiteMap
            The sensor.

        Returns
        -------
        unit : str
        """
        by_site = self.units.get(item.site, "")
        # An IMU holds several quantities; a unit of the site alone is that of its belt.
        return self.units.get(item.name, by_site if item.quantity == "belt" else "")


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
        ``SITE=UNIT``, ``SITE.KIND=UNIT`` or ``time=UNIT``.

    Returns
    -------
    request : ImportRequest

    Raises
    ------
    ImportedDataError
        If an option cannot be read; the message says how it is written.
    """
    parsed = tuple(_site_map(text) for text in maps)
    names = [item.name for item in parsed]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ImportedDataError(f"--map: {', '.join(doubled)} is mapped twice; keep one")
    for site in invert:
        _check_site(site, "--invert")
        if site not in BELT_SITES:
            raise ImportedDataError(
                f"--invert {site!r}: only belts have a direction, {' and '.join(BELT_SITES)}"
            )
        if parsed and f"{site}.belt" not in names:
            raise ImportedDataError(
                f"--invert {site}: no belt is mapped there; mapped are {', '.join(names)}"
            )
    rate_hz = dict(_rate(text) for text in rates)
    if time_column and "" in rate_hz:
        raise ImportedDataError(
            f"--rate-hz {rate_hz['']:g} and --time-column {time_column!r} both say when samples "
            "were taken; give one of them, or the rate of one site: --rate-hz SITE=R"
        )
    return ImportRequest(
        parsed,
        MappingProxyType(rate_hz),
        time_column or "",
        frozenset(invert),
        MappingProxyType(dict(_unit(text) for text in units)),
    )


def _site_map(text: str) -> SiteMap:
    head, equals, tail = text.partition("=")
    columns = tuple(name.strip() for name in tail.split(",") if name.strip())
    site, _, kind = head.strip().lower().partition(".")
    if not equals or not columns:
        raise ImportedDataError(
            f"--map {text!r}: write SITE=COLUMN, such as chest=thoracic, or sternum.quat=w,x,y,z"
        )
    _check_site(site, "--map")
    quantity = cast(Quantity, kind or ("belt" if site in BELT_SITES else ""))
    if quantity not in AXES:
        raise ImportedDataError(
            f"--map {text!r}: say what {site} holds: "
            f"{', '.join(f'{site}.{name}' for name in AXES if name != 'belt' or not kind)}"
        )
    if quantity == "belt" and site not in BELT_SITES:
        raise ImportedDataError(f"--map {text!r}: a belt is worn on {' or '.join(BELT_SITES)}")
    if len(columns) != len(AXES[quantity]):
        raise ImportedDataError(
            f"--map {text!r}: {quantity} takes {len(AXES[quantity])} columns, "
            f"{len(columns)} are given"
        )
    item = SiteMap(site, quantity, columns)
    try:
        _ = item.role
    except ValueError:
        raise ImportedDataError(
            f"--map {text!r}: a motion sensor is worn on "
            f"{', '.join(role.site for role in Role if role.kind == 'imu')}"
        ) from None
    return item


def _check_site(site: str, option: str) -> None:
    sites = list(dict.fromkeys(role.site for role in Role))
    if site not in sites:
        raise ImportedDataError(f"{option} {site!r}: known sites are {', '.join(sites)}")


def _check_target(target: str, option: str) -> None:
    """Check ``SITE`` or ``SITE.KIND``."""
    site, dot, kind = target.partition(".")
    _check_site(site, option)
    if dot and kind not in AXES:
        raise ImportedDataError(f"{option} {target!r}: known kinds are {', '.join(AXES)}")


def _rate(text: str) -> tuple[str, float]:
    target, equals, number = text.rpartition("=")
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
        _check_target(target, "--rate-hz")
    return target, rate_hz


def _unit(text: str) -> tuple[str, str]:
    target, equals, unit = text.partition("=")
    if not equals or not unit:
        raise ImportedDataError(f"--unit {text!r}: write SITE=UNIT, such as sternum.acc=g")
    if target != TIME:
        _check_target(target, "--unit")
    return target, unit
