from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.imu_axis import AxisTrack, Spectrum, WindowAxis, axis_of, detrended
from tests.unit.signal.turning import AXIS, RATE_HZ, swaying, times, turned, wave

OTHER = np.array([0.0, 1.0, 0.0])


def look(angles_deg: FloatArray) -> tuple[WindowAxis, Spectrum]:
    spectrum = Spectrum.of(angles_deg, RATE_HZ)
    axis = axis_of(spectrum)
    assert axis is not None
    return axis, spectrum


@pytest.mark.parametrize("per_min", [6, 8, 12, 20, 30, 42])
def test_axis_and_frequency_are_found(per_min: float) -> None:
    axis, _ = look(turned(wave(per_min, 1.0)))
    assert 60 * axis.frequency_hz == pytest.approx(per_min, abs=1.0)
    assert abs(axis.pattern @ AXIS) > 0.99
    assert axis.share > 0.95
    assert axis.rival < 0.5
    assert axis.inside


def test_breathing_is_found_below_a_larger_sway_about_another_axis() -> None:
    sway = swaying(4.0)
    sway -= (sway @ AXIS)[:, None] * AXIS
    angles = turned(wave(16, 0.5)) + sway
    assert np.ptp(sway, axis=0).max() > 3.0
    axis, _ = look(angles)
    assert 60 * axis.frequency_hz == pytest.approx(16, abs=1.0)
    assert abs(axis.pattern @ AXIS) > 0.85
    most = np.linalg.eigh(angles.T @ angles)[1][:, -1]
    assert abs(most @ AXIS) < 0.5  # what moves most is not what breathes


def test_weights_keep_the_size_and_suppress_the_rest() -> None:
    hum = wave(60, 2.0)[:, None] * np.array([0.0, 0.6, 0.8])
    axis, _ = look(turned(wave(15, 1.0)) + hum)
    signal = (turned(wave(15, 1.0), noise_deg=0.0) + hum) @ axis.weights
    assert axis.weights @ axis.pattern == pytest.approx(1.0)
    truth = wave(15, 1.0)
    gain = float(signal @ truth / (truth @ truth))
    assert abs(gain) == pytest.approx(1.0, abs=0.05)
    left = signal - gain * truth
    assert left.std() < 0.1 * (hum @ axis.pattern).std() + 0.05


def test_drift_is_no_breath() -> None:
    slow = np.outer(2.0 * np.sin(2 * np.pi * times() / 60.0), AXIS)
    axis, _ = look(slow + turned(0 * times(), noise_deg=0.001))
    assert not axis.inside


def test_two_rhythms_are_told() -> None:
    both = turned(wave(12, 1.0)) + np.outer(wave(30, 0.4), OTHER)
    assert look(both)[0].rival > 0.7


def test_nothing_moves() -> None:
    assert axis_of(Spectrum.of(np.zeros((300, 3)), RATE_HZ)) is None


def test_a_straight_line_is_taken_off() -> None:
    line = np.outer(times(), [1.0, -2.0]) + 5.0
    assert np.abs(detrended(line)).max() < 1e-9


def test_the_sign_goes_on_from_window_to_window() -> None:
    track = AxisTrack()
    first, spectrum = look(turned(wave(15, 1.0)))
    track.follow(first, spectrum)
    assert track.pattern is not None
    inward = track.pattern.copy()
    tilted = (AXIS + 0.5 * OTHER) / np.linalg.norm(AXIS + 0.5 * OTHER)
    for seed in range(4):
        axis, spectrum = look(turned(wave(15, 1.0), tilted, seed=seed))
        flipped = WindowAxis(
            axis.frequency_hz,
            -axis.pattern * np.sign(axis.pattern @ inward),
            -axis.weights * np.sign(axis.weights @ inward),
            axis.rival,
            axis.share,
            axis.inside,
        )
        track.follow(flipped, spectrum)
        assert track.pattern @ inward > 0.8
        assert track.weights is not None
        assert track.weights @ track.pattern == pytest.approx(1.0, abs=0.1)


def test_an_axis_that_explains_hardly_more_is_not_taken() -> None:
    track = AxisTrack()
    track.follow(*look(turned(wave(15, 1.0), seed=1)))
    before = track.pattern
    track.follow(*look(turned(wave(15, 1.0), seed=2)))
    assert track.pattern is before


def test_another_movement_takes_the_sign_away() -> None:
    track = AxisTrack()
    track.settle("guided", True)
    assert track.direction == "unknown"  # there is no axis yet to have a sign
    track.follow(*look(turned(wave(15, 1.0))))
    track.settle("guided", True)
    track.follow(*look(turned(wave(15, 1.0), OTHER)))
    assert track.direction == "unknown"


def test_a_guided_breath_outweighs_the_mounting() -> None:
    track = AxisTrack()
    track.follow(*look(turned(wave(15, 1.0))))
    assert track.pattern is not None
    before = track.pattern.copy()
    track.settle("mounting", False)
    assert track.pattern == pytest.approx(-before)
    assert track.direction == "mounting"
    track.settle("mounting", False)
    assert track.pattern == pytest.approx(-before)
    track.settle("guided", False)
    assert track.pattern == pytest.approx(before)
    assert track.direction == "guided"
    track.settle("mounting", False)
    assert track.pattern == pytest.approx(before)
