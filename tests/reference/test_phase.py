"""Phase angle and log-ratio against cases whose answer is known by construction."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.phase import phase_angle_deg
from biofeedback.signal.separation import log_ratio

RATE_HZ = 50.0
ANGLES_DEG = [float(angle) for angle in range(-165, 181, 15)]


def circular_error_deg(found: float, truth: float) -> float:
    return (found - truth + 180.0) % 360.0 - 180.0


def shape(part: FloatArray) -> FloatArray:
    """One breath: raised cosine in, exponential out; inspiration takes 0.4."""
    part = np.mod(part, 1.0)
    rise = 0.5 - 0.5 * np.cos(np.pi * part / 0.4)
    fall = (np.exp(-(part - 0.4) / 0.15) - math.exp(-4.0)) / (1 - math.exp(-4.0))
    return np.where(part < 0.4, rise, fall)


def slow_harmonic(values: FloatArray) -> complex:
    """The first Fourier coefficient as the definition reads, one term after the other."""
    n = len(values) - 1
    total = 0j
    for k in range(n):
        line = values[0] + (values[n] - values[0]) * k / n
        total += (values[k] - line) * cmath.exp(-2j * math.pi * k / n)
    return total


@pytest.mark.parametrize("angle_deg", ANGLES_DEG)
@pytest.mark.parametrize("per_min", [6.0, 15.0, 30.0])
def test_shifted_copies_of_one_shape_are_found_exactly(angle_deg: float, per_min: float) -> None:
    """The rib cage lags by the angle's part of a breath."""
    period_s = 60 / per_min
    part = np.arange(round(period_s * RATE_HZ) + 1) / round(period_s * RATE_HZ)
    found = phase_angle_deg(3 * shape(part - angle_deg / 360), 5 + shape(part))
    assert circular_error_deg(found, angle_deg) == pytest.approx(0.0, abs=0.5)


def test_sign_is_positive_when_the_abdomen_leads() -> None:
    t_s = np.arange(0, 4 + 1e-9, 1 / RATE_HZ)
    abdomen = np.sin(2 * np.pi * t_s / 4)
    chest = np.sin(2 * np.pi * (t_s - 0.5) / 4)  # half a second later: 45 degrees
    assert phase_angle_deg(chest, abdomen) == pytest.approx(45.0, abs=1e-9)
    assert phase_angle_deg(abdomen, chest) == pytest.approx(-45.0, abs=1e-9)
    assert phase_angle_deg(-abdomen, abdomen) == 180.0


@pytest.mark.parametrize("angle_deg", ANGLES_DEG)
def test_noise_of_five_per_cent_costs_less_than_two_degrees(angle_deg: float) -> None:
    random = np.random.default_rng(round(angle_deg) + 1000)
    part = np.arange(-5, 206) / 200  # 4 s at 50 Hz, with margins of 0.1 s
    errors = [
        circular_error_deg(
            phase_angle_deg(
                shape(part - angle_deg / 360) + random.normal(0, 0.05, len(part)),
                shape(part) + random.normal(0, 0.05, len(part)),
                margin=5,
            ),
            angle_deg,
        )
        for _ in range(200)
    ]
    assert abs(float(np.mean(errors))) < 0.5
    assert float(np.std(errors)) < 2.0


def test_drift_of_a_third_of_a_breath_is_taken_off() -> None:
    part = np.arange(-5, 206) / 200
    for margin in (0, 5):
        breath = part[5 - margin : len(part) - 5 + margin]
        for angle_deg in (0.0, 40.0, 90.0):
            chest, abdomen = shape(breath - angle_deg / 360), shape(breath)
            drifting = phase_angle_deg(chest + 0.3 * breath, abdomen - 0.3 * breath, margin)
            assert drifting == pytest.approx(phase_angle_deg(chest, abdomen, margin), abs=1e-9)


def test_equal_to_the_definition() -> None:
    random = np.random.default_rng(7)
    for _ in range(20):
        chest, abdomen = np.cumsum(random.normal(size=(2, 173)), axis=1)
        cross = slow_harmonic(abdomen) * slow_harmonic(chest).conjugate()
        assert phase_angle_deg(chest, abdomen) == pytest.approx(
            math.degrees(cmath.phase(cross)), abs=1e-9
        )


def test_gain_changes_neither_angle_nor_change_of_share() -> None:
    random = np.random.default_rng(8)
    for _ in range(50):
        share_before, share_after = random.uniform(0.1, 0.9, 2)
        volume_before, volume_after = random.uniform(0.3, 2.0, 2)
        chest_gain, abdomen_gain = random.uniform(0.1, 10.0, 2)

        def measured(share: float, volume: float, a: float, b: float) -> float:
            return log_ratio(a * share * volume, b * (1 - share) * volume)

        change = measured(share_after, volume_after, chest_gain, abdomen_gain) - measured(
            share_before, volume_before, chest_gain, abdomen_gain
        )
        truth = math.log(share_after / (1 - share_after) * (1 - share_before) / share_before)
        assert change == pytest.approx(truth, abs=1e-9)
