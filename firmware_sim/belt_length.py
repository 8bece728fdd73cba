"""A belt that follows its own length: a soft stretch sensor with no pull to speak of."""

from __future__ import annotations

import numpy as np

from firmware_sim.body import BELT_SITES, Body
from firmware_sim.motions import FloatArray
from firmware_sim.sensors import noise_source

__all__ = ["BeltLength"]


class BeltLength:
    """A stretch sensor in a belt: length, a little lag, noise; a braced wall adds nothing.

    Parameters
    ----------
    body : Body
        Who wears it.
    site : str
        ``chest`` or ``abdomen``.
    seed : int
        Source of chance.
    noise_mm : float
        Standard deviation of one sample, mm.

    Raises
    ------
    ValueError
        If no belt is worn there.
    """

    AT_REST_MM = 40.0
    CREEP_MM = 1.0
    CREEPS_IN_S = 240.0

    def __init__(self, body: Body, site: str, seed: int, noise_mm: float = 0.05) -> None:
        if site not in BELT_SITES:
            raise ValueError(f"a belt is not worn at {site!r}; choose from {', '.join(BELT_SITES)}")
        self._body = body
        self._site = site
        self._noise_mm = noise_mm
        self._chance = noise_source(seed, f"belt length {site}")

    def sample_mm(self, t_s: FloatArray) -> FloatArray:
        """Measure at `t_s`, later than all times before.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Increasing times, s.

        Returns
        -------
        length : ndarray, shape (n,)
            By how much the sensor is stretched, mm.
        """
        return np.asarray(
            self.AT_REST_MM
            + self._body.belt_mm(self._site, t_s)
            - self.CREEP_MM * (1.0 - np.exp(-t_s / self.CREEPS_IN_S))
            + self._noise_mm * self._chance.standard_normal(len(t_s))
        )
