"""What a second motion sensor, that hardly breathes, tells about the movement of the body."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from biofeedback.core.stream import FloatArray
from biofeedback.signal.imu_axis import detrended

__all__ = ["body_motion", "explained"]

RIDGE_DEG = 0.5
"""Movement of the reference, RMS, from which half of what follows it is taken off. The back turns
by some 0.1 to 0.2 degrees RMS with a breath: below this, or breathing itself would be cancelled."""


def body_motion(trunk_deg: FloatArray, reference_deg: FloatArray) -> FloatArray:
    """Find how the trunk's sensor follows the reference: least squares with a ridge.

    The window is the memory: solved anew for each, there is no state to go astray, and no delay.
    Turns of a stiff trunk reach both sensors at once; lags of up to 0.5 s were tried on labelled
    recordings and made it worse, because they let breathing be cancelled.

    Parameters
    ----------
    trunk_deg, reference_deg : ndarray, shape (n_rows, 3)
        Rotation of both over a window, deg, in each sensor's own axes.

    Returns
    -------
    mixing : ndarray, shape (3, 3)
        ``reference_deg`` times it is the part of ``trunk_deg`` that is not breathing.

    References
    ----------
    .. [1] A. E. Hoerl, R. W. Kennard, "Ridge regression: biased estimation for nonorthogonal
       problems", Technometrics 12 (1970) 55-67; docs/metrics/imu_breathing.md
    """
    trunk, reference = detrended(trunk_deg), detrended(reference_deg)
    n_rows, n_axes = reference.shape
    own = (reference[:, :, None] * reference[:, None, :]).sum(axis=0)
    shared = (reference[:, :, None] * trunk[:, None, :]).sum(axis=0)
    return np.asarray(np.linalg.solve(own + RIDGE_DEG**2 * n_rows * np.eye(n_axes), shared))


def explained(signal: NDArray[np.complex128], others: NDArray[np.complex128]) -> float:
    """Tell which part of a signal's power others account for, in phase or in quadrature.

    Parameters
    ----------
    signal : ndarray of complex, shape (n_rows,)
        Analytic signal, narrow-band.
    others : ndarray of complex, shape (n_rows, n_others)
        Analytic signals of the same band.

    Returns
    -------
    coherence : float
        0 to 1: multiple coherence over the band.
    """
    n_others = others.shape[1]
    own = (others.conj()[:, :, None] * others[:, None, :]).sum(axis=0)
    shared = (others.conj() * signal[:, None]).sum(axis=0)
    power = float(np.sum(np.abs(signal) ** 2))
    scale = float(np.trace(own).real)
    if not (power > 0.0 and scale > 0.0):
        return 0.0
    gains = np.linalg.solve(own + 1e-9 * scale * np.eye(n_others), shared)
    return float(np.clip((gains.conj() * shared).sum().real / power, 0.0, 1.0))
