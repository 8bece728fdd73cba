from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from biofeedback.core.donning import BeltsChanged
from biofeedback.core.results import BreathMark, CommandHeard, Tone, ToneReference
from biofeedback.core.stream import Event, FloatArray
from biofeedback.signal.stage import Pipeline
from biofeedback.signal.tone import BellyTone
from tests.unit.signal.bellying import bellied, beside, said, table_of
from tests.unit.signal.loading import REST, hold

STEPS = ((60.0, -0.5, 0.7), (100.0, 0.8, 0.5), (140.0, 0.0, 1.0))
GUIDED = [
    said(20.0, "tone_relax"),
    said(56.0, ""),
    said(64.0, "tone_draw_in"),
    said(96.0, ""),
    said(104.0, "tone_brace"),
    said(136.0, ""),
]


def run(belt: FloatArray, heard: list[Event], unit: str = "N") -> list[Event]:
    chunk = table_of(belt, unit)
    pipeline = Pipeline([BellyTone()])
    pipeline.bind(chunk.info)
    inside = [event for event in heard if event.decided_s <= chunk.t_s[-1]]
    return pipeline.process(chunk, sorted(inside, key=lambda event: event.decided_s))[1]


def tones(events: list[Event]) -> list[Tone]:
    return [event for event in events if isinstance(event, Tone)]


def references(events: list[Event]) -> list[ToneReference]:
    return [event for event in events if isinstance(event, ToneReference)]


def test_manoeuvres_are_measured_and_learned() -> None:
    events = run(bellied(180.0, STEPS), [*beside(180.0), *GUIDED])
    found = references(events)
    assert [(one.manoeuvre, one.ok, one.problem) for one in found] == [
        ("relax", True, ""),
        ("draw_in", True, ""),
        ("brace", True, ""),
    ]
    assert found[1].tonic == pytest.approx(-0.5, abs=0.02)
    assert found[1].phasic == pytest.approx(0.7, abs=0.05)
    assert found[2].tonic == pytest.approx(0.8, abs=0.02)
    late = [one for one in tones(events) if one.t_s > 145.0]
    assert {(one.pattern, one.learned, one.reason) for one in late} == {("relaxed", True, "")}
    for one in late:
        assert one.tonic == pytest.approx(0.0, abs=0.02)
        assert one.phasic == pytest.approx(1.0, abs=0.03)


def test_by_default_thresholds_until_then() -> None:
    events = run(bellied(180.0, STEPS), [*beside(180.0), *GUIDED[:2]])
    named = {
        name: {one.pattern for one in tones(events) if begin_s < one.t_s < end_s}
        for name, begin_s, end_s in (("drawn", 66.0, 100.0), ("braced", 106.0, 140.0))
    }
    assert named == {"drawn": {"drawing_in"}, "braced": {"bracing"}}
    assert not any(one.learned for one in tones(events))


def test_rest_is_taken_from_the_own_rest_as_well() -> None:
    rest = dataclasses.replace(
        REST, t_s=50.0, decided_s=50.0, arrival_s=50.1, start_s=10.0, end_s=50.0
    )
    events = run(bellied(60.0, ()), [*beside(60.0), rest])
    assert {one.reason for one in tones(events) if one.t_s < 49.0} == {"no_rest"}
    assert {one.pattern for one in tones(events) if one.t_s > 51.0} == {"relaxed"}


def test_what_went_wrong_is_said() -> None:
    still = run(bellied(120.0, ()), [*beside(120.0), *GUIDED[:4]])
    assert [one.problem for one in references(still)] == ["", "no_change"]
    first = run(bellied(120.0, STEPS), [*beside(120.0), *GUIDED[2:4]])
    assert [one.problem for one in references(first)] == ["no_rest"]
    short = run(bellied(60.0, ()), [*beside(60.0), said(20.0, "tone_relax"), said(30.0, "")])
    assert [one.problem for one in references(short)] == ["too_few_breaths"]
    out = run(bellied(120.0, ((60.0, 0.6, 0.7),)), [*beside(120.0), *GUIDED[:4]], "mm")
    assert [one.problem for one in references(out)] == ["", "wrong_way"]


@pytest.mark.parametrize(("unit", "belt"), [("N", "tension"), ("mm", "length"), ("V", "unknown")])
def test_the_unit_tells_what_the_belt_follows(unit: str, belt: str) -> None:
    assert {one.belt for one in tones(run(bellied(60.0, ()), beside(60.0), unit))} == {belt}


def test_a_belt_that_moved_is_compared_with_nothing() -> None:
    moved = BeltsChanged(
        t_s=70.0,
        decided_s=70.0,
        arrival_s=70.1,
        reason="slip",
        role="abdomen_belt",
        posture=0,
        words="",
    )
    events = run(bellied(120.0, ()), [*beside(120.0), *GUIDED[:2], moved])
    assert {one.reason for one in tones(events) if one.t_s > 72.0} == {"slip"}
    back = dataclasses.replace(moved, reason="posture", posture=1)
    again = dataclasses.replace(back, t_s=90.0, decided_s=90.0, posture=0)
    events = run(bellied(140.0, ()), [*beside(140.0), *GUIDED[:2], back, again])
    assert {one.reason for one in tones(events) if 72.0 < one.t_s < 88.0} == {"posture"}
    assert {one.pattern for one in tones(events) if one.t_s > 96.0} == {"relaxed"}


def test_rows_not_trusted_are_not_judged() -> None:
    belt = bellied(120.0, ())
    belt[4000:4100] = np.nan
    found = [one for one in tones(run(belt, [*beside(120.0), *GUIDED[:2]])) if one.t_s > 60.0]
    lost = [one for one in found if one.reason == "quality"]
    assert 1 <= len(lost) <= 2
    assert all(math.isnan(one.tonic) for one in lost)


