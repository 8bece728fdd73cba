"""Tilt of the trunk against gravity, from whatever an IMU gives; never yaw.

Axes of the body and the assumed mounting: docs/units-and-frames.md. Only "up" is taken from the
person (the first two good seconds are the own neutral); "forward" is the sensor's face made
horizontal. Absolute posture is not measurable from the skin: every angle is a change from neutral.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from vqf import VQF

from biofeedback.core.errors import StreamError
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.signal.filters import LowPass
from biofeedback.signal.quality import columns_of
from biofeedback.signal.stage import Stage

__all__ = ["Frame", "Orientation"]

NEUTRAL_S = 2.0
"""Length of the own neutral: two heartbeats or more, less than a breath."""
TILT_LOW_PASS_HZ = 1.5
"""Corner for a sensor without a gyroscope: breathing passes, heart and steps do not."""
STILL_DPS, STILL_MPS2 = 0.15, 0.3
"""A gyroscope lies still when each axis spreads less and the magnitude is this near to g."""
BIAS_SIGMA_DPS = 0.05
"""Uncertainty of a bias that was taken over two still seconds."""
LEVEL = 0.3
"""Horizontal part of the sensor's face below which it lies flat: about 17 degrees."""
BEHIND = (Role.PELVIS_IMU, Role.BACK_IMU)


@dataclasses.dataclass(frozen=True, slots=True)
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
        """Complete the frame from "up" and the sensor's face.

        Parameters
        ----------
        up : ndarray, shape (3,)
            Mean specific force at neutral; any length.
        faces_back : bool
            The sensor's z axis points backwards (worn on the back), not forwards.

        Returns
        -------
        frame : Frame
        """
        up = up / np.sqrt(np.sum(up * up))
        sign = -1.0 if faces_back else 1.0
        face = np.array([0.0, 0.0, sign])
        forward = face - float(np.sum(face * up)) * up
        if np.sqrt(np.sum(forward * forward)) < LEVEL:
            # Lying on its back or face (supine, prone): its y axis points to the head.
            face = np.array([0.0, 1.0, 0.0])
            forward = face - float(np.sum(face * up)) * up
        forward = forward / np.sqrt(np.sum(forward * forward))
        return cls(up, forward, np.cross(forward, up))

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


@dataclasses.dataclass(slots=True)
class OrientationState:
    """Memory of :class:`Orientation`; `frame` and `bias_rps` survive a break."""

    frame: Frame | None = None
    bias_rps: FloatArray | None = None
    first: list[FloatArray] = dataclasses.field(default_factory=list)
    first_s: float = np.nan
    filter: VQF | None = None
    memory: list[FloatArray] = dataclasses.field(default_factory=list)


