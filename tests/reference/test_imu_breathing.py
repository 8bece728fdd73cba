"""Breathing from motion sensors, against a simulated body of known truth and labelled belt peaks.

Figures over all recordings: ``python -m benchmarks.imu_breathing``; docs/metrics/imu_breathing.md
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from benchmarks.imu_breathing import DATA, recordings, told_by_us
from biofeedback.core.breathing_rate import BreathingRate
from biofeedback.core.stream import FloatArray
from biofeedback.session.arrays import Stream, analyze_arrays
from biofeedback.session.offline import Analysis
from firmware_sim.body import Body
from firmware_sim.exercises import Exercise
from firmware_sim.script import Happening, Pattern, Phase, Script
from firmware_sim.sensors import InertialSensor

pytestmark = pytest.mark.slow

RATE_HZ = 50.0
SITTING_DEG = 0.1
"""Sway of a person who sits; standing, sway at the sternum is as large as its breath."""


def person(
    rate_per_min: float = 14.0,
    *happenings: Happening,
    leg_load_deg: float = 0.0,
    exercise: Exercise | None = None,
    quiet_s: float = 0.0,
) -> Body:
    pattern = Pattern(rate_per_min, 0.6)
    rest = (Phase("rest", quiet_s, pattern, sway_deg=SITTING_DEG),) if quiet_s else ()
    phase = Phase(
        "quiet",
        120.0,
        pattern,
        sway_deg=SITTING_DEG,
        leg_load_deg=leg_load_deg,
        exercise=exercise,
        happenings=happenings,
    )
    return Body(Script((*rest, phase)), seed=4)


def worn(body: Body, sites: tuple[str, ...], gyro: bool = True) -> Analysis:
    t_s = np.arange(0, body.duration_s, 1 / RATE_HZ)
    streams: dict[str, Stream] = {}
    for site in sites:
        sample = InertialSensor(body, site, seed=6).sample(t_s)
        streams[f"{site}.acc"] = Stream(t_s, sample.acc_counts * (16 / 32768), "acc", "g")
        if gyro:
            streams[f"{site}.gyro"] = Stream(
                t_s, sample.gyro_counts * (2000 / 32768), "gyro", "dps"
            )
    return analyze_arrays(streams)


@cache
def quiet(site: str, gyro: bool = True) -> tuple[Body, Analysis]:
    body = person()
    return body, worn(body, (site,), gyro)


def rates(analysis: Analysis, role: str) -> list[BreathingRate]:
    found = [event for event in analysis.events if isinstance(event, BreathingRate)]
    return [event for event in found if event.role == role]


def errors(body: Body, events: list[BreathingRate]) -> FloatArray:
    peaks_s = body.truth.peak_s
    found = []
    for event in events:
        inside = peaks_s[(peaks_s >= event.start_s) & (peaks_s < event.t_s)]
        truth = 60.0 * (len(inside) - 1) / (inside[-1] - inside[0])
        found.append(abs(event.rate_per_min - truth))
    return np.array(found)


@pytest.mark.parametrize("gyro", [True, False], ids=["six axes", "acceleration only"])
@pytest.mark.parametrize("site", ["sternum", "abdomen"])
def test_rate_of_quiet_breathing(site: str, gyro: bool) -> None:
    body, analysis = quiet(site, gyro)
    events = rates(analysis, f"{site}_imu")
    known = [event for event in events if event.state == "known"]
    assert len(known) >= (0.7 if gyro else 0.5) * len(events)
    assert errors(body, known).mean() < 0.5


@pytest.mark.parametrize(("site", "prefix"), [("sternum", "sternum"), ("abdomen", "abdomen_imu")])
def test_the_signal_rises_on_breathing_in(site: str, prefix: str) -> None:
    body, analysis = quiet(site)
    assert rates(analysis, f"{site}_imu")[-1].direction == "mounting"
    table = analysis.table
    good = table.column(f"{prefix}_breath_ok") == 1
    second = slice(None, None, 25)
    signal, volume = table.column(f"{prefix}_breath_deg"), body.volume_l(table.t_s)
    change = np.diff(signal[good][second]), np.diff(volume[good][second])
    assert np.corrcoef(*change)[0, 1] > 0.7


def test_breaths_are_found_where_they_are() -> None:
    body, analysis = quiet("abdomen")
    assert {breath.source for breath in analysis.breaths} == {"abdomen_imu"}
    late = body.truth.peak_s[body.truth.peak_s > 30.0]
    for breaths in (analysis.breaths, analysis.breaths_refined):
        peaks_s = np.array([breath.peak_s for breath in breaths])
        gaps = np.array([np.abs(peaks_s - at_s).min() for at_s in late])
        assert np.mean(gaps < 0.6) > 0.9


def test_breathing_beside_an_exercise_needs_the_reference() -> None:
    """Leg lifts turn the trunk twelve times a minute; breathing is twice as fast."""
    body = person(24.0, leg_load_deg=8.0)
    events = rates(worn(body, ("sternum", "pelvis")), "sternum_imu")
    assert {event.state for event in events} == {"known"}
    assert {event.reference for event in events} == {"pelvis_imu"}
    assert errors(body, events).mean() < 0.5
    # The limit of one sensor that nobody told, and that never saw the breath alone: it takes the
    # legs, or half of them, for the breath.
    alone = rates(worn(body, ("sternum",)), "sternum_imu")
    assert {round(event.rate_per_min) for event in alone if event.state == "known"} == {6, 12}
    assert {"unconfirmed", "unclear"} <= {event.state for event in alone}


@pytest.mark.parametrize("site", ["sternum", "abdomen"])
@pytest.mark.parametrize(
    ("rate_per_min", "what"),
    [
        (24.0, Exercise("heel_slide", 28, period_s=4.0, move_s=1.0, hold_s=0.4)),
        (10.0, Exercise("dead_bug", 14, period_s=8.0, move_s=2.5, hold_s=0.4, deviation_deg=2.0)),
        (24.0, 8.0),
    ],
    ids=["quick legs", "slow legs", "legs in turn"],
)
def test_an_exercise_nobody_told_of_hardly_leaves_a_wrong_rate(
    site: str, rate_per_min: float, what: Exercise | float
) -> None:
    """One sensor that saw a quiet minute: what is larger than that breath is not told as breath.

    A window in which it just begins may still be wrong: one of some thirty.
    """
    lifts = {"leg_load_deg": what} if isinstance(what, float) else {}
    exercise = what if isinstance(what, Exercise) else None
    body = person(rate_per_min, quiet_s=60.0, exercise=exercise, **lifts)
    events = rates(worn(body, (site,)), f"{site}_imu")
    known = [event for event in events if event.state == "known"]
    assert np.sum(errors(body, known) > 2.0) <= 1
    assert known[0].t_s < 62.0
    assert "not_separable" in {event.state for event in events}


def test_an_exercise_in_the_rhythm_of_breathing_is_not_separable() -> None:
    body = person(14.0, leg_load_deg=8.0)
    states = [event.state for event in rates(worn(body, ("sternum", "pelvis")), "sternum_imu")]
    assert "known" not in states
    assert states.count("not_separable") > 0.8 * len(states)


def test_fidgeting_is_not_told_as_breathing() -> None:
    fidgets = tuple(Happening("motion", at_s, 8.0, size=20.0) for at_s in range(40, 110, 10))
    body = person(14.0, *fidgets)
    states = [event.state for event in rates(worn(body, ("sternum",)), "sternum_imu")]
    assert states[:4] == ["known"] * 4
    assert "known" not in states[8:16]  # windows that lie within


def test_a_hold_leaves_no_breath() -> None:
    body = person(14.0, Happening("hold", 70.0, 12.0, size=1.0))
    analysis = worn(body, ("abdomen",))
    (hold,) = body.truth.holds
    inside = [b for b in analysis.breaths if hold.start_s + 2 < b.onset_s < hold.end_s - 2]
    assert not inside


@pytest.mark.skipif(not DATA.is_dir(), reason=f"labelled recordings are not at {DATA}")
@pytest.mark.parametrize("with_back", [False, True])
@pytest.mark.parametrize("name", ["w1_sit_0604_0658", "m2_stand_0520_0724", "m4_sit_0520_0931"])
def test_labelled_recordings(name: str, with_back: bool) -> None:
    """One that sits, one that stands, and one in which breathing does not move the sensor."""
    recording = next(one for one in recordings() if one.name == name)
    error = [
        abs(event.rate_per_min - recording.truth_per_min(event.start_s, event.t_s))
        for event in told_by_us(recording, with_back)
        if event.state == "known"
    ]
    known = np.array(error)[np.isfinite(error)]
    if name.startswith("m4_sit"):
        assert len(known) <= 2
    else:
        assert known.mean() < 0.6
        assert len(known) >= 20
