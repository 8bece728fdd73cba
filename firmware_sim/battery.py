"""A cell that empties, and what the Bluetooth battery service says of it."""

from __future__ import annotations

import math

from firmware_sim.firmware import Emission
from firmware_sim.gatt_table import BATTERY_LEVEL

__all__ = ["Battery"]


class Battery:
    """A cell that empties evenly.

    Parameters
    ----------
    full_pct : float
        Charge at time 0, %.
    drain_pct_per_h : float
        How fast it empties, %/h.
    """

    def __init__(self, full_pct: float, drain_pct_per_h: float) -> None:
        self._full_pct, self._drain_pct_per_h = full_pct, drain_pct_per_h
        self._told_pct = math.ceil(full_pct)

    def level_pct(self, now_us: int) -> int:
        """Return the charge in whole per cent, rounded up.

        Parameters
        ----------
        now_us : int
            Time, µs.

        Returns
        -------
        level : int
            %.
        """
        return max(0, math.ceil(self._full_pct - self._drain_pct_per_h * now_us / 3.6e9))

    def advance(self, now_us: int) -> list[Emission]:
        """Return the notification of a level that has changed, if it has.

        Parameters
        ----------
        now_us : int
            Time, µs.

        Returns
        -------
        emissions : list of Emission
            At most one.
        """
        level = self.level_pct(now_us)
        if level == self._told_pct:
            return []
        self._told_pct = level
        return [Emission(now_us, BATTERY_LEVEL, bytes([level]))]
