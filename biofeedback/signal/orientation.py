"""Tilt of the trunk against gravity, from whatever an IMU gives; never yaw.

Axes of the body and the assumed mounting: docs/units-and-frames.md. Only "up" is taken from the
person (two good seconds are the own neutral); "right" is the sensor's side made horizontal.
Absolute posture is not measurable from the skin: every angle is a change from neutral.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from vqf import VQF

from biofeedback.core.errors import StreamError
from biofeedback.core.results import Aligned, CommandHeard, GyroBias
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.signal.filters import LowPass
from biofeedback.signal.frame import Frame
from biofeedback.signal.neutral import is_neutral
from biofeedback.signal.quality import columns_of
from biofeedback.signal.rotation import between_poses, between_ups, running
from biofeedback.signal.stage import Stage

__all__ = ["Orientation"]

NEUTRAL_S = 2.0
"""Length of the own neutral: two heartbeats or more, less than a breath."""
TILT_LOW_PASS_HZ = 1.5
"""Corner for a sensor without a gyroscope: breathing passes, heart and steps do not."""
CALM_S, MOST_TRIES = 4.0, 15
"""A gyroscope's bias is looked for in spans of so long, s, so many times."""
CALM_DPS, CALM_ACC_SD_MPS2, CALM_MPS2 = 5.0, 0.3, 0.3
"""Calm: on the table or quietly breathing, not walking. No axis spreads by more than this, and
the mean magnitude is this near to g."""
ENDS_S = 0.5
"""The way up at both ends of the span is averaged over so long, s."""
MOST_TURN_DPS = 1.0
"""More about the vertical is a turn of the body rather than bias."""
BIAS_SIGMA_DPS = 0.1
"""Uncertainty of that bias: 0.4 degrees of unnoticed turn in four seconds."""
TABLE_SIGMA_DPS = 0.02
"""Uncertainty of a bias measured on the table."""
GAP_S = 0.5
"""After a longer hole the filter starts anew: it cannot know what turned meanwhile, s."""
N_ADDED = 10
BEHIND = (Role.PELVIS_IMU, Role.BACK_IMU)


@dataclasses.dataclass(slots=True)
class OrientationState:
    """Memory of :class:`Orientation`; all but the filters survives a break."""

    frame: Frame | None = None
    aligned: bool = False
    bias_rps: FloatArray | None = None
    bias_sigma_rps: float = math.nan
    seeking: bool = True
    tries: int = 0
    neutral: list[FloatArray] = dataclasses.field(default_factory=list)
    neutral_until_s: float = math.inf
    calm: list[FloatArray] = dataclasses.field(default_factory=list)
    calm_until_s: float = math.inf
    last_s: float = math.inf
    filter: VQF | None = None
    memory: list[FloatArray] | None = None
    pose: FloatArray | None = None
    rotation_deg: FloatArray = dataclasses.field(default_factory=lambda: np.zeros(3))


