from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.results import Settled
from biofeedback.core.roles import Role
from biofeedback.core.stream import FloatArray
from biofeedback.signal.settling import Settling, settling_measures
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.exercising import RATE_HZ, command, sensor, table, times

PUSH_S = 10.0


def pushed(damping: float, size_deg: float = 8.0, frequency_hz: float = 1.0) -> FloatArray:
    """A resonator that is displaced at 10 s and let go, seen at 50 Hz."""
    t_s = times(22.0) - PUSH_S
    rate = 2 * np.pi * frequency_hz
    turn = rate * math.sqrt(1 - damping**2)
    wave = np.exp(-damping * rate * t_s.clip(0)) * (
        np.cos(turn * t_s) + damping / math.sqrt(1 - damping**2) * np.sin(turn * t_s)
    )
    return np.where(t_s < 0, 0.0, size_deg * wave)


def settled(angle: FloatArray, *cues_s: float, ml: FloatArray | None = None) -> list[Settled]:
    chunk = table(sensor(Role.PELVIS_IMU, angle, ml))
    pipeline = Pipeline([Settling(Role.PELVIS_IMU)])
    pipeline.bind(chunk.info)
    events = pipeline.process(chunk, [command("cue", at_s) for at_s in cues_s])[1]
    return [event for event in events if isinstance(event, Settled)]


@pytest.mark.parametrize("damping", [0.1, 0.2, 0.35])
def test_damping_and_overshoot_of_a_resonator(damping: float) -> None:
    (found,) = settled(pushed(damping), PUSH_S - 0.1)
    assert found.peak_deg == pytest.approx(8.0, abs=0.05)
    assert found.peak_s == pytest.approx(PUSH_S, abs=0.03)
    assert found.overshoot == pytest.approx(
        math.exp(-math.pi * damping / math.sqrt(1 - damping**2)), abs=0.01
    )
    assert found.damping == pytest.approx(damping, abs=0.01)
    # The envelope falls to a tenth after ln(10) / (zeta w).
    latest_s = math.log(10 / math.sqrt(1 - damping**2)) / (damping * 2 * math.pi)
    assert latest_s - 0.5 <= found.settling_s <= latest_s + 0.02
    assert found.t_s == pytest.approx(found.peak_s + found.settling_s)


def test_it_is_known_eight_seconds_after_the_cue_or_with_the_next() -> None:
    (late,) = settled(pushed(0.3), PUSH_S - 0.1)
    assert late.decided_s == pytest.approx(PUSH_S + 7.9)
    first, second = settled(pushed(0.3), PUSH_S - 0.1, PUSH_S + 3.0)
    assert first.decided_s == PUSH_S + 3.0
    assert second.cue_s == PUSH_S + 3.0
    assert second.decided_s == PUSH_S + 11.0


def test_the_band_is_as_wide_as_the_sway_before() -> None:
    sway = 0.7 * np.sin(2 * np.pi * 0.8 * times(22.0))
    (found,) = settled(pushed(0.3) + sway, PUSH_S - 0.1)
    assert found.band_deg == pytest.approx(2 * 0.7 / math.sqrt(2), rel=0.05)


def test_a_push_to_the_side_is_one_too() -> None:
    angle = pushed(0.2)
    (found,) = settled(0.6 * angle, PUSH_S - 0.1, ml=0.8 * angle)
    assert found.peak_deg == pytest.approx(8.0, abs=0.05)
    assert found.damping == pytest.approx(0.2, abs=0.01)


def test_who_stays_leaning_has_not_settled() -> None:
    angle = np.where(times(22.0) < PUSH_S, 0.0, 6.0)
    (found,) = settled(angle, PUSH_S - 0.1)
    assert math.isnan(found.settling_s)
    assert math.isnan(found.damping)
    assert found.t_s == found.decided_s


def test_without_a_cue_nothing_is_measured() -> None:
    assert settled(pushed(0.2)) == []


def test_what_is_not_known_is_not_measured() -> None:
    angle = pushed(0.2)
    angle[520:720] = np.nan
    (found,) = settled(angle, PUSH_S - 0.1)
    assert math.isnan(found.peak_deg)
    assert math.isnan(settling_measures(np.zeros((10, 2)), 1, RATE_HZ).peak_deg)
