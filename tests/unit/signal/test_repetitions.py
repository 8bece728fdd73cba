from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from biofeedback.core.results import CommandHeard, FiveStands, Hold, Repetition
from biofeedback.core.roles import Role
from biofeedback.core.stream import Chunk, Event, FloatArray
from biofeedback.signal.repetitions import Repetitions
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.exercising import RATE_HZ, command, hump, sensor, step, table, times

THIGH, PELVIS, BACK = Role.THIGH_IMU, Role.PELVIS_IMU, Role.BACK_IMU


def run(
    columns: Mapping[str, FloatArray],
    *heard: Event,
    more: Mapping[str, str] | None = None,
) -> list[Event]:
    chunk = table(columns, more)
    roles = [role for role in Role if chunk.info.has(f"{role.prefix}_tilt_ap_deg")]
    pipeline = Pipeline([Repetitions(roles)])
    assert pipeline.bind(chunk.info).names == chunk.info.names
    return pipeline.process(chunk, sorted(heard, key=lambda event: event.decided_s))[1]


def repetitions(events: list[Event]) -> list[Repetition]:
    return [event for event in events if isinstance(event, Repetition)]


def hinges(sizes_deg: list[float], every_s: float = 4.0) -> tuple[FloatArray, FloatArray]:
    t_s = times(every_s * len(sizes_deg) + 4.0)
    back = sum(size * hump(t_s, 2.0 + every_s * number) for number, size in enumerate(sizes_deg))
    return t_s, np.asarray(back)


HINGE = command("task", 0.2, name="hip_hinge")


def test_each_is_counted_timed_and_measured() -> None:
    _, back = hinges([60, 55, 63, 58])
    found = repetitions(run(sensor(BACK, back, 0.05 * back), HINGE))
    assert [one.repetition for one in found] == [0, 1, 2, 3]
    assert all(one.counted for one in found)
    assert [one.rom_deg for one in found] == pytest.approx([60, 55, 63, 58], abs=0.1)
    first = found[0]
    # 5 % of a minimum-jerk second are reached after 0.19 s.
    assert (first.start_s, first.end_s) == pytest.approx((2.19, 4.31), abs=0.04)
    assert first.duration_s == first.end_s - first.start_s
    assert first.decided_s - first.end_s < 0.6
    assert first.arrival_s == pytest.approx(first.decided_s + 0.1)
    assert first.peak_speed_dps == pytest.approx(60 * 1.875, rel=0.02)
    assert first.lateral_deg == pytest.approx(3.0, abs=0.05)
    assert -3.5 < first.sparc < -1.5
    assert math.isnan(first.deviation_deg)
    assert math.isnan(first.held_s)


def test_without_a_task_nothing_is_counted() -> None:
    _, back = hinges([60, 60])
    assert run(sensor(BACK, back)) == []
    assert run(sensor(BACK, back), command("task", 0.0, name="juggling")) == []
    walking = command("task", 0.0, name="walk")
    assert run(sensor(BACK, back), walking) == []


def test_a_task_that_no_worn_sensor_shows_is_not_counted() -> None:
    _, back = hinges([60, 60])
    assert run(sensor(Role.STERNUM_IMU, back), command("task", 0.0, name="bridge")) == []


def test_too_quick_too_small_and_unlike_ones_are_told_but_not_counted() -> None:
    t_s = times(40.0)
    back = 60 * hump(t_s, 2.0) + 60 * hump(t_s, 6.0) + 60 * hump(t_s, 10.0)
    quick = back + 60 * hump(t_s, 14.0, 0.3, 0.0)
    found = repetitions(run(sensor(BACK, quick), HINGE))
    assert [one.counted for one in found] == [True, True, True, False]
    assert found[-1].duration_s < 0.6
    small = 18 * hump(t_s, 2.0) + back * 0
    (one,) = repetitions(run(sensor(BACK, small), HINGE))
    assert (one.counted, one.repetition) == (False, 0)
    unlike = back + 60 * (step(t_s, 14.0, 0.4) - step(t_s, 14.5, 8.0)) ** 2
    found = repetitions(run(sensor(BACK, unlike), HINGE))
    assert not found[3].counted
    assert found[3].alike < 0.7 < found[2].alike


