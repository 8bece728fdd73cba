"""Leads a person through calibration, alignment and the check of times: a pure state machine.

It gives the commands that are due and reads the instrument's own events for the answers; it judges
nothing itself. Whoever shows it, window or terminal, only says when.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from biofeedback.core.donning import (
    CalibrationDone,
    CalibrationEnded,
    CalibrationFailed,
    CalibrationStep,
    Problem,
    StepName,
)
from biofeedback.core.entry import Command, CommandName
from biofeedback.core.results import Aligned, BreathCycle, TapAlignment, ToneReference
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.session.guide_steps import BOWING, BREATHING, Cue, GuideStep, Part, steps_for

__all__ = ["Guide", "Outcome", "Phase", "lag_words"]

Phase = Literal["ready", "going", "waiting", "over"]
PATIENCE_S = 10.0
"""So long an answer may take: a row waits for the slowest sensor, 2 s; a reconnect takes longer."""
NO_TASK = "none"
COMMANDS: dict[Part, CommandName] = {
    "trunk": "align",
    "breathing": "calibrate",
    "timing": "tap_check",
    "tone": "task",
}
ENDS: dict[Part, str] = {"trunk": "finish", "breathing": "pause", "timing": "", "tone": NO_TASK}
"""What ends a step of each part; a check of times ends by itself."""
BACK_TO: dict[Problem, StepName] = {
    "alike": "chest_led",
    "unsteady": "chest_led",
    "disagree": "isovolume",
    "inverted": "quiet",
    "swapped": "quiet",
    "missing_steps": "quiet",
    "belts_changed": "quiet",
}
"""Where to go on when the step itself was not the problem, or not alone."""
NO_ANSWER = "The sensors gave no answer: see that they are connected, then do the step again."
LEFT_OUT = "Left out."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step went.

    Parameters
    ----------
    well : bool
        It was accepted.
    words : str
        How it went and, where it was not accepted, what to do better.
    problem : Problem or None
        Of a step of the belts that was not accepted.
    """

    well: bool
    words: str
    problem: Problem | None = None


