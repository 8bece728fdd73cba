"""Freezing the trunk never raises the score: through the real stage, whenever and however."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from biofeedback.core.results import RestSet, SteadinessScore
from biofeedback.core.roles import Role
from biofeedback.core.stream import Event, FloatArray
from biofeedback.signal.rest import SPREAD_S, usual_spread_deg
from biofeedback.signal.steadiness import Band, Steadiness
from tests.unit.signal.exercising import command, sensor, times
from tests.unit.signal.loading import REST, breaths, hold, run

PELVIS = Role.PELVIS_IMU
BEGIN_S, END_S, LENGTH_S = 10.0, 52.0, 55.0


@dataclass(frozen=True)
class Breathing:
    """How one breathes: to the end, or until a moment after which it is held, or none is seen."""

    part: float
    stops_s: float
    is_held: bool

    def events(self) -> list[Event]:
        """What the stage hears of it."""
        told = breaths(0.0, min(self.stops_s, LENGTH_S - 1.0), self.part)
        return told + (hold(self.stops_s, LENGTH_S - 1.0) if self.is_held else [])


@dataclass(frozen=True)
class Freeze:
    """From a moment on the trunk moves about where it is by a part of what it would have."""

    at_s: float
    left: float

    def of(self, sway: FloatArray) -> FloatArray:
        """The same sway, frozen."""
        late = times(LENGTH_S) >= self.at_s
        here = sway[np.flatnonzero(late)[0]]
        return np.where(late[:, None], here + self.left * (sway - here), sway)


@st.composite
def sways(draw: st.DrawFn, largest_deg: float) -> FloatArray:
    """A trunk that wanders both ways; how far at most from where it is in the first second."""
    steps = np.random.default_rng(draw(st.integers(0, 2**16))).normal(
        size=(len(times(LENGTH_S)), 2)
    )
    slow = draw(st.floats(0.9, 1.0))
    sway = np.zeros_like(steps)
    for row in range(1, len(steps)):
        sway[row] = slow * sway[row - 1] + steps[row]
    begun = round(BEGIN_S * 50.0)
    sway -= sway[begun : begun + 50].mean(axis=0)
    furthest = np.hypot(*sway[begun:].T).max()
    return np.asarray(draw(st.floats(0.05, 1.0)) * largest_deg / furthest * sway)


stops = st.floats(BEGIN_S + 6.0, END_S - 1.0)
freezes = st.builds(
    Freeze, st.floats(0.0, END_S - 1.0), st.sampled_from([0.0]) | st.floats(0.0, 1.0)
)
on = st.builds(Breathing, st.floats(0.05, 1.6), st.just(LENGTH_S), st.just(False))
stopped = st.builds(Breathing, st.floats(0.05, 1.6), stops, st.booleans())
unknown = st.just(math.nan)
rests = st.builds(
    lambda sd_deg, chest, abdomen: dataclasses.replace(
        REST, angle_sd_deg=sd_deg, chest_amplitude=chest, abdomen_amplitude=abdomen
    ),
    unknown | st.floats(0.01, 5.0),
    unknown | st.floats(0.5, 8.0),
    unknown | st.floats(0.5, 8.0),
)
tasks = st.sampled_from(["hold", "heel_slide"])


def told(sway: FloatArray, breathing: Breathing, rest: RestSet, task: str) -> SteadinessScore:
    """The score of the whole task."""
    heard = [rest, *breathing.events(), command("task", BEGIN_S, name=task), command("task", END_S)]
    ap, ml = sway.T
    events = run(Steadiness(PELVIS), sensor(PELVIS, ap, ml), heard)
    (found,) = (e for e in events if isinstance(e, SteadinessScore) and e.state == "whole")
    return found


@settings(max_examples=60, deadline=None)
@given(sways(Band().free_deg), freezes, on | stopped, rests, tasks)
def test_with_the_same_breath(
    sway: FloatArray, freeze: Freeze, breathing: Breathing, rest: RestSet, task: str
) -> None:
    """Whoever is within the band gains nothing by moving less, from any moment on."""
    free = told(sway, breathing, rest, task)
    frozen = told(freeze.of(sway), breathing, rest, task)
    assert not frozen.swr_pct > free.swr_pct


@settings(max_examples=60, deadline=None)
@given(sways(Band().free_deg), freezes, on, st.floats(0.0, 1.0), stops, st.booleans(), rests, tasks)
def test_with_less_breath(
    sway: FloatArray,
    freeze: Freeze,
    breathing: Breathing,
    shallower: float,
    stops_s: float,
    is_held: bool,
    rest: RestSet,
    task: str,
) -> None:
    """Nor by breathing less at the same time, or by holding the breath from some moment on."""
    free = told(sway, breathing, rest, task)
    less = dataclasses.replace(breathing, part=breathing.part * shallower)
    assert not told(freeze.of(sway), less, rest, task).swr_pct > free.swr_pct
    none = dataclasses.replace(breathing, stops_s=stops_s, is_held=is_held)
    assert not told(freeze.of(sway), none, rest, task).swr_pct > free.swr_pct


@settings(max_examples=60, deadline=None)
@given(sways(30.0), freezes, on | stopped, rests, tasks)
def test_it_never_earns_more_than_the_breath_allows(
    sway: FloatArray, freeze: Freeze, breathing: Breathing, rest: RestSet, task: str
) -> None:
    """However far the trunk went before: a frozen one has what its breath earns, at most."""
    frozen = told(freeze.of(sway), breathing, rest, task)
    assume(not math.isnan(frozen.breathing_pct))
    assert not frozen.swr_pct > 100.0 * math.sqrt(frozen.breathing_pct / 100.0) + 1e-9
    assert not (frozen.stiff and frozen.swr_pct >= 0.0)


@settings(max_examples=60, deadline=None)
@given(sways(30.0), freezes, sways(Band().free_deg), on | stopped, tasks)
def test_it_earns_no_more_than_anyone_within_the_band(
    far: FloatArray, freeze: Freeze, near: FloatArray, breathing: Breathing, task: str
) -> None:
    """A trunk frozen on its way out is scored higher than one that goes on, but never higher than
    one that moves about as it likes within the band, with the same breath."""
    rest = dataclasses.replace(REST, angle_sd_deg=1e-6)  # whoever moves at all is not stiff
    frozen, moving = (told(sway, breathing, rest, task) for sway in (freeze.of(far), near))
    assert not moving.stiff
    assert not frozen.swr_pct > moving.swr_pct


@settings(max_examples=60, deadline=None)
@given(
    sways(30.0),
    st.floats(0.1, 5.0),
    st.floats(0.0, 0.49),
    st.floats(0.0, 0.49),
    st.booleans(),
    tasks,
)
def test_stiller_than_half_of_rest_with_less_than_half_the_breath_there_is_no_score(
    sway: FloatArray, sd_deg: float, left: float, part: float, is_held: bool, task: str
) -> None:
    """However far the trunk swayed before: made stiff, it has no steadiness and no score."""
    during = sway[(times(LENGTH_S) >= BEGIN_S) & (times(LENGTH_S) <= END_S)]
    free_deg = usual_spread_deg(during, round(SPREAD_S * 50.0))
    freeze = Freeze(0.0, min(1.0, left * sd_deg / free_deg))
    breathing = Breathing(part, BEGIN_S + 0.5 if is_held else LENGTH_S, is_held)
    rest = dataclasses.replace(REST, angle_sd_deg=sd_deg)
    frozen = told(freeze.of(sway), breathing, rest, task)
    assert frozen.stiff
    assert math.isnan(frozen.steady_pct)
    assert math.isnan(frozen.swr_pct)


@settings(max_examples=60, deadline=None)
@given(sways(30.0), st.floats(0.0, BEGIN_S), st.floats(0.0, 0.4), rests, tasks)
def test_held_throughout_it_earns_nothing(
    sway: FloatArray, at_s: float, left: float, rest: RestSet, task: str
) -> None:
    """Frozen and without a breath from the beginning: there is no score, or it is nought."""
    held = Breathing(1.0, BEGIN_S + 0.5, True)
    assert not told(Freeze(at_s, left).of(sway), held, rest, task).swr_pct > 0.0
