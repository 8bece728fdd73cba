"""What a person is asked to do for a calibration, done well or badly: one phase per step."""

from __future__ import annotations

from dataclasses import replace

from firmware_sim.script import Happening, Pattern, Phase

__all__ = ["QUIET", "manoeuvres"]

QUIET = Pattern(14, 0.45)
DEEP = Pattern(7, 1.60, pause_ratio=0.05, rib_share=0.60, time_cv=0.05, volume_cv=0.08)
LED_L = 0.60
CHEST_LED = Pattern(
    12, LED_L, 0.42, 0.05, rib_share=0.85, phase_deg=-5, time_cv=0.03, volume_cv=0.08
)
BELLY_LED = replace(CHEST_LED, rib_share=0.25, phase_deg=8)
PUSH_L, HELD_S = 0.45, 15.0


def manoeuvres(
    leak: float = 0.0,
    belly_depth: float = 1.0,
    variability: float = 1.0,
    held_s: float = HELD_S,
    quiet: Pattern = QUIET,
) -> tuple[Phase, ...]:
    """Return the five steps of a guided calibration, one phase each.

    Parameters
    ----------
    leak : float
        Part of the volume that escapes at each push because the throat is not closed, ratio.
    belly_depth : float
        Volume of the belly-led breaths over that of the chest-led ones, ratio.
    variability : float
        Multiple of the usual scatter of depth and share from breath to breath.
    held_s : float
        How long the breath is held while the belly goes out and in, s.
    quiet : Pattern
        How the person breathes at rest.

    Returns
    -------
    phases : tuple of Phase
        Labelled ``quiet``, ``deep``, ``isovolume``, ``chest_led`` and ``belly_led``; about 150 s.
    """
    steady = {
        "volume_cv": variability * CHEST_LED.volume_cv,
        "share_sd": variability * CHEST_LED.share_sd,
    }
    push = Happening("isovolume", 4.0, held_s, size=PUSH_L, leak=leak)
    return (
        Phase("quiet", 32.0, quiet),
        Phase("deep", 26.0, DEEP),
        Phase("isovolume", 12.0 + held_s, quiet, happenings=(push,)),
        Phase("chest_led", 32.0, replace(CHEST_LED, **steady)),
        Phase("belly_led", 32.0, replace(BELLY_LED, volume_l=belly_depth * LED_L, **steady)),
    )
