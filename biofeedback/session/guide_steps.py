"""What a person is asked to do before a session, step by step, in words.

Four parts: how the trunk's sensors sit, how chest and belly compare, whether all sensors keep the
same time, what the own belly does when it is drawn in and braced. The trunk comes first: whoever
gets up after the belts were calibrated has to do that again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from biofeedback.core.roles import Role
from biofeedback.signal.calibration_steps import ORDER, STEP_S

__all__ = ["BOWING", "BREATHING", "SAFETY", "TONE_S", "Cue", "GuideStep", "Part", "steps_for"]

Part = Literal["trunk", "breathing", "timing", "tone"]
BREATHING = ORDER
"""The steps that a calibration of the belts is made of."""
BELTS = {Role.CHEST_BELT, Role.ABDOMEN_BELT}
BOWING = (Role.STERNUM_IMU, Role.ABDOMEN_IMU, Role.BACK_IMU, Role.PELVIS_IMU)
"""Sensors that a bow turns; one on the thigh keeps the mounting that is assumed."""
LONGEST_HOLD_S = 10.0
"""No hold in a calibration is longer, and each follows a normal out-breath: whoever is told so does
not fight for air, and the belts do not see a strained breath."""
HOLD_FROM_S = 5.0
TONE_S = 40.0
"""Four good breaths are needed, after the one in which the belly gets there: enough at eight per
minute."""
SAFETY = (
    "Nothing here is forced: breathe as deep as is comfortable, and breathe on whenever you want "
    "to. Stop when you feel dizzy, breathless or in pain."
)


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said at one moment of a step, and what the instrument is told with it.

    Parameters
    ----------
    at_s : float
        Since the step began, s.
    words : str
        One sentence, said to the person.
    command : str
        ``step`` of the command that goes with it; empty for none.
    """

    at_s: float
    words: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One thing that is asked of a person.

    Parameters
    ----------
    name : str
        As in the commands and events.
    part : {"trunk", "breathing", "timing", "tone"}
        What it helps to know.
    title : str
        In a few words.
    why : str
        What it is good for, and what stays unknown without it.
    seconds : float
        How long it lasts, s.
    cues : tuple of Cue
        What is said, the first at 0 s.
    breaths : int
        How many are asked for and counted aloud; 0 where counting would change them.
    """

    name: str
    part: Part
    title: str
    why: str
    seconds: float
    cues: tuple[Cue, ...]
    breaths: int = 0

    def cue(self, elapsed_s: float) -> Cue:
        """Return what is to be done at a moment.

        Parameters
        ----------
        elapsed_s : float
            Since the step began, s.

        Returns
        -------
        cue : Cue
        """
        return [self.cues[0], *(cue for cue in self.cues[1:] if cue.at_s <= elapsed_s)][-1]

    def until_s(self, elapsed_s: float) -> float:
        """Return when what is to be done at a moment is over.

        Parameters
        ----------
        elapsed_s : float
            Since the step began, s.

        Returns
        -------
        until_s : float
            Since the step began, s.
        """
        return next((cue.at_s for cue in self.cues if cue.at_s > elapsed_s), self.seconds)


STEPS = (
    GuideStep(
        "bows",
        "trunk",
        "Stand tall, then three bows",
        "Tells which way is forward for each motion sensor. Without it the sensor is taken to sit "
        "straight.",
        24.0,
        (
            Cue(0.0, "Stand or sit tall, and still.", "still"),
            # Stillness is measured for five seconds, and a command is heard a little late.
            Cue(6.0, "Bow forward three times, slowly, and come back up each time.", "bow"),
        ),
    ),
    GuideStep(
        "quiet",
        "breathing",
        "Quiet breathing",
        "The measure for all that follows. Nothing moves on the screen meanwhile: watching would "
        "change it.",
        STEP_S["quiet"],
        (Cue(0.0, "Breathe quietly, as if nobody looked.", "quiet"),),
    ),
    GuideStep(
        "deep",
        "breathing",
        "Three slow deep breaths",
        "Tells whether both belts read upwards on breathing in.",
        STEP_S["deep"],
        (
            Cue(
                0.0,
                "Three slow deep breaths, in as far as is comfortable, chest and belly.",
                "deep",
            ),
        ),
        breaths=3,
    ),
    GuideStep(
        "isovolume",
        "breathing",
        "Belly out and in, breath held",
        "With the throat closed no air moves: what the belly gains the chest loses. That tells "
        "how the two belts compare.",
        STEP_S["isovolume"],
        (
            Cue(0.0, "Breathe quietly; then breathe out normally.", "isovolume"),
            Cue(HOLD_FROM_S, "Throat closed: let the belly go out and in, five times."),
            Cue(HOLD_FROM_S + LONGEST_HOLD_S, "Breathe on, as you like."),
        ),
    ),
    GuideStep(
        "chest_led",
        "breathing",
        "Six breaths led by the chest",
        "A second look at how the belts compare, together with the next step.",
        STEP_S["chest_led"],
        (Cue(0.0, "Let the breath lift the chest, belly quiet. All equally deep.", "chest_led"),),
        breaths=6,
    ),
    GuideStep(
        "belly_led",
        "breathing",
        "Six breaths led by the belly",
        "Compared with those led by the chest: the deeper they differ, the less they tell.",
        STEP_S["belly_led"],
        (Cue(0.0, "Let the breath round the belly, chest quiet. As deep as before.", "belly_led"),),
        breaths=6,
    ),
    GuideStep(
        "coughs",
        "timing",
        "Three coughs",
        "All sensors feel the same cough: tells whether one of them reports late.",
        10.0,
        (Cue(0.0, "Cough three times, with a pause between.", "tap_check"),),
    ),
    GuideStep(
        "tone_relax",
        "tone",
        "Let the belly be",
        "What drawing in and bracing are compared with.",
        TONE_S,
        (Cue(0.0, "Let the belly be, and breathe quietly.", "tone_relax"),),
    ),
    GuideStep(
        "tone_draw_in",
        "tone",
        "Draw the belly in gently",
        "Tells what drawing in looks like on you. Without it belly tone goes by usual values.",
        TONE_S,
        (Cue(0.0, "Draw the belly in, a third of what you can, and breathe on.", "tone_draw_in"),),
    ),
    GuideStep(
        "tone_brace",
        "tone",
        "Brace the belly gently",
        "Tells what bracing looks like on you. Without it belly tone goes by usual values.",
        TONE_S,
        (Cue(0.0, "Brace as if expecting a nudge, and breathe on.", "tone_brace"),),
    ),
)
"""Every step, in the order in which they are asked for."""


def steps_for(worn: Collection[Role]) -> tuple[GuideStep, ...]:
    """Return the steps that these sensors can answer.

    Parameters
    ----------
    worn : collection of Role
        What is worn.

    Returns
    -------
    steps : tuple of GuideStep
    """
    possible = {
        "trunk": any(role in BOWING for role in worn),
        "breathing": set(worn) >= BELTS,
        "timing": len(worn) > 1,
        "tone": Role.ABDOMEN_BELT in worn,
    }
    return tuple(step for step in STEPS if possible[step.part])