def test_lumbar_share_of_a_bend() -> None:
    _, back = hinges([60, 60])
    columns = sensor(BACK, back) | sensor(PELVIS, 0.55 * back) | {"lumbar_flexion_deg": 0.45 * back}
    found = repetitions(run(columns, HINGE, more={"lumbar_flexion_deg": "deg"}))
    assert [one.lumbopelvic_ratio for one in found] == pytest.approx([0.45, 0.45], abs=0.005)
    assert [one.lumbar_deg for one in found] == pytest.approx([27, 27], abs=0.1)
    assert {one.role for one in found} == {"back_imu"}


def test_leg_loading_is_the_deviation_of_the_pelvis_from_its_start() -> None:
    t_s = times(24.0)
    leg = sum(35 * hump(t_s, 3.0 + 5 * n, 1.2, 1.0) for n in range(4))
    pelvis = 2.0 + sum(size * hump(t_s, 3.2 + 5 * n, 1.0) for n, size in enumerate((3, 5, 4, 6)))
    columns = sensor(THIGH, 40.0 - leg) | sensor(PELVIS, pelvis, 0.5 * (pelvis - 2.0))
    left = command("task", 0.0, name="heel_slide", side="left")
    right = command("task", 12.5, name="heel_slide", side="right")
    found = repetitions(run(columns, left, right))
    expected = [math.hypot(size, 0.5 * size) for size in (3, 5, 4, 6)]
    assert [one.deviation_deg for one in found] == pytest.approx(expected, abs=0.05)
    assert [one.side for one in found] == ["left", "left", "right", "right"]
    assert [one.rom_deg for one in found] == pytest.approx([35] * 4, abs=0.2)
    assert {one.role for one in found} == {"thigh_imu"}


def test_without_a_thigh_sensor_only_what_moves_the_pelvis_is_seen() -> None:
    t_s = times(14.0)
    pelvis = 4.0 * hump(t_s, 3.0) + 0.2 * hump(t_s, 9.0)
    found = repetitions(run(sensor(PELVIS, pelvis), command("task", 0.0, name="dead_bug")))
    assert [one.deviation_deg for one in found] == pytest.approx([4.0], abs=0.05)


def stands(count: int, length_s: float) -> dict[str, FloatArray]:
    """Rising and sitting down, each with a lean and 40 cm of height, 3 s for both."""
    t_s = times(length_s)
    lean = np.zeros_like(t_s)
    height = np.zeros_like(t_s)
    for number in range(count):
        at_s = 2.0 + 3.0 * number
        lean += 40 * hump(t_s, at_s, 0.6, 0.0) + 35 * hump(t_s, at_s + 1.6, 0.6, 0.0)
        height += 0.4 * (step(t_s, at_s + 0.4, 0.8) - step(t_s, at_s + 1.6, 0.8))
    return sensor(BACK, lean, height_m=height)


def test_rising_and_sitting_down_are_one_and_five_have_a_time() -> None:
    events = run(stands(6, 24.0), command("task", 0.5, name="sit_to_stand"))
    assert len(repetitions(events)) == 6
    (five,) = (event for event in events if isinstance(event, FiveStands))
    # From the first movement until sitting the fifth time, or standing: not from 5 % of the range.
    assert five.seated_s == pytest.approx(4 * 3.0 + 2.8, abs=0.06)
    assert five.stood_s == pytest.approx(4 * 3.0 + 1.2, abs=0.06)
    assert five.t_s == pytest.approx(five.start_s + five.seated_s)


def test_who_begins_by_sitting_down_is_not_half_a_stand_ahead() -> None:
    columns = stands(3, 14.0)
    events = run(columns, command("task", 3.4, name="sit_to_stand"))
    assert len(repetitions(events)) == 2


def test_without_acceleration_swings_alternate() -> None:
    columns = stands(3, 14.0)
    columns["back_acc_up_mps2"] = np.full_like(columns["back_acc_up_mps2"], np.nan)
    assert len(repetitions(run(columns, command("task", 0.5, name="sit_to_stand")))) == 3


def test_breath_held_during_a_repetition() -> None:
    _, back = hinges([60, 60])
    columns = sensor(BACK, back) | {"breath_signal": np.sin(np.arange(len(back)) / 30)}

    def hold(state: str, decided_s: float, lasts_s: float) -> Hold:
        return Hold(
            t_s=1.0,
            decided_s=decided_s,
            arrival_s=decided_s,
            state=state,  # type: ignore[arg-type]
            start_s=1.0,
            duration_s=lasts_s,
        )

    begun, ended = hold("begun", 3.0, 2.0), hold("ended", 7.0, 5.5)
    found = repetitions(run(columns, HINGE, begun, ended, more={"breath_signal": "ratio"}))
    assert found[0].held_s == found[0].duration_s
    assert found[1].held_s == pytest.approx(6.5 - found[1].start_s)
    assert 0 < found[1].held_s < found[1].duration_s


