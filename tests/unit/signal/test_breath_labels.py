from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.labels import BeltsCoupled, BreathLabel, LabelName
from biofeedback.core.results import BaselineSet, BreathCycle
from biofeedback.core.roles import Reason, Role
from biofeedback.core.stream import Channel, Chunk, Event, StreamInfo
from biofeedback.signal.breath_labels import BreathLabels
from biofeedback.signal.setups import table_pipeline
from biofeedback.signal.stage import Pipeline
from firmware_sim.body import Body
from firmware_sim.scenarios import scenario
from firmware_sim.sensors import BeltForce
from tests.contract.labelled_breathing import labelled_breathing
from tests.contract.stage_examples import breathing, breaths, known

RATE_HZ = 50.0
SITES = ("chest", "abdomen")


def worn(body: Body, sites: Sequence[str] = SITES) -> tuple[Chunk, list[Event]]:
    """What the stages say of a simulated person who wears the belts for 180 s."""
    t_s = np.arange(0.0, body.duration_s, 1.0 / RATE_HZ)
    names = [(f"{site}_{name}", unit) for site in sites for name, unit in UNITS]
    info = StreamInfo("table", tuple(Channel(*name) for name in names), RATE_HZ)
    columns = [
        column
        for site in sites
        for column in (BeltForce(body, site, 1).sample_n(t_s), np.ones_like(t_s))
    ]
    roles = [Role(f"{site}_belt") for site in sites]
    pipeline = Pipeline(table_pipeline(roles))
    pipeline.bind(info)
    return pipeline.process(Chunk(info, t_s, t_s + 0.1, np.column_stack(columns)))


UNITS = (("excursion", "N"), ("ok", "flag"))


def labelled(events: Sequence[Event], name: LabelName) -> set[int]:
    return {e.breath for e in events if isinstance(e, BreathLabel) and e.label == name}


def cycles(events: Sequence[Event]) -> list[BreathCycle]:
    return [event for event in events if isinstance(event, BreathCycle)]


@pytest.mark.parametrize("sites", [SITES, ("chest",)])
def test_talkers_talk_while_talking(sites: Sequence[str]) -> None:
    spoken, hits = 0, 0
    for seed in (1, 2, 3, 4):
        body = scenario("talker", 180.0, seed)
        events = worn(body, sites)[1]
        talks = body.truth.talks
        truly = {
            cycle.breath
            for cycle in cycles(events)
            if any(talk.start_s < cycle.peak_s < talk.end_s for talk in talks)
        }
        found = labelled(events, "speech")
        spoken, hits = spoken + len(truly), hits + len(found & truly)
        assert found <= truly
    assert hits >= 0.8 * spoken > 0


@pytest.mark.parametrize("seed", [3, 4])
def test_every_cough_is_labelled_and_nothing_else_is(seed: int) -> None:
    body = scenario("cough", 180.0, seed)
    events = worn(body)[1]
    found = labelled(events, "cough")
    coughed = [
        {c.breath for c in cycles(events) if c.onset_s < cough.end_s and c.end_s > cough.start_s}
        for cough in body.truth.coughs
    ]
    assert all(found & breath for breath in coughed)
    fidgeted = {
        c.breath
        for c in cycles(events)
        if any(c.onset_s < one.end_s and c.end_s > one.start_s for one in body.truth.motions)
    }
    assert found <= fidgeted.union(*coughed)


@pytest.mark.parametrize("name", ["quiet", "slow", "fast", "irregular", "belly_breather"])
def test_plain_breathing_has_no_labels(name: str) -> None:
    table, events = worn(scenario(name, 180.0, 3))
    assert [event for event in events if isinstance(event, BreathLabel | BeltsCoupled)] == []
    assert not table.column("breath_reason").any()


def test_a_slip_interrupts_its_breath_and_marks_the_rest_until_a_baseline() -> None:
    body = scenario("slipping_belt", 180.0, 1)
    table, events = worn(body)
    slip = next(e for e in events if isinstance(e, BeltsChanged) and e.reason == "slip")
    at_s = body.truth.slips[0].start_s
    label = next(e for e in events if isinstance(e, BreathLabel))
    assert label.label == "interrupted"
    assert label.onset_s < at_s < label.end_s
    again_s = [e.decided_s for e in events if isinstance(e, BaselineSet)]
    until_s = next((s for s in again_s if s > slip.decided_s), np.inf)
    slipped = table.column("breath_reason").astype(int) & int(Reason.SLIP) != 0
    expected = (table.t_s >= slip.decided_s) & (table.t_s < until_s)
    assert np.array_equal(slipped, expected)


def example(heard: Sequence[Event]) -> tuple[Chunk, list[Event]]:
    """The first part of the stage's example table, with other events."""
    chunk = labelled_breathing(breathing())[0]
    pipeline = Pipeline([BreathLabels()])
    pipeline.bind(chunk.info)
    inside = [event for event in heard if event.decided_s <= chunk.t_s[-1]]
    return pipeline.process(chunk, inside)


def test_a_breath_with_a_change_of_posture_is_interrupted_and_two_more_marked() -> None:
    chunks = labelled_breathing(breathing())
    table, events = example(known(chunks))
    changed = next(e for e in known(chunks) if isinstance(e, BeltsChanged))
    interrupted = [e for e in events if isinstance(e, BreathLabel) and e.label == "interrupted"]
    assert len(interrupted) == 1
    assert interrupted[0].onset_s < changed.t_s <= interrupted[0].end_s
    marked = table.t_s[table.column("breath_reason").astype(int) & int(Reason.INTERRUPTED) != 0]
    assert marked[0] == changed.decided_s
    assert 4.0 < marked[-1] - marked[0] < 16.0


def test_a_motion_sensor_tells_the_breath_of_three_seconds_before() -> None:
    chunks = labelled_breathing(breathing())
    heard = breaths(chunks)
    at_s = cycles(heard)[5].peak_s
    known_s = float(chunks[0].t_s[np.searchsorted(chunks[0].t_s, at_s + 3.0)])
    changed = BeltsChanged(
        t_s=at_s + 3.0,
        decided_s=known_s,
        arrival_s=known_s,
        reason="posture",
        role="sternum_imu",
        posture=1,
        words="The posture changed.",
    )
    events = example(sorted([*heard, changed], key=lambda event: event.decided_s))[1]
    assert labelled(events, "interrupted") == {cycles(heard)[5].breath}


def test_motion_is_told_row_by_row_and_of_the_breaths_within() -> None:
    chunk = labelled_breathing(breathing())[0]
    table, events = example(breaths([chunk]))
    moving = chunk.column("back_motion_mps2") > 0.3
    reasons = table.column("breath_reason").astype(int)
    assert (reasons[moving] & int(Reason.MOTION) != 0).all()
    assert labelled(events, "moving")
    assert all(
        0.5 < event.confidence <= 1.0
        for event in events
        if isinstance(event, BreathLabel) and event.label == "moving"
    )


def test_coupled_belts_are_marked_as_long_as_they_are() -> None:
    chunk = labelled_breathing(breathing())[0]
    told = [
        BeltsCoupled(
            t_s=float(chunk.t_s[row]),
            decided_s=float(chunk.t_s[row]),
            arrival_s=float(chunk.arrival_s[row]),
            coupled=coupled,
            correlation=0.99,
            ratio_spread=0.01,
            breaths=20,
        )
        for row, coupled in ((300, True), (900, False))
    ]
    reasons = example(told)[0].column("breath_reason").astype(int)
    marked = np.flatnonzero(reasons & int(Reason.COUPLED))
    assert (marked[0], marked[-1]) == (300, 899)
