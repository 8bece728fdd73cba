from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.sway import (
    longest_known,
    low_passed,
    spectrum,
    sway_measures,
    with_quadrature,
    without_breath,
)

RATE_HZ = 50.0


def sine(frequency_hz: float, size: float = 1.0, length_s: float = 60.0) -> FloatArray:
    t_s = np.arange(0, length_s, 1 / RATE_HZ)
    return np.asarray(size * np.sin(2 * np.pi * frequency_hz * t_s))


def test_smoothing_takes_each_stretch_for_itself() -> None:
    values = np.concatenate([np.zeros(100), [np.nan], np.full(100, 5.0), [np.nan], np.ones(20)])
    smooth = low_passed(values, RATE_HZ)
    assert smooth[:100] == pytest.approx(0.0, abs=1e-12)
    assert smooth[101:201] == pytest.approx(5.0)
    assert np.isnan(smooth[[100, *range(201, 222)]]).all()


def test_smoothing_passes_sway_and_stops_tremor_without_delay() -> None:
    slow, fast = sine(0.5), sine(10)
    inner = slice(100, -100)
    assert low_passed(slow, RATE_HZ)[inner] == pytest.approx(slow[inner], abs=0.005)
    assert np.abs(low_passed(fast, RATE_HZ)[inner]).max() < 0.03


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="2 rows are known"):
        sway_measures(np.array([0.0, np.nan, 1.0]), np.zeros(3), RATE_HZ)
    with pytest.raises(ValueError, match=r"7\.0 Hz"):
        low_passed(np.zeros(100), 7.0)


def test_a_still_body_has_no_sway() -> None:
    found = sway_measures(np.full(100, 3.0), np.full(100, -1.0), RATE_HZ)
    assert (found.rms, found.path, found.ellipse, found.mean_frequency_hz) == (0, 0, 0, 0)
    assert (found.area_rate, found.jerk_normalised) == (0, 0)
    assert math.isnan(found.ap.centroid_hz)


def test_a_circle_sweeps_its_area_and_has_its_frequency() -> None:
    turn = 2 * np.pi * 0.5 * np.arange(0, 60, 1 / RATE_HZ)
    found = sway_measures(2 * np.cos(turn), 2 * np.sin(turn), RATE_HZ)
    assert found.area_rate == pytest.approx(np.pi * 4 * 0.5, rel=0.001)
    assert found.jerk_normalised == pytest.approx(0.5 * (2 * np.pi * 0.5) ** 2, rel=0.001)
    assert found.ap.centroid_hz == pytest.approx(0.5, abs=0.02)
    assert found.ml.f50_hz == pytest.approx(0.5, abs=0.02)


def test_one_line_is_narrow_and_noise_is_wide() -> None:
    noise = np.random.default_rng(1).normal(size=3000)
    line, wide = spectrum(sine(1.0), RATE_HZ), spectrum(noise, RATE_HZ)
    assert (line.f50_hz, line.f95_hz) == pytest.approx((1.0, 1.05), abs=0.06)
    assert line.dispersion < 0.15
    assert wide.dispersion > 0.3
    assert wide.f95_hz == pytest.approx(0.15 + 0.95 * 4.85, abs=0.15)


def test_a_short_stretch_has_no_spectrum() -> None:
    assert math.isnan(spectrum(sine(1.0, length_s=7.9), RATE_HZ).f95_hz)


def test_length_and_size_do_not_change_the_normalised_jerk() -> None:
    short = sway_measures(sine(0.4, 1, 20), sine(0.3, 1, 20), RATE_HZ)
    long = sway_measures(sine(0.4, 3, 60), sine(0.3, 3, 60), RATE_HZ)
    assert long.jerk > 20 * short.jerk
    assert long.jerk_normalised == pytest.approx(short.jerk_normalised, rel=0.01)


def test_the_longest_stretch_is_taken() -> None:
    known = np.array([1, 1, 0, 1, 1, 1, 0, 1, 1, 1], bool)
    assert longest_known(known) == slice(3, 6)
    assert longest_known(np.zeros(3, bool)) == slice(0, 0)


def test_what_follows_the_breath_is_taken_off_whatever_its_phase() -> None:
    t_s = np.arange(0, 30, 1 / RATE_HZ)
    breath = np.sin(2 * np.pi * 0.25 * t_s) + 0.02 * t_s
    own = 0.3 * np.sin(2 * np.pi * 0.6 * t_s)
    for lag in (0.0, 1.0, 2.5):
        rest = without_breath(
            own + 0.5 * np.sin(2 * np.pi * 0.25 * t_s - lag), with_quadrature(breath)
        )
        assert float(np.sqrt(np.mean((rest - own)[100:-100] ** 2))) < 0.05


def test_nothing_is_taken_off_when_nothing_breathes() -> None:
    own = sine(0.6)
    assert without_breath(own, with_quadrature(np.zeros_like(own))) == pytest.approx(own)


def test_unknown_rows_stay_unknown() -> None:
    own = sine(0.6)
    own[100:110] = np.nan
    rest = without_breath(own, with_quadrature(sine(0.25)))
    assert np.isnan(rest[100:110]).all()
    assert np.isfinite(np.delete(rest, slice(100, 110))).all()
