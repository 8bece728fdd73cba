from __future__ import annotations

import math

import pytest

from biofeedback.core.breathing_rate import BreathingRate, RateState
from biofeedback.signal.summary_imu import imu_breathing_summary


def window(role: str, end_s: float, state: RateState, rate_per_min: float) -> BreathingRate:
    return BreathingRate(
        t_s=end_s,
        decided_s=end_s,
        arrival_s=end_s,
        role=role,
        start_s=end_s - 30.0,
        rate_per_min=rate_per_min,
        quality_pct=90.0 if state == "known" else 20.0,
        state=state,
        size_deg=1.5,
        direction="mounting",
        reference="",
    )


def test_the_sensor_that_told_most_is_summarised() -> None:
    found = imu_breathing_summary(
        [
            window("sternum_imu", 30.0, "known", 20.0),
            window("abdomen_imu", 30.0, "known", 12.0),
            window("sternum_imu", 35.0, "unclear", math.nan),
            window("abdomen_imu", 35.0, "known", 13.0),
            window("abdomen_imu", 40.0, "moving", math.nan),
        ]
    )
    assert found == {
        "role": "abdomen_imu",
        "windows": 3,
        "windows_known": 2,
        "rate_per_min": 12.5,
        "quality_pct": 90.0,
        "size_deg": 1.5,
        "direction": "mounting",
        "states": {"known": 2, "moving": 1},
    }


def test_a_sensor_that_told_nothing_is_named() -> None:
    found = imu_breathing_summary([window("sternum_imu", 30.0, "moving", math.nan)])
    assert (found["role"], found["windows_known"]) == ("sternum_imu", 0)
    assert found["rate_per_min"] == pytest.approx(math.nan, nan_ok=True)


def test_without_a_motion_sensor() -> None:
    found = imu_breathing_summary([])
    assert (found["role"], found["windows"], found["states"]) == (None, 0, {})
