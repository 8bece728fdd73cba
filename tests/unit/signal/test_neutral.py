from __future__ import annotations

from biofeedback.core.results import CommandHeard
from biofeedback.core.stream import Event
from biofeedback.signal.neutral import is_neutral


def heard(name: str, **arguments: str) -> CommandHeard:
    return CommandHeard(
        t_s=1.0, decided_s=1.0, arrival_s=1.0, name=name, arguments=tuple(arguments.items())
    )


def test_calibration_baseline_and_the_end_of_an_alignment_set_neutral() -> None:
    assert is_neutral(heard("calibrate"))
    assert is_neutral(heard("baseline"))
    assert is_neutral(heard("align", step="finish"))
    assert not is_neutral(heard("align", step="bow"))
    assert not is_neutral(heard("calibrate", step="quiet"))
    assert not is_neutral(heard("mark", text="calibrate"))
    assert not is_neutral(Event(t_s=1.0, decided_s=1.0, arrival_s=1.0))
