from __future__ import annotations

import dataclasses

import numpy as np

from biofeedback.core.labels import BreathLabel, LabelName
from biofeedback.core.results import BreathCycle
from biofeedback.core.stream import Event
from biofeedback.session.arrays import analyze_arrays
from biofeedback.signal.summary_labels import label_counts, plain_breaths, plain_events
from firmware_sim.scenarios import scenario
from firmware_sim.sensors import BeltForce
from tests.contract.stage_examples import breathing, breaths


def cycles() -> list[BreathCycle]:
    return [event for event in breaths(breathing()[:1]) if isinstance(event, BreathCycle)]


def label(breath: BreathCycle, name: LabelName) -> BreathLabel:
    return BreathLabel(
        t_s=breath.end_s,
        decided_s=breath.decided_s,
        arrival_s=breath.arrival_s,
        breath=breath.breath,
        onset_s=breath.onset_s,
        end_s=breath.end_s,
        label=name,
        confidence=0.7,
    )


def test_spoken_coughed_and_interrupted_breaths_are_left_out_and_moving_ones_are_not() -> None:
    whole = cycles()
    labels: list[Event] = [
        label(whole[1], "speech"),
        label(whole[3], "cough"),
        label(whole[4], "interrupted"),
        label(whole[6], "moving"),
    ]
    assert plain_breaths(whole, labels) == [
        breath for number, breath in enumerate(whole) if number not in (1, 3, 4)
    ]
    assert label_counts(labels) == {"cough": 1, "interrupted": 1, "moving": 1, "speech": 1}


def test_a_refined_breath_goes_with_the_one_it_lies_in_whatever_its_number() -> None:
    whole = cycles()
    refined = [
        dataclasses.replace(
            breath,
            breath=90 - breath.breath,
            onset_s=breath.onset_s + 0.3,
            end_s=breath.end_s + 0.2,
        )
        for breath in whole
    ]
    kept = plain_breaths(refined, [label(whole[2], "cough")])
    assert kept == [*refined[:2], *refined[3:]]


def test_without_labels_nothing_is_left_out() -> None:
    assert plain_breaths(cycles(), []) == cycles()
    assert label_counts(cycles()) == {}


def test_the_summary_of_a_talker_is_about_the_quiet_and_says_what_was_left_out() -> None:
    body = scenario("talker", 180.0, 1)
    t_s = np.arange(0.0, 180.0, 0.05)
    chest, abdomen = (
        (t_s, BeltForce(body, site, 1).sample_n(t_s)) for site in ("chest", "abdomen")
    )
    analysis = analyze_arrays(chest=chest, abdomen=abdomen)
    breathing_part = analysis.summary["breathing"]
    assert isinstance(breathing_part, dict)
    spoken = label_counts(analysis.events)["speech"]
    assert breathing_part["labelled"] == {"speech": spoken}
    assert breathing_part["breaths"] - breathing_part["breaths_without_hold"] == spoken
    assert breathing_part["duty_cycle"] > 0.3
    assert len(plain_events(analysis.events)) == len(analysis.events) - spoken
