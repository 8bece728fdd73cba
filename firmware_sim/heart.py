"""The simulated person's heart: when it beats, and what belts, skin and chest bone feel of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from firmware_sim.motions import FloatArray, SmoothNoise

__all__ = ["Heart"]

REST_HZ = 62.0 / 60.0
"""Rate when the breath is out."""
HZ_PER_L = 0.25
"""Faster with breath in: 7 to 8 beats a minute for half a litre (Hirsch & Bishop 1981)."""
WANDER_BEATS = 0.3
GRID_S = 0.05
SHAKE_MPS2 = {"sternum": 0.20, "abdomen": 0.04, "back": 0.05}
# Delay, s, size, frequency, Hz, and decay, s, of the two sounds as a sternum moves with them.
SHAKES = ((0.09, 1.0, 14.0, 0.05), (0.38, 0.4, 18.0, 0.04))
# Place against the R wave, s, width, s, and height, µV, of P, Q, R, S and T.
WAVES = (
    (-0.170, 0.025, 120.0),
    (-0.028, 0.010, -100.0),
    (0.000, 0.011, 1100.0),
    (0.030, 0.010, -220.0),
    (0.270, 0.050, 280.0),
)


class Heart:
    """A heart whose rate wanders and follows the breath (respiratory sinus arrhythmia).

    Parameters
    ----------
    volume_l : callable
        Lung volume above its end-expiratory level as a function of time.
    wander : SmoothNoise
        Of the beat's phase, apart from the breath.
    until_s : float
        How long it beats, s.
    """

    def __init__(
        self, volume_l: Callable[[FloatArray], FloatArray], wander: SmoothNoise, until_s: float
    ) -> None:
        self._grid_s = np.arange(0.0, until_s + GRID_S, GRID_S)
        rate_hz = REST_HZ + HZ_PER_L * volume_l(self._grid_s + 0.5 * GRID_S)
        beats = np.concatenate([[0.0], np.cumsum(GRID_S * rate_hz[:-1])])
        self._beats = beats + WANDER_BEATS * wander(self._grid_s)
        whole = np.arange(np.ceil(self._beats[0]), self._beats[-1])
        self.beats_s: FloatArray = np.interp(whole, self._beats, self._grid_s)
        """When it beats: R waves, s; shape (n_beats,)."""

    def pulse(self, t_s: FloatArray) -> FloatArray:
        """Girth of the trunk with each beat, amplitude 1, with a second harmonic.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        pulse : ndarray, shape (n,)
        """
        beat = np.interp(t_s, self._grid_s, self._beats)
        turn = 2.0 * np.pi * (beat - np.floor(beat))
        return 0.7 * np.sin(turn) + 0.3 * np.sin(2.0 * turn)

    def shake_mps2(self, site: str, t_s: FloatArray) -> FloatArray:
        """Acceleration of a place of the trunk, front to back, with each beat.

        Parameters
        ----------
        site : str
            Where; places far from the heart feel nothing.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        acceleration : ndarray, shape (n,)
            m/s².
        """
        shaken = np.zeros(t_s.shape)
        size_mps2 = SHAKE_MPS2.get(site, 0.0)
        if not size_mps2:
            return shaken
        last = np.searchsorted(self.beats_s, t_s, side="right") - 1
        since_s = np.where(last >= 0, t_s - self.beats_s[np.maximum(last, 0)], np.inf)
        for delay_s, part, frequency_hz, decay_s in SHAKES:
            local_s = np.clip(since_s - delay_s, 0.0, 2.0)
            ringing = np.exp(-local_s / decay_s) * np.sin(2.0 * np.pi * frequency_hz * local_s)
            shaken += size_mps2 * part * ringing
        return shaken

    def ecg_uv(self, t_s: FloatArray) -> FloatArray:
        """Voltage of one lead across the chest.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        voltage : ndarray, shape (n,)
            µV, noise-free.
        """
        voltage = np.zeros(t_s.shape)
        beats_s = np.concatenate([[-np.inf], self.beats_s, [np.inf]])
        near = np.searchsorted(beats_s, t_s)
        for beat_s in (beats_s[near - 1], beats_s[near]):
            for place_s, width_s, height_uv in WAVES:
                away = (t_s - beat_s - place_s) / width_s
                voltage += height_uv * np.exp(-0.5 * away * away)
        return voltage
