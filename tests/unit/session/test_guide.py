"""From step to step by the instrument's answers, which are made by hand here."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest

from biofeedback.core.donning import Problem
from biofeedback.core.entry import Command
from biofeedback.core.results import BreathCycle
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.session.guide import PATIENCE_S, Guide, lag_words
from biofeedback.session.guide_steps import BREATHING, TONE_S
from tests.unit.session.guided_events import (
    aligned,
    answered,
    begun,
    calibrated,
    ended,
    lag,
    refused,
    taught,
)
from tests.unit.signal.test_separation import breaths

BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)
KIT = (*BELTS, Role.PELVIS_IMU)


class Led:
    """A guide, and the time."""

    def __init__(self, worn: Iterable[Role] = BELTS) -> None:
        self.guide = Guide(tuple(worn), "sitting")
        self.now_ns = 10**9

    @property
    def at(self) -> tuple[str, str]:
        step = self.guide.step
        return (step.name if step else "", self.guide.phase)

    def begin(self) -> list[tuple[str, object]]:
        return told(self.guide.begin(self.now_ns))

    def wait(self, seconds: float) -> list[tuple[str, object]]:
        self.now_ns += round(seconds * 1e9)
        return told(self.guide.tick(self.now_ns))

    def hear(self, *events: Event) -> list[tuple[str, object]]:
        return told(self.guide.hear(events, self.now_ns))

    def do(self, name: str, problem: Problem | None = None) -> list[tuple[str, object]]:
        """Do a step of the belts from begin to answer."""
        assert self.at == (name, "ready")
        self.begin()
        assert self.guide.step is not None
        self.wait(self.guide.step.seconds)
        return self.hear(answered(name, problem))  # type: ignore[arg-type]

    def do_all(self) -> list[tuple[str, object]]:
        *_, last = (self.do(name) for name in BREATHING)
        return last


def told(commands: Iterable[Command]) -> list[tuple[str, object]]:
    return [(command.name, command.arguments.get("step")) for command in commands]


def test_a_step_is_begun_ended_and_waits_for_its_answer() -> None:
    led = Led()
    assert led.at == ("quiet", "ready")
    commands = led.guide.begin(led.now_ns)
    assert commands == (Command(led.now_ns, "calibrate", {"step": "quiet", "posture": "sitting"}),)
    assert led.guide.elapsed_s(led.now_ns + 4 * 10**9) == 4.0
    assert led.wait(29.9) == []
    assert led.wait(0.2) == [("calibrate", "pause")]
    assert led.at == ("quiet", "waiting")
    assert led.wait(1.0) == []
    assert led.hear(answered("quiet")) == []
    assert led.at == ("deep", "ready")
    assert led.guide.said is not None
    assert led.guide.said.well
    assert led.guide.elapsed_s(led.now_ns) == 0.0


def test_all_steps_well_done_are_finished_and_the_result_is_kept() -> None:
    led = Led()
    assert led.guide.left_s() == 165.0 + 3 * TONE_S
    assert led.do_all() == [("calibrate", "finish")]
    assert led.at == ("belly_led", "waiting")
    led.hear(calibrated())
    assert led.guide.result == calibrated()
    assert led.at == ("coughs", "ready")
    assert led.begin() == [("tap_check", None)]
    assert led.wait(10.0) == []
    led.hear(lag("abdomen_belt"))
    for name in ("relax", "draw_in", "brace"):
        assert led.at == (f"tone_{name}", "ready")
        led.begin()
        led.wait(TONE_S)
        led.hear(taught(name))
    assert led.at == ("", "over")
    assert led.guide.left_s() == 0.0
    assert led.begin() == led.wait(1.0) == []
    assert led.guide.elapsed_s(led.now_ns) == 0.0


def test_a_manoeuvre_of_the_belly_is_a_task_that_ends_and_may_have_to_be_repeated() -> None:
    led = Led((Role.ABDOMEN_BELT,))
    assert led.at == ("tone_relax", "ready")
    (begun,) = led.guide.begin(led.now_ns)
    assert (begun.name, begun.arguments) == ("task", {"name": "tone_relax"})
    led.now_ns += round(TONE_S * 1e9)
    (ended,) = led.guide.tick(led.now_ns)
    assert (ended.name, ended.arguments) == ("task", {"name": ""})
    led.hear(taught("draw_in"))  # late, of another
    assert led.at == ("tone_relax", "waiting")
    led.hear(taught("relax", "too_few_breaths"))
    assert led.at == ("tone_relax", "ready")
    assert led.guide.said is not None
    assert led.guide.said.words == "Relax too_few_breaths."
    led.begin()
    led.wait(TONE_S)
    led.hear(taught("relax"))
    assert led.at == ("tone_draw_in", "ready")


def test_a_step_that_was_not_accepted_is_asked_for_again_with_the_reason() -> None:
    led = Led()
    led.do("quiet", "too_few_breaths")
    assert led.at == ("quiet", "ready")
    assert led.guide.said is not None
    assert led.guide.said.words == "quiet too_few_breaths"
    assert led.guide.outcomes == {}
    led.do("quiet")
    assert led.at == ("deep", "ready")


@pytest.mark.parametrize(
    ("problem", "back"), [("alike", "chest_led"), ("unsteady", "chest_led"), ("swapped", "quiet")]
)
def test_some_problems_ask_for_more_than_one_step(problem: Problem, back: str) -> None:
    led = Led()
    for name in BREATHING[:-1]:
        led.do(name)
    led.do("belly_led", problem)
    assert led.at == (back, "ready")
    assert tuple(led.guide.outcomes) == BREATHING[: BREATHING.index(back)]  # type: ignore[arg-type]


def test_estimates_that_disagree_ask_for_three_steps() -> None:
    led = Led()
    led.do_all()
    led.hear(refused("disagree"))
    assert led.at == ("isovolume", "ready")
    for name in BREATHING[2:]:
        last = led.do(name)
    assert last == [("calibrate", "finish")]
    led.hear(calibrated())
    assert led.guide.result is not None


def test_a_step_left_out_leaves_the_belts_uncalibrated_and_can_be_made_up_for() -> None:
    led = Led()
    led.do("quiet")
    led.do("deep")
    assert led.guide.skip(led.now_ns) == ()
    assert led.do("chest_led") == []
    assert led.do("belly_led") == []
    assert led.at == ("coughs", "ready")
    led.guide.choose("isovolume")
    assert led.do("isovolume") == [("calibrate", "finish")]


def test_a_step_that_goes_on_is_ended_when_it_is_left_out_or_broken_off() -> None:
    led = Led()
    led.begin()
    assert told(led.guide.stop(led.now_ns)) == [("calibrate", "pause")]
    assert led.at == ("quiet", "ready")
    led.begin()
    led.hear(answered("quiet", "too_few_breaths"))  # of the first try: late
    assert led.at == ("quiet", "going")
    assert told(led.guide.skip(led.now_ns)) == [("calibrate", "pause")]
    assert led.at == ("deep", "ready")
    assert led.guide.stop(led.now_ns) == ()


def test_without_an_answer_it_says_so() -> None:
    led = Led()
    led.begin()
    led.wait(30.0)
    assert led.guide.skip(led.now_ns) == ()  # the answer is due
    led.wait(PATIENCE_S + 0.1)
    assert led.at == ("quiet", "ready")
    assert led.guide.said is not None
    assert "no answer" in led.guide.said.words


def test_without_an_answer_to_the_finish_the_last_step_is_asked_for_again() -> None:
    led = Led()
    led.do_all()
    led.wait(PATIENCE_S + 0.1)
    assert led.at == ("belly_led", "ready")
    assert led.do("belly_led") == [("calibrate", "finish")]


def test_belts_that_move_meanwhile_begin_it_anew() -> None:
    led = Led()
    led.do("quiet")
    led.begin()
    led.hear(refused("belts_changed"))
    assert led.at == ("quiet", "ready")
    assert led.wait(60.0) == []


def test_a_calibration_that_holds_no_longer_is_asked_for_again_and_comes_back() -> None:
    led = Led()
    led.do_all()
    led.hear(calibrated())
    for _ in range(4):
        led.guide.skip(led.now_ns)
    assert led.at == ("", "over")
    led.hear(ended())
    assert led.at == ("quiet", "ready")
    assert led.guide.result is None
    led.hear(calibrated(resumed=True))
    assert led.at == ("", "over")
    assert led.guide.result is not None


def test_what_was_finished_is_done_anew_from_the_beginning() -> None:
    led = Led()
    led.do_all()
    led.hear(calibrated())
    led.guide.choose("chest_led")
    assert led.at == ("quiet", "ready")
    led.begin()
    led.guide.choose("coughs")  # not while a step goes on
    assert led.at == ("quiet", "going")


def test_the_trunk_is_told_to_stand_to_bow_and_each_sensor_answers() -> None:
    led = Led((*KIT, Role.BACK_IMU, Role.THIGH_IMU))
    assert led.at == ("bows", "ready")
    assert led.begin() == [("align", "still")]
    assert led.wait(6.0) == [("align", "bow")]
    assert led.wait(18.0) == [("align", "finish")]
    led.hear(aligned("pelvis_imu"), aligned("thigh_imu", ok=False))
    assert led.at == ("bows", "waiting")
    led.hear(aligned("back_imu", ok=False))
    assert led.at == ("bows", "ready")
    assert led.guide.said is not None
    assert led.guide.said.words == "Back sensor: 1 bows were seen."
    led.begin()
    led.wait(24.0)
    led.hear(aligned("pelvis_imu"), aligned("back_imu"))
    assert led.guide.outcomes["bows"].well
    assert led.at == ("quiet", "ready")


def test_a_broken_off_bow_is_ended() -> None:
    led = Led((Role.PELVIS_IMU,))
    led.begin()
    assert told(led.guide.stop(led.now_ns)) == [("align", "finish")]


def test_times_that_are_not_known_are_asked_for_again() -> None:
    led = Led(BELTS)
    for _ in BREATHING:
        led.guide.skip(led.now_ns)
    assert led.at == ("coughs", "ready")
    led.begin()
    led.wait(10.0)
    led.hear(lag("abdomen_belt", reason="it felt no jolt"), lag("pelvis_imu"))
    assert led.at == ("coughs", "ready")
    assert len(led.guide.lags) == 2
    assert led.guide.outcomes.keys() == set(BREATHING)


def test_breaths_of_the_step_are_counted() -> None:
    led = Led()
    led.do("quiet")
    led.begin()
    seen = [event for event in breaths(1.0, 6) if isinstance(event, BreathCycle)]
    led.hear(*seen)
    assert led.guide.breaths == 0  # not known yet when it began
    led.hear(begun("deep", seen[2].onset_s))
    led.hear(*(dataclasses.replace(one) for one in seen))
    assert led.guide.breaths == 4
    led.guide.stop(led.now_ns)
    led.begin()
    assert led.guide.breaths == 0


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (lag("abdomen_belt", 0.1, 0.02), "Abdomen belt: 100 ± 40 ms later than the chest belt."),
        (lag("pelvis_imu", -0.1), "Pelvis sensor: 100 ± 40 ms earlier than the chest belt."),
        (lag("pelvis_imu", 0.01), "Pelvis sensor: in time with the chest belt, to ± 40 ms."),
        (lag("pelvis_imu", reason="no jolt"), "Pelvis sensor: not known, no jolt."),
    ],
)
def test_a_lag_in_words(event: object, words: str) -> None:
    assert lag_words(event) == words  # type: ignore[arg-type]


def test_nothing_worn_is_over_at_once() -> None:
    assert Led(()).at == ("", "over")
