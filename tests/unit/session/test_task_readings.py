"""What is read of a task: numbers with their reasons, one cue."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.core.task_words import TASK_WORDS
from biofeedback.session.task_now import TaskNow
from biofeedback.session.task_readings import (
    TaskReading,
    task_cue,
    task_readings,
    tone_reading,
)
from tests.meta.source import PROJECT
from tests.unit.session.tasked import (
    alerted,
    announced,
    ended,
    progressed,
    repeated,
    rested,
    scored,
    timed,
    toned,
    walked,
)

BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)
ALL = (*BELTS, Role.BACK_IMU, Role.PELVIS_IMU, Role.THIGH_IMU, Role.ARM_IMU)
NAN = math.nan


def read(events: Sequence[Event], worn: Sequence[Role] = ALL) -> dict[str, TaskReading]:
    task = TaskNow()
    for event in events:
        task.hear(event)
    return {one.title: one for one in task_readings(task, worn)}


def test_before_a_task_there_is_nothing_to_read() -> None:
    assert read(()) == {}


@pytest.mark.parametrize("name", TASK_WORDS)
@pytest.mark.parametrize("worn", [(), (Role.PELVIS_IMU,), ALL])
def test_every_task_says_something_and_why_not_more(name: str, worn: tuple[Role, ...]) -> None:
    readings = read([announced(10, name)], worn)
    assert readings
    for one in readings.values():
        assert (PROJECT / "docs" / "metrics" / f"{one.page}.md").is_file()
        assert (one.text == "unknown") == (one.word == "unknown")
        assert bool(one.reason) or one.word == "good"


def test_repetitions_are_counted_with_the_range_of_the_last() -> None:
    events = [announced(10, "heel_slide"), *(repeated(20 + 4 * n, "heel_slide", n) for n in (6, 7))]
    found = read(events)
    assert found["Counted"] == TaskReading("Counted", "2", "", "repetition")
    assert (found["Last range"].text, found["Last range"].unit) == ("42", "°")
    assert found["Pelvis moved"].text == "3"
    alone = read(events, (Role.PELVIS_IMU,))
    assert alone["Counted"].word == "doubtful"
    assert read(events, BELTS)["Counted"].reason == "no sensor worn shows it"


def test_steadiness_and_breathing_stand_beside_what_they_make_together() -> None:
    found = read([rested(5), announced(10, "hold"), scored(20, "hold", 10)])
    assert [found[name].text for name in ("Steady", "Breathing", "Together")] == ["96", "80", "88"]


def test_what_is_not_known_of_steadiness_says_why() -> None:
    stiff = scored(20, "hold", 10, steady_pct=NAN, stiff=True)
    assert read([rested(5), announced(10, "hold"), stiff])["Steady"].reason == "stiff"
    unknown = scored(20, "hold", 10, breathing_pct=NAN)
    found = read([announced(10, "hold"), unknown])
    assert found["Breathing"].reason == "no rest was taken"
    assert found["Together"].reason == "no rest was taken"
    dropped = read([rested(5, breaths=0), announced(10, "hold"), unknown])
    assert dropped["Breathing"].reason == "no rest was taken"
    early = read([rested(5), announced(10, "hold"), unknown])
    assert early["Breathing"].reason == "first breaths"
    one = read([announced(10, "hold"), scored(20, "hold", 10)], (Role.PELVIS_IMU,))
    assert one["Breathing"].reason == "needs a belt"
    assert "Together" not in one


def test_a_hold_is_read_until_it_ends_and_then_what_became_of_it() -> None:
    begun = [announced(10, "hold")]
    assert (
        read([*begun, progressed(15, "hold", 5, NAN)])["From start"].reason == "first ten seconds"
    )
    assert read([*begun, progressed(30, "hold", 20, NAN)])["From start"].reason == "start not seen"
    assert read([*begun, progressed(30, "hold", 20, 64.0)])["From start"].text == "64"
    drift = ended(52, "hold", 42, drifted="trunk", reason="drift", time_to_drift_s=40.0)
    assert read([*begun, drift])["Drift after"] == TaskReading(
        "Drift after", "40", "s", "endurance", "good", "the trunk"
    )
    assert read([*begun, ended(52, "hold", 42)])["Held"].reason == "stopped"
    short = read([*begun, ended(15, "hold", 5, problem="short")])["Held"]
    assert short.word == "doubtful"
    assert short.reason == "too short to compare anything with its start"


def test_a_walk_is_read_in_steps() -> None:
    assert read([announced(10, "walk")])["Steps"].reason == "first ten seconds"
    assert read([announced(10, "walk"), walked(22, 104.2)])["Steps"].text == "104"
    assert (
        read([announced(10, "walk"), walked(22, NAN, "not_walking")])["Steps"].reason == "no steps"
    )


def test_belly_beside_arm_has_its_interval() -> None:
    task = announced(10, "arm_raise_fast")
    few = read([task, timed(40, "arm_raise_fast", NAN, 3)])
    assert few["Raises used"].text == "3 of 4"
    assert "five" in few["Belly after arm"].reason
    found = read([task, timed(60, "arm_raise_fast", -0.012, 8)])["Belly after arm"]
    assert (found.text, found.unit) == ("−12", "ms (−27 to 3)")


def test_belly_tone_is_in_quiet_breaths_or_says_why_not() -> None:
    assert tone_reading(None, ()).reason == "needs an abdominal belt"
    assert tone_reading(None, BELTS).reason == "first breaths"
    assert tone_reading(toned(5, NAN, "unclear", "quality"), BELTS).reason == "not trusted"
    assert tone_reading(toned(5, 0.02), BELTS).text == "0.0"
    drawn = tone_reading(toned(5, -0.62, "drawing_in"), BELTS)
    assert (drawn.text, drawn.word, drawn.reason) == ("−0.6", "good", "drawing in")
    assert tone_reading(toned(5, -0.2, "unclear", "alike"), BELTS).word == "doubtful"
    assert read([toned(5, 0.3), announced(10, "tone_brace")])["Belly breath"].text == "×0.90"


def test_the_cue_is_one_and_an_alert_comes_first() -> None:
    task = TaskNow()
    assert task_cue(task) == ""
    for event in (announced(10, "hold"), scored(20, "hold", 10, cue="let the trunk move less")):
        task.hear(event)
    assert task_cue(task) == "let the trunk move less"
    task.hear(alerted(22))
    assert task_cue(task) == "soften, keep breathing"
