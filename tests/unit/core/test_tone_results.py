from __future__ import annotations

import math

from biofeedback.core import results, tone_results
from biofeedback.core.results import Tone
from biofeedback.core.stream import Event
from biofeedback.recording.messages import event_message, event_of


def test_all_events_of_it_are_results() -> None:
    for name in tone_results.__all__:
        kind = getattr(tone_results, name)
        if isinstance(kind, type) and issubclass(kind, Event):
            assert getattr(results, name) is kind
            assert name in results.__all__


def test_what_is_not_known_is_recorded_as_not_known() -> None:
    told = Tone(
        t_s=9.0,
        decided_s=9.6,
        arrival_s=9.7,
        breath=3,
        held_s=0.0,
        belt="tension",
        tonic=math.nan,
        tonic_se=math.nan,
        phasic=math.nan,
        phasic_se=math.nan,
        pattern="unclear",
        learned=False,
        reason="no_rest",
    )
    topic, payload = event_message(told)
    assert b'"tonic":null' in payload
    back = event_of(topic, payload)
    assert isinstance(back, Tone)
    assert math.isnan(back.phasic)
    assert (back.pattern, back.reason, back.belt) == ("unclear", "no_rest", "tension")
