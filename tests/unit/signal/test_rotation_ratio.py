from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import pytest

from biofeedback.core.results import BreathingRate, CommandHeard, RotationRatio
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event
from biofeedback.signal.rotation_ratio import RotationRatios
from tests.contract.trunk_breathing import both_rates, breathing_trunk

BELLY = Role.ABDOMEN_IMU.value
FIRST = breathing_trunk()[:1]
RATES = [event for event in both_rates(FIRST) if isinstance(event, BreathingRate)]


def known(event: BreathingRate, size_deg: float) -> BreathingRate:
    return dataclasses.replace(event, size_deg=size_deg, state="known")


def told(events: Sequence[Event]) -> list[RotationRatio]:
    stage = RotationRatios()
    stage.bind(FIRST[0].info)
    _, found = stage.step(FIRST[0], events, stage.start(FIRST[0], None))
    return [event for event in found if isinstance(event, RotationRatio)]


def grown(factor: float) -> list[Event]:
    """The belly turns twice as far as the sternum, and from the eighth window `factor` more."""
    return [
        known(event, (2.0 * (factor if number >= 14 else 1.0)) if event.role == BELLY else 1.0)
        for number, event in enumerate(RATES)
    ]


@pytest.mark.parametrize(
    ("factor", "differs"), [(1.0, False), (1.3, False), (1.5, True), (0.7, True)]
)
def test_change_counts_from_the_own_first_minute(factor: float, differs: bool) -> None:
    ratios = told(grown(factor))
    assert len(ratios) == len(RATES) // 2
    assert [one.log_ratio for one in ratios[:7]] == pytest.approx([math.log(2.0)] * 7)
    assert all(math.isnan(one.change) and not one.differs for one in ratios[:6])
    assert ratios[-1].change == pytest.approx(math.log(factor))
    assert ratios[-1].differs is differs


@pytest.mark.parametrize("silent", [BELLY, Role.STERNUM_IMU.value])
def test_unless_both_are_known_there_is_no_number(silent: str) -> None:
    events = [
        dataclasses.replace(event, state="moving") if event.role == silent else event
        for event in RATES
    ]
    ratios = told(events)
    assert ratios
    assert all(math.isnan(one.log_ratio) and math.isnan(one.change) for one in ratios)


def test_one_sensor_alone_is_no_ratio() -> None:
    assert told([event for event in RATES if event.role == BELLY]) == []


def test_a_baseline_begins_anew() -> None:
    events = grown(1.5)
    at = RATES[14]
    renewed = CommandHeard(
        t_s=at.t_s, decided_s=at.decided_s, arrival_s=at.arrival_s, name="baseline"
    )
    ratios = told([*events[:14], renewed, *events[14:]])
    assert math.isnan(ratios[7].change)
