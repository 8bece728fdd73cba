"""What moves: traces, gaps, marks, the person's screen."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from biofeedback.gui.motion import clock_words, cover_words, present_motion, present_trunk
from biofeedback.gui.scales import is_onset, present_scales, resting
from biofeedback.session.live import Live
from biofeedback.session.review import Review
from biofeedback.session.snapshot import Snapshot
from tests.gui.made import made_live
from tests.unit.session.tasked import alerted, toned


@pytest.mark.parametrize(("seconds", "words"), [(0, "0:00"), (204.9, "3:24"), (3804, "1:03:24")])
def test_time_is_written(seconds: float, words: str) -> None:
    assert clock_words(seconds) == words


def test_two_belts_are_two_lines_from_their_resting_level(live: Live) -> None:
    trace = present_motion(live).trace
    assert [(line.name, line.colour) for line in trace.lines] == [
        ("Chest", "chest"),
        ("Abdomen", "abdomen"),
    ]
    chest = trace.lines[0].values
    assert chest.max() == pytest.approx(2.0, abs=0.1)
    assert abs(chest.min()) < 0.1
    assert trace.high >= chest.max()
    assert trace.empty == ""
    assert resting(live, "chest_excursion") == pytest.approx(-1.0, abs=0.1)


def test_breaths_are_marked_once_each_and_inspirations_shaded(live: Live) -> None:
    trace = present_motion(live).trace
    onsets = {mark.breath for mark in live.marks if is_onset(mark)}
    assert len([mark for mark in trace.marks if mark.confirmed]) == len(onsets)
    lengths = [end - start for start, end in trace.inspirations]
    assert np.median(lengths) == pytest.approx(2.0, abs=0.3)


def test_a_pause_is_a_gap_and_a_lost_belt_is_named() -> None:
    live = made_live(60.0)
    live.now_s += 17.0
    gaps = present_motion(live).trace.gaps
    assert {gap.words.split()[0] for gap in gaps if gap.lost} == {"chest", "abdomen"}
    assert all("lost" in gap.words for gap in gaps if gap.lost)


def test_nothing_worn_says_what_makes_it_appear() -> None:
    motion = present_motion(Live())
    assert "Open Sensors" in motion.trace.empty
    assert motion.lean.empty
    assert math.isnan(motion.person.chest)
    assert motion.person.ball is None
    assert "begin soon" in motion.person.sentence


def test_the_person_sees_depth_and_a_sentence(live: Live) -> None:
    person = present_motion(live, elapsed_s=96.0).person
    assert 0 <= person.chest <= 1.3
    assert person.time == "1:36"
    assert person.paused == ""


def test_a_lost_belt_pauses_the_person_and_never_scolds() -> None:
    person = present_motion(made_live(lost=True)).person
    assert person.paused == "chest"
    assert person.sentence.startswith("Rest a moment.")
    assert math.isnan(person.chest)
    assert math.isnan(person.abdomen)


def test_no_trunk_sensor_is_said(live: Live) -> None:
    assert present_trunk(live, present_scales(live)).quality.reason == "no trunk sensor is worn"


def test_before_the_baseline_traces_are_covered_and_the_time_left_is_said(live: Live) -> None:
    early = made_live(45.0)
    words = cover_words(early)
    assert words.startswith("Quiet baseline: 0:1")
    motion = present_motion(early, covered=words)
    assert motion.trace.empty == words
    assert motion.trace.lines == ()
    assert math.isnan(motion.person.chest)
    assert motion.person.sentence == "Breathe as you like. We begin soon."
    assert cover_words(live) == ""


def test_one_belt_has_no_baseline_to_wait_for() -> None:
    assert cover_words(made_live(45.0, abdomen=False)) == ""


def test_a_minute_without_clear_breaths_is_said() -> None:
    early = made_live(45.0)
    early.now_s += 60.0
    assert "waiting for a minute of clear breaths" in cover_words(early)


def test_belly_tone_is_drawn_through_its_breaths_and_not_where_it_is_not_known() -> None:
    live = made_live()
    live.tones.clear()
    nothing = present_motion(live).tone
    assert nothing.lines == ()
    assert "belly: relax" in nothing.empty
    for ago_s, tonic in ((40, 0.0), (36, 0.0), (32, math.nan), (28, 1.0), (24, 1.0), (2, 1.4)):
        live.tones.append(toned(live.now_s - ago_s, tonic))
    tone = present_motion(live).tone
    (line,) = tone.lines
    ago_s = live.now_s - line.t_s
    assert line.name == "+1.4"
    assert tone.high >= 1.4
    assert not ((ago_s < 36) & (ago_s > 28)).any()  # to and from a breath that is not known
    assert not ((ago_s < 24) & (ago_s > 2)).any()  # nothing for longer than a breath
    assert line.values[np.abs(ago_s - 26).argmin()] == pytest.approx(1.0)


def test_belly_tone_says_why_there_is_none() -> None:
    assert "abdominal belt" in present_motion(Live()).tone.empty
    live = made_live()
    live.tones.clear()
    live.tones.append(toned(live.now_s - 1.0, math.nan, "unclear", "quality"))
    assert present_motion(live).tone.empty == "Belly tone is not known: not trusted."


def test_an_alert_is_the_persons_sentence_until_it_is_over() -> None:
    live = made_live()
    live.task.hear(alerted(live.now_s))
    person = present_motion(live).person
    assert person.frozen
    assert person.sentence == "Soften, keep breathing."
    live.task.hear(alerted(live.now_s, "ended"))
    assert not present_motion(live).person.frozen


def test_one_motion_sensor_on_the_belly_moves_the_figure_and_no_ball(at_home: Review) -> None:
    motion = present_motion(at_home.live_at(78.0))
    (line,) = motion.trace.lines
    assert (line.name, line.colour, motion.trace.unit) == ("Belly", "abdomen", "°")
    assert motion.trace.empty == ""
    assert math.isnan(motion.person.chest)
    assert 0.0 <= motion.person.abdomen <= 1.3
    assert motion.person.ball is None
    assert motion.person.sentence == "Let the belly fill slowly, then let it sink."
    assert motion.lean.lines
    early = present_motion(at_home.live_at(4.0))
    assert early.trace.empty.startswith("Looking for your breath.")
    assert early.person.sentence == "Make yourself comfortable. We begin soon."


def test_a_lost_sensor_on_the_belly_is_no_belt(at_home: Review) -> None:
    live = at_home.live_at(78.0)
    (link,) = live.links
    gone = dataclasses.replace(link, state="lost", reason="out of reach")
    live.update_snapshot(Snapshot(live.now_s, {}, (), (), (gone,)))
    person = present_motion(live).person
    assert person.sentence == "Rest a moment. The sensor on the belly has lost contact."
    assert person.help == "Check that its light is on."
    assert person.paused == "abdomen"
