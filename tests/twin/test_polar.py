"""What a strap measured is what the decoder tells, in the units of the body."""

from __future__ import annotations

import numpy as np
import pytest

from biofeedback.core.ports import Refused
from biofeedback.core.units import STANDARD_GRAVITY_MPS2
from biofeedback.drivers.protocols.polar import Polar
from firmware_sim.faults import Drop
from firmware_sim.polar import PolarH10, VeritySense
from firmware_sim.scenarios import scenario
from firmware_sim.sensors import InertialSensor
from tests.twin.talk import Talk, talk, what_is_read

SECONDS = 40
BODY = scenario("quiet", SECONDS, 1)
MPS2_PER_MG = STANDARD_GRAVITY_MPS2 / 1000.0


def spoken(firmware, seconds: float = SECONDS, **options) -> Talk:
    return talk(Polar(**options), firmware, seconds, what_is_read("polar", firmware))


def assert_sent(told: Talk, site: str, tolerance_mg: float, ahead: int, rate_hz: float) -> None:
    """Samples are those of the body at the times the device gave them."""
    values, device_s = told.values("imu"), told.device_s("imu")
    start_s = 0.01 + np.arange(1, len(values) + ahead + 1) / rate_hz
    sensor = InertialSensor(BODY, site, 0, acc_range_g=32.768)
    expected = sensor.sample(np.round(start_s * 1e6) / 1e6).acc_counts[: len(values)]
    np.testing.assert_allclose(values / MPS2_PER_MG, expected, atol=tolerance_mg + 1e-9)
    since_s = device_s - device_s[0]
    # Stamps have a grain of 30 µs, and before the first one samples are counted back.
    np.testing.assert_allclose(since_s, np.arange(len(values)) / rate_hz, atol=2e-4)


@pytest.mark.parametrize("rate_hz", [25, 50, 100, 200])
def test_acceleration_of_an_h10_is_exact_at_every_rate(rate_hz: int) -> None:
    told = spoken(PolarH10(BODY), rate_hz=rate_hz)
    assert told.ready.info.model.endswith("H10")
    assert told.ready.info.serial == "A1B2C3D4"
    imu = next(stream for stream in told.ready.streams if stream.info.stream_id == "imu")
    assert imu.info.sample_rate_hz == rate_hz
    assert told.garbage == []
    assert len(told.values("imu")) >= (SECONDS - 2) * rate_hz
    assert_sent(told, "sternum", 0.0, 36, rate_hz)


@pytest.mark.parametrize("older", [False, True])
def test_compressed_acceleration_of_a_verity_sense_is_exact(older: bool) -> None:
    told = spoken(VeritySense(BODY, older=older))
    assert told.garbage == []
    assert len(told.values("imu")) >= (SECONDS - 3) * 52
    assert_sent(told, "abdomen", 0.122 if older else 0.0, 71, 52)


def test_the_ecg_is_exact_and_shares_the_clock() -> None:
    told = spoken(PolarH10(BODY, jitter_us=0), ecg=True)
    assert told.garbage == []
    voltage_mv, ecg_s = told.values("ecg")[:, 0], told.device_s("ecg")
    acc_s = told.device_s("imu")
    assert 1.0 / np.diff(ecg_s).mean() == pytest.approx(130.045, abs=0.02)
    # Both were started within a hundredth of a second of time 0.01 s.
    offset_s = acc_s[0] - 0.02
    peaks = np.flatnonzero(
        (voltage_mv[1:-1] > 0.6)
        & (voltage_mv[1:-1] >= voltage_mv[:-2])
        & (voltage_mv[1:-1] > voltage_mv[2:])
    )
    peaks_s = ecg_s[peaks + 1] - offset_s
    beats_s = BODY.heart.beats_s
    nearest = np.abs(peaks_s[:, None] - beats_s[None, :]).min(axis=1)
    assert len(peaks) > 35
    assert nearest.max() < 0.02


def test_intervals_are_those_between_the_beats_of_the_heart() -> None:
    told = spoken(PolarH10(BODY))
    heart = told.values("heart")
    rr_s = heart[np.isfinite(heart[:, 1]), 1]
    beats_s = BODY.heart.beats_s
    expected_s = np.diff(beats_s)
    starts = [
        first
        for first in range(3)
        if np.allclose(np.cumsum(rr_s), np.cumsum(expected_s[first:][: len(rr_s)]), atol=0.002)
    ]
    assert starts
    assert len(rr_s) >= len(BODY.truth.beats_s) - 5


def test_a_strap_left_streaming_is_stopped_and_started_again() -> None:
    strap = PolarH10(BODY)
    spoken_first = talk(Polar(), strap, 5.0, what_is_read("polar", strap), says_goodbye=False)
    assert spoken_first.ready
    strap.disconnect(5_000_000)
    told = spoken(strap, 20.0)
    assert told.ready
    assert b"\x03\x02" in told.sent[:-1]
    assert len(told.values("imu")) > 1000


def test_settings_in_two_parts_are_put_together() -> None:
    assert len(spoken(PolarH10(BODY, split_replies=True), 5.0).values("imu")) > 300


def test_a_small_mtu_is_told_in_words() -> None:
    strap = PolarH10(BODY)
    strap.mtu = 185
    (refused,) = spoken(strap, 5.0).of(Refused)
    assert refused.code == 10
    assert "232" in refused.reason


def test_in_the_charger_it_is_refused_and_out_of_it_it_goes_on() -> None:
    (refused,) = spoken(PolarH10(BODY, charging_s=(0.0, 100.0)), 5.0).of(Refused)
    assert "charger" in refused.reason
    told = spoken(PolarH10(BODY, charging_s=(10.0, 15.0)), 39.0)
    device_s = told.device_s("imu")
    assert 5.0 < np.diff(device_s).max() < 20.0
    assert device_s[-1] - device_s[0] > 30.0


def test_the_battery_is_told() -> None:
    told = spoken(PolarH10(BODY, drain_pct_per_h=360.0), 39.0)
    levels = told.told("battery_pct")
    assert levels[0] == 90.0
    assert levels[-1] == 87.0


def test_a_frame_that_is_lost_leaves_a_hole_of_its_own_length() -> None:
    told = spoken(Drop(PolarH10(BODY), 0.1, seed=4))
    steps_s = np.diff(told.device_s("imu"))
    lost = np.rint(steps_s[steps_s > 0.015] / 0.01 - 1).astype(int)
    assert len(lost) > 3
    assert set(lost % 36) == {0}
    assert np.median(steps_s) == pytest.approx(0.01, abs=1e-6)
