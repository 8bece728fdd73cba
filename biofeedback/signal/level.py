"""How a leaning trunk is really accelerated: level axes, gravity taken off."""

from __future__ import annotations

import numpy as np

from biofeedback.core.stream import FloatArray
from biofeedback.core.units import STANDARD_GRAVITY_MPS2

__all__ = ["levelled"]


def levelled(acc_mps2: FloatArray, tilt_deg: FloatArray) -> FloatArray:
    """Make the table's acceleration level, and take off what gravity does along leaning axes.

    The table's horizontal acceleration is along axes that lean with the trunk, as in posturography,
    where the lean is what is looked for. In walking it is not: a list of 2.5 degrees to the side
    would be felt as 0.43 m/s2, as much as the walk's own sideways acceleration.

    Parameters
    ----------
    acc_mps2 : ndarray, shape (n_samples, 3)
        Columns ``acc_ap``, ``acc_ml``, ``acc_up`` of the table, m/s2.
    tilt_deg : ndarray, shape (n_samples, 2)
        Columns ``tilt_ap``, ``tilt_ml``, deg.

    Returns
    -------
    acc_mps2 : ndarray, shape (n_samples, 3)
        Forward, to the right, upward, m/s2; upward as it was.

    References
    ----------
    .. [1] docs/metrics/walk.md
    """
    forward, right, up = acc_mps2.T
    ap, ml = np.deg2rad(tilt_deg).T
    # The way up along the trunk's own axes; what gravity adds along them is its multiple.
    up_f, up_r, up_u = -np.cos(ml) * np.sin(ap), -np.sin(ml), np.cos(ml) * np.cos(ap)
    forward = forward - STANDARD_GRAVITY_MPS2 * up_f
    right = right - STANDARD_GRAVITY_MPS2 * up_r
    along = (up - forward * up_f - right * up_r) / up_u
    level = np.cos(ml)
    ahead, aside = (forward * up_u - along * up_f) / level, (right - up * up_r) / level
    return np.column_stack((ahead, aside, up))
