from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.errors import StreamError
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Chunk, FloatArray
from biofeedback.signal.onset import RampFitter
from biofeedback.signal.onset_trial import Judged, OnsetRows, arm_tilt_deg, judged
from tests.unit.signal.arm_raising import DELAY_S, RATE_HZ, UNITS, person, table_of

AT_S = 4.0
HANGING_DEG, SIZES = (0.0, 0.0), (1.0, 0.7)
FITTER = RampFitter(RATE_HZ)


def rows_of(chunk: Chunk) -> FloatArray:
    return OnsetRows(chunk.info, Role.PELVIS_IMU).take(chunk)


def judge(
    rows: FloatArray, at_s: float = AT_S, sizes: tuple[float, float] = SIZES, coupled: bool = False
) -> Judged | None:
    """Judge the movement that is seen next after a time, as the stage would."""
    t_s, speed = rows[:, OnsetRows.T_S], rows[:, OnsetRows.SPEED_DPS]
    begin_s = float(t_s[(t_s > at_s - 0.1) & (speed > 30.0)][0])
    around = (t_s >= begin_s - 1.5) & (t_s <= begin_s + 1.5)
    return judged(rows[around], begin_s, HANGING_DEG, sizes, coupled, FITTER)


def made(**how: float) -> FloatArray:
    return rows_of(table_of(person(10.0, (AT_S,), **how)))  # type: ignore[arg-type]


def test_a_raise_with_a_draw_in_is_used() -> None:
    found = judge(made())
    assert found is not None
    assert found.problem == ""
    assert found.belly_s == pytest.approx(AT_S + DELAY_S, abs=0.01)
    assert found.amplitude_ratio == pytest.approx(-0.5, abs=0.05)
    # Clocks of 3 and 4 ms, and samples that may be two rows apart.
    assert found.timing_se_s == pytest.approx(math.hypot(0.005, 0.2 * 0.04), rel=0.1)


@pytest.mark.parametrize("interval_s", [0.06, 0.1])
def test_samples_far_apart_make_the_onset_less_sure(interval_s: float) -> None:
    columns = person(10.0, (AT_S,))
    t_s = np.arange(len(columns["arm_ok"])) / RATE_HZ
    sampled_s = np.arange(0.013, 10.0, interval_s)
    belly = np.interp(sampled_s, t_s, columns["abdomen_excursion"])
    columns["abdomen_excursion"] = np.interp(t_s, sampled_s, belly)
    found = judge(rows_of(table_of(columns)))
    assert found is not None
    assert found.timing_se_s == pytest.approx(math.hypot(0.005, 0.2 * interval_s), rel=0.15)
    assert abs(found.belly_s - AT_S - DELAY_S) < 2 * found.timing_se_s


def test_an_arm_that_comes_down_is_no_raise() -> None:
    assert judge(made(), AT_S + 2.3) is None


def test_how_the_arm_was_held_before() -> None:
    assert arm_tilt_deg(made(), AT_S) == (0.0, 0.0)
    assert arm_tilt_deg(made(), AT_S + 2.3) == pytest.approx((-90.0, 4.5))
    assert np.isnan(arm_tilt_deg(made(), 0.0)).all()


def test_a_draw_in_is_small_beside_the_breath_of_the_person() -> None:
    found = judge(made(depth=0.3), sizes=(6.0, 4.0))
    assert found is not None
    assert found.problem == "small"
    unknown = judge(made(depth=0.3), sizes=(math.nan, math.nan))
    assert unknown is not None
    assert unknown.problem == ""
    assert math.isnan(unknown.amplitude_ratio)


def test_belts_that_move_as_one_are_no_quality() -> None:
    found = judge(made(), coupled=True)
    assert found is not None
    assert found.problem == "quality"


def test_what_looks_like_a_breath_or_no_ramp_is_told() -> None:
    slow = judge(made(rise_s=0.7, depth=0.8))
    assert slow is not None
    assert slow.problem == "breath"
    late = judge(made(delay_s=0.6))
    assert late is not None
    assert late.problem == "no_ramp"


@pytest.mark.parametrize("reason", [Reason.GAP, Reason.BRIDGED, Reason.FLAT])
def test_reasons_of_the_rows_spoil_a_trial(reason: Reason) -> None:
    columns = person(10.0, (AT_S,))
    columns["arm_reason"][round(AT_S * RATE_HZ) - 20] = int(reason)
    found = judge(rows_of(table_of(columns)))
    assert found is not None
    assert found.problem == ("quality" if reason is Reason.FLAT else "gap")


def test_a_flag_without_a_reason_spoils_it_too() -> None:
    columns = {name: v for name, v in person(10.0, (AT_S,)).items() if "reason" not in name}
    columns["abdomen_ok"][round(AT_S * RATE_HZ)] = 0.0
    found = judge(rows_of(table_of(columns)))
    assert found is not None
    assert found.problem == "quality"


def test_chest_trunk_and_clocks_may_be_missing() -> None:
    wanted = ("abdomen_excursion", "arm_speed_dps", "arm_tilt_ap_deg", "arm_tilt_ml_deg")
    every = person(10.0, (AT_S,))
    columns = {name: every[name] for name in (*wanted, "abdomen_ok", "arm_ok")}
    found = judge(rows_of(table_of(columns)))
    assert found is not None
    assert found.problem == ""
    assert found.timing_se_s == pytest.approx(0.2 * 0.04, rel=0.1)


def test_a_column_that_is_needed_is_missed() -> None:
    columns = person(5.0, ())
    del columns["arm_speed_dps"]
    with pytest.raises(StreamError, match="arm_speed_dps"):
        OnsetRows(table_of(columns).info, None)
    assert "arm_speed_dps" in UNITS
