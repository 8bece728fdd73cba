"""What the simulated person is told to do: breathing patterns, phases and happenings."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from firmware_sim.arm_raises import ArmRaises
from firmware_sim.exercises import Exercise
from firmware_sim.fatigue import Fatigue
from firmware_sim.walking import Walk

__all__ = ["Happening", "Kind", "Pattern", "Phase", "Script"]

Kind = Literal["hold", "isovolume", "cough", "motion", "posture", "slip"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """How one breathes: means and breath-to-breath variability.

    Parameters
    ----------
    rate_per_min : float
        Breaths per minute.
    volume_l : float
        Tidal volume, l.
    duty_cycle : float
        Ti/Ttot, ratio.
    pause_ratio : float
        End-expiratory pause as a part of Ttot, ratio.
    rib_share : float
        Part of the volume moved by the rib cage, ratio; above 1 the belly is sucked in.
    phase_deg : float
        Rib cage behind abdomen when positive, deg.
    time_cv, volume_cv : float
        Coefficient of variation of Ttot and of volume.
    share_sd : float
        Breath-to-breath standard deviation of `rib_share`.
    phase_sd_deg : float
        Breath-to-breath standard deviation of `phase_deg`, deg.
    sighs_per_h : float
        Breaths of more than twice the volume, per hour.
    speech : float
        1 for talking: quick inhalation, long ramp out; 0 for quiet breathing.
    """

    rate_per_min: float
    volume_l: float
    duty_cycle: float = 0.40
    pause_ratio: float = 0.10
    rib_share: float = 0.55
    phase_deg: float = 8.0
    time_cv: float = 0.12
    volume_cv: float = 0.18
    share_sd: float = 0.02
    phase_sd_deg: float = 3.0
    sighs_per_h: float = 0.0
    speech: float = 0.0

    def towards(self, other: Pattern, progress: float) -> Pattern:
        """Return a pattern between this one and another.

        Parameters
        ----------
        other : Pattern
            Where it goes.
        progress : float
            0 for this one to 1 for the other.

        Returns
        -------
        pattern : Pattern
        """
        return Pattern(
            **{
                f.name: (1.0 - progress) * getattr(self, f.name) + progress * getattr(other, f.name)
                for f in fields(self)
            }
        )


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that befalls the person within a phase.

    Parameters
    ----------
    kind : Kind
        ``hold`` (of the breath; `size` > 0 after breathing in, else after breathing out),
        ``isovolume`` (a hold after breathing out in which the belly is pushed out and in five
        times, by `size`), ``cough``, ``motion`` (fidgeting), ``posture`` (leaning forward by
        `size`), ``slip`` (of a belt, by `size`).
    at_s : float
        Time since the phase began, s.
    duration_s : float
        How long it lasts, s; for ``posture`` and ``slip`` how long the change takes.
    size : float
        mm for ``cough`` and ``motion``, deg for ``posture``, lost part of the gain for ``slip``,
        l for ``isovolume``.
    site : str
        Which belt slips.
    leak : float
        Part of the volume that escapes through the throat at each push of an ``isovolume``; the
        rest moves the rib cage.
    """

    kind: Kind
    at_s: float
    duration_s: float
    size: float = 0.0
    site: str = "chest"
    leak: float = 0.0


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of time with one task.

    Parameters
    ----------
    label : str
        Name of the task.
    duration_s : float
        How long, s.
    pattern : Pattern
        How one breathes at its start.
    to_pattern : Pattern or None
        How one breathes at its end; the pattern glides there.
    tone : float
        Bracing of the abdominal wall, 0 to 1.
    tone_rise_s : float
        How long tone, draw-in and push-out take to get there from the phase before, s.
    draw_in_mm : float
        How far the belly is drawn in, mm of its girth; the rib cage widens by a fifth of it.
    push_out_mm : float
        How far the belly is pushed out, mm of its girth; the rib cage narrows by a fifth of it.
    sway_deg : float
        RMS of antero-posterior sway, deg.
    leg_load_deg : float
        Pelvic deviation at each leg lift, deg; 0 when no leg is lifted.
    exercise : Exercise or None
        What is repeated.
    arm_raises : ArmRaises or None
        Arm raises on a cue, with the belly drawing in around each.
    walk : Walk or None
        Walking.
    fatigue : Fatigue or None
        A hold in which one tires.
    happenings : tuple of Happening
        What befalls.
    """

    label: str
    duration_s: float
    pattern: Pattern
    to_pattern: Pattern | None = None
    tone: float = 0.0
    tone_rise_s: float = 0.3
    draw_in_mm: float = 0.0
    push_out_mm: float = 0.0
    sway_deg: float = 0.25
    leg_load_deg: float = 0.0
    exercise: Exercise | None = None
    arm_raises: ArmRaises | None = None
    walk: Walk | None = None
    fatigue: Fatigue | None = None
    happenings: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """Phases one after another; the last one goes on when the script is over.

    Parameters
    ----------
    phases : tuple of Phase
        At least one.

    Raises
    ------
    ValueError
        If there is no phase, or one does not last.
    """

    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        if not self.phases:
            raise ValueError("a script has at least one phase; none was given")
        for phase in self.phases:
            if not phase.duration_s > 0:
                raise ValueError(
                    f"phase {phase.label!r} lasts {phase.duration_s} s; it must be above 0 s"
                )

    @property
    def duration_s(self) -> float:
        """Length of all phases together, s."""
        return sum(phase.duration_s for phase in self.phases)

    def starts_s(self) -> list[tuple[float, Phase]]:
        """Return each phase with the time it begins, s."""
        found, t_s = [], 0.0
        for phase in self.phases:
            found.append((t_s, phase))
            t_s += phase.duration_s
        return found

    def happenings(self, kind: Kind) -> list[tuple[float, Happening]]:
        """Return all happenings of a kind.

        Parameters
        ----------
        kind : Kind
            Which.

        Returns
        -------
        happenings : list of (float, Happening)
            Each with its time since the script began, s; in order.
        """
        return sorted(
            (
                (start_s + happening.at_s, happening)
                for start_s, phase in self.starts_s()
                for happening in phase.happenings
                if happening.kind == kind
            ),
            key=lambda pair: pair[0],
        )

    def pattern_at(self, t_s: float) -> Pattern:
        """Return how one breathes at a time.

        Parameters
        ----------
        t_s : float
            Time since the script began, s.

        Returns
        -------
        pattern : Pattern
        """
        chosen_s, chosen = 0.0, self.phases[0]
        for start_s, phase in self.starts_s():
            if start_s <= t_s:
                chosen_s, chosen = start_s, phase
        if chosen.to_pattern is None:
            return chosen.pattern
        progress = min(max((t_s - chosen_s) / chosen.duration_s, 0.0), 1.0)
        return chosen.pattern.towards(chosen.to_pattern, progress)
