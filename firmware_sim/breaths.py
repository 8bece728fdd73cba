"""The breaths of the simulated person: a table drawn from a script, and volume as a function of it.

Each compartment follows one common shape, shifted in time by the phase angle: two different
shapes would make "phase" depend on the estimator (Prisk et al. 2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_sim.motions import FloatArray, fractal_series
from firmware_sim.script import Pattern, Script

__all__ = ["Breaths", "draw_breaths"]

FRACTAL_BETA = 0.38
RATE_VOLUME_CORRELATION = 0.4
SHORTEST_S = 0.3
PUSHES = 5
"""How often the belly goes out and in during an isovolume manoeuvre."""


@dataclass(frozen=True, slots=True, eq=False)
class Breaths:
    """One row for each breath; all arrays have shape (n_breaths,).

    Parameters
    ----------
    onset_s : ndarray
        Start of inspiration, midway between the compartments, s.
    ti_s, hold_in_s, te_s, hold_out_s, pause_s : ndarray
        Inspiration, hold after it, expiration, hold after that, pause; together they reach the
        next onset, s.
    volume_l : ndarray
        Tidal volume, l.
    rib_share : ndarray
        Part of it moved by the rib cage, ratio.
    phase_deg : ndarray
        Rib cage behind abdomen when positive, deg.
    speech : ndarray
        1 while talking.
    sigh : ndarray
        1 for a breath of more than twice the usual volume.
    push_l : ndarray
        By how much the belly is pushed out and in during the hold after expiration, l.
    leak : ndarray
        Part of that which escapes through the throat, ratio.
    """

    onset_s: FloatArray
    ti_s: FloatArray
    hold_in_s: FloatArray
    te_s: FloatArray
    hold_out_s: FloatArray
    pause_s: FloatArray
    volume_l: FloatArray
    rib_share: FloatArray
    phase_deg: FloatArray
    speech: FloatArray
    sigh: FloatArray
    push_l: FloatArray
    leak: FloatArray

    def __len__(self) -> int:
        return len(self.onset_s)

    @property
    def cycle_s(self) -> FloatArray:
        """Duration of each breath without its holds, s."""
        return self.ti_s + self.te_s + self.pause_s

    def volumes_l(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Volume of rib cage and abdomen above the end-expiratory level.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        rib_l, abdomen_l : ndarray, shape (n,)
            Litres; 0 before the first and after the last breath.
        """
        here = np.searchsorted(self.onset_s, t_s, side="right") - 1
        # A compartment is shifted by at most a quarter of a breath: only neighbours reach over.
        rows = here + np.array([-1, 0, 1])[:, np.newaxis]
        inside = (rows >= 0) & (rows < len(self))
        rows = np.clip(rows, 0, len(self) - 1)
        half_shift_s = self.phase_deg[rows] / 720.0 * self.cycle_s[rows]
        side = np.array([1.0, -1.0])[:, np.newaxis, np.newaxis]
        local_s = t_s - self.onset_s[rows] - side * half_shift_s
        shape = self._shape(local_s, rows) * np.where(inside, self.volume_l[rows], 0.0)
        rib = shape[0] * self.rib_share[rows]
        abdomen = shape[1] * (1.0 - self.rib_share[rows])
        pushed_l, drawn_l = self._pushes_l(t_s, np.clip(here, 0, len(self) - 1))
        return rib[0] + rib[1] + rib[2] - drawn_l, abdomen[0] + abdomen[1] + abdomen[2] + pushed_l

    def _pushes_l(self, t_s: FloatArray, rows: np.ndarray) -> tuple[FloatArray, FloatArray]:
        """Return what the belly moves out, and the rib cage in, while the breath is held."""
        since_s = t_s - (self.onset_s + self.ti_s + self.hold_in_s + self.te_s)[rows]
        held_s = self.hold_out_s[rows]
        part = np.clip(since_s / np.where(held_s > 0.0, held_s, 1.0), 0.0, 1.0)
        pushed_l = self.push_l[rows] * (0.5 - 0.5 * np.cos(2.0 * np.pi * PUSHES * part))
        return pushed_l, (1.0 - self.leak[rows]) * pushed_l

    def _shape(self, local_s: FloatArray, rows: np.ndarray) -> FloatArray:
        """Return filling, 0 to 1: raised cosine in; smooth turn and exponential out; flat pause."""
        filling: FloatArray = 0.5 - 0.5 * np.cos(
            np.pi * np.clip(local_s / self.ti_s[rows], 0.0, 1.0)
        )
        out_s = local_s - self.ti_s[rows] - self.hold_in_s[rows]
        x = np.clip(out_s / self.te_s[rows], 0.0, 1.0)
        turn = np.clip(x / 0.25, 0.0, 1.0)
        turn = turn * turn * (3.0 - 2.0 * turn)
        last = np.exp(-1.0 / 0.33)
        passive = turn * (1.0 - (np.exp(-x / 0.33) - last) / (1.0 - last))
        spoken = self.speech[rows]
        filling -= (1.0 - spoken) * passive + spoken * x
        return filling


