from __future__ import annotations

import math

from biofeedback.core import control_results, results
from biofeedback.core.control_results import SteadinessScore
from biofeedback.core.stream import Event


def test_all_events_of_it_are_results() -> None:
    kinds = [getattr(control_results, name) for name in control_results.__all__]
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, Event):
            assert getattr(results, kind.__name__) is kind
            assert kind.__name__ in results.__all__


def test_what_is_stiff_has_a_breath_but_no_score() -> None:
    told = SteadinessScore(
        t_s=9.0,
        decided_s=9.0,
        arrival_s=9.1,
        task="hold",
        side="",
        state="so_far",
        start_s=1.0,
        deviation_deg=0.01,
        steady_pct=math.nan,
        breathing_pct=40.0,
        swr_pct=math.nan,
        stiff=True,
        weaker="breathing",
        cue="soften, keep breathing",
    )
    assert math.isnan(told.swr_pct)
    assert told.breathing_pct == 40.0
