"""How far a sensor has turned from row to row, about its own three axes.

Small turns add up like vectors. Their running sum tells of breathing whatever the mounting is,
needs no reference pose, and does not wrap.
"""

from __future__ import annotations

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["between_poses", "between_ups", "running"]

_LEAST = 1e-12
"""Half the sine of a turn below which there is none: far below the resolution of a number."""


def between_poses(poses: FloatArray) -> FloatArray:
    """Return the turn from each pose to the next.

    Parameters
    ----------
    poses : ndarray, shape (n_rows + 1, 4)
        Quaternions (w, x, y, z), sensor to world; they need not be normalised, and either sign
        means the same pose.

    Returns
    -------
    turns_deg : ndarray, shape (n_rows, 3)
        Rotation vectors in the sensor's axes, deg.
    """
    aw, ax, ay, az = poses[:-1].T
    bw, bx, by, bz = poses[1:].T
    w = aw * bw + ax * bx + ay * by + az * bz
    x = aw * bx - ax * bw - ay * bz + az * by
    y = aw * by + ax * bz - ay * bw - az * bx
    z = aw * bz - ax * by + ay * bx - az * bw
    sign = np.where(w < 0.0, -1.0, 1.0)
    sine = np.sqrt(x * x + y * y + z * z)
    turn_deg = np.rad2deg(2.0 * np.arctan2(sine, np.abs(w)))
    scale = sign * turn_deg / np.where(sine > _LEAST, sine, 1.0)
    return np.column_stack((scale * x, scale * y, scale * z))


def between_ups(ups: FloatArray) -> FloatArray:
    """Return the turn from each way up to the next; a turn about it cannot be seen.

    Parameters
    ----------
    ups : ndarray, shape (n_rows + 1, 3)
        The way up in the sensor's axes, unit vectors, a small angle apart.

    Returns
    -------
    turns_deg : ndarray, shape (n_rows, 3)
        Rotation vectors in the sensor's axes, deg.
    """
    ax, ay, az = ups[:-1].T
    bx, by, bz = ups[1:].T
    # The world stands still: seen from a sensor that turns, the way up turns the other way.
    cross = (by * az - bz * ay, bz * ax - bx * az, bx * ay - by * ax)
    return np.asarray(np.rad2deg(np.column_stack(cross)))


def running(turns_deg: FloatArray, before_deg: FloatArray) -> FloatArray:
    """Add turns up, one after the other: the last bits do not depend on the cut.

    Parameters
    ----------
    turns_deg : ndarray, shape (n_rows, n_axes)
        From row to row.
    before_deg : ndarray, shape (n_axes,)
        Sum before the first of them.

    Returns
    -------
    sums_deg : ndarray, shape (n_rows, n_axes)
    """
    return np.asarray(np.add.accumulate(np.vstack((before_deg, turns_deg)), axis=0)[1:])
