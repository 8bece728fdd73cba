"""Which signals are drawn as breathing: the belts, or motion sensors where no belt is worn."""

from __future__ import annotations

from dataclasses import dataclass

from biofeedback.core.roles import Role
from biofeedback.session.live import Live

__all__ = ["Source", "sources"]


@dataclass(frozen=True, slots=True)
class Source:
    """One signal that breathes.

    Parameters
    ----------
    role : Role
        Sensor it comes from.
    column : str
        Its column; breathing in is up.
    place : str
        ``chest`` or ``abdomen``: its colour, and the part of the figure it moves.
    name : str
        Written at its end.
    """

    role: Role
    column: str
    place: str
    name: str


BELTS = (
    Source(Role.CHEST_BELT, "chest_excursion", "chest", "Chest"),
    Source(Role.ABDOMEN_BELT, "abdomen_excursion", "abdomen", "Abdomen"),
)
MOTION = (
    Source(Role.STERNUM_IMU, "sternum_breath_deg", "chest", "Sternum"),
    Source(Role.ABDOMEN_IMU, "abdomen_imu_breath_deg", "abdomen", "Belly"),
)


def sources(live: Live) -> tuple[Source, ...]:
    """Return what is drawn as breathing, of the sensors that are worn.

    Parameters
    ----------
    live : Live
        What is known.

    Returns
    -------
    sources : tuple of Source
        Belts where there is any; a belt is far better than a motion sensor.
    """
    worn = live.worn
    belts = tuple(one for one in BELTS if one.role in worn)
    return belts or tuple(one for one in MOTION if one.role in worn)
