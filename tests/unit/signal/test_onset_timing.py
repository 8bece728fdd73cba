from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest

from biofeedback.core.results import OnsetTrial, RelativeTiming, TapAlignment
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Chunk, Event, FloatArray
from biofeedback.signal.onset_timing import OnsetTiming
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.arm_raising import DELAY_S, RATE_HZ, person, table_of
from tests.unit.signal.exercising import command
from tests.unit.signal.loading import breath

TASK_S = 20.0
RAISES_S = tuple(TASK_S + 2.0 + 7.0 * n for n in range(6))
LENGTH_S = RAISES_S[-1] + 5.0


def breaths() -> list[Event]:
    """Three of 1 N on the belly before the task."""
    return [
        dataclasses.replace(
            breath(n, 4.0 * n + 4.0, 1.0), abdomen_amplitude=1.0, chest_amplitude=0.7
        )
        for n in range(3)
    ]


def told(
    columns: dict[str, FloatArray], *heard: Event, task: str = "arm_raise_fast"
) -> tuple[list[OnsetTrial], list[RelativeTiming]]:
    chunk = table_of(columns)
    events = [*breaths(), command("task", TASK_S, name=task), *heard]
    return of(chunk, sorted(events, key=lambda event: event.decided_s))


def of(chunk: Chunk, heard: Sequence[Event]) -> tuple[list[OnsetTrial], list[RelativeTiming]]:
    pipeline = Pipeline([OnsetTiming(Role.PELVIS_IMU)])
    pipeline.bind(chunk.info)
    events = pipeline.process(chunk, heard)[1]
    return (
        [event for event in events if isinstance(event, OnsetTrial)],
        [event for event in events if isinstance(event, RelativeTiming)],
    )


def tap(role: Role, lag_s: float, se_s: float, at_s: float, reference: Role) -> TapAlignment:
    return TapAlignment(
        t_s=at_s,
        decided_s=at_s,
        arrival_s=at_s + 0.1,
        reference=reference.value,
        role=role.value,
        lag_s=lag_s,
        lag_se_s=se_s,
        jolts=3,
        reason="" if math.isfinite(lag_s) else "felt no jolt",
    )


def rows(begin_s: float, end_s: float) -> slice:
    return slice(round(begin_s * RATE_HZ), round(end_s * RATE_HZ))


def test_every_raise_is_a_trial_and_no_lowering() -> None:
    trials, timings = told(person(LENGTH_S, RAISES_S))
    assert [trial.problem for trial in trials] == [""] * 6
    assert [trial.trial for trial in trials] == list(range(6))
    for trial, at_s in zip(trials, RAISES_S, strict=True):
        # Turn rates made by central differences begin up to a row early.
        assert trial.limb_s == pytest.approx(at_s, abs=0.021)
        assert trial.belly_s == pytest.approx(at_s + DELAY_S, abs=0.01)
        assert trial.decided_s - trial.limb_s == pytest.approx(1.5, abs=0.1)
        assert trial.rise_s == pytest.approx(0.2, abs=0.03)
        assert trial.amplitude_ratio == pytest.approx(-0.5, abs=0.05)
        assert trial.explained > 0.95
    assert [timing.usable for timing in timings] == [1, 2, 3, 4, 5, 6]


def test_below_five_usable_trials_nothing_is_known_and_it_says_why() -> None:
    *few, fifth, _ = told(person(LENGTH_S, RAISES_S))[1]
    assert all(math.isnan(timing.delay_s) for timing in few)
    assert few[-1].reason == "4 of 4 trials usable, 5 needed"
    assert fifth.reason == ""
    assert fifth.low_s <= fifth.delay_s <= fifth.high_s
    assert fifth.delay_s == pytest.approx(DELAY_S, abs=0.025)
    assert fifth.common_se_s == pytest.approx(math.hypot(0.005, 0.2 * 0.04), rel=0.1)
    assert not fifth.lag_checked


def test_what_a_tap_check_told_is_taken_off_and_its_error_is_in_the_interval() -> None:
    columns = person(LENGTH_S, RAISES_S)
    plain = told(columns)[1][-1]
    for reference in (Role.ABDOMEN_BELT, Role.CHEST_BELT):
        checks = [tap(Role.ARM_IMU, 0.05, 0.02, 15.0, reference)]
        lag_s = 0.0 if reference is Role.ABDOMEN_BELT else 0.01
        if reference is Role.CHEST_BELT:
            checks.insert(0, tap(Role.ABDOMEN_BELT, lag_s, 0.01, 15.0, reference))
        checked = told(columns, *checks)[1][-1]
        assert checked.lag_checked
        assert checked.delay_s == pytest.approx(plain.delay_s + 0.05 - lag_s)
        assert checked.common_se_s > math.hypot(plain.common_se_s, 0.019)
        assert checked.high_s - checked.low_s > 1.5 * (plain.high_s - plain.low_s)


