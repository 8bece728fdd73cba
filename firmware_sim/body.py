"""One simulated person: breathing and trunk as functions of time, and the exact truth about them.

Truth is taken before anything that corrupts it: heart beat, drift, slipping belts, sensors, radio.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from firmware_sim.arm_raises import ArmRaised, ArmRaising
from firmware_sim.belly import Belly, BellyTruth, belly_truth
from firmware_sim.breaths import draw_breaths
from firmware_sim.exercises import Repeated
from firmware_sim.fatigue import Held
from firmware_sim.heart import Heart
from firmware_sim.motions import Bursts, FloatArray, Ramps, SmoothNoise
from firmware_sim.script import Kind, Script
from firmware_sim.trunk import Trunk, TrunkState
from firmware_sim.wearing import BELT_SITES, Wearing

__all__ = ["BELT_SITES", "Body", "Interval", "Truth"]

HEART_MM = {"chest": 0.10, "abdomen": 0.12}
DRIFT_MM = 0.6
POSTURE_MM_PER_DEG = {"chest": -0.15, "abdomen": 0.35}
TAIL_S = 300.0
TRUTH_STEP_S = 0.002
TILT_STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time in which something held.

    Parameters
    ----------
    start_s, end_s : float
        Bounds, s.
    label : str
        Name of the phase, the belt that slipped, or the kind.
    """

    start_s: float
    end_s: float
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What really happened. Per breath arrays have shape (n_breaths,).

    Parameters
    ----------
    onset_s, peak_s, end_s : ndarray
        Start of the rise of lung volume, its maximum, next onset, s.
    expiration_end_s : ndarray
        Start of the end-expiratory pause or hold, s.
    volume_l : ndarray
        Rise of lung volume from onset to peak, l.
    rib_share : ndarray
        Part of the volume moved by the rib cage, ratio; outside 0 to 1 in paradox.
    phase_deg : ndarray
        Rib cage behind abdomen when positive, deg; 180 in paradox.
    sigh : ndarray of bool
        A breath of more than twice the usual volume.
    volume_ratio : ndarray
        K of ``volume ∝ K · chest + abdomen`` at the onset of each breath, of the two belts' mm;
        a belt that slips changes it.
    belly : BellyTruth
        How the belly was held, T and P.
    phases, holds, talks, coughs, motions, postures, slips : tuple of Interval
        When each was so. A hold lasts from the standstill of volume to its end.
    leg_lifts_s : ndarray, shape (n_lifts,)
        When a leg began to lift, s.
    repetitions : tuple of Repeated
        Of every exercise.
    arm_raises : tuple of ArmRaised
        Every arm raise, with the onset of arm, of tone and of what a belt feels.
    steps_s : ndarray, shape (n_steps,)
        When a foot strikes in walking, s.
    fatigued : tuple of Held
        Every hold in which one tires, with its time to drift.
    beats_s : ndarray, shape (n_beats,)
        R waves of the heart, s.
    tilt_t_s : ndarray, shape (n,)
        Times of the four columns below, every 0.1 s.
    pelvis_tilt_ap_deg, pelvis_tilt_ml_deg : ndarray, shape (n,)
        Lean of the pelvis, forward and to the right, deg, all causes.
    sway_ap_deg, sway_ml_deg : ndarray, shape (n,)
        The part of it that is sway, deg.
    """

    onset_s: FloatArray
    peak_s: FloatArray
    end_s: FloatArray
    expiration_end_s: FloatArray
    volume_l: FloatArray
    rib_share: FloatArray
    phase_deg: FloatArray
    sigh: npt.NDArray[np.bool_]
    volume_ratio: FloatArray
    belly: BellyTruth
    phases: tuple[Interval, ...]
    holds: tuple[Interval, ...]
    talks: tuple[Interval, ...]
    coughs: tuple[Interval, ...]
    motions: tuple[Interval, ...]
    postures: tuple[Interval, ...]
    slips: tuple[Interval, ...]
    leg_lifts_s: FloatArray
    repetitions: tuple[Repeated, ...]
    arm_raises: tuple[ArmRaised, ...]
    steps_s: FloatArray
    fatigued: tuple[Held, ...]
    beats_s: FloatArray
    tilt_t_s: FloatArray
    pelvis_tilt_ap_deg: FloatArray
    pelvis_tilt_ml_deg: FloatArray
    sway_ap_deg: FloatArray
    sway_ml_deg: FloatArray

    def as_dict(self) -> dict[str, list[float] | list[dict[str, float | str]]]:
        """Return plain lists and dicts, ready for JSON."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else list(value)
            for name, value in asdict(self).items()
        }


