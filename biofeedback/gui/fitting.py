"""Putting sensors on, in words: cards, checks, what this kit can tell. Pure, and without Qt."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from biofeedback.core.capability import capability
from biofeedback.core.ports import StreamKind
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import FloatArray
from biofeedback.gui.lamps import BELTS, NAMES, present_lamps
from biofeedback.gui.scales import TRUNK
from biofeedback.gui.states import LampState, Quality
from biofeedback.session.live import Live

__all__ = ["Check", "FittingState", "SensorCard", "present_fitting", "swap_words"]

LOW_BATTERY_PCT = 20.0
# A force belt reaches from 0 to 50 N, and a breath swings by up to 3 N: half of that must be left
# below, and at the top the room of a deep breath.
SLACK_N, TIGHT_N, TENSION_S = 1.5, 40.0, 10.0
LOW_DISK_BYTES = 1e9
CLEARLY = 1.25


@dataclass(frozen=True, slots=True)
class SensorCard:
    """One device that was found.

    Parameters
    ----------
    device_id : str
        Driver and address.
    title : str
        What it calls itself.
    role : Role or None
        Where it is worn.
    choices : tuple of Role
        Where it may be worn.
    lamp : LampState or None
        How it is doing; None before it is connected.
    signal : str
        Strength of its signal.
    """

    device_id: str
    title: str
    role: Role | None
    choices: tuple[Role, ...]
    lamp: LampState | None
    signal: str


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the pre-flight list.

    Parameters
    ----------
    title : str
        What is checked.
    quality : Quality
        Its mark.
    words : str
        What was found.
    """

    title: str
    quality: Quality
    words: str


@dataclass(frozen=True, slots=True)
class FittingState:
    """What the Sensors page shows.

    Parameters
    ----------
    cards : tuple of SensorCard
        Devices, worn ones first.
    checks : tuple of Check
        Expected against found.
    worn : mapping of Role to LampState
        What is on the body.
    capability : str
        What this kit can and cannot tell.
    start : str
        What will be unknown if recording starts now.
    """

    cards: tuple[SensorCard, ...]
    checks: tuple[Check, ...]
    worn: Mapping[Role, LampState]
    capability: str
    start: str


@dataclass(frozen=True, slots=True)
class Device:
    """What a scan told.

    Parameters
    ----------
    name : str
        What it calls itself.
    kinds : tuple of StreamKind
        What it measures.
    rssi_dbm : int or None
        Strength of its signal; None for a cable.
    """

    name: str
    kinds: tuple[StreamKind, ...]
    rssi_dbm: int | None


def present_fitting(
    devices: Mapping[str, Device],
    roles: Mapping[str, Role],
    live: Live,
    free_bytes: float,
    swap: Quality,
) -> FittingState:
    """Present what is found, worn and still open.

    Parameters
    ----------
    devices : mapping of str to Device
        What scans found, by device id.
    roles : mapping of str to Role
        What is worn where.
    live : Live
        What is known.
    free_bytes : float
        Room on the disk, bytes.
    swap : Quality
        Result of the swap check.

    Returns
    -------
    state : FittingState
    """
    shown = present_lamps(live)
    lamps = {lamp.device_id: lamp for lamp in shown}
    cards = tuple(
        sorted(
            (_card(name, device, roles, lamps) for name, device in devices.items()),
            key=lambda card: (card.role is None, list(Role).index(card.role) if card.role else 0),
        )
    )
    worn = {lamp.role: lamp for lamp in shown if lamp.role is not None}
    checks = [_sensor_check(role, worn, optional=False) for role in BELTS]
    trunk = next((role for role in TRUNK if role in worn), TRUNK[0])
    checks.append(_sensor_check(trunk, worn, optional=True))
    checks += [*_tension(live, worn), _battery(live), _storage(free_bytes)]
    if all(role in worn for role in BELTS):
        checks.append(Check("Swap check", swap, swap.reason or "the belts are where they say"))
    return FittingState(cards, tuple(checks), worn, _can_tell(roles.values()), _start(checks, worn))


def _card(
    device_id: str,
    device: Device,
    roles: Mapping[str, Role],
    lamps: Mapping[str, LampState],
) -> SensorCard:
    return SensorCard(
        device_id,
        device.name or device_id,
        roles.get(device_id),
        tuple(role for role in Role if role.kind in device.kinds),
        lamps.get(device_id),
        "cable" if device.rssi_dbm is None else f"{device.rssi_dbm} dBm".replace("-", "−"),
    )


