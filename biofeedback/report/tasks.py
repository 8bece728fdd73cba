"""Every task of a session with what was read of it, in the words of the live view."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from biofeedback.core.results import CommandHeard, ToneReference
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.core.task_words import task_words
from biofeedback.session.task_now import BEHIND_S, TaskNow
from biofeedback.session.task_readings import TaskReading, task_cue, task_readings

__all__ = ["TaskDone", "tasks_done"]


@dataclass(frozen=True, slots=True)
class TaskDone:
    """One task that was announced.

    Parameters
    ----------
    start_s, end_s : float
        From when to when, s; the end is NaN when the recording ended first.
    name : str
        What it is called, with its side.
    readings : tuple of TaskReading
        What is known of it.
    cue : str
        What would have helped, or what became of a guided manoeuvre; empty when nothing was said.
    """

    start_s: float
    end_s: float
    name: str
    readings: tuple[TaskReading, ...]
    cue: str


def tasks_done(events: Sequence[Event], worn: Collection[Role]) -> list[TaskDone]:
    """List the tasks in the order they were announced.

    Parameters
    ----------
    events : sequence of Event
        Everything decided.
    worn : collection of Role
        What was worn.

    Returns
    -------
    tasks : list of TaskDone
    """
    tasks: list[TaskNow] = []
    before = TaskNow()  # rest and belly tone are known before a task
    for event in events:
        if isinstance(event, CommandHeard) and event.name == "task":
            if tasks and tasks[-1].going_on:
                tasks[-1].over_s = event.decided_s
            if event.argument("name"):
                tasks.append(TaskNow(tone=before.tone, rest=before.rest))
                tasks[-1].hear(event)
            continue
        before.hear(event)
        for task in _of(event, tasks):
            task.hear(event)
    return [
        TaskDone(
            task.since_s,
            task.over_s,
            ", ".join(part for part in (task_words(task.name), task.side) if part),
            task_readings(task, worn),
            task_cue(task),
        )
        for task in tasks
    ]


def _of(event: Event, tasks: Sequence[TaskNow]) -> Sequence[TaskNow]:
    """Return which task an event is of: late ones are of the one before."""
    if not tasks:
        return ()
    if isinstance(event, ToneReference):
        named = [task for task in tasks if task.name == f"tone_{event.manoeuvre}"]
        return named[-1:]
    start_s = getattr(event, "start_s", math.inf) if hasattr(event, "task") else math.inf
    late = len(tasks) > 1 and start_s < tasks[-1].since_s - BEHIND_S
    if late:
        return tasks[-2:-1]
    return tasks[-1:] if tasks[-1].going_on or hasattr(event, "task") else ()