class Guide:
    """Where a guided calibration is, and what is to be told to the instrument.

    Times are the host's, as commands carry them. What a method returns is to be given to the
    instrument at once.

    Parameters
    ----------
    worn : collection of Role
        What is worn; steps that these sensors cannot answer are not asked for.
    posture : str
        As the person names it; kept with the calibration.

    Attributes
    ----------
    steps : tuple of GuideStep
        What is asked for, in order.
    step : GuideStep or None
        What comes or goes on; None when all is over.
    phase : {"ready", "going", "waiting", "over"}
        The step may begin, goes on, waits for its answer; or all is over.
    outcomes : dict of str to Outcome
        How steps went, by name; steps that have to be done anew are absent.
    said : Outcome or None
        The last answer, whatever it was.
    result : CalibrationDone or None
        The calibration that holds.
    lags : tuple of TapAlignment
        Answers of the last check of times.
    breaths : int
        Counted in this step.
    """

    def __init__(self, worn: Collection[Role], posture: str = "") -> None:
        self.worn = frozenset(worn)
        self.posture = posture
        self.steps = steps_for(worn)
        self.step = self.steps[0] if self.steps else None
        self.phase: Phase = "ready" if self.steps else "over"
        self.outcomes: dict[str, Outcome] = {}
        self.said: Outcome | None = None
        self.result: CalibrationDone | None = None
        self.lags: tuple[TapAlignment, ...] = ()
        self.breaths = 0
        self._begun_ns = self._ended_ns = 0
        self._begun_s: float | None = None
        self._told: tuple[Cue, ...] = ()
        self._aligned: dict[str, Aligned] = {}
        self._finishing = False

    def elapsed_s(self, now_ns: int) -> float:
        """Return how long the step has gone on, s; 0 when it has not begun.

        Parameters
        ----------
        now_ns : int
            Now.

        Returns
        -------
        elapsed_s : float
        """
        if self.step is None or self.phase == "ready":
            return 0.0
        return min((now_ns - self._begun_ns) / 1e9, self.step.seconds)

    def left_s(self) -> float:
        """Return how long all steps that are still asked for take together, s."""
        return sum(step.seconds for step in self.steps if step.name not in self.outcomes)

    def begin(self, now_ns: int) -> tuple[Command, ...]:
        """Begin the step that is ready.

        Parameters
        ----------
        now_ns : int
            Now.

        Returns
        -------
        commands : tuple of Command
        """
        if self.step is None or self.phase != "ready":
            return ()
        if self.step.name == BREATHING[0]:  # the instrument forgets the others with it
            self._forget(BREATHING[0])
        self.outcomes.pop(self.step.name, None)
        self.phase, self.said = "going", None
        self.breaths, self._begun_s, self._told, self._aligned = 0, None, (), {}
        if self.step.part == "timing":
            self.lags = ()
        self._begun_ns = now_ns
        return self.tick(now_ns)

    def tick(self, now_ns: int) -> tuple[Command, ...]:
        """Let time pass: go from sentence to sentence, end the step, lose patience.

        Parameters
        ----------
        now_ns : int
            Now.

        Returns
        -------
        commands : tuple of Command
        """
        step = self.step
        if step is None:
            return ()
        commands: list[Command] = []
        if self.phase == "going":
            elapsed_s = (now_ns - self._begun_ns) / 1e9
            for cue in step.cues:
                if cue.at_s <= elapsed_s and cue not in self._told:
                    self._told = (*self._told, cue)
                    commands += self._tell(step, cue.command, now_ns)
            if elapsed_s >= step.seconds:
                commands += self._end(step, now_ns)
                self.phase = "waiting"
        elif self.phase == "waiting" and now_ns - self._ended_ns > PATIENCE_S * 1e9:
            self._failed(Outcome(False, NO_ANSWER))
        return tuple(commands)

    def stop(self, now_ns: int) -> tuple[Command, ...]:
        """Break the step off; what was finished before is kept.

        Parameters
        ----------
        now_ns : int
            Now.

        Returns
        -------
        commands : tuple of Command
        """
        if self.step is None or self.phase != "going":
            return ()
        self.phase = "ready"
        return self._end(self.step, now_ns)

    def skip(self, now_ns: int) -> tuple[Command, ...]:
        """Go on without this step.

        Parameters
        ----------
        now_ns : int
            Now.

        Returns
        -------
        commands : tuple of Command
        """
        if self.step is None or self.phase == "waiting":
            return ()
        commands = self.stop(now_ns)
        self.outcomes[self.step.name] = self.said = Outcome(False, LEFT_OUT)
        self._go_on()
        return commands

    def choose(self, name: str) -> None:
        """Make a step the next, unless one is going on.

        Parameters
        ----------
        name : str
            One of `steps`.
        """
        if self.phase in ("going", "waiting"):
            return
        if name in BREATHING and self._all_well():
            self._forget(BREATHING[0])  # what steps gave is gone once it was finished
            name = BREATHING[0]
        self._go_to(name)
        self.said = None

    def hear(self, events: Iterable[Event], now_ns: int) -> tuple[Command, ...]:
        """Take what the instrument says.

        Parameters
        ----------
        events : iterable of Event
            All of a snapshot.
        now_ns : int
            Now.

        Returns
        -------
        commands : tuple of Command
        """
        lags: list[TapAlignment] = []
        commands: tuple[Command, ...] = ()
        for event in events:
            if isinstance(event, TapAlignment):
                lags.append(event)
            elif isinstance(event, CalibrationStep) and event.state != "begun":
                outcome = Outcome(event.state == "done", event.words, event.problem)
                commands += self._answered(event.step, outcome, now_ns)
            elif isinstance(event, ToneReference):
                outcome = Outcome(event.ok, f"{event.words.capitalize()}.")
                commands += self._answered(f"tone_{event.manoeuvre}", outcome, now_ns)
            elif isinstance(event, Aligned):
                self._aligned[event.role] = event
                if all(role in self._aligned for role in self._bowing()):
                    commands += self._answered("bows", self._alignment(), now_ns)
            else:
                self._take(event)
        if lags:
            self.lags = tuple(lags)
            known = not any(lag.reason for lag in lags)
            outcome = Outcome(known, " ".join(map(lag_words, lags)))
            commands += self._answered("coughs", outcome, now_ns)
        return commands

    def _take(self, event: Event) -> None:
        """Take what asks for nothing in return."""
        match event:
            case CalibrationStep():
                if self.step is not None and self.step.name == event.step:
                    self._begun_s = event.t_s
            case BreathCycle() if self.phase == "going" and self._begun_s is not None:
                self.breaths += event.onset_s >= self._begun_s
            case CalibrationDone():
                self.result, self.said = event, Outcome(True, event.words)
                for name in BREATHING:
                    self.outcomes.setdefault(name, Outcome(True, event.words))
                at_rest = self._finishing or self.phase == "ready"
                self._finishing = False
                if at_rest and self.step is not None and self.step.part == "breathing":
                    self._go_on()
            case CalibrationFailed():
                self._failed(Outcome(False, event.words, event.problems[0]))
            case CalibrationEnded():
                self.result, self.said = None, Outcome(False, event.words)
                self._forget(BREATHING[0])
                if self.phase in ("ready", "over"):
                    self._go_on()
            case _:
                pass

    def _tell(self, step: GuideStep, word: str, now_ns: int) -> list[Command]:
        if not word:
            return []
        name = COMMANDS[step.part]
        if step.part == "timing":
            return [Command(now_ns, name)]
        if step.part == "tone":
            return [Command(now_ns, name, {"name": "" if word == NO_TASK else word})]
        if step.part == "breathing":
            return [Command(now_ns, name, {"step": word, "posture": self.posture})]
        return [Command(now_ns, name, {"step": word})]

    def _end(self, step: GuideStep, now_ns: int) -> tuple[Command, ...]:
        self._ended_ns = now_ns
        return tuple(self._tell(step, ENDS[step.part], now_ns))

    def _bowing(self) -> list[Role]:
        return [role for role in Role if role in self.worn and role in BOWING]

    def _alignment(self) -> Outcome:
        found = [self._aligned[role] for role in self._bowing()]
        bad = [event for event in found if not event.ok]
        told = bad or found
        return Outcome(not bad, " ".join(f"{_name(one.role)}: {one.words}" for one in told))

    def _all_well(self) -> bool:
        return all(name in self.outcomes and self.outcomes[name].well for name in BREATHING)

    def _answered(self, name: str, outcome: Outcome, now_ns: int) -> tuple[Command, ...]:
        """Keep how the step that waits for it went, and go on; other answers are late."""
        step = self.step
        if self.phase != "waiting" or self._finishing or step is None or step.name != name:
            return ()
        if not outcome.well:
            self._failed(outcome)
            return ()
        self.outcomes[name] = self.said = outcome
        if step.part == "breathing" and self._all_well():
            self._finishing, self._ended_ns = True, now_ns
            return tuple(self._tell(step, "finish", now_ns))
        self._go_on()
        return ()

    def _failed(self, outcome: Outcome) -> None:
        """Go back to where it has to be done anew."""
        self.said, self._finishing = outcome, False
        back = BACK_TO.get(outcome.problem) if outcome.problem is not None else None
        if back is not None:
            self._forget(back)
            if self.step is None or self.step.part == "breathing":
                self._go_to(back)
        elif self.step is not None:
            self.outcomes.pop(self.step.name, None)
            self.phase = "ready"

    def _forget(self, first: StepName) -> None:
        """Have the steps of the belts done anew from one of them on."""
        for name in BREATHING[BREATHING.index(first) :]:
            self.outcomes.pop(name, None)

    def _go_to(self, name: str) -> None:
        self.step = next(step for step in self.steps if step.name == name)
        self.phase = "ready"

    def _go_on(self) -> None:
        """Make the next step ready of which nothing is known; begin again at none."""
        open_steps = [step for step in self.steps if step.name not in self.outcomes]
        self.step = open_steps[0] if open_steps else None
        self.phase = "ready" if open_steps else "over"


def lag_words(event: TapAlignment) -> str:
    """Say how late a sensor tells of what happens.

    Parameters
    ----------
    event : TapAlignment
        Answer of a check of times.

    Returns
    -------
    words : str
    """
    name, other = _name(event.role), _name(event.reference).lower()
    if event.reason:
        return f"{name}: not known, {event.reason}."
    late_ms, se_ms = 1e3 * event.lag_s, 1e3 * event.lag_se_s
    if abs(late_ms) <= 2.0 * se_ms:
        return f"{name}: in time with the {other}, to ± {2.0 * se_ms:.0f} ms."
    word = "later" if late_ms > 0 else "earlier"
    return f"{name}: {abs(late_ms):.0f} ± {2.0 * se_ms:.0f} ms {word} than the {other}."


def _name(role: str) -> str:
    """Name a sensor by its place, as people do."""
    return role.replace("_imu", " sensor").replace("_", " ").capitalize()
