"""A guided calibration, as the screen shows it. Pure, and without Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from biofeedback.gui.states import QualityWord
from biofeedback.session.guide import LEFT_OUT, Guide, Phase
from biofeedback.session.guide_steps import SAFETY, GuideStep, Part
from biofeedback.session.last_calibration import Comparison

__all__ = ["CalibrateState", "KnownLine", "StepLine", "StepMark", "present_calibrate"]

StepMark = Literal["done", "now", "to_do", "again", "left_out"]
KNOWN: dict[Part, tuple[str, str]] = {
    "trunk": ("Which way is forward", "each motion sensor is taken to sit straight"),
    "breathing": ("How chest and belly compare", "no share of the belly in per cent"),
    "timing": ("Whether all sensors keep the same time", "times are taken as they come"),
    "tone": ("What your belly does when it is held", "belly tone goes by usual values"),
}
"""What the steps of a part tell together, and what is so without them."""
NOTHING = "It takes two belts, or a motion sensor on the trunk: put them on under Sensors."


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step in the list.

    Parameters
    ----------
    name : str
        As the guide calls it.
    number : int
        Its place, from 1.
    title, length : str
        What is asked for, and how long.
    mark : {"done", "now", "to_do", "again", "left_out"}
        How it stands.
    words : str
        How it went; empty before.
    """

    name: str
    number: int
    title: str
    length: str
    mark: StepMark
    words: str


@dataclass(frozen=True, slots=True)
class KnownLine:
    """One thing that calibrating tells.

    Parameters
    ----------
    word : {"good", "doubtful", "unknown", "lost"}
        Its mark.
    title, words : str
        What it is; what is known, or what it needs.
    """

    word: QualityWord
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class CalibrateState:
    """What the page shows.

    Parameters
    ----------
    phase : {"ready", "going", "waiting", "over"}
        Of the step.
    sentence : str
        The one thing to do.
    detail : str
        Why it is asked for, or what was not well.
    seconds : str
        Left of what is to be done now; empty unless it goes on.
    part : float
        Of the step that is over, 0 to 1.
    counted, asked : int
        Breaths seen, and how many are asked for; 0 where they are not counted.
    steps : tuple of StepLine
        All of them.
    known : tuple of KnownLine
        What is known so far.
    comparable : KnownLine
        Whether it compares with last time.
    again : bool
        The step is to be repeated, or left out.
    left : str
        How long all that is open takes.
    """

    phase: Phase
    sentence: str
    detail: str
    seconds: str
    part: float
    counted: int
    asked: int
    steps: tuple[StepLine, ...]
    known: tuple[KnownLine, ...]
    comparable: KnownLine
    again: bool
    left: str


def present_calibrate(guide: Guide, comparison: Comparison | None, now_ns: int) -> CalibrateState:
    """Present where a calibration is.

    Parameters
    ----------
    guide : Guide
        It.
    comparison : Comparison or None
        With last time.
    now_ns : int
        Now.

    Returns
    -------
    state : CalibrateState
    """
    step, elapsed_s = guide.step, guide.elapsed_s(now_ns)
    again = guide.phase == "ready" and guide.said is not None and not guide.said.well
    again = again and guide.said is not None and guide.said.words != LEFT_OUT
    sentence, detail, seconds, part = _said(guide, elapsed_s, again), "", "", 0.0
    if step is None:
        detail = "" if guide.steps else NOTHING
    elif guide.phase == "going":
        seconds = f"{math.ceil(step.until_s(elapsed_s) - elapsed_s):d}"
        part = elapsed_s / step.seconds
    elif again and guide.said is not None:
        detail = f"{guide.said.words} Once more?"
    elif guide.phase == "ready":
        detail = step.why if guide.outcomes else f"{step.why}\n{SAFETY}"
    left_s = guide.left_s()
    asked = [part for part in KNOWN if any(one.part == part for one in guide.steps)]
    return CalibrateState(
        guide.phase,
        sentence,
        detail,
        seconds,
        part,
        guide.breaths if guide.phase == "going" else 0,
        step.breaths if step is not None else 0,
        tuple(_line(guide, number, one, again) for number, one in enumerate(guide.steps, 1)),
        tuple(_known(guide, part, again) for part in asked),
        _comparable(guide, comparison),
        again,
        f"About {max(1, round(left_s / 60.0))} min left." if left_s else "",
    )


def _said(guide: Guide, elapsed_s: float, again: bool) -> str:
    step = guide.step
    if step is None:
        return "That is all." if guide.steps else "Nothing to calibrate."
    if guide.phase == "waiting":
        return "One moment…"
    if guide.phase == "going":
        return step.cue(elapsed_s).words
    return step.title if not again else f"{step.title}: not yet."


def _line(guide: Guide, number: int, step: GuideStep, again: bool) -> StepLine:
    outcome = guide.outcomes.get(step.name)
    mark: StepMark = "to_do"
    words = "" if outcome is None else outcome.words
    if guide.step is not None and step.name == guide.step.name:
        mark = "again" if again else "now"
    elif outcome is not None:
        mark = "done" if outcome.well else "left_out"
    count = f"{step.breaths} breaths" if step.breaths else ""
    length = " · ".join(one for one in (f"{step.seconds:.0f} s", count) if one)
    return StepLine(step.name, number, step.title, length, mark, words)


def _known(guide: Guide, part: Part, again: bool) -> KnownLine:
    title, without = KNOWN[part]
    steps = [step for step in guide.steps if step.part == part]
    outcomes = [guide.outcomes.get(step.name) for step in steps]
    if part == "breathing" and guide.result is not None:
        return KnownLine("good", title, guide.result.words)
    if all(outcome is not None and outcome.well for outcome in outcomes) and part != "breathing":
        return KnownLine("good", title, " ".join(o.words for o in outcomes if o is not None))
    if any(outcome is not None and not outcome.well for outcome in outcomes):
        return KnownLine("unknown", title, f"Left out: {without}.")
    if again and guide.step in steps:
        return KnownLine("unknown", title, f"Not yet. Without this step: {without}.")
    needs = sum(outcome is None for outcome in outcomes)
    return KnownLine("unknown", title, f"Not yet: needs {needs} more step{'s' * (needs > 1)}.")


def _comparable(guide: Guide, comparison: Comparison | None) -> KnownLine:
    if not any(step.part == "breathing" for step in guide.steps):
        return KnownLine("unknown", "Not known", "Only two belts can be compared with last time.")
    if comparison is None:
        return KnownLine("unknown", "Not yet known", "It is compared once chest and belly are.")
    if comparison.alike is None:
        return KnownLine("unknown", "Nothing to compare with", comparison.words)
    if comparison.alike:
        return KnownLine("good", "Yes", comparison.words)
    return KnownLine("doubtful", "No", comparison.words)
