from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.fatigue import Fatigue, Tiring, drift_s
from firmware_sim.script import Pattern, Phase, Script

QUIET = Pattern(15, 0.5)


def tiring(**how) -> Tiring:
    fatigue = Fatigue(**({"per_min": 1.0, "after_s": 20.0} | how))
    return Tiring([(30.0, 90.0, fatigue)], np.random.default_rng(1))


def body(fatigue: Fatigue | None, sway_deg: float = 0.0) -> Body:
    phases = (
        Phase("rest", 30.0, QUIET, sway_deg=sway_deg),
        Phase("hold", 120.0, QUIET, sway_deg=sway_deg, fatigue=fatigue),
        Phase("rest", 10.0, QUIET, sway_deg=sway_deg),
    )
    return Body(Script(phases), 4)


def test_deviation_grows_from_its_time_on_and_is_let_go():
    at_s = np.array([0.0, 28.0, 30.0, 50.0, 80.0, 120.0, 122.0, 140.0])
    angle = tiring(deviation_ap_deg=3.0, deviation_ml_deg=-1.0).angle_deg(at_s)
    grown = 1.0 + 70.0 / 60.0
    assert angle[:, 0] == pytest.approx([0, 0, 3, 3, 4.5, 3 * grown, 0, 0])
    assert angle[:, 1] == pytest.approx(-angle[:, 0] / 3.0)
    assert tiring().growth(at_s) == pytest.approx([1, 1, 1, 1, 1.5, grown, 1, 1])


def test_tremor_is_between_4_and_12_hz_and_grows():
    t_s = np.arange(30.0, 120.0, 0.01)
    tremor = tiring(deviation_ap_deg=0.0, tremor_deg=0.01).angle_deg(t_s)
    start, end = tremor[:2000], tremor[-2000:]
    assert np.sqrt(np.mean(start**2) * 2) == pytest.approx(0.01, rel=0.1)
    grown = 1.0 + 60.0 / 60.0
    assert np.sqrt(np.mean(end**2) / np.mean(start**2)) == pytest.approx(grown, rel=0.12)
    power = np.abs(np.fft.rfft(start[:, 0])) ** 2
    frequency_hz = np.fft.rfftfreq(len(start), 0.01)
    inside = (frequency_hz > 3.5) & (frequency_hz < 12.5)
    assert power[inside].sum() > 0.95 * power.sum()


def test_time_to_drift_of_a_ramp():
    """A tilt that leaves at 0.1 degrees per second from 20 s on is 3 degrees away at 50 s."""

    def ramp(t_s):
        return np.stack([0.1 * np.maximum(t_s - 120.0, 0.0), 0.0 * t_s], axis=-1)

    assert drift_s(ramp, 100.0, 200.0) == 50.0
    assert np.isnan(drift_s(ramp, 100.0, 150.0))


def test_a_jolt_of_a_second_is_no_drift_and_sway_widens_the_limit():
    def jolted(t_s):
        jolt = np.where((t_s > 30.0) & (t_s < 31.0), 9.0, 0.0) + np.where(t_s > 60.0, 4.0, 0.0)
        return np.stack([jolt, 0.0 * t_s], axis=-1)

    def swaying(t_s):
        return jolted(t_s) + np.stack([2.5 * np.sin(2 * np.pi * t_s), 0.0 * t_s], axis=-1)

    assert drift_s(jolted, 0.0, 100.0) == 60.0
    assert np.isnan(drift_s(swaying, 0.0, 100.0))


def test_truth_is_that_of_the_place():
    fresh, tired = body(None), body(Fatigue(1.0, 20.0))
    (held,) = tired.truth.fatigued
    assert (held.start_s, held.end_s) == (30.0, 150.0)
    # 4 degrees by a minute: 3 of them after 45 s; the back follows 1.1 times.
    assert held.time_to_drift_s["pelvis"] == pytest.approx(65.0, abs=2.0)
    assert held.time_to_drift_s["back"] == pytest.approx(20.0 + 45.0 / 1.1, abs=2.0)
    t_s = np.array([75.0, 95.0])
    away = tired.trunk("pelvis", t_s).tilt_deg - fresh.trunk("pelvis", t_s).tilt_deg
    assert away[:, 0] == pytest.approx([4.0 * (1 + 25 / 60), 7.0])
    assert away[:, 1:] == pytest.approx(0.0)


def test_sway_grows_and_without_a_hold_a_body_is_as_it_was():
    fresh, tired = body(None, 0.3), body(Fatigue(2.0, 20.0), 0.3)
    t_s = np.arange(0.0, 160.0, 0.1)
    before = t_s < 50.0
    grown = np.clip(1.0 + 2.0 / 60.0 * (t_s - 50.0), 1.0, None)
    hold = (t_s >= 32.0) & (t_s < 150.0)
    ratio = tired.truth.sway_ap_deg[hold] / fresh.truth.sway_ap_deg[hold]
    assert ratio == pytest.approx(grown[hold])
    assert (tired.truth.sway_ap_deg[before] == fresh.truth.sway_ap_deg[before]).all()
    assert fresh.truth.fatigued == ()
