"""The body's directions as a sensor sees them, from the way up and how sensors are worn.

Axes and the assumed mounting: docs/units-and-frames.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biofeedback.core.stream import FloatArray

__all__ = ["Frame"]

LEVEL = 0.5
"""Horizontal part of the sensor's side below which its face decides: 60 degrees."""
UPSIDE_DOWN = 0.5
"""Part of "up" along minus y from which the sensor counts as worn upside down."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The body's directions in the sensor's axes, unit vectors.

    Parameters
    ----------
    up, forward, right : ndarray, shape (3,)
        At neutral.
    """

    up: FloatArray
    forward: FloatArray
    right: FloatArray

    @classmethod
    def from_up(cls, up: FloatArray, faces_back: bool) -> Frame:
        """Complete the frame from "up" and the sensor's side.

        Parameters
        ----------
        up : ndarray, shape (3,)
            Way up at neutral, in the sensor's axes; any length.
        faces_back : bool
            The sensor's z axis points backwards (worn on the back), not forwards.

        Returns
        -------
        frame : Frame
        """
        up = up / np.sqrt(np.sum(up * up))
        # Seen from outside, the sensor's x axis points to the right: that is the wearer's right
        # on the back, the left on the front.
        side = np.array([1.0 if faces_back else -1.0, 0.0, 0.0])
        if up[1] < -UPSIDE_DOWN:
            side = -side
        right = side - float(np.sum(side * up)) * up
        if np.sqrt(np.sum(right * right)) < LEVEL:
            # Worn turned by 90 degrees, or lying on the side: the face decides.
            face = np.array([0.0, 0.0, -1.0 if faces_back else 1.0])
            right = np.cross(face - float(np.sum(face * up)) * up, up)
        return cls.from_axes(up, right)

    @classmethod
    def from_axes(cls, up: FloatArray, right: FloatArray) -> Frame:
        """Complete the frame from "up" and the wearer's right, made level.

        Parameters
        ----------
        up, right : ndarray, shape (3,)
            In the sensor's axes; any length, not along each other.

        Returns
        -------
        frame : Frame
        """
        up = up / np.sqrt(np.sum(up * up))
        right = right - float(np.sum(right * up)) * up
        right = right / np.sqrt(np.sum(right * right))
        return cls(up, np.cross(up, right), right)

    def with_up(self, up: FloatArray) -> Frame:
        """Return the frame of another neutral: another way up, the same sides of the body.

        Parameters
        ----------
        up : ndarray, shape (3,)
            Way up at the new neutral, in the sensor's axes; any length.

        Returns
        -------
        frame : Frame
        """
        up = up / np.sqrt(np.sum(up * up))
        level = self.right - float(np.sum(self.right * up)) * up
        if np.sqrt(np.sum(level * level)) < LEVEL:  # on the side now: front and back stay level
            return Frame.from_axes(up, np.cross(self.forward, up))
        return Frame.from_axes(up, level)

    def along(self, vectors: FloatArray, direction: FloatArray) -> FloatArray:
        """Return the component of each vector along a direction of the frame.

        Parameters
        ----------
        vectors : ndarray, shape (n, 3)
            In the sensor's axes.
        direction : ndarray, shape (3,)
            Unit vector.

        Returns
        -------
        component : ndarray, shape (n,)
        """
        # Written out: a matrix product's last bits may depend on the number of rows.
        x, y, z = vectors[:, 0], vectors[:, 1], vectors[:, 2]
        return np.asarray(x * direction[0] + y * direction[1] + z * direction[2])
