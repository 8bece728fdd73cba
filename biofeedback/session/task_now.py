"""The task that is going on: what was announced, and the latest of everything known about it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from biofeedback.core.results import (
    BracingAlert,
    CommandHeard,
    FiveStands,
    Gait,
    HoldEnded,
    HoldProgress,
    RelativeTiming,
    Repetition,
    RestSet,
    SteadinessScore,
    Tone,
    ToneReference,
)
from biofeedback.core.stream import Event
from biofeedback.signal.tasks import TASKS

__all__ = ["TaskNow"]

BEHIND_S = 5.0
"""Rows are looked at once the slowest sensor has sent its own, so a task may begin with a row that
is older than its announcement, by less than this. The same task done before for as short a time is
not told apart."""


@dataclass(slots=True)
class TaskNow:
    """The task that was announced last, and what is known of it; kept when it is over.

    Parameters
    ----------
    name, side : str
        As announced; empty before the first.
    since_s : float
        When it began, s.
    over_s : float
        When it was over, s; NaN while it goes on.
    counted : int
        Repetitions counted.
    repetition : Repetition or None
        The last one counted.
    stands : FiveStands or None
        Five times up and down.
    score : SteadinessScore or None
        Steadiness and breathing so far.
    hold : HoldProgress or None
        The last second of a hold.
    hold_ended : HoldEnded or None
        How that hold ended.
    gait : Gait or None
        The last window of a walk.
    timing : RelativeTiming or None
        Belly beside arm so far.
    reference : ToneReference or None
        What the last guided manoeuvre gave.
    tone : Tone or None
        Belly tone of the last breath; of no task alone.
    rest : RestSet or None
        What effort is compared with; of no task alone.
    alert : BracingAlert or None
        The one that is going on.
    """

    name: str = ""
    side: str = ""
    since_s: float = math.nan
    over_s: float = math.nan
    counted: int = 0
    repetition: Repetition | None = None
    stands: FiveStands | None = None
    score: SteadinessScore | None = None
    hold: HoldProgress | None = None
    hold_ended: HoldEnded | None = None
    gait: Gait | None = None
    timing: RelativeTiming | None = None
    reference: ToneReference | None = None
    tone: Tone | None = None
    rest: RestSet | None = None
    alert: BracingAlert | None = None

    @property
    def going_on(self) -> bool:
        """Whether a task was announced that is not over."""
        return bool(self.name) and math.isnan(self.over_s)

    @property
    def moving(self) -> bool:
        """Whether the trunk is asked to move just now."""
        return self.going_on and self.name in TASKS

    def hear(self, event: Event) -> None:
        """Take an event; those of no concern, and late ones of the task before, are passed over.

        Parameters
        ----------
        event : Event
            Anything decided.
        """
        match event:
            case CommandHeard(name="task"):
                self._announce(event)
            case Repetition(counted=True) if self._mine(event.task, event.start_s):
                self.counted, self.repetition = self.counted + 1, event
            case FiveStands() if event.start_s >= self.since_s - BEHIND_S:
                self.stands = event
            case SteadinessScore() if self._mine(event.task, event.start_s):
                self.score = event
            case HoldProgress() if self._mine(event.task, event.t_s - event.held_s):
                self.hold = event
            case HoldEnded() if self._mine(event.task, event.start_s):
                self.hold_ended = event
            case Gait() if self.name == "walk":
                self.gait = event
            case RelativeTiming() if event.task == self.name:
                self.timing = event
            case ToneReference():  # told when the next task has begun
                self.reference = event
            case Tone():
                self.tone = event
            case RestSet():
                self.rest = event
            case BracingAlert():
                self.alert = event if event.state == "begun" else None
            case _:
                pass

    def _announce(self, event: CommandHeard) -> None:
        name = str(event.argument("name") or "")
        if not name:
            self.over_s = event.decided_s if self.going_on else self.over_s
            return
        self.name, self.side = name, str(event.argument("side") or "")
        self.since_s, self.over_s = event.decided_s, math.nan
        self.counted, self.repetition, self.stands = 0, None, None
        self.score = self.hold = self.hold_ended = None
        self.gait = self.timing = None

    def _mine(self, task: str, start_s: float) -> bool:
        return task == self.name and start_s >= self.since_s - BEHIND_S
