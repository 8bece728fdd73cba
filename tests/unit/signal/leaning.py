"""What a perfect sensor on the back feels when its wearer leans."""

from __future__ import annotations

import numpy as np

from biofeedback.core.stream import FloatArray
from biofeedback.core.units import STANDARD_GRAVITY_MPS2

ON_THE_BACK = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])
"""Rows are the sensor's x, y, z in the body's forward, left, up."""


def lean(ap_deg: FloatArray, ml_deg: FloatArray, rate_hz: float) -> dict[str, FloatArray]:
    """Return acc (m/s²), gyro (deg/s) and quat (w x y z) of a body at Ry(ap)·Rx(ml)."""
    ap, ml = np.deg2rad(ap_deg), np.deg2rad(ml_deg)
    zero, one = np.zeros_like(ap), np.ones_like(ap)
    about_y = np.array(
        [[np.cos(ap), zero, np.sin(ap)], [zero, one, zero], [-np.sin(ap), zero, np.cos(ap)]]
    )
    about_x = np.array(
        [[one, zero, zero], [zero, np.cos(ml), -np.sin(ml)], [zero, np.sin(ml), np.cos(ml)]]
    )
    body = np.einsum("ijn,jkn->nik", about_y, about_x)
    sensor = body @ ON_THE_BACK.T
    acc = STANDARD_GRAVITY_MPS2 * sensor[:, 2, :]
    turn = np.zeros((len(ap), 3))
    step = np.einsum("nji,njk->nik", sensor[:-1], sensor[1:])
    skew = np.stack([step[:, 2, 1], step[:, 0, 2], step[:, 1, 0]], axis=1)
    skew -= np.stack([step[:, 1, 2], step[:, 2, 0], step[:, 0, 1]], axis=1)
    turn[1:] = np.rad2deg(skew / 2) * rate_hz
    return {"acc": acc, "gyro": turn, "quat": _quaternion(sensor)}


def _quaternion(matrix: FloatArray) -> FloatArray:
    """Return unit quaternions of rotation matrices, by the eigenvector of largest value."""
    m = matrix
    k = np.empty((len(m), 4, 4))
    k[:, 0, 0] = m[:, 0, 0] + m[:, 1, 1] + m[:, 2, 2]
    k[:, 0, 1] = k[:, 1, 0] = m[:, 2, 1] - m[:, 1, 2]
    k[:, 0, 2] = k[:, 2, 0] = m[:, 0, 2] - m[:, 2, 0]
    k[:, 0, 3] = k[:, 3, 0] = m[:, 1, 0] - m[:, 0, 1]
    for i in range(3):
        for j in range(3):
            k[:, i + 1, j + 1] = m[:, i, j] + m[:, j, i] if i != j else 0.0
    total = k[:, 0, 0]
    for i in range(3):
        k[:, i + 1, i + 1] = 2 * m[:, i, i] - total
    return np.linalg.eigh(k)[1][:, :, -1]