def test_turning_about_the_vertical_counts_within_a_repetition_only() -> None:
    t_s, back = hinges([60, 60])
    turn = np.where((t_s > 2.5) & (t_s < 3.0), 20.0, np.where((t_s > 4.8) & (t_s < 5.6), 90.0, 0))
    found = repetitions(run(sensor(BACK, back, turn=turn), HINGE))
    assert [one.axial_deg for one in found] == pytest.approx([10.0, 0.0], abs=0.5)


def test_untrusted_rows_do_not_count() -> None:
    _, back = hinges([60, 60, 60])
    columns = sensor(BACK, back)
    lost = slice(round(6.4 * RATE_HZ), round(7.4 * RATE_HZ))
    columns["back_tilt_ap_deg"][lost] = np.nan
    columns["back_ok"][lost] = 0.0
    found = repetitions(run(columns, HINGE))
    assert [one.counted for one in found] == [True, False, True]


def test_a_new_neutral_is_no_movement() -> None:
    t_s, back = hinges([60, 60])
    back = np.where(t_s > 8.0, back + 25.0, back)
    found = repetitions(run(sensor(BACK, back), HINGE, command("calibrate", 7.9)))
    assert len(found) == 1
    blind = repetitions(run(sensor(BACK, back), HINGE))
    assert len(blind) != 1


def test_a_person_may_bend_less_than_usual() -> None:
    _, back = hinges([25, 24, 26, 25, 23, 25])
    assert sum(one.counted for one in repetitions(run(sensor(BACK, back), HINGE))) == 6


def test_the_task_goes_on_after_a_break() -> None:
    _, back = hinges([60, 60])
    whole = table(sensor(BACK, back))
    pipeline = Pipeline([Repetitions([BACK])])
    pipeline.bind(whole.info)
    events = pipeline.process(whole, [HINGE])[1]
    later = Chunk(whole.info, whole.t_s + 20, whole.arrival_s + 20, whole.data, segment=1)
    events += pipeline.process(later)[1]
    assert [one.repetition for one in repetitions(events)] == [0, 1, 2, 3]


def test_a_command_is_no_task() -> None:
    _, back = hinges([60])
    other = CommandHeard(t_s=0.0, decided_s=0.0, arrival_s=0.0, name="mark")
    assert run(sensor(BACK, back), other) == []


def test_each_is_compared_with_the_own_first_ones() -> None:
    _, back = hinges([60, 55, 63, 58, 61])
    found = repetitions(run(sensor(BACK, back), HINGE))
    assert all(math.isnan(one.alike_first) for one in found[:3])
    assert [one.alike_first for one in found[3:]] == pytest.approx([1.0, 1.0], abs=0.005)


def test_a_form_that_drifts_is_still_counted_and_shown_by_the_first_ones() -> None:
    """Each is like those just before, none of the last like the first: out faster, back slower."""
    every_s, n = 6.0, 12
    t_s = times(every_s * n + 4.0)
    back = np.zeros_like(t_s)
    for number in range(n):
        out_s = 1.8 - 0.13 * max(0, number - 2)
        begin_s = 2.0 + every_s * number
        back += 60.0 * (step(t_s, begin_s, out_s) - step(t_s, begin_s + out_s, 3.6 - out_s))
    found = repetitions(run(sensor(BACK, back), HINGE))
    assert [one.counted for one in found] == [True] * n
    firsts = [one.alike_first for one in found[3:]]
    assert firsts[0] > 0.98
    assert firsts == sorted(firsts, reverse=True)
    assert firsts[-1] < 0.7 < found[-1].alike


def test_another_side_keeps_the_template_and_another_task_does_not() -> None:
    _, back = hinges([60, 55, 63, 58, 61, 60, 62])
    other = command("task", 15.9, name="hip_hinge", side="right")
    found = repetitions(run(sensor(BACK, back), HINGE, other))
    assert not any(math.isnan(one.alike_first) for one in found[3:])
    lift = command("task", 15.9, name="lift")
    found = repetitions(run(sensor(BACK, back), HINGE, lift))
    assert [math.isnan(one.alike_first) for one in found if one.task == "lift"] == [True] * 3