class Orientation(Stage[OrientationState]):
    """Tilt and horizontal acceleration of one IMU, at its own rate.

    With acceleration and angular rate through VQF, whose rest-bias estimation is off: quiet
    breathing lies below its rest threshold and would be taken for gyroscope bias, shifting a slow
    breath by a third of a second. With acceleration alone by the low-passed direction of gravity
    (delayed by about 0.18 s). With quaternions directly. NaN during the first two seconds.

    Parameters
    ----------
    role : Role
        Which sensor.

    References
    ----------
    .. [1] D. Laidig, T. Seel, "VQF: Highly accurate IMU orientation estimation with bias
       estimation and magnetic disturbance rejection", Information Fusion 91 (2023) 187-204.
    .. [2] R. Moe-Nilssen, "A new method for evaluating motor control in gait under real-life
       environmental conditions. Part 1: The instrument", Clin. Biomech. 13 (1998) 320-327
       (horizontal acceleration from the mean tilt); docs/metrics/tilt.md
    """

    def __init__(self, role: Role) -> None:
        self._role = role
        self.requires = (f"{role.prefix}_ok",)

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        prefix = self._role.prefix
        self._acc = columns_of(info, prefix, "acc", "m/s2")
        self._gyro = columns_of(info, prefix, "gyro", "deg/s")
        names = [f"{prefix}_quat_{part}" for part in "wxyz"]
        self._quat = tuple(info.index(name) for name in names) if info.has(names[0]) else ()
        if not self._acc and not self._quat:
            raise StreamError(
                f"{info.stream_id!r} has neither acceleration nor quaternions of {prefix!r}, "
                f"only {list(info.names)}; tilt needs one of them"
            )
        self._rate_hz = info.sample_rate_hz
        corner_hz = min(TILT_LOW_PASS_HZ, 0.2 * self._rate_hz)
        self._low_pass = LowPass(corner_hz, self._rate_hz)
        self._use_vqf = bool(self._acc and self._gyro and not self._quat)
        return (
            Channel(f"{prefix}_tilt_ap_deg", "deg"),
            Channel(f"{prefix}_tilt_ml_deg", "deg"),
            Channel(f"{prefix}_acc_ap_mps2", "m/s2"),
            Channel(f"{prefix}_acc_ml_mps2", "m/s2"),
        )

    def start(self, first: Chunk, kept: OrientationState | None) -> OrientationState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        state = OrientationState()
        if kept is not None:
            state.frame, state.bias_rps = kept.frame, kept.bias_rps
            if kept.filter is not None and state.frame is not None:
                state.bias_rps = np.asarray(kept.filter.getBiasEstimate()[0])
        return state

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: OrientationState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        added = np.full((len(chunk), 4), np.nan)
        begin = 0
        if state.frame is None:
            begin = self._wait_for_neutral(chunk, state)
        if state.frame is not None and begin < len(chunk):
            self._measure(chunk.data[begin:], state, state.frame, added[begin:])
        return added, []

    def _wait_for_neutral(self, chunk: Chunk, state: OrientationState) -> int:
        """Collect the first two seconds; return the first row after them."""
        if np.isnan(state.first_s):
            state.first_s = float(chunk.t_s[0])
        end = int(np.searchsorted(chunk.t_s, state.first_s + NEUTRAL_S))
        if end:
            state.first.append(chunk.data[:end])
        if end < len(chunk):
            rows = np.concatenate(state.first)
            state.first = []
            if self._gyro:
                state.bias_rps = self._bias(rows)
            up = self._up(rows, state).mean(axis=0)
            state.frame = Frame.from_up(up, self._role in BEHIND)
        return end

    def _bias(self, rows: FloatArray) -> FloatArray | None:
        """Take the gyroscope's bias, rad/s, if it lay still; None if not."""
        rate_dps = rows[:, self._gyro]
        if not self._acc or (rate_dps.std(axis=0) > STILL_DPS).any():
            return None
        magnitude = np.sqrt(np.sum(rows[:, self._acc] ** 2, axis=1)).mean()
        if abs(magnitude - STANDARD_GRAVITY_MPS2) > STILL_MPS2:
            return None
        return np.asarray(np.deg2rad(rate_dps.mean(axis=0)))

    def _measure(
        self, rows: FloatArray, state: OrientationState, frame: Frame, added: FloatArray
    ) -> None:
        up = self._up(rows, state)
        forward, right = frame.along(up, frame.forward), frame.along(up, frame.right)
        vertical = frame.along(up, frame.up)
        # Leaning forward, the way up lies behind: what was up is now in front of it.
        added[:, 0] = np.rad2deg(np.arctan2(-forward, vertical))
        added[:, 1] = np.rad2deg(np.arctan2(-right, np.sqrt(forward**2 + vertical**2)))
        if self._acc:
            acc = rows[:, self._acc]
            added[:, 2] = frame.along(acc, frame.forward)
            added[:, 3] = frame.along(acc, frame.right)

    def _up(self, rows: FloatArray, state: OrientationState) -> FloatArray:
        """Return the way up in the sensor's axes, row by row; not normalised without a filter."""
        if self._quat:
            w, x, y, z = (rows[:, column] for column in self._quat)
        elif self._use_vqf:
            if state.filter is None:
                state.filter = self._new_filter(state.bias_rps)
            gyro_rps = np.ascontiguousarray(np.deg2rad(rows[:, self._gyro]))
            acc = np.ascontiguousarray(rows[:, self._acc])
            quat = state.filter.updateBatch(gyro_rps, acc)["quat6D"]
            w, x, y, z = (quat[:, part] for part in range(4))
        else:
            return self._low_passed(rows[:, self._acc], state)
        return np.column_stack((2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)))

    def _low_passed(self, acc: FloatArray, state: OrientationState) -> FloatArray:
        if not state.memory:
            state.memory = [self._low_pass.start(float(value)) for value in acc[0]]
        smooth = np.empty_like(acc)
        for axis, memory in enumerate(state.memory):
            smooth[:, axis] = self._low_pass.step(np.ascontiguousarray(acc[:, axis]), memory)
        return smooth

    def _new_filter(self, bias_rps: FloatArray | None) -> VQF:
        vqf = VQF(1.0 / self._rate_hz, restBiasEstEnabled=False, motionBiasEstEnabled=True)
        if bias_rps is not None:
            vqf.setBiasEstimate(np.ascontiguousarray(bias_rps), np.deg2rad(BIAS_SIGMA_DPS))
        return vqf
