"""A calibration in words: one thing at a time, and what stays unknown."""

from __future__ import annotations

from collections.abc import Collection

from biofeedback.core.donning import Problem
from biofeedback.core.roles import Role
from biofeedback.gui.calibrate import CalibrateState, present_calibrate
from biofeedback.session.guide import Guide
from biofeedback.session.guide_steps import SAFETY
from biofeedback.session.last_calibration import Comparison
from tests.unit.session.guided_events import answered, begun, calibrated

BELTS = (Role.CHEST_BELT, Role.ABDOMEN_BELT)
S = 1_000_000_000


def shown(guide: Guide, now_s: float = 0.0) -> CalibrateState:
    return present_calibrate(guide, None, round(now_s * S))


def quiet(worn: Collection[Role] = BELTS, problem: Problem | None = None) -> Guide:
    """A guide whose first step of the belts was answered."""
    guide = Guide(worn)
    guide.begin(0)
    guide.tick(31 * S)
    guide.hear([answered("quiet", problem)], 32 * S)
    return guide


def test_nothing_worn_says_what_it_takes() -> None:
    state = shown(Guide(()))
    assert state.sentence == "Nothing to calibrate."
    assert "two belts" in state.detail
    assert state.steps == ()


def test_before_it_begins_it_says_what_the_step_is_for_and_how_long_all_takes() -> None:
    state = shown(Guide(BELTS))
    assert state.sentence == "Quiet breathing"
    assert "measure for all that follows" in state.detail
    assert SAFETY in state.detail
    assert SAFETY not in shown(quiet(), 40).detail
    assert (state.seconds, state.part) == ("", 0.0)
    assert [step.mark for step in state.steps] == ["now", *["to_do"] * 8]
    assert state.left == "About 5 min left."
    assert [line.word for line in state.known] == ["unknown"] * 3
    assert state.known[0].words == "Not yet: needs 5 more steps."


def test_while_it_goes_on_there_is_one_sentence_and_the_time_left() -> None:
    guide = Guide(BELTS)
    guide.begin(0)
    state = shown(guide, 9.2)
    assert state.sentence == "Breathe quietly, as if nobody looked."
    assert (state.seconds, round(state.part, 2), state.detail) == ("21", 0.31, "")
    guide.tick(31 * S)
    assert shown(guide, 31).sentence == "One moment…"


def test_breaths_are_counted_where_they_are_asked_for() -> None:
    guide = quiet()
    guide.begin(40 * S)
    guide.hear([begun("deep")], 41 * S)
    state = shown(guide, 42)
    assert (state.counted, state.asked) == (0, 3)
    assert state.steps[0].mark == "done"
    assert state.steps[0].words == "quiet done"


def test_a_step_that_was_not_well_is_asked_for_once_more_and_may_be_left_out() -> None:
    guide = quiet(problem="too_few_breaths")
    state = shown(guide, 40)
    assert state.again
    assert state.steps[0].mark == "again"
    assert state.detail == "quiet too_few_breaths Once more?"
    assert state.known[0].words == "Not yet. Without this step: no share of the belly in per cent."
    guide.skip(41 * S)
    state = shown(guide, 42)
    assert not state.again
    assert state.steps[0].mark == "left_out"
    assert state.known[0].words == "Left out: no share of the belly in per cent."


def test_what_is_known_in_the_end_and_whether_it_compares() -> None:
    guide = Guide(BELTS)
    guide.hear([calibrated()], S)
    for alike, title, word in (
        (None, "Nothing to compare with", "unknown"),
        (True, "Yes", "good"),
        (False, "No", "doubtful"),
    ):
        state = present_calibrate(guide, Comparison(alike, "because"), S)
        assert state.known[0].words == "Calibrated."
        line = state.comparable
        assert (line.title, line.word, line.words) == (title, word, "because")
    assert shown(Guide((Role.PELVIS_IMU,))).comparable.title == "Not known"
