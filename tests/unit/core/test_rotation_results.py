from __future__ import annotations

import math

from biofeedback.core import results, rotation_results
from biofeedback.core.results import RotationRatio
from biofeedback.recording.messages import EVENT_TYPES


def test_it_is_a_result_and_can_be_recorded() -> None:
    assert results.RotationRatio is rotation_results.RotationRatio
    assert "RotationRatio" in results.__all__
    assert RotationRatio in set(EVENT_TYPES.values())


def test_a_change_that_is_not_known_does_not_differ() -> None:
    unknown = {"log_ratio": math.nan, "change": math.nan}
    at = {"t_s": 30.0, "decided_s": 30.0, "arrival_s": 30.1, "start_s": 0.0}
    assert math.isnan(RotationRatio(**at, **unknown, differs=False).change)