class Body:
    """A person who follows a script; every method is a pure function of time.

    Parameters
    ----------
    script : Script
        What the person does. Afterwards the last phase goes on for five minutes, then breathing
        rests.
    seed : int
        Another seed is another day of the same person.
    wearing : Wearing
        How the belts are put on.
    """

    def __init__(self, script: Script, seed: int, wearing: Wearing | None = None) -> None:
        self.script = script
        self.seed = seed
        self.wearing = wearing or Wearing()
        streams = [np.random.default_rng([seed, layer]) for layer in range(5)]
        self._breaths = draw_breaths(script, script.duration_s + TAIL_S, streams[0])
        starts = script.starts_s()
        self._arms = ArmRaising(
            [(t_s, phase.arm_raises) for t_s, phase in starts if phase.arm_raises is not None],
            self._out_s(),
            streams[4],
        )
        self._belly = Belly(script)
        self._trunk = Trunk(script, self._volumes_l, streams[1], self._arms.arm_deg)
        self._drift = {
            site: SmoothNoise(lambda f: 1.0 / f, 4.0, 1000.0, streams[2]) for site in BELT_SITES
        }
        self.heart = Heart(
            self.volume_l,
            SmoothNoise(lambda f: 1.0 / (1.0 + f / 0.03) ** 2, 1.0, 600.0, streams[3]),
            script.duration_s + TAIL_S,
        )
        self._posture_deg = Ramps(
            0.0, [(t_s, h.duration_s, h.size) for t_s, h in script.happenings("posture")]
        )
        self._fidget = Bursts(
            [(t_s, h.duration_s, h.size, 0.8) for t_s, h in script.happenings("motion")]
        )
        self._cough = Bursts(
            [(t_s, h.duration_s, h.size, 1.25) for t_s, h in script.happenings("cough")],
            one_sided=True,
        )
        self._gain, self._slack_mm = {}, {}
        for site in BELT_SITES:
            gain, slack_mm, gains, slacks = 1.0, 0.0, [], []
            for t_s, slip in script.happenings("slip"):
                if slip.site == site:
                    gain *= 1.0 - slip.size
                    slack_mm -= 10.0 * slip.size
                    gains.append((t_s, slip.duration_s, gain))
                    slacks.append((t_s, slip.duration_s, slack_mm))
            self._gain[site], self._slack_mm[site] = Ramps(1.0, gains), Ramps(0.0, slacks)

    @property
    def duration_s(self) -> float:
        """Length of the script, s."""
        return self.script.duration_s

    def volume_l(self, t_s: FloatArray) -> FloatArray:
        """Lung volume above the end-expiratory level.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        volume : ndarray, shape (n,)
            l.
        """
        rib_l, abdomen_l = self._breaths.volumes_l(t_s)
        return rib_l + abdomen_l

    def _volumes_l(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Volume of rib cage and abdomen: what a tense belly does not take the rib cage takes."""
        rib_l, abdomen_l = self._breaths.volumes_l(t_s)
        kept_l = self._belly.gives(t_s) * abdomen_l
        return rib_l + (abdomen_l - kept_l), kept_l

    def breathing_mm(self, site: str, t_s: FloatArray) -> FloatArray:
        """Change of circumference by breathing alone.

        Parameters
        ----------
        site : str
            ``chest`` or ``abdomen``.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        change : ndarray, shape (n,)
            mm, noise-free.
        """
        rib_l, abdomen_l = self._volumes_l(t_s)
        return self.wearing.mm_per_l(site) * (rib_l if site == "chest" else abdomen_l)

    def volume_ratio(self, t_s: FloatArray) -> FloatArray:
        """Return K of ``volume ∝ K · chest + abdomen``, of the stretch of the two belts.

        Parameters
        ----------
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        ratio : ndarray, shape (n,)
        """
        gains = self._gain["abdomen"](t_s) / self._gain["chest"](t_s)
        return self.wearing.volume_ratio * gains

    def belt_mm(self, site: str, t_s: FloatArray) -> FloatArray:
        """Stretch of a belt since it was put on.

        Breathing, heart beat, drift, how the belly is held, leaning, moving, coughing, then slips
        of the belt.

        Parameters
        ----------
        site : str
            ``chest`` or ``abdomen``: which belt the person calls so.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        stretch : ndarray, shape (n,)
            mm; falls with inspiration where the belt is worn inverted.
        """
        place, sign = self.wearing.reads(site)
        return sign * self._stretch_mm(place, t_s)

    def _stretch_mm(self, site: str, t_s: FloatArray) -> FloatArray:
        """Stretch of what is wrapped around a place of the body."""
        side = 1.0 if site == "chest" else -0.7
        girth_mm = (
            self.breathing_mm(site, t_s)
            + HEART_MM[site] * self.heart.pulse(t_s)
            + DRIFT_MM * self._drift[site](t_s)
            + self._belly.girth_mm(site, t_s)
            + POSTURE_MM_PER_DEG[site] * self._posture_deg(t_s)
            + side * self._fidget(t_s)
            + self._cough(t_s)
            + self._arms.stretch_mm(site, t_s)
        )
        return self._gain[site](t_s) * girth_mm + self._slack_mm[site](t_s)

    def bracing_n(self, site: str, t_s: FloatArray) -> FloatArray:
        """Tension a braced wall adds to a belt beyond its stretch.

        Parameters
        ----------
        site : str
            ``chest`` or ``abdomen``.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        tension : ndarray, shape (n,)
            N.
        """
        return self._belly.pull_n(site, t_s)

    def trunk(self, site: str, t_s: FloatArray) -> TrunkState:
        """Orientation, angular rate and specific force at a place of the body.

        Parameters
        ----------
        site : str
            One of :data:`~firmware_sim.trunk.SITES`.
        t_s : ndarray, shape (n,)
            Times, s.

        Returns
        -------
        state : TrunkState
        """
        state = self._trunk.state(site, t_s)
        state.force_mps2[:, 0] += self.heart.shake_mps2(site, t_s)
        return state

    @cached_property
    def truth(self) -> Truth:
        """What really happens until the script ends."""
        breaths, script = self._breaths, self.script
        ends_s = np.append(breaths.onset_s[1:], np.inf)
        rows = np.flatnonzero((breaths.onset_s >= 0.0) & (ends_s <= script.duration_s))
        turns = np.array([self._turning_points_s(row) for row in [*rows, rows[-1] + 1]])
        onset_s, peak_s = turns[:-1, 0], turns[:-1, 1]
        phase = breaths.phase_deg[rows]
        share = 1.0 - self._belly.gives(peak_s) * (1.0 - breaths.rib_share[rows])
        paradox = (share < 0.0) | (share > 1.0)
        wrapped = 180.0 - (180.0 - (phase + 180.0 * paradox)) % 360.0
        out_s = self._out_s()
        holds = [
            Interval(start_s, start_s + long_s, label)
            for label, starts, lengths in (
                ("in", breaths.onset_s + breaths.ti_s, breaths.hold_in_s),
                ("out", out_s, breaths.hold_out_s + breaths.pause_s * (breaths.hold_out_s > 0)),
            )
            for start_s, long_s in zip(starts.tolist(), lengths.tolist(), strict=True)
            if long_s > 0 and start_s < script.duration_s
        ]
        phases = [Interval(t_s, t_s + p.duration_s, p.label) for t_s, p in script.starts_s()]
        tilt_t_s = np.arange(0.0, script.duration_s, TILT_STEP_S)
        tilt, sway = self._trunk.tilt_deg("pelvis", tilt_t_s), self._trunk.sway_deg(tilt_t_s)
        return Truth(
            onset_s=onset_s,
            peak_s=peak_s,
            end_s=turns[1:, 0],
            expiration_end_s=out_s[rows],
            volume_l=self.volume_l(peak_s) - self.volume_l(onset_s),
            rib_share=share,
            phase_deg=wrapped,
            sigh=breaths.sigh[rows] > 0,
            volume_ratio=self.volume_ratio(onset_s),
            belly=belly_truth(
                self._belly,
                turns[1:, 0],
                self.breathing_mm("abdomen", peak_s) - self.breathing_mm("abdomen", onset_s),
            ),
            phases=tuple(phases),
            holds=tuple(sorted(holds, key=lambda hold: hold.start_s)),
            talks=tuple(
                Interval(i.start_s, i.end_s, "talk")
                for i, (_, phase) in zip(phases, script.starts_s(), strict=True)
                if phase.pattern.speech > 0
            ),
            coughs=self._intervals("cough"),
            motions=self._intervals("motion"),
            postures=self._intervals("posture"),
            slips=self._intervals("slip"),
            leg_lifts_s=np.array(self._trunk.leg_lifts_s),
            repetitions=tuple(self._trunk.repetitions),
            arm_raises=tuple(self._arms.raised),
            steps_s=np.array(self._trunk.steps_s),
            fatigued=self._trunk.held(),
            beats_s=self.heart.beats_s[self.heart.beats_s <= script.duration_s],
            tilt_t_s=tilt_t_s,
            pelvis_tilt_ap_deg=tilt[:, 0],
            pelvis_tilt_ml_deg=tilt[:, 1],
            sway_ap_deg=sway[:, 0],
            sway_ml_deg=sway[:, 1],
        )

    def _out_s(self) -> FloatArray:
        """When each breath out has ended, s."""
        b = self._breaths
        return np.asarray(b.onset_s + b.ti_s + b.hold_in_s + b.te_s)

    def _turning_points_s(self, row: int) -> tuple[float, float]:
        """Find when lung volume begins to rise for a breath, and when it is largest."""
        b = self._breaths
        start_s, top_s = b.onset_s[row], b.onset_s[row] + b.ti_s[row] + b.hold_in_s[row]
        grid_s = np.arange(start_s - 0.25 * b.cycle_s[row], top_s + 0.5 * b.te_s[row], TRUTH_STEP_S)
        volume_l = self.volume_l(grid_s)
        peak = int(np.argmax(np.where(grid_s >= start_s, volume_l, -np.inf)))
        rising = volume_l[: peak + 1] <= volume_l[: peak + 1].min() + 1e-9
        onset = int(np.flatnonzero(rising)[-1])
        return float(grid_s[onset]), float(grid_s[peak])

    def _intervals(self, kind: Kind) -> tuple[Interval, ...]:
        return tuple(
            Interval(t_s, t_s + h.duration_s, h.site if kind == "slip" else kind)
            for t_s, h in self.script.happenings(kind)
        )
