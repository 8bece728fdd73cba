from __future__ import annotations

import dataclasses
import math
from typing import Literal

import numpy as np
import pytest

from biofeedback.core.donning import (
    BeltPolarity,
    BeltsChanged,
    CalibrationDone,
    CalibrationEnded,
    CalibrationFailed,
    CalibrationStep,
)
from biofeedback.core.roles import Reason
from biofeedback.core.stream import Chunk, Event
from biofeedback.signal.calibration import Calibration
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.guided import STEPS, Guided


def run(guided: Guided, chunk: Chunk | None = None) -> list[Event]:
    pipeline = Pipeline([Calibration()])
    chunk = guided.table() if chunk is None else chunk
    pipeline.bind(chunk.info)
    return pipeline.process(chunk, guided.events(chunk))[1]


def steps(events: list[Event], state: str) -> list[CalibrationStep]:
    return [e for e in events if isinstance(e, CalibrationStep) and e.state == state]


def done(events: list[Event]) -> CalibrationDone:
    (found,) = (event for event in events if isinstance(event, CalibrationDone))
    return found


def failed(events: list[Event]) -> CalibrationFailed:
    (found,) = (event for event in events if isinstance(event, CalibrationFailed))
    return found


def changed(at_s: float, reason: Literal["donned", "slip", "posture"], posture: int) -> Event:
    return BeltsChanged(
        t_s=at_s,
        decided_s=at_s,
        arrival_s=at_s + 0.3,
        reason=reason,
        role="",
        posture=posture,
        words="",
    )


@pytest.mark.parametrize("ratio", [0.4, 1.0, 3.0])
def test_five_steps_well_done_give_the_volume_ratio(ratio: float) -> None:
    found = done(run(Guided(ratio).all_steps()))
    for value in (found.ln_k, found.ln_k_isovolume, found.ln_k_preferential):
        assert value == pytest.approx(math.log(ratio), abs=0.005)
    assert found.ln_k_se < min(found.ln_k_isovolume_se, found.ln_k_preferential_se)
    assert found.isovolume_swings == 5
    assert found.posture == "sit"
    assert not found.resumed
    assert "± " in found.words


def test_each_step_is_told_when_it_begins_and_how_it_went() -> None:
    guided = Guided().all_steps()
    events = run(guided)
    begun, well = steps(events, "begun"), steps(events, "done")
    assert [step.step for step in begun] == list(STEPS) == [step.step for step in well]
    assert [step.next_step for step in well] == [*STEPS[1:], "finish"]
    assert [step.next_step for step in begun] == [*STEPS[1:], "finish"]
    assert {step.posture for step in begun} == {"sit"}
    assert [step.t_s for step in begun[1:]] == [step.t_s for step in well[:-1]]


def test_a_step_ends_with_the_row_of_its_command_not_with_the_row_it_is_heard_at() -> None:
    guided = Guided()
    guided.step("quiet")
    guided.command("deep")
    (well,) = steps(run(guided), "done")
    assert well.t_s == pytest.approx(guided.t_s)
    assert well.decided_s == pytest.approx(guided.t_s)


def test_belts_that_rise_are_told_to() -> None:
    found = [event for event in run(Guided().all_steps()) if isinstance(event, BeltPolarity)]
    assert [(event.role, event.inverted) for event in found] == [
        ("chest_belt", False),
        ("abdomen_belt", False),
    ]


@pytest.mark.parametrize("belt", ["chest", "abdomen"])
def test_a_belt_that_falls_on_breathing_in_is_named(belt: str) -> None:
    guided = Guided().all_steps()
    usual = guided.table()
    name = f"{belt}_excursion"
    events = run(guided, guided.table(**{name: -usual.column(name)}))
    inverted = [e.role for e in events if isinstance(e, BeltPolarity) and e.inverted]
    assert inverted == [f"{belt}_belt"]
    assert failed(events).problems == ("inverted",)
    assert "direction" in failed(events).words


def test_swapped_belts_are_named() -> None:
    guided = Guided(1.0)
    for name in ("quiet", "deep", "isovolume"):
        guided.step(name)
    guided.command("chest_led")
    guided.breathe(0.2, 0.8)
    guided.command("belly_led")
    guided.breathe(0.75, 0.25)
    guided.command("finish")
    events = run(guided)
    assert failed(events).problems == ("swapped",)
    assert "swapped" in failed(events).words
    assert [step.step for step in steps(events, "again")] == ["belly_led"]


@pytest.mark.parametrize("how", [{"leak": 0.4}, {"depth": 1.5}])
def test_estimates_that_disagree_are_not_accepted(how: dict[str, float]) -> None:
    events = run(Guided().all_steps(**how))
    assert failed(events).problems == ("disagree",)
    assert not any(isinstance(event, CalibrationDone) for event in events)


