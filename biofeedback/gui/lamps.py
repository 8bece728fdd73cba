"""How sensors are doing, in words. Pure, and without Qt."""

from __future__ import annotations

import math

from biofeedback.core.roles import Reason, Role
from biofeedback.gui.states import LampState, Quality
from biofeedback.session.live import Live
from biofeedback.session.snapshot import LinkStatus

__all__ = ["BELTS", "NAMES", "or_dash", "present_lamp"]

NAMES = {
    Role.CHEST_BELT: "Chest belt",
    Role.ABDOMEN_BELT: "Abdomen belt",
    Role.STERNUM_IMU: "Sternum",
    Role.ABDOMEN_IMU: "Abdomen sensor",
    Role.BACK_IMU: "Low back",
    Role.PELVIS_IMU: "Pelvis",
    Role.THIGH_IMU: "Thigh",
}
"""What people call a place."""
BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)
DOUBTFUL_LOSS_PCT = 2.0


def present_lamp(link: LinkStatus, live: Live) -> LampState:
    """Say how a sensor is doing.

    Parameters
    ----------
    link : LinkStatus
        The sensor.
    live : Live
        What is known of its role.

    Returns
    -------
    lamp : LampState
    """
    role = link.roles[0] if link.roles else None
    reasons = Reason.NONE
    for worn in link.roles:
        reasons |= live.quality.get(worn.value, Reason.NONE)
    if link.state in ("lost", "closed"):
        quality = Quality("lost", link.reason if link.state == "lost" else "")
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
