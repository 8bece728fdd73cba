"""Rotation of a sensor that breathes, sways and shakes, made with known truth."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from biofeedback.core.stream import FloatArray

RATE_HZ = 10.0
AXIS = np.array([0.6, 0.0, 0.8])


def times(length_s: float = 30.0) -> FloatArray:
    return np.arange(0, length_s, 1 / RATE_HZ)


def wave(per_min: float, size_deg: float, length_s: float = 30.0) -> FloatArray:
    """A turn of `size_deg` from peak to trough."""
    return size_deg / 2 * np.sin(2 * np.pi * per_min / 60 * times(length_s) + 0.4)


def turned(
    breath_deg: FloatArray, axis: FloatArray = AXIS, noise_deg: float = 0.02, seed: int = 1
) -> FloatArray:
    """Rotation about one axis, with noise about all."""
    noise = np.random.default_rng(seed).normal(0, noise_deg, (len(breath_deg), 3))
    return breath_deg[:, None] * axis + noise


def swaying(size_deg: float, seed: int = 2, length_s: float = 30.0) -> FloatArray:
    """Slow movement about all axes without a rhythm: falls off above 0.3 Hz, as sway does."""
    n_rows = len(times(length_s))
    steps = np.random.default_rng(seed).normal(0, 1, (3 * n_rows, 3))
    walk = sosfilt(butter(2, 0.3, fs=RATE_HZ, output="sos"), np.cumsum(steps, axis=0), axis=0)
    walk = walk[-n_rows:] - walk[-n_rows:].mean(axis=0)
    return np.asarray(size_deg * walk / np.ptp(walk, axis=0).max())