def test_a_tap_check_without_an_answer_checks_nothing() -> None:
    checks = [tap(Role.ARM_IMU, math.nan, math.nan, 15.0, Role.ABDOMEN_BELT)]
    assert not told(person(LENGTH_S, RAISES_S), *checks)[1][-1].lag_checked


def test_a_tap_check_afterwards_tells_anew() -> None:
    late = tap(Role.ARM_IMU, 0.05, 0.02, LENGTH_S - 1.0, Role.ABDOMEN_BELT)
    before, after = told(person(LENGTH_S, RAISES_S), late)[1][-2:]
    assert after.usable == before.usable
    assert after.delay_s == pytest.approx(before.delay_s + 0.05)


def test_another_lag_begins_a_new_set() -> None:
    trials, timings = told(person(LENGTH_S, RAISES_S), command("lag", RAISES_S[3] - 1.0))
    assert [trial.trial for trial in trials] == [0, 1, 2, 0, 1, 2]
    assert timings[-1].usable == 3


def test_what_spoils_a_trial_is_named_and_the_others_count() -> None:
    columns = person(LENGTH_S, RAISES_S)
    columns["abdomen_excursion"][rows(RAISES_S[0] + 0.2, RAISES_S[0] + 0.24)] = np.nan
    columns["abdomen_reason"][rows(RAISES_S[1] - 0.1, RAISES_S[1])] = int(Reason.STALE_CLOCK)
    columns["arm_speed_dps"][rows(RAISES_S[2] - 0.3, RAISES_S[2] - 0.1)] = 25.0
    columns["pelvis_tilt_ap_deg"][rows(RAISES_S[3], RAISES_S[3] + 0.5)] = 8.0
    columns["abdomen_reason"][rows(RAISES_S[4], RAISES_S[4] + 0.1)] = int(Reason.SATURATED)
    trials, timings = told(columns)
    problems = ["gap", "clock", "motion", "motion", "quality", ""]
    assert [trial.problem for trial in trials] == problems
    assert math.isnan(timings[-1].delay_s)
    assert timings[-1].reason == "1 of 6 trials usable, 5 needed"
    assert all(math.isnan(trial.delay_s) for trial in trials[:5])


def test_no_draw_in_is_too_small_or_no_ramp() -> None:
    trials, timings = told(person(LENGTH_S, RAISES_S, depth=0.0))
    assert {trial.problem for trial in trials} <= {"small", "no_ramp"}
    assert timings[-1].usable == 0


def test_a_breath_taken_with_the_raise_is_none() -> None:
    """Chest and belly both go out: told from a draw-in by the chest."""
    columns = person(LENGTH_S, RAISES_S, depth=-0.5)
    t_s = np.arange(len(columns["arm_ok"])) / RATE_HZ
    for at_s in RAISES_S:
        rising = np.clip((t_s - at_s - DELAY_S) / 0.2, 0.0, 1.0)
        columns["chest_excursion"] += 0.5 * 0.5 * (1.0 - np.cos(np.pi * rising))
    assert {trial.problem for trial in told(columns)[0]} == {"breath"}


def test_a_break_within_a_trial_costs_that_trial() -> None:
    whole = table_of(person(LENGTH_S, RAISES_S))
    cut = round((RAISES_S[1] + 0.5) * RATE_HZ)
    pipeline = Pipeline([OnsetTiming()])
    pipeline.bind(whole.info)
    heard = [*breaths(), command("task", TASK_S, name="arm_raise_fast")]
    _, events = pipeline.process(whole.rows(0, cut), heard)
    later = dataclasses.replace(whole.rows(cut, len(whole)), segment=1)
    events += pipeline.process(later)[1]
    trials = [event for event in events if isinstance(event, OnsetTrial)]
    assert [trial.problem for trial in trials] == ["", "gap", "", "", "", ""]
    assert trials[1].decided_s == later.t_s[0]


def test_without_the_task_nothing_is_timed() -> None:
    trials, _ = told(person(LENGTH_S, RAISES_S), task="hip_hinge")
    assert trials == []
    over = command("task", RAISES_S[2] - 0.5, name="")
    assert len(told(person(LENGTH_S, RAISES_S), over)[0]) == 2


def test_a_small_movement_of_the_arm_is_no_trial() -> None:
    columns = person(LENGTH_S, RAISES_S)
    for name in ("arm_tilt_ap_deg", "arm_tilt_ml_deg", "arm_speed_dps"):
        columns[name] *= 0.25  # 22 degrees
    assert told(columns)[0] == []


def test_slow_raises_are_timed_as_well() -> None:
    columns = person(LENGTH_S, RAISES_S, move_s=1.2, rise_s=0.4)
    trials, timings = told(columns, task="arm_raise_slow")
    assert {trial.task for trial in trials} == {"arm_raise_slow"}
    assert timings[-1].usable == 6
    assert timings[-1].delay_s == pytest.approx(DELAY_S, abs=0.03)
