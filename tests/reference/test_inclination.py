"""Inclination from noisy sensors against truth; the rest-bias trap of the orientation filter."""

from __future__ import annotations

import numpy as np
import pytest
from vqf import VQF

from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, FloatArray, StreamInfo
from biofeedback.signal.orientation import Orientation
from biofeedback.signal.stage import Pipeline
from tests.unit.signal.leaning import ON_THE_BACK, lean

RATE_HZ = 100.0
BIAS_DPS = np.array([0.4, -0.6, 0.3])


def noisy(ap_deg: FloatArray, ml_deg: FloatArray, seed: int) -> tuple[FloatArray, FloatArray]:
    """What a cheap sensor measures: noise, and a gyroscope bias of 0.8 degrees per second."""
    parts = lean(ap_deg, ml_deg, RATE_HZ)
    random = np.random.default_rng(seed)
    acc = parts["acc"] + random.normal(0, 0.02, parts["acc"].shape)
    return acc, parts["gyro"] + BIAS_DPS + random.normal(0, 0.07, acc.shape)


def tilt(acc: FloatArray, gyro: FloatArray) -> FloatArray:
    """Our stage: forward and right, degrees."""
    names = [(f"pelvis_acc_{axis}_mps2", "m/s2") for axis in "xyz"]
    names += [(f"pelvis_gyro_{axis}_dps", "deg/s") for axis in "xyz"] + [("pelvis_ok", "flag")]
    info = StreamInfo("imu", tuple(Channel(*name) for name in names), RATE_HZ)
    t_s = np.arange(len(acc)) / RATE_HZ
    pipeline = Pipeline([Orientation(Role.PELVIS_IMU)])
    pipeline.bind(info)
    data = np.column_stack([acc, gyro, np.ones(len(acc))])
    done, _ = pipeline.process(Chunk(info, t_s, t_s, data))
    return np.column_stack([done.column("pelvis_tilt_ap_deg"), done.column("pelvis_tilt_ml_deg")])


def gain_and_lag_s(found: FloatArray, frequency_hz: float, amplitude: float) -> tuple[float, float]:
    """Of a sine that starts at t = 0, over whole periods of the end of the recording."""
    period = round(RATE_HZ / frequency_hz)
    n = len(found) // (2 * period) * period
    t_s = np.arange(len(found) - n, len(found)) / RATE_HZ
    wave = np.exp(-2j * np.pi * frequency_hz * t_s)
    response = 2 * np.mean(found[-n:] * wave) / (-1j * amplitude)
    return abs(response), float(-np.angle(response) / (2 * np.pi * frequency_hz))


def breathing(frequency_hz: float, still_s: float) -> tuple[FloatArray, FloatArray]:
    """A sensor that lies still, then breathes by one degree to either side for 200 s."""
    t_s = np.arange(0, 200, 1 / RATE_HZ)
    breath = np.sin(2 * np.pi * frequency_hz * t_s)
    return np.zeros(round(still_s * RATE_HZ)), breath


@pytest.mark.parametrize("frequency_hz", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("still_s", [0.0, 12.0])
def test_breathing_passes_in_time_and_size(frequency_hz: float, still_s: float) -> None:
    still, breath = breathing(frequency_hz, still_s)
    ap = np.concatenate([still, breath])
    found = tilt(*noisy(ap, 0 * ap, 1))[len(still) :, 0]
    gain, lag_s = gain_and_lag_s(found, frequency_hz, 1.0)
    assert gain == pytest.approx(1.0, abs=0.02)
    assert abs(lag_s) <= 0.020


def test_the_default_filter_takes_slow_breathing_for_bias() -> None:
    """Why rest-bias estimation is off: with it on, the same breath is shifted in time."""
    _, breath = breathing(0.1, 0.0)
    acc, gyro = noisy(breath, 0 * breath, 1)
    quat = VQF(1 / RATE_HZ).updateBatch(np.deg2rad(gyro), acc)["quat6D"]
    w, x, y, z = quat.T
    up = np.column_stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)])
    body = up @ ON_THE_BACK  # forward, left, up
    found = np.rad2deg(np.arctan2(-body[:, 0], body[:, 2]))
    _, lag_s = gain_and_lag_s(found - found.mean(), 0.1, 1.0)
    assert abs(lag_s) > 0.1


def test_ten_minutes_still_do_not_drift() -> None:
    n = round(600 * RATE_HZ)
    found = tilt(*noisy(np.zeros(n), np.zeros(n), 2))
    minutes = found[round(12 * RATE_HZ) :]
    assert np.abs(minutes).max() < 0.5
    assert float(np.sqrt(np.nanmean(minutes**2))) < 0.2


def test_moving_is_measured_within_two_degrees() -> None:
    """Deep bends and leans after a still start."""
    t_s = np.arange(0, 120, 1 / RATE_HZ)
    ap = np.where(t_s < 12, 0, 30 * np.sin(2 * np.pi * 0.25 * (t_s - 12)) ** 2)
    ml = np.where(t_s < 12, 0, 10 * np.sin(2 * np.pi * 0.4 * (t_s - 12)))
    found = tilt(*noisy(ap, ml, 3))
    late = t_s > 12
    # The body leans right about x before it leans forward about y; we report both from gravity.
    up_left = np.cos(np.deg2rad(ap)) * np.sin(np.deg2rad(ml))
    forward = np.rad2deg(
        np.arctan2(np.sin(np.deg2rad(ap)), np.cos(np.deg2rad(ap)) * np.cos(np.deg2rad(ml)))
    )
    error = found[late] - np.column_stack([forward, np.rad2deg(np.arcsin(up_left))])[late]
    assert float(np.sqrt(np.mean(error**2))) < 1.0
