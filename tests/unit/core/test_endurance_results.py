from __future__ import annotations

import dataclasses
import math
import typing

from biofeedback.core import endurance_results, results
from biofeedback.core.endurance_results import HoldEnded, HoldProgress
from biofeedback.recording.messages import event_message, event_of


def test_both_are_results() -> None:
    for kind in (HoldEnded, HoldProgress):
        assert getattr(results, kind.__name__) is getattr(endurance_results, kind.__name__)
        assert kind.__name__ in results.__all__


def test_what_is_not_known_stays_so_in_a_recording() -> None:
    hints = typing.get_type_hints(HoldEnded)
    blank = {float: math.nan, int: 0, str: "hold"}
    fields = {f.name: blank.get(hints[f.name], "") for f in dataclasses.fields(HoldEnded)}
    ended = HoldEnded(**(fields | {"reason": "lost", "problem": "short"}))  # type: ignore[arg-type]
    again = event_of(*event_message(ended))
    assert isinstance(again, HoldEnded)
    assert math.isnan(again.time_to_drift_s)
    assert (again.reason, again.problem) == ("lost", "short")