class Orientation(Stage[OrientationState]):
    """Tilt and horizontal acceleration of one IMU, at its own rate.

    With acceleration and angular rate through VQF, whose rest-bias estimation is off: quiet
    breathing lies below its rest threshold and would be taken for gyroscope bias, shifting a slow
    breath by a third of a second. Its bias is seeded by the first four calm seconds (on the table
    or quietly breathing) of the first minute, and estimated in motion from then on. With
    quaternions directly. With acceleration alone by the low-passed direction of gravity, delayed
    by about 0.18 s and disturbed by whatever else accelerates. NaN until neutral is known: the
    first two trusted seconds, or the two after a ``calibrate`` or ``baseline`` command. Where the
    sensor was aligned by bowing, that decides what is forward; a bias measured on the table is
    taken over.

    ``turn`` is the rate about the vertical, to the left positive; ``speed`` the whole turn rate;
    ``acc_up`` the acceleration along the vertical, gravity taken off. ``rotation`` is the running
    sum of small turns about the sensor's own axes, with an arbitrary start: what breathing is read
    from, whatever the mounting. It needs no neutral.

    Horizontal acceleration is the specific force along the axes that were horizontal in neutral:
    as in posturography it holds the part of gravity that a tilt turns into them.

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
        self._quat = tuple(info.index(name, "ratio") for name in names if info.has(names[0]))
        if not self._acc and not self._quat:
            raise StreamError(
                f"{info.stream_id!r} has neither acceleration nor quaternions of {prefix!r}, "
                f"only {list(info.names)}; tilt needs one of them"
            )
        self._rate_hz = info.sample_rate_hz
        self._low_pass = LowPass(min(TILT_LOW_PASS_HZ, 0.2 * self._rate_hz), self._rate_hz)
        self._use_vqf = bool(self._acc and self._gyro)
        return (
            Channel(f"{prefix}_tilt_ap_deg", "deg"),
            Channel(f"{prefix}_tilt_ml_deg", "deg"),
            Channel(f"{prefix}_acc_ap_mps2", "m/s2"),
            Channel(f"{prefix}_acc_ml_mps2", "m/s2"),
            Channel(f"{prefix}_acc_up_mps2", "m/s2"),
            Channel(f"{prefix}_turn_dps", "deg/s"),
            Channel(f"{prefix}_speed_dps", "deg/s"),
            *(Channel(f"{prefix}_rotation_{axis}_deg", "deg") for axis in "xyz"),
        )

    def start(self, first: Chunk, kept: OrientationState | None) -> OrientationState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        state = OrientationState()
        now_s = float(first.t_s[0])
        if kept is not None:
            _remember_bias(kept)
            state.frame, state.aligned = kept.frame, kept.aligned
            state.seeking, state.tries = kept.seeking, kept.tries
            state.bias_rps, state.bias_sigma_rps = kept.bias_rps, kept.bias_sigma_rps
            state.rotation_deg = kept.rotation_deg
        if state.frame is None or (kept is not None and math.isfinite(kept.neutral_until_s)):
            state.neutral_until_s = now_s + NEUTRAL_S
        if state.seeking and self._use_vqf:
            state.calm_until_s = now_s + CALM_S
        return state

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: OrientationState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        added = np.full((len(chunk), N_ADDED), np.nan)
        t_s = chunk.t_s
        news = [(int(np.searchsorted(t_s, e.decided_s)), e) for e in heard if self._concerns(e)]
        gaps = np.flatnonzero(np.diff(t_s, prepend=state.last_s) > GAP_S).tolist()
        state.last_s = float(t_s[-1])
        row = 0
        while row < len(chunk):
            if row in gaps:
                _remember_bias(state)
                state.filter = state.memory = state.pose = None
            for _, event in (one for one in news if one[0] == row):
                self._take(event, float(t_s[row]), state)
            if t_s[row] >= state.neutral_until_s:
                self._end_neutral(state)
            if t_s[row] >= state.calm_until_s:
                self._end_calm(state, float(t_s[row]))
            ends = (
                len(chunk),
                *(later for later in (*gaps, *(at for at, _ in news)) if later > row),
                int(np.searchsorted(t_s, state.neutral_until_s)),
                int(np.searchsorted(t_s, state.calm_until_s)),
            )
            end = min(end for end in ends if end > row)
            added[row:end] = self._measure(chunk.data[row:end], state)
            row = end
        return added, []

    def _concerns(self, event: Event) -> bool:
        if isinstance(event, CommandHeard):
            return event.name != "align" and is_neutral(event)
        return isinstance(event, Aligned | GyroBias) and event.ok and event.role == self._role.value

    def _take(self, event: Event, now_s: float, state: OrientationState) -> None:
        if isinstance(event, CommandHeard):
            state.neutral, state.neutral_until_s = [], now_s + NEUTRAL_S
        elif isinstance(event, Aligned):
            state.frame = Frame.from_axes(np.array(event.up), np.array(event.right))
            state.aligned, state.neutral, state.neutral_until_s = True, [], math.inf
        elif isinstance(event, GyroBias):
            state.bias_rps = np.deg2rad(np.array(event.bias))
            state.bias_sigma_rps = math.radians(TABLE_SIGMA_DPS)
            state.seeking, state.calm_until_s, state.calm = False, math.inf, []
            state.filter = None

    def _end_neutral(self, state: OrientationState) -> None:
        rows = np.ascontiguousarray(np.concatenate(state.neutral))  # the order decides the bits
        up = rows.mean(axis=0)
        if state.aligned and state.frame is not None:
            state.frame = state.frame.with_up(up)
        else:
            state.frame = Frame.from_up(up, self._role in BEHIND)
        state.neutral, state.neutral_until_s = [], math.inf

    def _end_calm(self, state: OrientationState, now_s: float) -> None:
        """Seed the gyroscope's bias if the body was calm; try again if it was not."""
        rows = np.ascontiguousarray(np.concatenate(state.calm))
        state.calm, state.calm_until_s = [], now_s + CALM_S
        state.tries += 1
        bias_rps = self._bias_rps(rows)
        if bias_rps is not None:
            # A new filter: the old one has been turned by the bias meanwhile.
            state.bias_rps, state.bias_sigma_rps = bias_rps, math.radians(BIAS_SIGMA_DPS)
            state.filter = None
        if bias_rps is not None or state.tries == MOST_TRIES:
            state.seeking, state.calm_until_s = False, math.inf

    def _bias_rps(self, rows: FloatArray) -> FloatArray | None:
        """Return the gyroscope's bias, rad/s, if the body was calm; None if not.

        The mean rate is the bias and the net turn. How the way up has turned is known from
        acceleration at both ends and taken off; a calm body has no net turn about it.
        """
        acc, rate_rps = rows[:, self._acc], np.deg2rad(rows[:, self._gyro])
        magnitude = float(np.sqrt(np.sum(acc * acc, axis=1)).mean())
        if (
            (rate_rps.std(axis=0) > math.radians(CALM_DPS)).any()
            or (acc.std(axis=0) > CALM_ACC_SD_MPS2).any()
            or abs(magnitude - STANDARD_GRAVITY_MPS2) > CALM_MPS2
        ):
            return None
        n_end = max(1, round(ENDS_S * self._rate_hz))
        first, last = (acc[part].mean(axis=0) for part in (slice(n_end), slice(-n_end, None)))
        between = rate_rps[n_end // 2 : len(rows) - n_end // 2]
        turned = np.cross(last, first) * self._rate_hz / (len(between) * magnitude**2)
        bias = between.mean(axis=0) - turned
        up = (first + last) / math.sqrt(float(np.sum((first + last) ** 2)))
        vertical = float(np.sum(bias * up))
        if abs(vertical) > math.radians(MOST_TURN_DPS):
            bias = bias - vertical * up
        return np.ascontiguousarray(bias)

    def _measure(self, rows: FloatArray, state: OrientationState) -> FloatArray:
        up, rate_dps, turns_deg = self._up_and_turns(rows, state)
        if math.isfinite(state.neutral_until_s):
            # A gyroscope's bias is not known yet; acceleration tells the same, without it.
            state.neutral.append(rows[:, self._acc] if self._use_vqf else up)
        if math.isfinite(state.calm_until_s):
            state.calm.append(rows)
        measured = np.full((len(rows), N_ADDED), np.nan)
        measured[:, 7:10] = running(turns_deg, state.rotation_deg)
        state.rotation_deg = measured[-1, 7:10].copy()
        if rate_dps is not None:
            measured[:, 5] = _dot(rate_dps, up)
            measured[:, 6] = np.sqrt(_dot(rate_dps, rate_dps))
        if self._acc:
            measured[:, 4] = _dot(rows[:, self._acc], up) - STANDARD_GRAVITY_MPS2
        frame = state.frame
        if frame is None:
            return measured
        forward, right = frame.along(up, frame.forward), frame.along(up, frame.right)
        vertical = frame.along(up, frame.up)
        # Leaning forward, the way up lies behind: what was up is now in front of it.
        measured[:, 0] = np.rad2deg(np.arctan2(-forward, vertical))
        measured[:, 1] = np.rad2deg(np.arctan2(-right, np.sqrt(forward**2 + vertical**2)))
        if self._acc:
            acc = rows[:, self._acc]
            measured[:, 2] = frame.along(acc, frame.forward)
            measured[:, 3] = frame.along(acc, frame.right)
        return measured

    def _up_and_turns(
        self, rows: FloatArray, state: OrientationState
    ) -> tuple[FloatArray, FloatArray | None, FloatArray]:
        """Return the way up, the turn rate without bias, and the turns, in the sensor's axes."""
        rate_dps = None
        if self._use_vqf:
            if state.filter is None:
                state.filter, state.pose = self._new_filter(state), None
            gyro_rps = np.ascontiguousarray(np.deg2rad(rows[:, self._gyro]))
            acc = np.ascontiguousarray(rows[:, self._acc])
            found = state.filter.updateBatch(gyro_rps, acc)
            poses = found["quat6D"]
            rate_dps = np.rad2deg(gyro_rps - found["bias"])
        elif self._quat:
            poses = rows[:, self._quat]
        else:
            up = self._low_passed(rows[:, self._acc], state)
            up = np.asarray(up / np.sqrt(_dot(up, up))[:, None])
            return up, None, between_ups(_since_last(up, state))
        up = _up_of(*(poses[:, part] for part in range(4)))
        up = np.asarray(up / np.sqrt(_dot(up, up))[:, None])
        return up, rate_dps, between_poses(_since_last(poses, state))

    def _low_passed(self, acc: FloatArray, state: OrientationState) -> FloatArray:
        if state.memory is None:
            state.memory = [self._low_pass.start(float(value)) for value in acc[0]]
        smooth = np.empty_like(acc)
        for axis, memory in enumerate(state.memory):
            smooth[:, axis] = self._low_pass.step(np.ascontiguousarray(acc[:, axis]), memory)
        return smooth

    def _new_filter(self, state: OrientationState) -> VQF:
        vqf = VQF(1.0 / self._rate_hz, restBiasEstEnabled=False, motionBiasEstEnabled=True)
        if state.bias_rps is not None:
            vqf.setBiasEstimate(np.ascontiguousarray(state.bias_rps), state.bias_sigma_rps)
        return vqf


def _remember_bias(state: OrientationState) -> None:
    """Take the bias out of the filter, with its uncertainty, for the next one."""
    if state.filter is not None:
        bias_rps, sigma_rps = state.filter.getBiasEstimate()
        state.bias_rps, state.bias_sigma_rps = np.asarray(bias_rps), float(sigma_rps)


def _since_last(poses: FloatArray, state: OrientationState) -> FloatArray:
    """Put the last pose before these; the first of all has not turned."""
    before = poses[0] if state.pose is None else state.pose
    state.pose = poses[-1].copy()
    return np.vstack((before, poses))


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Row by row; written out, since a product's last bits may depend on the number of rows."""
    return np.asarray(a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1] + a[:, 2] * b[:, 2])


def _up_of(w: FloatArray, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """Return the world's z axis in the sensor's axes; quaternions need not be normalised."""
    return np.column_stack(
        (2 * (x * z - w * y), 2 * (y * z + w * x), w * w + z * z - x * x - y * y)
    )
