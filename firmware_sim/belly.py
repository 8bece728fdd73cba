"""The wall of the simulated belly: drawn in, braced or pushed out, and what a breath then moves.

A tense wall gives way less: what the belly does not take of a breath the rib cage takes, so the
volume of the lung is as before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_sim.motions import FloatArray, Ramps
from firmware_sim.script import Script

__all__ = ["STIFFNESS_N_PER_MM", "Belly", "BellyTruth", "belly_truth"]

STIFFNESS_N_PER_MM = 0.25
"""Of a force belt and its gauge together."""
TONE_MM = {"chest": 0.4, "abdomen": -2.0}
"""What bracing with all one's might does to girth."""
TONE_N = {"chest": 0.5, "abdomen": 3.0}
"""... and adds to the pull of a belt beyond its stretch."""
WALL_PART = {"chest": -0.2, "abdomen": 1.0}
"""Of what the belly is pushed out by, the rib cage gives back a fifth (isovolume coupling)."""
DRAWN_IN_MM = 6.0
"""Drawn in as far as it goes."""
STIFFER = 0.5
"""So much less gives a wall that is wholly tense."""


@dataclass(frozen=True, slots=True, eq=False)
class BellyTruth:
    """How the belly was held in each breath; arrays have shape (n_breaths,).

    Parameters
    ----------
    tonic_length, tonic_tension : ndarray
        T at the end of the breath, of a perfect belt that follows length or tension: in abdominal
        breaths at rest.
    phasic : ndarray
        P, the abdominal breath over the median of those at rest; NaN, as T is, where no breath
        was at rest.
    """

    tonic_length: FloatArray
    tonic_tension: FloatArray
    phasic: FloatArray


class Belly:
    """How the wall is held, as functions of time.

    Parameters
    ----------
    script : Script
        What the person does.
    """

    def __init__(self, script: Script) -> None:
        starts = script.starts_s()
        self._tone, self._in_mm, self._out_mm = (
            Ramps(
                getattr(starts[0][1], name),
                [(t_s, phase.tone_rise_s, getattr(phase, name)) for t_s, phase in starts[1:]],
            )
            for name in ("tone", "draw_in_mm", "push_out_mm")
        )

    def gives(self, t_s: FloatArray) -> FloatArray:
        """Tell what part of a breath's abdominal volume the wall still gives way to.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        part : ndarray, shape (n,)
            1 relaxed, 0.5 wholly tense, by bracing or drawing in.
        """
        tense = np.clip(self._tone(t_s) + self._in_mm(t_s) / DRAWN_IN_MM, 0.0, 1.0)
        return np.asarray(1.0 - STIFFER * tense)

    def girth_mm(self, site: str, t_s: FloatArray) -> FloatArray:
        """Change of girth by how the belly is held.

        Parameters
        ----------
        site : str
            ``chest`` or ``abdomen``.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        change : ndarray, shape (n,)
            mm.
        """
        moved_mm = self._out_mm(t_s) - self._in_mm(t_s)
        return np.asarray(TONE_MM[site] * self._tone(t_s) + WALL_PART[site] * moved_mm)

    def pull_n(self, site: str, t_s: FloatArray) -> FloatArray:
        """Tension a braced wall adds to a belt beyond its stretch.

        Parameters
        ----------
        site : str
            ``chest`` or ``abdomen``.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        tension : ndarray, shape (n,)
            N.
        """
        return np.asarray(TONE_N[site] * self._tone(t_s))


def belly_truth(belly: Belly, end_s: FloatArray, breath_mm: FloatArray) -> BellyTruth:
    """Work out T and P of each breath.

    Parameters
    ----------
    belly : Belly
        Whose.
    end_s : ndarray, shape (n_breaths,)
        End of each breath, s.
    breath_mm : ndarray, shape (n_breaths,)
        What it moved the girth of the belly by, mm.

    Returns
    -------
    truth : BellyTruth
    """
    girth_mm, pull_n = belly.girth_mm("abdomen", end_s), belly.pull_n("abdomen", end_s)
    at_rest = (girth_mm == 0.0) & (pull_n == 0.0) & (breath_mm > 0.0)
    rest_mm = float(np.median(breath_mm[at_rest])) if at_rest.any() else np.nan
    return BellyTruth(
        tonic_length=girth_mm / rest_mm,
        tonic_tension=(girth_mm + pull_n / STIFFNESS_N_PER_MM) / rest_mm,
        phasic=breath_mm / rest_mm,
    )
