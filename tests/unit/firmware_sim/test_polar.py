"""What the two models measure, read by hand from their frames, against the body."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from firmware_sim.polar import PolarH10, VeritySense
from firmware_sim.polar_pod import CONTROL, DATA
from firmware_sim.scenarios import scenario
from firmware_sim.sensors import InertialSensor
from tests.unit.firmware_sim.test_polar_streams import unpacked

BODY = scenario("quiet", 60, 1)
SECOND_US = 1_000_000
FIRST_S = {PolarH10: 599_616_000, VeritySense: 536_544_000}
START_VERITY = "02 02 00 01 34 00 01 01 10 00 02 01 08 00 04 01 03"


def start(rate_hz, range_g):
    return struct.pack("<4BH2BH2BH", 2, 2, 0, 1, rate_hz, 1, 1, 16, 2, 1, range_g)


def frames(kind, request, seconds=30.0, **options):
    """Data frames: seconds of the sensor's clock, and content."""
    pod = kind(BODY, jitter_us=0, **options)
    pod.connect(0)
    pod.mtu = 232
    pod.write(CONTROL, request, 0)
    found = []
    for emission in pod.advance(round(seconds * SECOND_US)):
        if emission.endpoint == DATA:
            (stamp_ns,) = struct.unpack_from("<Q", emission.payload, 1)
            found.append((stamp_ns / 1e9 - FIRST_S[kind], emission.payload))
    return found


def expected_mg(t_s, site, range_g=8):
    counts = InertialSensor(BODY, site, 0, acc_range_g=32.768).sample(t_s).acc_counts
    return np.clip(counts, -1000 * range_g, 1000 * range_g - 1)


@pytest.mark.parametrize("rate_hz", [25, 50, 100, 200])
def test_an_h10_sends_the_acceleration_of_the_breast_bone(rate_hz):
    found = frames(PolarH10, start(rate_hz, 8))
    assert {len(frame) for _, frame in found} == {226}
    assert {frame[9] for _, frame in found} == {0x01}
    rows = np.array([row for _, frame in found for row in struct.iter_unpack("<3h", frame[10:])])
    t_s = np.round(np.arange(1, len(rows) + 1) * 1e6 / rate_hz) / 1e6
    n_sampled = len(rows) + 36  # chance is drawn for a frame ahead
    ahead_s = np.round(np.arange(1, n_sampled + 1) * 1e6 / rate_hz) / 1e6
    np.testing.assert_array_equal(rows, expected_mg(ahead_s, "sternum")[: len(rows)])
    stamps_s = np.array([stamp_s for stamp_s, _ in found])
    np.testing.assert_allclose(stamps_s, t_s[35::36], atol=4e-5)


def test_gravity_is_a_thousand_and_the_breath_is_seen():
    found = frames(PolarH10, start(100, 4), 58.0)
    rows = np.array([row for _, frame in found for row in struct.iter_unpack("<3h", frame[10:])])
    assert np.sqrt((rows**2).sum(axis=1)).mean() == pytest.approx(1000.0, abs=30.0)
    t_s = np.arange(1, len(rows) + 1) / 100.0
    smooth = np.convolve(rows[:, 2], np.ones(50) / 50, mode="same")[100:-100]
    volume = BODY.volume_l(t_s)[100:-100]
    assert abs(np.corrcoef(smooth, volume)[0, 1]) > 0.7


def test_acceleration_saturates_at_the_range():
    limited = PolarH10(BODY).acceleration_mg(np.arange(0.0, 5.0, 0.01), 0.5)
    assert limited.max() == 499
    assert limited.min() >= -500


def test_an_h10_sends_the_ecg_in_whole_frames():
    found = frames(PolarH10, bytes.fromhex("02 00 00 01 82 00 01 01 0e 00"))
    assert {len(frame) for _, frame in found} == {229}
    voltage = np.array(
        [
            int.from_bytes(frame[at : at + 3], "little", signed=True)
            for _, frame in found
            for at in range(10, 229, 3)
        ]
    )
    intervals_s = np.diff([stamp_s for stamp_s, _ in found])
    assert 73.0 / intervals_s.mean() == pytest.approx(130.045, abs=0.01)
    t_s = np.arange(1, len(voltage) + 1) / 130.0455
    peaks_s = t_s[1:-1][
        (voltage[1:-1] > 600) & (voltage[1:-1] >= voltage[:-2]) & (voltage[1:-1] > voltage[2:])
    ]
    beats_s = BODY.truth.beats_s
    beats_s = beats_s[(beats_s > 0.1) & (beats_s < t_s[-1] - 0.1)]
    np.testing.assert_allclose(peaks_s[peaks_s > 0.1][: len(beats_s)], beats_s, atol=0.01)


@pytest.mark.parametrize(("older", "step_mg"), [(False, 1.0), (True, 0.244)])
def test_a_band_sends_the_same_compressed(older, step_mg):
    found = frames(VeritySense, bytes.fromhex(START_VERITY), older=older)
    assert {frame[9] for _, frame in found} == {0x80 if older else 0x81}
    blocks = [unpacked(frame[10:]) for _, frame in found]
    rows = np.concatenate([rows for rows, _ in blocks])
    assert {n_blocks for _, n_blocks in blocks} == {1, 2, 3}
    t_s = np.round(np.arange(1, len(rows) + 72) * 1e6 / 52) / 1e6
    expected = expected_mg(t_s, "abdomen")[: len(rows)]
    np.testing.assert_allclose(rows * step_mg, expected, atol=0.5 * step_mg)
    ends = np.cumsum([len(rows) for rows, _ in blocks])
    stamps_s = np.array([stamp_s for stamp_s, _ in found])
    np.testing.assert_allclose(stamps_s, ends / 52, atol=4e-5)


def test_clock_and_rate_run_wrong_each_by_itself():
    found = frames(PolarH10, start(100, 4), 50.0, clock_error=0.01, rate_error=0.02)
    last_s, _ = found[-1]
    # By its own stamps it runs 2 % fast, by the true time 3 %.
    assert 36 * len(found) / last_s == pytest.approx(102.0, rel=1e-4)
    assert 36 * len(found) == pytest.approx(50.0 * 100 * 1.0302, abs=36)


def test_names_tell_model_and_number():
    assert PolarH10(BODY, serial="12345678").name == "Polar H10 12345678"
    assert VeritySense(BODY, serial="12345678").name == "Polar Sense 12345678"
