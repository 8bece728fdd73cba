from __future__ import annotations

import dataclasses
import math

from biofeedback.core import results, timing_results
from biofeedback.core.results import RelativeTiming
from biofeedback.core.stream import Event
from biofeedback.recording.messages import event_message, event_of


def test_all_events_of_it_are_results() -> None:
    kinds = [getattr(timing_results, name) for name in timing_results.__all__]
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, Event):
            assert getattr(results, kind.__name__) is kind
            assert kind.__name__ in results.__all__


def test_what_is_not_known_is_recorded_as_not_known() -> None:
    told = RelativeTiming(
        t_s=9.0,
        decided_s=9.0,
        arrival_s=9.1,
        task="arm_raise_fast",
        trials=4,
        usable=3,
        delay_s=math.nan,
        low_s=math.nan,
        high_s=math.nan,
        common_se_s=0.004,
        lag_checked=False,
        reason="3 of 4 trials usable, 5 needed",
    )
    topic, payload = event_message(told)
    assert b'"delay_s":null' in payload
    back = dataclasses.asdict(event_of(topic, payload))
    assert all(math.isnan(back.pop(name)) for name in ("delay_s", "low_s", "high_s"))
    assert back == {name: value for name, value in dataclasses.asdict(told).items() if name in back}
