from __future__ import annotations

import dataclasses
import math

from biofeedback.core import results
from biofeedback.core.walk_results import Gait
from biofeedback.recording.messages import event_message, event_of


def test_it_is_a_result() -> None:
    assert results.Gait is Gait
    assert "Gait" in results.__all__


def test_what_is_not_known_is_recorded_as_not_known() -> None:
    numbers = [field.name for field in dataclasses.fields(Gait) if field.type == "float"]
    told = Gait(
        **dict.fromkeys(numbers, math.nan) | {"t_s": 10.0, "decided_s": 10.0, "arrival_s": 10.1},
        role="pelvis_imu",
        problem="not_walking",
    )
    topic, payload = event_message(told)
    assert b'"step_rate_per_min":null' in payload
    back = event_of(topic, payload)
    assert isinstance(back, Gait)
    assert math.isnan(back.step_rate_per_min)
    assert (back.role, back.problem, back.t_s) == ("pelvis_imu", "not_walking", 10.0)
