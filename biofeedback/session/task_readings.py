"""What is read of the task that is going on: a few numbers and one cue, the same for every view."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from biofeedback.core.capability import ways
from biofeedback.core.endurance_words import PROBLEMS, REASONS
from biofeedback.core.results import HoldEnded, SteadinessScore, Tone
from biofeedback.core.roles import Role
from biofeedback.core.tone_results import TONE_WORDS, ToneReason
from biofeedback.session.task_now import TaskNow
from biofeedback.signal.steadiness import HOLDS
from biofeedback.signal.tasks import TASKS

__all__ = ["TONE_WHY", "TaskReading", "task_cue", "task_readings", "tone_reading"]

TONE_WHY: dict[ToneReason, str] = {
    "": "",
    "no_rest": "no rest was taken",
    "donned": "belt put on anew, take a rest",
    "slip": "belt slipped, take a rest",
    "posture": "no rest in this posture",
    "quality": "not trusted",
    "alike": "two patterns are alike",
    "between": "like no pattern",
    "belt_type": "unknown kind of belt",
    "held_in": "breath held in",
}
"""Why belly tone is not known, in words."""
NO_BELT = "needs a belt"
NO_TRUNK = "needs a motion sensor on the trunk"


@dataclass(frozen=True, slots=True)
class TaskReading:
    """One number of a task, with its quality.

    Parameters
    ----------
    title : str
        What it is.
    text, unit : str
        The number, or "unknown"; its unit.
    page : str
        Its page in ``docs/metrics``, without ending.
    word : {"good", "doubtful", "unknown"}
        How far it can be trusted.
    reason : str
        Why not further; empty when good.
    """

    title: str
    text: str
    unit: str
    page: str
    word: Literal["good", "doubtful", "unknown"] = "good"
    reason: str = ""


def task_readings(task: TaskNow, worn: Collection[Role]) -> tuple[TaskReading, ...]:
    """Say what is known of a task: only what belongs to it, and why something is not known.

    Parameters
    ----------
    task : TaskNow
        The task.
    worn : collection of Role
        What is worn.

    Returns
    -------
    readings : tuple of TaskReading
        Empty before the first task.
    """
    name = task.name
    readings: list[TaskReading] = []
    if name in TASKS and TASKS[name].angles:
        readings += _repetitions(task, worn)
    if name in HOLDS:
        readings += _hold(task, worn)
    if name in HOLDS or (name in TASKS and TASKS[name].leg_load):
        readings += _steadiness(task, worn)
    if name == "walk":
        readings.append(_steps(task, worn))
    if name.startswith("arm_raise"):
        readings += _timing(task, worn)
    if name.startswith("tone_"):
        readings += _belly(task, worn)
    return tuple(readings)


def task_cue(task: TaskNow) -> str:
    """Say the one thing that would help most now; an alert before anything else.

    Parameters
    ----------
    task : TaskNow
        The task.

    Returns
    -------
    words : str
        Empty when there is nothing to say.
    """
    if task.alert is not None:
        return task.alert.cue
    if task.name.startswith("tone_") and task.reference is not None:
        return task.reference.words
    return task.score.cue if task.score is not None else ""


def tone_reading(tone: Tone | None, worn: Collection[Role]) -> TaskReading:
    """Say how the belly is held, of the last breath.

    Parameters
    ----------
    tone : Tone or None
        Of that breath.
    worn : collection of Role
        What is worn.

    Returns
    -------
    reading : TaskReading
        In breaths at rest, 0 as at rest.
    """
    title, unit, page = "Belly tone", "× quiet breath", "belly_tone"
    if Role.ABDOMEN_BELT not in worn:
        return TaskReading(title, "unknown", "", page, "unknown", "needs an abdominal belt")
    if tone is None or math.isnan(tone.tonic):
        why = "first breaths" if tone is None else TONE_WHY[tone.reason]
        return TaskReading(title, "unknown", "", page, "unknown", why)
    if tone.pattern == "unclear":
        why = TONE_WHY[tone.reason]
        return TaskReading(title, _signed(tone.tonic), unit, page, "doubtful", why)
    return TaskReading(title, _signed(tone.tonic), unit, page, "good", TONE_WORDS[tone.pattern])


def _repetitions(task: TaskNow, worn: Collection[Role]) -> list[TaskReading]:
    found = TASKS[task.name]
    angle = found.angle(worn)
    if angle is None:
        why = "no sensor worn shows it"
        return [TaskReading("Counted", "unknown", "", "repetition", "unknown", why)]
    row = "leg exercises counted" if found.leg_load else "bends, lifts and stands counted"
    way = ways(worn)["bridges counted" if task.name == "bridge" else row]
    caveat = way.caveat if way is not None else ""
    counted = TaskReading(
        "Counted", str(task.counted), "", "repetition", "doubtful" if caveat else "good", caveat
    )
    last = task.repetition
    readings = [counted]
    if last is not None:
        readings.append(TaskReading("Last range", f"{last.rom_deg:.0f}", "°", "repetition"))
        if found.leg_load:
            readings.append(
                _number("Pelvis moved", last.deviation_deg, "°", "repetition", "hidden")
            )
    if task.stands is not None:
        seated = f"{task.stands.seated_s:.1f}"
        readings.append(TaskReading("Five stands", seated, "s", "repetition"))
    return readings


def _hold(task: TaskNow, worn: Collection[Role]) -> list[TaskReading]:
    if task.hold_ended is not None:
        return [_ended(task.hold_ended)]
    if ways(worn)["how long a hold lasts"] is None:
        return [TaskReading("From start", "unknown", "", "endurance", "unknown", NO_TRUNK)]
    hold = task.hold
    if hold is None or math.isnan(hold.trunk_pct):
        why = "first ten seconds" if hold is None or hold.held_s < 12 else "start not seen"
        return [TaskReading("From start", "unknown", "", "endurance", "unknown", why)]
    readings = [_number("From start", hold.trunk_pct, "% of limit", "endurance", "not trusted")]
    if math.isfinite(hold.belly_pct):
        readings.append(_number("Belly", hold.belly_pct, "% of limit", "endurance", ""))
    return readings


def _ended(hold: HoldEnded) -> TaskReading:
    if hold.problem:
        why = PROBLEMS[hold.problem]
        return TaskReading("Held", f"{hold.held_s:.0f}", "s", "endurance", "doubtful", why)
    if hold.drifted:
        text = f"{hold.time_to_drift_s:.0f}"
        if not hold.sure:
            near = f"the {hold.drifted}, at its very limit"
            return TaskReading("Drift after", text, "s", "endurance", "doubtful", near)
        return TaskReading("Drift after", text, "s", "endurance", "good", f"the {hold.drifted}")
    return TaskReading("Held", f"{hold.held_s:.0f}", "s", "endurance", "good", REASONS[hold.reason])


def _steadiness(task: TaskNow, worn: Collection[Role]) -> list[TaskReading]:
    score, table = task.score, ways(worn)
    if table["steadiness in a task"] is None:
        return [TaskReading("Steady", "unknown", "", "steadiness", "unknown", NO_TRUNK)]
    if score is None:
        return [TaskReading("Steady", "unknown", "", "steadiness", "unknown", "first seconds")]
    steady = _number(
        "Steady", score.steady_pct, "%", "steadiness", "stiff" if score.stiff else "not trusted"
    )
    if table["steadiness while breathing"] is None:
        return [steady, TaskReading("Breathing", "unknown", "", "steadiness", "unknown", NO_BELT)]
    breathing = _number(
        "Breathing", score.breathing_pct, "%", "steadiness", _no_breathing(task, score)
    )
    why = breathing.reason or steady.reason
    return [steady, breathing, _number("Together", score.swr_pct, "%", "steadiness", why)]


def _no_breathing(task: TaskNow, score: SteadinessScore) -> str:
    if task.rest is None or not task.rest.breaths:
        return "no rest was taken"
    return "first breaths" if score.state == "so_far" else "no whole breath"


def _steps(task: TaskNow, worn: Collection[Role]) -> TaskReading:
    if ways(worn)["step rate"] is None:
        return TaskReading("Steps", "unknown", "", "walk", "unknown", NO_TRUNK)
    if task.gait is None:
        return TaskReading("Steps", "unknown", "", "walk", "unknown", "first ten seconds")
    why = {"": "", "quality": "not trusted", "not_walking": "no steps"}[task.gait.problem]
    return _number("Steps", task.gait.step_rate_per_min, "per min", "walk", why)


def _timing(task: TaskNow, worn: Collection[Role]) -> list[TaskReading]:
    if ways(worn)["timing of belly beside arm"] is None:
        why = "needs an abdominal belt and a motion sensor on the arm"
        return [TaskReading("Belly after arm", "unknown", "", "onset_timing", "unknown", why)]
    timing = task.timing
    if timing is None:
        why = "first raise"
        return [TaskReading("Belly after arm", "unknown", "", "onset_timing", "unknown", why)]
    used = TaskReading("Raises used", f"{timing.usable} of {timing.trials}", "", "onset_timing")
    if math.isnan(timing.delay_s):
        why = timing.reason
        late = TaskReading("Belly after arm", "unknown", "", "onset_timing", "unknown", why)
    else:
        low, high = (f"{1000 * end:.0f}".replace("-", "−") for end in (timing.low_s, timing.high_s))
        text = _signed(1000 * timing.delay_s, "+.0f")
        late = TaskReading("Belly after arm", text, f"ms ({low} to {high})", "onset_timing")
    return [used, late]


def _belly(task: TaskNow, worn: Collection[Role]) -> list[TaskReading]:
    readings = [tone_reading(task.tone, worn)]
    if task.tone is not None and math.isfinite(task.tone.phasic):
        text = f"×{task.tone.phasic:.2f}"
        readings.append(TaskReading("Belly breath", text, "quiet breath", "belly_tone"))
    return readings


def _number(title: str, value: float, unit: str, page: str, why: str) -> TaskReading:
    if math.isnan(value):
        return TaskReading(title, "unknown", "", page, "unknown", why)
    return TaskReading(title, f"{value:.0f}", unit, page)


def _signed(value: float, form: str = "+.1f") -> str:
    text = format(value, form)
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")
