"""How the trunk of the simulated person turns and moves: lean, sway, breathing, leg load.

World and body axes: x forward, y left, z up. Angles: forward lean (``ap``) about y, lean to the
right (``ml``) about x, turn to the left (``turn``) about z, in deg.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from firmware_sim.exercises import Exercises
from firmware_sim.fatigue import Held, Tiring, drift_s
from firmware_sim.motions import Bursts, FloatArray, Ramps, SmoothNoise
from firmware_sim.script import Script
from firmware_sim.walking import Walking

__all__ = ["SITES", "Site", "Trunk", "TrunkState"]

GRAVITY_MPS2 = 9.80665
DIFFERENCE_S = 0.01
LEG_LIFT_S = 5.0
LEG_RISE_S = 1.2
KNOT_S = 0.05
REPEATS_AFTER_S = 1600.0


@dataclass(frozen=True, slots=True)
class Site:
    """How a place on the body takes part in what the trunk does.

    Parameters
    ----------
    height_m : float
        Above the point it sways about, m.
    posture, sway, leg_load, burst : float
        Part of each movement it follows, ratio.
    rib_deg_per_l, abdomen_deg_per_l : float
        Tilt backwards by the volume of each compartment, deg/l.
    rib_mm_per_l : float
        Forward shift by the volume of the rib cage, mm/l.
    pelvis, lumbar, thigh, arm : float
        Part of what each does in an exercise that it follows, ratio.
    lever_m : float
        Distance to the hip, about which the trunk bends, m.
    """

    height_m: float
    posture: float
    sway: float
    leg_load: float
    burst: float
    rib_deg_per_l: float = 0.0
    abdomen_deg_per_l: float = 0.0
    rib_mm_per_l: float = 0.0
    pelvis: float = 1.0
    lumbar: float = 0.0
    thigh: float = 0.0
    arm: float = 0.0
    lever_m: float = 0.0


SITES: Mapping[str, Site] = {
    "arm": Site(0.9, 0.0, 0.8, 0.3, 0.3, pelvis=0.0, arm=1.0, lever_m=-0.45),
    "thigh": Site(0.6, 0.0, 0.6, 3.0, 0.3, pelvis=0.0, thigh=1.0, lever_m=-0.25),
    "pelvis": Site(0.95, 0.3, 1.0, 1.0, 0.5, 0.08, 0.10, 0.2, lever_m=0.08),
    "back": Site(1.10, 0.7, 1.1, 0.6, 0.8, 0.30, 0.10, 0.5, lumbar=1.0, lever_m=0.25),
    "abdomen": Site(1.05, 0.6, 1.0, 0.6, 0.8, 0.5, 5.0, 1.0, lumbar=0.6, lever_m=0.18),
    "sternum": Site(1.30, 1.0, 1.2, 0.3, 1.0, 2.0, 0.2, 4.0, lumbar=1.0, lever_m=0.45),
}
"""Places a sensor may be worn."""


@dataclass(frozen=True, slots=True, eq=False)
class TrunkState:
    """What a perfect sensor aligned with the body would feel.

    Parameters
    ----------
    tilt_deg : ndarray, shape (n, 3)
        ``ap``, ``ml``, ``turn``, deg.
    rate_dps : ndarray, shape (n, 3)
        Angular rate about the body's own x, y, z, deg/s.
    force_mps2 : ndarray, shape (n, 3)
        Specific force along the body's own x, y, z (gravity included, up when at rest), m/s².
    """

    tilt_deg: FloatArray
    rate_dps: FloatArray
    force_mps2: FloatArray


def _sway_gain(frequency_hz: FloatArray) -> FloatArray:
    """Second order low-pass at 0.25 Hz, damping 0.7, with more below 0.1 Hz."""
    ratio = frequency_hz / 0.25
    resonance = 1.0 / np.sqrt((1.0 - ratio**2) ** 2 + (1.4 * ratio) ** 2)
    slow = np.sqrt(1.0 + 0.1 / np.maximum(frequency_hz, 0.01))
    return np.asarray(resonance * slow)


class Trunk:
    """Trunk motion of one person.

    Parameters
    ----------
    script : Script
        What the person does.
    volumes_l : callable
        Volume of rib cage and abdomen as functions of time.
    rng : numpy.random.Generator
        Source of chance.
    arm_deg : callable
        How far the arm is raised, as a function of time, deg.
    """

    def __init__(
        self,
        script: Script,
        volumes_l: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
        rng: np.random.Generator,
        arm_deg: Callable[[FloatArray], FloatArray] = np.zeros_like,
    ) -> None:
        self._arm_deg = arm_deg
        self._volumes_l = volumes_l
        self._noise = [SmoothNoise(_sway_gain, KNOT_S, REPEATS_AFTER_S, rng) for _ in range(3)]
        starts = script.starts_s()
        self._sway_deg = Ramps(
            starts[0][1].sway_deg, [(t_s, 1.0, phase.sway_deg) for t_s, phase in starts[1:]]
        )
        lifts_ap: list[tuple[float, float, float]] = []
        lifts_ml: list[tuple[float, float, float]] = []
        for phase_s, phase in starts:
            if phase.leg_load_deg:
                for lift in range(int(phase.duration_s / LEG_LIFT_S)):
                    size = phase.leg_load_deg * (1.0 + 0.08 * rng.standard_normal())
                    up_s = phase_s + lift * LEG_LIFT_S + 0.5
                    down_s = up_s + 2.5
                    lifts_ap += [(up_s, LEG_RISE_S, size), (down_s, LEG_RISE_S, 0.0)]
                    side = 0.35 * size * (-1.0) ** lift
                    lifts_ml += [(up_s, LEG_RISE_S, side), (down_s, LEG_RISE_S, 0.0)]
        self.leg_lifts_s = [start_s for start_s, _, level in lifts_ap if level]
        self._leg_ap, self._leg_ml = Ramps(0.0, lifts_ap), Ramps(0.0, lifts_ml)
        self._exercises = Exercises(
            [(t_s, phase.exercise) for t_s, phase in starts if phase.exercise is not None], rng
        )
        self.repetitions = self._exercises.repetitions
        self._walking = Walking(
            [(t_s, phase.duration_s, phase.walk) for t_s, phase in starts if phase.walk], rng
        )
        self.steps_s = self._walking.steps_s
        self._holds = [
            (t_s, phase.duration_s, phase.fatigue) for t_s, phase in starts if phase.fatigue
        ]
        self._tiring = Tiring(self._holds, rng)
        self._posture_deg = Ramps(
            0.0, [(t_s, h.duration_s, h.size) for t_s, h in script.happenings("posture")]
        )
        self._fidget = Bursts(
            [(t_s, h.duration_s, 0.3 * h.size, 0.8) for t_s, h in script.happenings("motion")]
        )
        self._cough = Bursts(
            [(t_s, h.duration_s, 0.5 * h.size, 1.25) for t_s, h in script.happenings("cough")],
            one_sided=True,
        )

    def sway_deg(self, t_s: FloatArray) -> FloatArray:
        """Sway of the pelvis alone: no breath, no task, no noise of a sensor.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        sway : ndarray, shape (n, 2)
            ``ap``, ``ml``, deg.
        """
        scale = self._sway_deg(t_s) * self._tiring.growth(t_s)
        return np.stack([scale * self._noise[0](t_s), 0.6 * scale * self._noise[1](t_s)], axis=-1)

    def held(self) -> tuple[Held, ...]:
        """Return every hold in which one tires, with its true time to drift."""
        return tuple(
            Held(
                begin_s,
                begin_s + lasts_s,
                {
                    site: drift_s(
                        lambda t_s, site=site: self.tilt_deg(site, t_s)[:, :2],  # type: ignore[misc]
                        begin_s,
                        begin_s + lasts_s,
                    )
                    for site in SITES
                },
            )
            for begin_s, lasts_s, _ in self._holds
        )

    def tilt_deg(self, site: str, t_s: FloatArray) -> FloatArray:
        """Return the orientation of a place of the body.

        Parameters
        ----------
        site : str
            One of `SITES`.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        tilt : ndarray, shape (n, 3)
            ``ap``, ``ml``, ``turn``, deg.
        """
        return self._tilt_deg(SITES[site], t_s, *self._volumes_l(t_s))

    def _tilt_deg(
        self, site: Site, t_s: FloatArray, rib_l: FloatArray, abdomen_l: FloatArray
    ) -> FloatArray:
        sway = self.sway_deg(t_s)
        tired = self._tiring.angle_deg(t_s)
        fidget = self._fidget(t_s)
        ap = (
            site.posture * self._posture_deg(t_s)
            + site.sway * (sway[:, 0] + tired[:, 0])
            + site.leg_load * self._leg_ap(t_s)
            + site.burst * (fidget - self._cough(t_s))
            - site.rib_deg_per_l * rib_l
            - site.abdomen_deg_per_l * abdomen_l
        )
        ml = site.sway * (sway[:, 1] + tired[:, 1])
        ml = ml + site.leg_load * self._leg_ml(t_s) + 0.5 * site.burst * fidget
        turn = 0.5 * self._sway_deg(t_s) * self._noise[2](t_s) + 0.3 * site.burst * fidget
        return np.stack([ap, ml, turn], axis=-1) + self._exercise_deg(site, t_s)

    def _exercise_deg(self, site: Site, t_s: FloatArray) -> FloatArray:
        do = self._exercises
        ap = site.pelvis * do("pelvis_ap", t_s) + site.lumbar * do("lumbar_ap", t_s)
        ml = site.pelvis * do("pelvis_ml", t_s) + site.thigh * do("thigh_ml", t_s)
        turn = site.pelvis * do("turn", t_s)
        ap = ap + site.thigh * do("thigh_ap", t_s)
        if site.arm:
            ap = ap - site.arm * self._arm_deg(t_s)  # what hangs and is raised leans backward
        bend = np.stack([ap, ml, turn], axis=-1)
        return np.asarray(bend + site.pelvis * self._walking.tilt_deg(t_s))

    def state(self, site: str, t_s: FloatArray) -> TrunkState:
        """Return orientation, angular rate and specific force at a place of the body.

        Derivatives are central differences over ±10 ms.

        Parameters
        ----------
        site : str
            One of `SITES`.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        state : TrunkState
        """
        where = SITES[site]
        n, h = len(t_s), DIFFERENCE_S
        times = np.concatenate([t_s - h, t_s, t_s + h])
        rib_l, abdomen_l = self._volumes_l(times)
        tilt_deg = self._tilt_deg(where, times, rib_l, abdomen_l)
        angle_rad = np.deg2rad(tilt_deg)
        bend_rad = np.deg2rad(self._exercise_deg(where, times))
        forward_m = (
            where.height_m * np.sin(angle_rad[:, 0] - bend_rad[:, 0])
            + where.lever_m * np.sin(bend_rad[:, 0])
            + where.rib_mm_per_l / 1000.0 * rib_l
        )
        left_m = -where.height_m * np.sin(angle_rad[:, 1] - bend_rad[:, 1])
        left_m -= where.lever_m * np.sin(bend_rad[:, 1])
        up_m = where.lever_m * np.cos(bend_rad[:, 0])
        up_m += (where.pelvis + 0.5 * where.thigh) * self._exercises("height_m", times)
        forward_m, left_m, up_m = (
            place + walked
            for place, walked in zip(
                (forward_m, left_m, up_m), self._walking.moved_m(times).T, strict=True
            )
        )
        before, now, after = angle_rad[:n], angle_rad[n : 2 * n], angle_rad[2 * n :]
        push = [
            (place[:n] - 2.0 * place[n : 2 * n] + place[2 * n :]) / h**2
            for place in (forward_m, left_m, up_m)
        ]
        push[2] = push[2] + GRAVITY_MPS2
        d_ap, d_ml, d_turn = ((after - before) / (2.0 * h)).T
        cos_ap, sin_ap = np.cos(now[:, 0]), np.sin(now[:, 0])
        cos_ml, sin_ml = np.cos(now[:, 1]), np.sin(now[:, 1])
        rate = np.stack(
            [
                d_ml - d_turn * sin_ap,
                d_ap * cos_ml + d_turn * cos_ap * sin_ml,
                d_turn * cos_ap * cos_ml - d_ap * sin_ml,
            ],
            axis=-1,
        )
        force = world_to_body(now, np.stack(push, axis=-1))
        return TrunkState(tilt_deg[n : 2 * n], np.rad2deg(rate), force)


def world_to_body(angle_rad: FloatArray, vector: FloatArray) -> FloatArray:
    """Express world vectors in the axes of a body turned by Rz(turn)·Ry(ap)·Rx(ml).

    Parameters
    ----------
    angle_rad : ndarray, shape (n, 3)
        ``ap``, ``ml``, ``turn``, rad.
    vector : ndarray, shape (n, 3)
        In world axes.

    Returns
    -------
    vector : ndarray, shape (n, 3)
        In body axes.
    """
    x, y, z = vector.T
    (c_ap, c_ml, c_turn), (s_ap, s_ml, s_turn) = np.cos(angle_rad).T, np.sin(angle_rad).T
    x, y = c_turn * x + s_turn * y, c_turn * y - s_turn * x
    x, z = c_ap * x - s_ap * z, s_ap * x + c_ap * z
    y, z = c_ml * y + s_ml * z, c_ml * z - s_ml * y
    return np.stack([x, y, z], axis=-1)
