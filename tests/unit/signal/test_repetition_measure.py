from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.signal.repetition_measure import Rows, measured, rises, shape_of, turning_span
from biofeedback.signal.zigzag import Swing
from tests.unit.signal.exercising import hump, sensor, step, table, times

BACK = Role.BACK_IMU


def taken(columns: dict[str, FloatArray]) -> tuple[Rows, FloatArray]:
    chunk = table(columns)
    layout = Rows(chunk.info, (BACK,))
    return layout, layout.take(chunk, BACK)


def test_a_shape_knows_neither_size_nor_length() -> None:
    t_s = times(3.0)
    quick, slow = shape_of(hump(t_s[:100], 0.0, 0.9, 0.1)), shape_of(7 * hump(t_s, 0, 1.4, 0.2))
    assert float(np.mean(quick * quick)) == pytest.approx(1.0)
    assert float(np.mean(quick * slow)) > 0.98
    assert float(np.mean(quick * shape_of(t_s))) < 0.5
    assert shape_of(np.ones(20)) == pytest.approx(np.zeros(50))


def test_before_any_was_seen_a_hump_is_expected() -> None:
    assert float(np.mean(shape_of(None) * shape_of(hump(times(2.5), 0.0, 1.0, 0.5)))) > 0.9


@pytest.mark.parametrize(("sign", "expected"), [(1, True), (-1, False)])
def test_rising_and_sitting_are_told_apart_in_spite_of_an_offset(sign: int, expected: bool) -> None:
    t_s = times(3.0)
    columns = sensor(BACK, 40 * hump(t_s, 0.5), height_m=sign * 0.4 * step(t_s, 0.8, 1.0))
    columns["back_acc_up_mps2"] += 0.2
    assert rises(*taken(columns)) is expected


def test_height_that_hardly_changes_says_nothing() -> None:
    columns = sensor(BACK, 40 * hump(times(3.0), 0.5))
    assert rises(*taken(columns)) is None
    columns["back_acc_up_mps2"][10] = np.nan
    assert rises(*taken(columns)) is None


def test_what_was_there_before_the_start_is_taken_off() -> None:
    t_s = times(4.0)
    lean = 10 + 40 * hump(t_s, 0.5)
    layout, rows = taken(sensor(BACK, lean, ml=5 - 0.1 * lean))
    swing = Swing(start=125, peak=160, end=225, decided=240, rom_deg=40.0)
    found = measured(layout, rows, 25, swing, True, [(0.0, 1.0)])
    assert found["lateral_deg"] == pytest.approx(4.0, abs=0.05)
    assert found["deviation_deg"] == pytest.approx(np.hypot(40, 4), abs=0.1)
    assert (found["start_s"], found["peak_s"]) == (0.5, 1.2)
    assert np.isnan(found["held_s"])  # no breath signal: not known, whatever was heard
    assert np.isnan(found["lumbar_deg"])


def test_a_movement_begins_before_five_per_cent_of_it_are_done() -> None:
    layout, rows = taken(sensor(BACK, 40 * hump(times(4.0), 0.5)))
    start, end = turning_span(layout, rows, 35, 140)  # 5 % of the range: 0.69 s and 2.81 s
    # 3 % of the fastest turning of a minimum-jerk second are reached after 0.05 s.
    assert (start / 50, end / 50) == pytest.approx((0.54, 2.96), abs=0.03)


def test_where_turning_never_rests_or_is_unknown_the_swing_is_kept() -> None:
    t_s = times(4.0)
    restless = sensor(BACK, 40 * hump(t_s, 0.5))
    restless["back_speed_dps"] += 10.0
    assert turning_span(*taken(restless), 35, 140) == (35, 140)
    unknown = sensor(BACK, 40 * hump(t_s, 0.5))
    unknown["back_speed_dps"][:] = np.nan
    assert turning_span(*taken(unknown), 35, 140) == (35, 140)