def test_a_step_done_badly_can_be_repeated_before_it_is_finished_again() -> None:
    guided = Guided()
    for name in ("quiet", "deep"):
        guided.step(name)
    guided.command("isovolume")
    guided.push(2)
    for name in ("chest_led", "belly_led"):
        guided.step(name)
    guided.command("finish")
    guided.breathe(0.25, 0.5, 2)
    guided.step("isovolume")
    guided.command("finish")
    events = run(guided)
    assert failed(events).problems == ("too_few_swings",)
    assert steps(events, "again")[0].next_step == "isovolume"
    assert done(events).ln_k == pytest.approx(math.log(2.0), abs=0.01)


def test_a_pause_ends_a_step_and_what_follows_belongs_to_none() -> None:
    guided = Guided()
    for name in STEPS:
        guided.step(name)
        guided.command("pause")
        guided.breathe(3.0, 0.1, 3)
    guided.command("finish")
    events = run(guided)
    well = steps(events, "done")
    assert [step.step for step in well] == list(STEPS)
    assert well[0].t_s == pytest.approx(32.0)
    assert done(events).ln_k == pytest.approx(math.log(2.0), abs=0.005)


def test_a_pause_of_nothing_says_nothing() -> None:
    guided = Guided()
    guided.command("pause")
    guided.breathe(0.25, 0.5)
    assert run(guided) == []


def test_a_missing_step_is_named() -> None:
    guided = Guided()
    guided.step("quiet")
    guided.command("finish")
    assert failed(run(guided)).problems == ("missing_steps",)


@pytest.mark.parametrize(("asked", "problem"), [("cancel", "cancelled"), ("dance", "unknown_step")])
def test_it_can_be_broken_off_and_unknown_steps_are_refused(asked: str, problem: str) -> None:
    guided = Guided()
    guided.step("quiet")
    guided.command(asked)
    found = failed(run(guided))
    assert found.problems == (problem,)
    assert found.words.endswith(".")


def test_a_calibration_of_motion_sensors_is_none_of_belts() -> None:
    guided = Guided()
    guided.command(None)
    guided.breathe(0.25, 0.5)
    assert run(guided) == []


def test_rows_at_a_rail_spoil_a_step() -> None:
    guided = Guided().all_steps()
    railed = np.where(guided.table().t_s < 20, float(Reason.SATURATED), 0.0)
    events = run(guided, guided.table(chest_reason=railed))
    assert steps(events, "again")[0].problem == "not_trusted"


@pytest.mark.parametrize("reason", ["donned", "slip"])
def test_it_ends_when_belts_move(reason: Literal["donned", "slip"]) -> None:
    guided = Guided().all_steps()
    guided.breathe(0.25, 0.5, 4)
    guided.heard.append(changed(guided.t_s - 4.0, reason, 0))
    guided.heard.append(changed(guided.t_s - 2.0, "posture", 1))
    ended = [event for event in run(guided) if isinstance(event, CalibrationEnded)]
    assert [event.reason for event in ended] == [reason]
    assert "calibrate again" in ended[0].words


def test_it_ends_in_another_posture_and_comes_back_with_the_first() -> None:
    guided = Guided().all_steps()
    guided.breathe(0.25, 0.5, 4)
    for before_s, posture in ((10.0, 1), (4.0, 0)):
        guided.heard.append(changed(guided.t_s - before_s, "posture", posture))
    events = run(guided)
    assert [e.reason for e in events if isinstance(e, CalibrationEnded)] == ["posture"]
    first, again = (event for event in events if isinstance(event, CalibrationDone))
    assert again.resumed
    assert again.ln_k == first.ln_k
    assert again.t_s == guided.t_s - 4.0


def test_belts_that_move_in_the_middle_spoil_what_was_done() -> None:
    guided = Guided()
    guided.step("quiet")
    guided.step("deep")
    guided.heard.append(changed(guided.t_s - 2.0, "slip", 0))
    guided.command("finish")
    found = [event for event in run(guided) if isinstance(event, CalibrationFailed)]
    assert [event.problems for event in found] == [("belts_changed",), ("missing_steps",)]


def test_it_survives_a_gap() -> None:
    guided = Guided().all_steps()
    chunk = guided.table()
    pipeline = Pipeline([Calibration()])
    pipeline.bind(chunk.info)
    cut = int(np.searchsorted(chunk.t_s, 70.0))
    first = chunk.rows(0, cut)
    second = dataclasses.replace(chunk.rows(cut, len(chunk)), segment=1, first_index=0)
    early = [event for event in guided.events(chunk) if event.decided_s < 70.0]
    late = [event for event in guided.events(chunk) if event.decided_s >= 70.0]
    events = pipeline.process(first, early)[1] + pipeline.process(second, late)[1]
    assert done(events).ln_k == pytest.approx(math.log(2.0), abs=0.01)


def test_of_a_step_without_end_the_last_three_minutes_count() -> None:
    guided = Guided()
    guided.command("quiet")
    guided.breathe(5.0, 5.0, 10)
    guided.breathe(0.25, 0.5, 50)
    guided.step("deep")
    guided.command("finish")
    assert [step.step for step in steps(run(guided), "done")] == ["quiet", "deep"]