def _sensor_check(role: Role, worn: Mapping[Role, LampState], *, optional: bool) -> Check:
    name = "Trunk sensor" if optional and role not in worn else NAMES[role]
    lamp = worn.get(role)
    if lamp is None:
        return Check(name, Quality("unknown"), "optional, not worn" if optional else "not worn yet")
    return Check(name, lamp.quality, f"found, {lamp.quality.text}")


def _tension(live: Live, worn: Mapping[Role, LampState]) -> list[Check]:
    """Say whether each belt is worn within its range; only newtons tell how tight."""
    checks = []
    for role in BELTS:
        t_s, values = live.trace(f"{role.prefix}_excursion")
        recent = values[np.isfinite(values) & (t_s > live.now_s - TENSION_S)]
        if role not in worn or not len(recent):
            continue
        title, level = f"Tension, {role.site}", abs(float(np.median(recent)))
        newtons = live.units.get(f"{role.prefix}_excursion") == "N"
        if Reason.SATURATED in live.quality.get(role.value, Reason.NONE):
            words = "at the end of its range; loosen or tighten it a little"
            checks.append(Check(title, Quality("doubtful"), words))
        elif not newtons:
            words = "within its range; how tight, this belt does not tell"
            checks.append(Check(title, Quality("good"), words))
        elif level < SLACK_N:
            words = f"slack at {level:.1f} N; tighten it by a hand's breadth"
            checks.append(Check(title, Quality("doubtful"), words))
        elif level > TIGHT_N:
            words = f"tight at {level:.0f} N; loosen it"
            checks.append(Check(title, Quality("doubtful"), words))
        else:
            checks.append(Check(title, Quality("good"), f"{level:.1f} N at rest"))
    return checks


def _battery(live: Live) -> Check:
    known = [link.battery_pct for link in live.links if math.isfinite(link.battery_pct)]
    if not known:
        return Check("Battery", Quality("unknown"), "not told yet")
    lowest = min(known)
    if lowest < LOW_BATTERY_PCT:
        return Check("Battery", Quality("doubtful"), f"one is at {lowest:.0f} %; charge it soon")
    return Check("Battery", Quality("good"), f"all above {math.floor(lowest):.0f} %")


def _storage(free_bytes: float) -> Check:
    words = f"{free_bytes / 1e9:.0f} GB free"
    if free_bytes < LOW_DISK_BYTES:
        return Check("Storage", Quality("doubtful"), f"{words}; make room first")
    return Check("Storage", Quality("good"), words)


def _can_tell(roles: Collection[Role]) -> str:
    return capability(roles) if roles else "Nothing yet: give a sensor its place."


def _start(checks: Sequence[Check], worn: Mapping[Role, LampState]) -> str:
    if not worn:
        return "No sensor has a place yet, so there is nothing to record."
    unsure = [check.title for check in checks if check.quality.word not in ("good",)]
    if not unsure:
        return "Everything is ready."
    return f"Open: {', '.join(unsure)}. You can start; what rests on them stays unknown."


def swap_words(
    chest_before: FloatArray,
    abdomen_before: FloatArray,
    chest_during: FloatArray,
    abdomen_during: FloatArray,
) -> Quality:
    """Tell from one breath into the belly whether the belts are where their names say.

    Each belt's range during that breath is compared with its own range before, so that gains
    cancel: the belt on the belly grows more.

    Parameters
    ----------
    chest_before, abdomen_before : ndarray, shape (n_samples,)
        Some quiet breaths, each in its belt's unit.
    chest_during, abdomen_during : ndarray, shape (m_samples,)
        The breath into the belly.

    Returns
    -------
    quality : Quality
        ``good`` when the abdomen belt grew more, ``doubtful`` when the chest belt did, else
        ``unknown``.
    """
    ranges = [
        float(np.ptp(part[np.isfinite(part)])) if np.isfinite(part).sum() > 2 else 0.0
        for part in (chest_before, abdomen_before, chest_during, abdomen_during)
    ]
    if min(ranges) <= 0:
        return Quality("unknown", "both belts must be moving; once more?")
    belly_more = (ranges[3] / ranges[1]) / (ranges[2] / ranges[0])
    if belly_more > CLEARLY:
        return Quality("good")
    if belly_more < 1 / CLEARLY:
        return Quality(
            "doubtful", "the wrong way round: the one called Chest is on the belly; swap names"
        )
    return Quality("unknown", "both moved alike; once more, lower?")