def draw_breaths(script: Script, until_s: float, rng: np.random.Generator) -> Breaths:
    """Draw breaths with fractal variability until `until_s`.

    Parameters
    ----------
    script : Script
        What the person does.
    until_s : float
        The last breath begins before this time, s.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    breaths : Breaths
        The first begins before time 0.
    """
    quickest = max(p.pattern.rate_per_min for p in script.phases)
    quickest = max([quickest, *(p.to_pattern.rate_per_min for p in script.phases if p.to_pattern)])
    most = int(until_s / 60.0 * quickest * 2.0) + 16
    slow, deep, shared = (fractal_series(most, FRACTAL_BETA, rng) for _ in range(3))
    deep = RATE_VOLUME_CORRELATION * slow + np.sqrt(1 - RATE_VOLUME_CORRELATION**2) * deep
    holds = sorted(
        script.happenings("hold") + script.happenings("isovolume"), key=lambda pair: pair[0]
    )
    rows: list[tuple[float, ...]] = []
    t_s = -rng.uniform(0.2, 0.8) * 60.0 / script.pattern_at(0.0).rate_per_min
    while t_s < until_s:
        i = len(rows) % most
        pattern = script.pattern_at(t_s)
        row, sigh = _one_breath(pattern, slow[i], deep[i], shared[i], rng)
        ti_s, te_s, pause_s = row[:3]
        hold_in_s = hold_out_s = push_l = leak = 0.0
        if holds and holds[0][0] < t_s + ti_s + te_s:
            _, hold = holds.pop(0)
            if hold.kind == "isovolume":
                hold_out_s, push_l, leak = hold.duration_s, hold.size, hold.leak
            elif hold.size > 0:
                hold_in_s = hold.duration_s
            else:
                hold_out_s = hold.duration_s
        held = (hold_in_s, te_s, hold_out_s, pause_s)
        rows.append((t_s, ti_s, *held, *row[3:], float(sigh), push_l, leak))
        t_s += ti_s + hold_in_s + te_s + hold_out_s + pause_s
    return Breaths(*np.array(rows).T.copy())


def _one_breath(
    pattern: Pattern, slow: float, deep: float, shared: float, rng: np.random.Generator
) -> tuple[tuple[float, ...], bool]:
    """Return ti, te, pause, volume, share, phase and speech; and whether it is a sigh."""
    duty_noise, phase_noise, sigh_chance = rng.normal(), rng.normal(), rng.random()
    total_s = 60.0 / pattern.rate_per_min * np.exp(pattern.time_cv * slow - pattern.time_cv**2 / 2)
    volume_l = pattern.volume_l * np.exp(pattern.volume_cv * deep - pattern.volume_cv**2 / 2)
    sigh = bool(sigh_chance < pattern.sighs_per_h * total_s / 3600.0)
    if sigh:
        total_s, volume_l = 1.5 * total_s, 2.5 * volume_l
    duty = np.clip(pattern.duty_cycle + 0.03 * duty_noise, 0.1, 0.6)
    ti_s = max(duty * total_s, SHORTEST_S)
    pause_s = pattern.pause_ratio * total_s
    te_s = max(total_s - ti_s - pause_s, SHORTEST_S)
    share = pattern.rib_share + pattern.share_sd * shared
    phase = np.clip(pattern.phase_deg + pattern.phase_sd_deg * phase_noise, -180.0, 180.0)
    return (ti_s, te_s, pause_s, volume_l, share, phase, pattern.speech), sigh
