from __future__ import annotations

import dataclasses
import inspect
import re

import pytest

from biofeedback.core import results
from biofeedback.core.results import CommandHeard, SensorQuality
from biofeedback.core.stream import Event

EVENTS = [
    value
    for value in vars(results).values()
    if inspect.isclass(value) and issubclass(value, Event) and value is not Event
]
COUNTS = {"duplicates", "breath", "breaths", "reason", "received", "lost"}
COUNTS |= {"bows", "jolts", "repetition", "trial", "trials", "usable", "windows"}
PLAIN_RATIOS = {"amplitude", "chest_amplitude", "abdomen_amplitude", "coherence", "confidence"}
PLAIN_RATIOS |= {"amplitude_ratio", "duty_cycle", "quality", "valid", "value"}
PLAIN_RATIOS |= {"alike", "alike_first", "damping", "dispersion", "explained", "overshoot", "sparc"}
PLAIN_RATIOS |= {"labored_breathing_index", "lumbopelvic_ratio", "tremor_ratio"}
PLAIN_RATIOS |= {"step_regularity", "stride_regularity"}
PLAIN_RATIOS |= {"change", "tonic", "tonic_se", "phasic", "phasic_se"}
LOG_RATIOS = {"log_ratio", "log_ratio_sd", "rib_cage_log_ratio", "rib_cage_log_ratio_se"}
UNIT = re.compile(r".*_(s|hz|deg|per_min|pct|dps|ps2|mps2|mps3|m2ps4|m2ps5)$")


def test_every_result_is_exported() -> None:
    assert {each.__name__ for each in EVENTS} == set(results.__all__)


@pytest.mark.parametrize("kind", EVENTS)
def test_results_are_frozen_and_every_field_is_told(kind: type[Event]) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    told = inspect.getdoc(kind) or ""
    for each in dataclasses.fields(kind):
        assert re.search(rf"\b{each.name}\b", told), f"{each.name} is not in the docstring"


@pytest.mark.parametrize("kind", EVENTS)
def test_every_number_has_a_unit(kind: type[Event]) -> None:
    for each in dataclasses.fields(kind):
        if each.type == "float" and each.name not in PLAIN_RATIOS | LOG_RATIOS:
            assert UNIT.match(each.name), each.name
        if each.type == "int":
            assert each.name in COUNTS, each.name


def test_arguments_of_a_command() -> None:
    heard = CommandHeard(
        t_s=1.0, decided_s=1.02, arrival_s=1.1, name="mark", arguments=(("text", "cough"),)
    )
    assert heard.argument("text") == "cough"
    assert heard.argument("end_s") is None


def test_equal_events_are_equal() -> None:
    """Live and replay are compared by value."""
    one, other = (
        SensorQuality(t_s=1.0, decided_s=1.0, arrival_s=1.1, role="chest_belt", ok=False, reason=2)
        for _ in range(2)
    )
    assert one == other
    assert one != dataclasses.replace(other, reason=4)
