from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from biofeedback.core.errors import StreamError
from biofeedback.core.results import CommandHeard, Sway
from biofeedback.core.roles import Role
from biofeedback.core.stream import Channel, Chunk, Event, FloatArray, StreamInfo
from biofeedback.signal.stability import Stability
from biofeedback.signal.stage import Pipeline
from biofeedback.signal.sway import low_passed, sway_measures

RATE_HZ = 50.0
NAMES = ("acc_ap_mps2", "acc_ml_mps2", "tilt_ap_deg", "tilt_ml_deg", "ok")
UNITS = ("m/s2", "m/s2", "deg", "deg", "flag")
INFO = StreamInfo(
    "table",
    tuple(Channel(f"pelvis_{name}", unit) for name, unit in zip(NAMES, UNITS, strict=True)),
    RATE_HZ,
)


def swaying(length_s: float = 60.0) -> FloatArray:
    t_s = np.arange(0, length_s, 1 / RATE_HZ)
    ap, ml = 0.3 * np.sin(2 * np.pi * 0.3 * t_s), 0.15 * np.sin(2 * np.pi * 0.4 * t_s + 1)
    return np.column_stack([-0.17 * ap, -0.17 * ml, ap, ml, np.ones_like(t_s)])


def sways(data: FloatArray, *heard: CommandHeard) -> list[Sway]:
    t_s = np.arange(len(data)) / RATE_HZ
    pipeline = Pipeline([Stability(Role.PELVIS_IMU)])
    assert pipeline.bind(INFO).names == INFO.names
    events: list[Event] = pipeline.process(Chunk(INFO, t_s, t_s + 0.2, data), heard)[1]
    return [event for event in events if isinstance(event, Sway)]


def test_a_window_of_30_s_every_5_s() -> None:
    found = sways(swaying())
    assert [(s.start_s, s.t_s) for s in found] == [
        (pytest.approx(end_s - 29.98), end_s) for end_s in (30.0, 35.0, 40.0, 45.0, 50.0, 55.0)
    ]
    assert {(s.role, s.valid) for s in found} == {("pelvis_imu", 1.0)}
    assert found[0].arrival_s == pytest.approx(30.2)


def test_it_is_the_measures_of_the_smoothed_window() -> None:
    data = swaying()
    found = sways(data)[0]
    window = data[1:1501]
    smooth = [low_passed(window[:, column], RATE_HZ) for column in (0, 1)]
    measures = sway_measures(smooth[0], smooth[1], RATE_HZ)
    assert found.rms_mps2 == measures.rms
    assert found.jerk_m2ps5 == measures.jerk
    assert found.ellipse_m2ps4 == measures.ellipse
    assert found.tilt_rms_deg == pytest.approx(math.sqrt(0.3**2 / 2 + 0.15**2 / 2), rel=0.01)


def test_rows_that_are_not_trusted_are_left_out_and_counted() -> None:
    data = swaying()
    clean = sways(data)[0]
    data = data.copy()
    data[600:750, :4] = 1000.0
    data[600:750, 4] = 0.0
    found = sways(data)[0]
    assert found.valid == pytest.approx(0.9)
    assert found.rms_mps2 == pytest.approx(clean.rms_mps2, rel=0.05)
    assert found.mean_velocity_mps3 == pytest.approx(clean.mean_velocity_mps3, rel=0.05)
    assert found.path_mps2 == pytest.approx(0.9 * clean.path_mps2, rel=0.05)


def test_with_less_than_four_fifths_nothing_is_told() -> None:
    data = swaying()
    data[600:1000, 4] = 0.0
    found = sways(data)[0]
    assert found.valid == pytest.approx(1 - 400 / 1500)
    assert math.isnan(found.rms_mps2)
    assert math.isnan(found.tilt_rms_deg)


def test_without_acceleration_only_tilt_is_known() -> None:
    data = swaying()
    data[:, :2] = np.nan
    found = sways(data)[0]
    assert math.isnan(found.rms_mps2)
    assert found.tilt_rms_deg > 0.2
    assert found.valid == 1.0


def test_angles_against_an_older_neutral_are_left_out() -> None:
    data = swaying(90.0)
    data[2100:, 2] += 10.0  # neutral is set anew at 40 s, known 2 s later
    command = CommandHeard(t_s=40.0, decided_s=40.0, arrival_s=40.2, name="calibrate")
    found = sways(data, command)
    known = [s.t_s for s in found if math.isfinite(s.tilt_rms_deg)]
    assert known == [30.0, 35.0, 70.0, 75.0, 80.0, 85.0]
    assert max(s.tilt_rms_deg for s in found if s.t_s in known) < 0.3
    assert max(s.tilt_rms_deg for s in sways(data) if s.t_s == 60.0) > 3


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(StreamError, match="back_acc_ap_mps2"):
        Pipeline([Stability(Role.BACK_IMU)]).bind(INFO)


def test_breathing_is_taken_off_where_it_is_known() -> None:
    t_s = np.arange(0, 60, 1 / RATE_HZ)
    breath = np.sin(2 * np.pi * 0.25 * t_s)
    data = swaying() + np.outer(breath, [0.1, 0, 0.5, 0, 0])
    info = dataclasses.replace(INFO, channels=(*INFO.channels, Channel("breath_signal", "ratio")))
    pipeline = Pipeline([Stability(Role.PELVIS_IMU)])
    pipeline.bind(info)
    rows = np.column_stack([data, breath])
    events = pipeline.process(Chunk(info, t_s, t_s, rows))[1]
    found = next(event for event in events if isinstance(event, Sway))
    own, known = sways(swaying())[0], sways(data)[0]
    assert found.rms_mps2 == known.rms_mps2
    assert known.rms_mps2 > 1.2 * own.rms_mps2
    assert found.rms_without_breath_mps2 == pytest.approx(own.rms_mps2, rel=0.05)
    assert found.tilt_rms_without_breath_deg == pytest.approx(own.tilt_rms_deg, rel=0.05)
    assert math.isnan(known.rms_without_breath_mps2)