def test_a_held_breath_is_told_every_second_from_four_on() -> None:
    belt = bellied(120.0, ())
    belt[round(100 * 50.0) :] = 10.0 + 2.0 * 0.8
    kept = [one for one in beside(120.0) if one.decided_s < 100.0]
    events = run(belt, [*kept, *GUIDED[:2], *hold(100.0, 112.0)])
    held = [one for one in tones(events) if one.held_s > 0.0]
    assert [one.held_s for one in held] == pytest.approx(list(range(4, 13)))
    assert {one.pattern for one in held} == {"over_bracing"}
    for one in held:
        assert one.tonic == pytest.approx(0.8, abs=0.02)
        assert math.isnan(one.phasic)


def test_a_table_without_a_judge_of_belts_is_taken_at_its_word() -> None:
    whole = table_of(bellied(60.0, ()))
    info = dataclasses.replace(whole.info, channels=whole.info.channels[:1])
    bare = dataclasses.replace(whole, info=info, data=whole.data[:, :1].copy())
    pipeline = Pipeline([BellyTone()])
    pipeline.bind(info)
    events = pipeline.process(bare, [*beside(58.0), *GUIDED[:2]])[1]
    assert {one.reason for one in tones(events) if one.t_s < 50.0} == {"no_rest"}
    assert [one.ok for one in references(events)] == [True]


MARKED = dataclasses.replace(
    REST, arrival_s=96.1, start_s=66.0, end_s=96.0, t_s=96.0, decided_s=96.0
)


def test_a_rest_marked_later_is_the_rest_and_one_that_comes_by_itself_is_not() -> None:
    belt, heard = bellied(140.0, ((60.0, 0.5, 1.0),)), [*beside(140.0), *GUIDED[:2]]
    again = [one for one in tones(run(belt, [*heard, MARKED])) if one.t_s > 100.0]
    assert all(one.tonic == pytest.approx(0.0, abs=0.02) for one in again)
    by_itself = dataclasses.replace(MARKED, source="first_minute")
    kept = [one for one in tones(run(belt, [*heard, by_itself])) if one.t_s > 100.0]
    assert all(one.tonic == pytest.approx(0.5, abs=0.02) for one in kept)


def test_a_manoeuvre_cut_by_another_donning_or_posture_is_said_to_be() -> None:
    moved = BeltsChanged(
        t_s=80.0,
        decided_s=80.0,
        arrival_s=80.1,
        reason="posture",
        role="pelvis_imu",
        posture=1,
        words="",
    )
    events = run(bellied(120.0, STEPS), [*beside(120.0), *GUIDED[:4], moved])
    assert [(one.manoeuvre, one.problem) for one in references(events)] == [
        ("relax", ""),
        ("draw_in", "belts_changed"),
    ]


def test_a_belt_put_on_again_is_compared_with_nothing() -> None:
    def assigned(at_s: float) -> CommandHeard:
        return CommandHeard(
            t_s=at_s,
            decided_s=at_s,
            arrival_s=at_s,
            name="assign",
            arguments=(("role", "abdomen_belt"), ("stream", "s")),
        )

    heard = [*beside(120.0), *GUIDED[:2]]
    events = run(bellied(120.0, ()), [*heard, assigned(70.0)])
    assert {one.reason for one in tones(events) if one.t_s > 72.0} == {"donned"}
    # The assignment a session begins with is none.
    events = run(bellied(120.0, ()), [*heard, assigned(0.0)])
    assert {one.pattern for one in tones(events) if one.t_s > 72.0} == {"relaxed"}


@pytest.mark.parametrize(
    ("kind", "pattern", "reason"),
    [("inspiration_onset", "unclear", "held_in"), ("inspiration_peak", "over_bracing", "")],
)
def test_a_breath_held_in_is_not_called_bracing(kind: str, pattern: str, reason: str) -> None:
    belt = bellied(120.0, ())
    belt[round(100 * 50.0) :] = 10.0 + 2.0 * 0.8
    mark = BreathMark(
        t_s=99.0,
        decided_s=99.5,
        arrival_s=99.6,
        breath=24,
        kind=kind,  # type: ignore[arg-type]
        state="confirmed",
        confidence=0.9,
    )
    kept = [one for one in beside(120.0) if one.decided_s < 100.0]
    events = run(belt, [*kept, *GUIDED[:2], mark, *hold(100.0, 112.0)])
    held = [one for one in tones(events) if one.held_s > 0.0]
    assert {(one.pattern, one.reason) for one in held} == {(pattern, reason)}


def test_a_manoeuvre_that_is_not_held_evenly_is_to_be_repeated() -> None:
    swinging = [(58.0 + 4.0 * n, -0.1 if n % 2 else -1.3, 0.7) for n in range(10)]
    events = run(bellied(110.0, swinging), [*beside(110.0), *GUIDED[:4]])
    assert [one.problem for one in references(events)] == ["", "unsteady"]
    assert not any(one.learned for one in tones(events))


def test_manoeuvres_that_no_belt_could_tell_apart_are_to_be_repeated() -> None:
    steps = ((60.0, -0.3, 0.7), (100.0, -0.2, 0.55))
    events = run(bellied(150.0, steps), [*beside(150.0), *GUIDED], unit="mm")
    assert [one.problem for one in references(events)] == ["", "", "alike"]
    apart = ((60.0, -0.6, 0.7), (100.0, 0.0, 0.5))
    events = run(bellied(150.0, apart), [*beside(150.0), *GUIDED], unit="mm")
    assert [one.problem for one in references(events)] == ["", "", ""]
