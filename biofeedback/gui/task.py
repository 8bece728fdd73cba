"""The task that is going on, as a screen shows it. Pure, and without Qt."""

from __future__ import annotations

from biofeedback.core.task_words import task_words
from biofeedback.gui.motion import clock_words
from biofeedback.gui.states import TaskState
from biofeedback.session.live import Live
from biofeedback.session.task_readings import task_cue, task_readings

__all__ = ["present_task"]


def present_task(live: Live) -> TaskState:
    """Present the task that is going on, or the one that was last.

    Parameters
    ----------
    live : Live
        What is known.

    Returns
    -------
    state : TaskState
    """
    task = live.task
    words = ""
    if task.name:
        until_s = live.now_s if task.going_on else task.over_s
        parts = [task_words(task.name), task.side, clock_words(max(0.0, until_s - task.since_s))]
        words = " · ".join(part for part in (*parts, "" if task.going_on else "over") if part)
    name = task.name if task.going_on else ""
    return TaskState(name, words, task_cue(task), task_readings(task, live.worn))
