"""Guided calibration of the two belts against each other, for one donning and posture.

A person is led through five steps by commands; each lasts from its command to the next. What it
gives is the volume ratio K with its uncertainty, or in words why there is none.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from biofeedback.core.donning import (
    BeltPolarity,
    BeltsChanged,
    CalibrationDone,
    CalibrationEnded,
    CalibrationFailed,
    CalibrationStep,
    Problem,
    StepName,
)
from biofeedback.core.results import BreathCycle, CommandHeard
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.belt_rows import BELTS, BeltRows
from biofeedback.signal.calibration_judge import Findings, fused, judge
from biofeedback.signal.calibration_steps import (
    INSTRUCTIONS,
    ORDER,
    REMEDIES,
    WELL_DONE,
    next_step,
    step_named,
)
from biofeedback.signal.polarity import CLEAR
from biofeedback.signal.stage import Stage

__all__ = ["Calibration"]

LONGEST_S = 180.0
"""Of a step that lasts longer, the last part counts, s."""
ENDED = {
    "donned": "A belt was put on: calibrate again.",
    "slip": "A belt has slipped: calibrate again.",
    "posture": "The posture changed: calibrate again in this one.",
}


@dataclasses.dataclass(slots=True)
class CalibrationState:
    """Memory of :class:`Calibration`; all of it survives a break."""

    waiting: list[CommandHeard] = dataclasses.field(default_factory=list)
    step: StepName | None = None
    begun_s: float = math.nan
    rows: list[FloatArray] = dataclasses.field(default_factory=list)
    breaths: list[BreathCycle] = dataclasses.field(default_factory=list)
    findings: Findings = dataclasses.field(default_factory=Findings)
    name: str = ""
    posture: int = 0
    done: dict[int, CalibrationDone] = dataclasses.field(default_factory=dict)


class Calibration(Stage[CalibrationState]):
    """Guided calibration: what each step gave, and at last the volume ratio of the two belts.

    Hears ``Command("calibrate", {"step": …, "posture": …})`` with step ``quiet``, ``deep``,
    ``isovolume``, ``chest_led``, ``belly_led``, ``pause``, ``finish`` or ``cancel``. A step lasts
    from its command to the next one and is judged with the first row not before that; ``pause``
    only ends one. A step may be repeated; the last try counts. Ends when the belts or the posture
    change; a posture that is taken up again brings its calibration back. Appends no column.

    References
    ----------
    .. [1] K. Konno, J. Mead, J. Appl. Physiol. 22 (1967) 407-422; docs/metrics/calibration.md
    """

    def bind(self, info: StreamInfo) -> tuple[Channel, ...]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        self._belts = BeltRows(info)
        self._rate_hz = info.sample_rate_hz
        self._most = round(LONGEST_S * info.sample_rate_hz)
        return ()

    def start(self, first: Chunk, kept: CalibrationState | None) -> CalibrationState:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        return CalibrationState() if kept is None else kept

    def step(
        self, chunk: Chunk, heard: Sequence[Event], state: CalibrationState
    ) -> tuple[FloatArray, list[Event]]:
        """See :class:`~biofeedback.signal.stage.Stage`."""
        due = _due(chunk, heard, state)
        events: list[Event] = []
        done = 0
        for row, event in due:
            self._collect(chunk, done, row, state)
            done = row
            if isinstance(event, BreathCycle):
                if state.step is not None and event.onset_s >= state.begun_s:
                    state.breaths.append(event)
            elif isinstance(event, BeltsChanged):
                events += _changed(event, state)
            elif isinstance(event, CommandHeard):
                times = Times.at(chunk, row, event.t_s)
                events += self._command(event, times, state)
        self._collect(chunk, done, len(chunk), state)
        return np.empty((len(chunk), 0)), events

    def _collect(self, chunk: Chunk, begin: int, end: int, state: CalibrationState) -> None:
        if state.step is None or begin == end:
            return
        state.rows.append(self._belts.sized(chunk.rows(begin, end)))
        while sum(map(len, state.rows[1:])) >= self._most:
            state.rows.pop(0)

    def _command(self, command: CommandHeard, times: Times, state: CalibrationState) -> list[Event]:
        asked, posture = command.argument("step"), command.argument("posture")
        if isinstance(posture, str):
            state.name = posture
        if asked == "cancel":
            _forget(state)
            return [_failed(times, ("cancelled",))]
        if asked == "pause":
            return self._close(times, state)
        step = step_named(asked)
        if step is None:
            choices = f"{', '.join(ORDER)}, pause, finish or cancel"
            words = f"There is no step {asked!r}: choose {choices}."
            return [_failed(times, ("unknown_step",), words)]
        events = self._close(times, state)
        if step == "finish":
            return [*events, _finish(times, state)]
        state.step, state.begun_s = step, times.t_s
        return [*events, _told(step, "begun", INSTRUCTIONS[step], None, times, state)]

    def _close(self, times: Times, state: CalibrationState) -> list[Event]:
        """Judge the step that ends here, if any."""
        step = state.step
        if step is None:
            return []
        rows = np.concatenate([np.empty((0, 2)), *state.rows])[-self._most :]
        breaths = [breath for breath in state.breaths if breath.end_s <= times.t_s]
        state.findings, problem = judge(step, rows, breaths, state.findings, self._rate_hz)
        state.step, state.rows, state.breaths = None, [], []
        events: list[Event] = []
        if step == "deep":
            events += _polarities(times, state.findings.polarity)
        if problem is None:
            return [*events, _told(step, "done", WELL_DONE[step], None, times, state)]
        return [*events, _told(step, "again", REMEDIES[problem], problem, times, state)]


@dataclasses.dataclass(frozen=True, slots=True)
class Times:
    """When something happened, and at which row it is decided.

    Parameters
    ----------
    t_s, decided_s, arrival_s : float
        As of an event.
    """

    t_s: float
    decided_s: float
    arrival_s: float

    @classmethod
    def at(cls, chunk: Chunk, row: int, happened_s: float) -> Times:
        """Return the times of what is decided at a row.

        Parameters
        ----------
        chunk : Chunk
            Rows.
        row : int
            Which.
        happened_s : float
            When it happened, s.

        Returns
        -------
        times : Times
        """
        decided_s = float(chunk.t_s[row])
        return cls(min(happened_s, decided_s), decided_s, float(chunk.arrival_s[row]))

    def as_dict(self) -> dict[str, float]:
        """Return them as arguments of an event."""
        return dataclasses.asdict(self)


def _due(chunk: Chunk, heard: Sequence[Event], state: CalibrationState) -> list[tuple[int, Event]]:
    """Return what is to be acted on in these rows, by row; commands after all else."""
    due: list[tuple[int, int, Event]] = []
    for event in heard:
        if isinstance(event, CommandHeard):
            if event.name == "calibrate" and event.argument("step") is not None:
                state.waiting.append(event)
        elif isinstance(event, BreathCycle | BeltsChanged):
            due.append((int(np.searchsorted(chunk.t_s, event.decided_s)), 0, event))
    # Rows come later than commands do: a step ends with the row of its time, not before.
    waiting, state.waiting = state.waiting, []
    for command in waiting:
        row = int(np.searchsorted(chunk.t_s, max(command.t_s, command.decided_s)))
        if row < len(chunk):
            due.append((row, 1, command))
        else:
            state.waiting.append(command)
    return [(row, event) for row, _, event in sorted(due, key=lambda one: one[:2])]


def _forget(state: CalibrationState) -> None:
    """Drop what the steps gave; calibrations that were finished stay."""
    state.step, state.rows, state.breaths, state.findings = None, [], [], Findings()


def _failed(
    times: Times, problems: tuple[Problem, ...], words: str | None = None
) -> CalibrationFailed:
    said = " ".join(REMEDIES[problem] for problem in problems) if words is None else words
    return CalibrationFailed(**times.as_dict(), problems=problems, words=said)


def _told(
    step: StepName,
    how: Literal["begun", "done", "again"],
    words: str,
    problem: Problem | None,
    times: Times,
    state: CalibrationState,
) -> CalibrationStep:
    done = state.findings.well_done
    following = next_step((*done, step) if how == "begun" else done)
    return CalibrationStep(
        **times.as_dict(),
        step=step,
        state=how,
        problem=problem,
        words=words,
        next_step=following,
        next_words=INSTRUCTIONS[following],
        posture=state.name,
    )


def _polarities(times: Times, ways: tuple[float, float]) -> list[Event]:
    return [
        BeltPolarity(**times.as_dict(), role=role.value, inverted=way < -CLEAR, certainty=abs(way))
        for role, way in zip(BELTS, ways, strict=True)
        if abs(way) >= CLEAR
    ]


def _finish(times: Times, state: CalibrationState) -> Event:
    """Put the steps together; what failed may be repeated, and finished again."""
    found = state.findings
    problems: list[Problem] = [problem for _, problem in found.problems]
    if "inverted" in problems:
        problems = ["inverted"]  # what comes of it is no news
    if not problems and next_step(found.well_done) != "finish":
        problems = ["missing_steps"]
    if problems:
        return _failed(times, tuple(dict.fromkeys(problems)))
    assert found.isovolume is not None
    assert found.preferential is not None
    ln_k = fused(found.isovolume, found.preferential)
    if ln_k is None:
        return _failed(times, ("disagree",))
    done = CalibrationDone(
        **times.as_dict(),
        ln_k=ln_k[0],
        ln_k_se=ln_k[1],
        ln_k_isovolume=found.isovolume.ln_k,
        ln_k_isovolume_se=found.isovolume.ln_k_se,
        ln_k_preferential=found.preferential.ln_k,
        ln_k_preferential_se=found.preferential.ln_k_se,
        isovolume_r=found.isovolume.r,
        isovolume_residual=found.isovolume.residual,
        isovolume_swings=found.isovolume.swings,
        posture=state.name,
        resumed=False,
        words=f"Calibrated{' for ' + state.name if state.name else ''}: a half share is known to "
        f"± {25.0 * ln_k[1]:.0f} points.",
    )
    state.done[state.posture] = done
    _forget(state)
    return done


def _changed(change: BeltsChanged, state: CalibrationState) -> list[Event]:
    """End what holds no longer; take up again what was made in the posture now."""
    times = Times(change.decided_s, change.decided_s, change.arrival_s)
    events: list[Event] = []
    if state.step is not None or state.findings.well_done or state.findings.problems:
        _forget(state)
        events.append(_failed(times, ("belts_changed",)))
    if state.posture in state.done:
        events.append(
            CalibrationEnded(**times.as_dict(), reason=change.reason, words=ENDED[change.reason])
        )
    if change.reason != "posture":
        state.done.clear()
    state.posture = change.posture
    if state.posture in state.done:
        again = state.done[state.posture]
        place = f" of {again.posture}" if again.posture else ""
        events.append(
            dataclasses.replace(
                again,
                t_s=times.t_s,
                decided_s=times.decided_s,
                arrival_s=times.arrival_s,
                resumed=True,
                words=f"Back in the posture{place}: its calibration holds again.",
            )
        )
    return events
