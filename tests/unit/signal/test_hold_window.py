from __future__ import annotations

import math

import numpy as np
import pytest

from biofeedback.core.stream import FloatArray
from biofeedback.signal.hold_window import band_power, sway_rms

RATE_HZ, N = 50.0, 250
T_S = np.arange(N) / RATE_HZ
TREMOR_HZ = (4.0, 12.0)


def swing(frequency_hz: float, ap: float, ml: float = 0.0) -> FloatArray:
    wave = np.sin(2 * np.pi * frequency_hz * T_S)
    return np.column_stack([ap * wave, ml * wave])


def test_both_directions_are_in_the_sway() -> None:
    assert sway_rms(swing(2.0, 0.6, 0.8), N) == pytest.approx(math.sqrt(0.5), rel=0.01)


def test_sagging_is_no_sway() -> None:
    sagging = swing(2.0, 0.3) + np.column_stack([0.2 * T_S + 7.0, -0.1 * T_S])
    assert sway_rms(sagging, N) == pytest.approx(sway_rms(swing(2.0, 0.3), N), rel=0.01)


@pytest.mark.parametrize(("frequency_hz", "part"), [(2.0, 0.0), (5.0, 1.0), (9.4, 1.0), (15.0, 0)])
def test_only_the_band_counts(frequency_hz: float, part: float) -> None:
    power = band_power(swing(frequency_hz, 0.3, 0.4), N, RATE_HZ, TREMOR_HZ)
    assert power == pytest.approx(part * 0.25 / 2, abs=0.002)


def test_a_tenth_missing_is_bridged_and_more_is_unknown() -> None:
    tilt = swing(1.0, 0.5)
    tilt[100:120] = np.nan
    assert sway_rms(tilt, N) == pytest.approx(0.5 / math.sqrt(2.0), rel=0.1)
    tilt[100:130, 1] = np.nan
    assert math.isnan(sway_rms(tilt, N))
    assert math.isnan(band_power(tilt, N, RATE_HZ, TREMOR_HZ))
    assert math.isnan(sway_rms(swing(1.0, 0.5)[:200], N))
    assert math.isnan(sway_rms(tilt[:0], N))
