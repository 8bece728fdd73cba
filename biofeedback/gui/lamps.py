"""How sensors are doing, in words. Pure, and without Qt."""

from __future__ import annotations

import math

from biofeedback.core.roles import Reason, Role
from biofeedback.gui.states import LampState, Quality
from biofeedback.session.live import Live
from biofeedback.session.snapshot import LinkStatus

__all__ = ["BELTS", "NAMES", "or_dash", "present_lamp", "present_lamps"]

NAMES = {
    Role.CHEST_BELT: "Chest belt",
    Role.ABDOMEN_BELT: "Abdomen belt",
    Role.STERNUM_IMU: "Sternum",
    Role.ABDOMEN_IMU: "Abdomen sensor",
    Role.BACK_IMU: "Low back",
    Role.PELVIS_IMU: "Pelvis",
    Role.THIGH_IMU: "Thigh",
    Role.ARM_IMU: "Arm",
}
"""What people call a place."""
BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)
DOUBTFUL_LOSS_PCT = 2.0


def present_lamps(live: Live) -> tuple[LampState, ...]:
    """Say how every sensor is doing; a device worn in two places has two lamps.

    Parameters
    ----------
    live : Live
        What is known.

    Returns
    -------
    lamps : tuple of LampState
    """
    return tuple(
        present_lamp(link, live, role) for link in live.links for role in link.roles or (None,)
    )


def present_lamp(link: LinkStatus, live: Live, role: Role | None) -> LampState:
    """Say how a sensor is doing.

    Parameters
    ----------
    link : LinkStatus
        The sensor.
    live : Live
        What is known of its role.
    role : Role or None
        Its place; None when it has none.

    Returns
    -------
    lamp : LampState
    """
    reasons = Reason.NONE if role is None else live.quality.get(role.value, Reason.NONE)
    if link.state in ("lost", "opening", "closed"):
        never_there = link.state == "opening" and link.received == 0
        reason = "" if link.state == "closed" else link.reason
        quality = Quality("unknown" if never_there else "lost", reason)
    elif link.state == "silent":
        quality = Quality("lost", "it says nothing")
    elif not link.ready:
        quality = Quality("unknown", "starting")
    elif reasons:
        quality = Quality("doubtful", reasons.in_words())
    elif link.loss_pct > DOUBTFUL_LOSS_PCT:
        quality = Quality("doubtful", f"loss {link.loss_pct:.1f} %")
    else:
        quality = Quality("good")
    return LampState(
        link.device_id,
        NAMES[role] if role is not None else link.device_id.partition("/")[2],
        role,
        quality,
        or_dash(link.rate_hz, "{:.1f} Hz"),
        or_dash(link.loss_pct, "{:.1f} %"),
        or_dash(link.battery_pct, "{:.0f} %"),
        or_dash(1e3 * link.clock_se_s, "± {:.0f} ms"),
        or_dash(1e3 * link.jitter_s, "{:.0f} ms"),
        " ".join(part for part in (link.model, link.serial) if part) or link.device_id,
    )


def or_dash(value: float, form: str) -> str:
    """Write a number, or a dash when it is not known.

    Parameters
    ----------
    value : float
        NaN when not known.
    form : str
        Such as ``"{:.1f} Hz"``.

    Returns
    -------
    words : str
    """
    return form.format(value) if math.isfinite(value) else "–"
