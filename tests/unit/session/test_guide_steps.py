"""What is asked of a person."""

from __future__ import annotations

import pytest

from biofeedback.core.roles import Role
from biofeedback.session.guide_steps import BREATHING, SAFETY, STEPS, steps_for
from biofeedback.signal.alignment import STILL_S
from biofeedback.signal.calibration_steps import STEP_S
from biofeedback.signal.tap_check import WATCHED_S

BELTS = {Role.CHEST_BELT, Role.ABDOMEN_BELT}


def parts(worn: set[Role]) -> set[str]:
    return {step.part for step in steps_for(worn)}


def test_only_what_the_sensors_can_answer_is_asked_for() -> None:
    assert steps_for(()) == ()
    assert parts({Role.CHEST_BELT}) == set()
    assert parts({Role.THIGH_IMU}) == set()
    assert parts({Role.PELVIS_IMU}) == {"trunk"}
    assert parts({Role.ABDOMEN_BELT}) == {"tone"}
    assert parts(BELTS) == {"breathing", "timing", "tone"}
    assert steps_for({*BELTS, Role.BACK_IMU}) == STEPS


def test_every_step_of_the_instrument_is_asked_for_in_its_order() -> None:
    assert tuple(step.name for step in STEPS if step.part == "breathing") == BREATHING
    for step in STEPS:
        commands = [cue.command for cue in step.cues if cue.command]
        assert commands == {"bows": ["still", "bow"], "coughs": ["tap_check"]}.get(
            step.name, [step.name]
        )


def test_the_trunk_comes_before_the_belts() -> None:
    """Whoever gets up afterwards would lose the calibration."""
    assert [step.part for step in STEPS] == sorted(
        (step.part for step in STEPS), key=["trunk", "breathing", "timing", "tone"].index
    )


def test_steps_last_as_long_as_the_instrument_needs() -> None:
    last = {step.name: step.seconds for step in STEPS}
    assert all(last[name] == STEP_S[name] for name in BREATHING)
    assert last["coughs"] == WATCHED_S
    (bows,) = (step for step in STEPS if step.name == "bows")
    assert bows.cues[1].at_s > STILL_S


def test_no_hold_is_longer_than_ten_seconds_and_it_follows_a_normal_breath_out() -> None:
    (held,) = (step for step in STEPS if step.name == "isovolume")
    before, hold, after = held.cues
    assert "out normally" in before.words
    assert after.at_s - hold.at_s <= 10.0
    assert "Breathe on" in after.words
    assert "forced" in SAFETY
    assert "dizzy" in SAFETY


@pytest.mark.parametrize(("elapsed_s", "number", "until_s"), [(0, 0, 5), (5, 1, 15), (19, 2, 20)])
def test_each_moment_has_its_sentence(elapsed_s: float, number: int, until_s: float) -> None:
    (held,) = (step for step in STEPS if step.name == "isovolume")
    assert held.cue(elapsed_s) is held.cues[number]
    assert held.until_s(elapsed_s) == until_s
